"""First rows as texts, the values inside objects under their paths: what recognition looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commet_core.usage.ingest.recognise.nested import NestedValue, in_objects, in_texts, leaves
from commet_core.usage.ingest.recognise.sample import Sample


def as_texts(found: Mapping[str, Any]) -> dict[str, str | None]:
    """The values of an object as texts, those inside other objects under their paths."""
    return {".".join(keys): value if value is None or isinstance(value, str) else str(value) for keys, value in leaves(found)}


def names_with(
    columns: Sequence[str], nested: Sequence[NestedValue], rows: Sequence[Mapping[str, str | None]] = ()
) -> tuple[str, ...]:
    """What a mapping may name: columns, but for those that hold nothing but objects, and the values inside these.

    rows: of JSON, where a column may hold an object in one row and a text in another.
    """
    plain = {name for row in rows for name, text in row.items() if text is not None}
    objects = {value.keys[0] for value in nested} - plain
    return (*(name for name in columns if name not in objects), *(value.name for value in nested))


def with_json(columns: Sequence[str], rows: Sequence[dict[str, str | None]]) -> tuple[tuple[NestedValue, ...], Sample]:
    """The values inside columns that hold JSON objects as text, and the rows with them."""
    inside = {column: objects for column in columns if (objects := in_texts(rows, column))}
    nested = tuple(value for column, objects in inside.items() for value in in_objects({column: found} for found in objects))
    found = [{column: objects[place] for column, objects in inside.items()} for place in range(len(rows))]
    return nested, Sample(names_with(columns, nested), [row | as_texts(more) for row, more in zip(rows, found, strict=True)])

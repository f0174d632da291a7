"""First rows as texts, the values inside objects under their paths: what recognition looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
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


def with_texts_opened(
    columns: Sequence[str], nested: Sequence[NestedValue], rows: Sequence[dict[str, str | None]]
) -> tuple[tuple[NestedValue, ...], list[dict[str, str | None]]]:
    """The values inside objects of JSON, and its rows, with those inside texts that hold objects as JSON."""
    found, opened = list(nested), list(rows)
    for keys in [*((column,) for column in columns), *(value.keys for value in nested)]:
        name = ".".join(keys)
        if not (objects := in_texts(rows, name)):
            continue
        inner = in_objects({name: inside} for inside in objects)
        found = [value for value in found if value.keys != keys] + [NestedValue((*keys, *value.keys[1:])) for value in inner]
        found = [replace(value, text_keys=len(keys)) if value.keys[: len(keys)] == keys else value for value in found]
        opened = [
            {other: text for other, text in row.items() if other != name} | as_texts({name: inside})
            for row, inside in zip(opened, objects, strict=True)
        ]
    return tuple({value.keys: value for value in found}.values()), opened


def with_json(columns: Sequence[str], rows: Sequence[dict[str, str | None]]) -> tuple[tuple[NestedValue, ...], Sample]:
    """The values inside columns that hold JSON objects as text, and the rows with them."""
    inside = {column: objects for column in columns if (objects := in_texts(rows, column))}
    nested = tuple(value for column, objects in inside.items() for value in in_objects({column: found} for found in objects))
    found = [{column: objects[place] for column, objects in inside.items()} for place in range(len(rows))]
    return nested, Sample(names_with(columns, nested), [row | as_texts(more) for row, more in zip(rows, found, strict=True)])

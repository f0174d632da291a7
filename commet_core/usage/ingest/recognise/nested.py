"""Values inside objects that a column holds, each under its path: `payload.value`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from duckdb.sqltypes import DuckDBPyType

DEPTH_MAX: Final = 8
"""Objects within objects are looked into so far; what is deeper stays the text of an object."""


@dataclass(frozen=True)
class NestedValue:
    """A value inside a column: its keys from the column inwards, and DuckDB's type; VARCHAR where the objects are JSON.

    text_keys: how many of its keys lead to a text that holds an object as JSON.
    """

    keys: tuple[str, ...]
    type: str = "VARCHAR"
    text_keys: int = 0

    @property
    def name(self) -> str:
        return ".".join(self.keys)


class WrittenNumber(str):
    """A number of JSON as it is written; a text in quotes is none, though it may hold digits."""

    __slots__ = ()


def json_object(text: str) -> dict[str, Any]:
    """A JSON object with its numbers as they are written; nothing where the text is something else."""
    try:
        found = json.loads(text, parse_float=WrittenNumber, parse_int=WrittenNumber)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def in_objects(objects: Iterable[Mapping[str, Any]]) -> tuple[NestedValue, ...]:
    """The values inside the objects that columns of these rows hold, in the order in which they first appear."""
    found = (keys for row in objects for keys, _ in leaves(row) if len(keys) > 1)
    return tuple(NestedValue(keys) for keys in dict.fromkeys(found))


def leaves(row: Mapping[str, Any], within: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(keys, value) of everything in a row that is not an object itself."""
    for key, value in row.items():
        keys = (*within, key)
        if isinstance(value, dict) and len(keys) < DEPTH_MAX:
            yield from leaves(value, keys)
        else:
            yield keys, value


def in_struct(column: str, kind: DuckDBPyType) -> tuple[NestedValue, ...]:
    """The values inside a column of structs, as its type declares them; none of a column of another type."""
    return tuple(NestedValue(keys, str(inner)) for keys, inner in _fields((column,), kind) if len(keys) > 1)


def _fields(keys: tuple[str, ...], kind: DuckDBPyType) -> Iterator[tuple[tuple[str, ...], DuckDBPyType]]:
    if kind.id != "struct" or len(keys) >= DEPTH_MAX:
        yield keys, kind
        return
    for name, inner in kind.children:
        yield from _fields((*keys, name), inner)


def in_texts(rows: Sequence[Mapping[str, str | None]], column: str) -> list[dict[str, Any]]:
    """The objects that a column of text holds as JSON, an empty one where it is empty; none where it holds other text too."""
    texts = [(row.get(column) or "").strip() for row in rows]
    objects = [json_object(text) if text.startswith("{") else {} for text in texts]
    written = [found for text, found in zip(texts, objects, strict=True) if text not in ("", "{}")]
    return objects if written and all(written) else []

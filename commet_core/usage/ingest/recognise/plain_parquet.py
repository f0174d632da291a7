"""The first rows of a Parquet file whose columns are texts, integers and times, as texts that DuckDB would make of them.

Most exports are like that: DuckDB, whose import takes as long as the rest of looking at a file, is not asked for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from commet_core.usage.ingest.recognise.file_shape import SNIFFED_ROWS
from commet_core.usage.read_ahead import opened_parquet

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetSchema

YEARS: Final = range(1000, 10_000)
"""Others are written in more or fewer digits."""
BUFFER_BYTES: Final = 1 << 16
"""Of a column so much is read at a time; else all that a group of rows has of it."""
_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FirstRows:
    """columns, types: their names, and their types as DuckDB calls them; rows: the first, as texts; count: of the whole file."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[str | None, ...]]
    count: int


def first_rows(path: Path) -> FirstRows | None:
    """None where a column is of another type, or the file is damaged: what DuckDB says of it counts."""
    try:
        file = opened_parquet(path, buffer_size=BUFFER_BYTES)
        schema, columns = file.schema_arrow, tuple(file.schema_arrow.names)
        kinds = [_kind(file.schema, place, kind) for place, kind in enumerate(schema.types)]
        if len({name.casefold() for name in columns}) < len(columns) or len(file.schema) != len(columns):
            return None
        batch = next(file.iter_batches(SNIFFED_ROWS, use_threads=False), None)
        found = [] if batch is None else [_texts(kind, column) for kind, column in zip(kinds, batch.columns, strict=True)]
        return FirstRows(columns, tuple(name for name, _ in kinds), list(zip(*found, strict=True)), file.metadata.num_rows)
    except (OSError, pa.ArrowException, UnicodeError, OverflowError, _Other):
        return None


def durations(path: Path) -> dict[tuple[str, ...], str]:
    """Keys of columns and of values inside structs that are lengths of time, which only Arrow's own schema says, and their types."""
    try:
        return dict(_durations(opened_parquet(path).schema_arrow, ()))
    except (OSError, pa.ArrowException, UnicodeError):
        return {}


def _durations(fields: Iterable[pa.Field], within: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    for field in fields:
        keys = (*within, field.name)
        if pa.types.is_struct(field.type):
            yield from _durations(field.type, keys)
        elif pa.types.is_duration(field.type):
            yield keys, f"DURATION_{field.type.unit.upper()}"


class _Other(Exception):
    """A type, or a value, that is written otherwise than here."""


_Kind = tuple[str, Callable[[Any], str]]


def _kind(schema: ParquetSchema, place: int, kind: pa.DataType) -> _Kind:
    """What DuckDB calls a column's type, and how it writes a value. Raises _Other."""
    if place >= len(schema):
        raise _Other
    if pa.types.is_timestamp(kind) and kind.unit == "us":
        return ("TIMESTAMP", _moment) if kind.tz is None else ("TIMESTAMP WITH TIME ZONE", lambda ticks: f"{_moment(ticks)}+00")
    if kind not in _KINDS or schema.column(place).logical_type.type not in _LOGICAL[kind]:
        raise _Other
    return _KINDS[kind]


_KINDS: Final[dict[pa.DataType, _Kind]] = {
    pa.string(): ("VARCHAR", str),
    pa.large_string(): ("VARCHAR", str),
    pa.int64(): ("BIGINT", str),
    pa.int32(): ("INTEGER", str),
}
_LOGICAL: Final = {
    **dict.fromkeys((pa.string(), pa.large_string()), ("STRING",)),
    **dict.fromkeys((pa.int64(), pa.int32()), ("NONE", "INT")),
}
"""What the file itself says of such a column; text may be JSON, or a name of few."""


def _moment(ticks: int) -> str:
    moment = _BEGIN + timedelta(microseconds=ticks)
    if moment.year not in YEARS:
        raise _Other
    text = moment.replace(tzinfo=None).isoformat(" ")
    return text.rstrip("0") if moment.microsecond else text


def _texts(kind: _Kind, column: pa.Array) -> list[str | None]:
    values = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    return [None if value is None else kind[1](value) for value in values.to_pylist()]

"""Parquet whose columns hold what usage needs, read without a query: several threads, each a group of rows at a time.

Most exports are like this: texts for customer and feature, a timestamp, a number. Such a column needs no casting, and texts
that the file keeps in a dictionary are looked at once each and not once a row. What a group of rows may hold beyond that (an
empty name, a negative value, a value with more than 6 decimals) is not judged here: the group goes to `usage_query`.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.compiled import compiled, compiled_for_many, read_only
from commet_core.foundation.money import INT64_MAX, MICRO_DECIMALS, MICROS
from commet_core.usage.grouping import EventKeys, Rows
from commet_core.usage.ingest.reading.names import Names, text_hashes, trimmed
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usage_query import SECONDS_END
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.reading_rules import NO_RULES
from commet_core.usage.read_ahead import decoded_ahead, is_in_dictionary, opened_parquet
from commet_core.usage.tokens import NO_MODEL, REQUESTS, TOKEN_COLUMNS, TOKENS_MAX, UNKNOWN_REQUESTS, TokenRows

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, ParquetFile

ROWS_PER_BATCH: Final = 1 << 20
"""Most groups of rows are one batch: each batch has the group's dictionary made, and looked at, once more."""
_TICKS_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_WHOLE_DOUBLES_BELOW: Final = float(2**53)

Clean: TypeAlias = tuple[Rows, EventKeys | None, TokenRows | None]
Batch: TypeAlias = Clean | pa.RecordBatch
"""Rows that can all be used; or the rows as they stand, as some cannot."""


@dataclass(frozen=True)
class TypedParquet:
    """A file that can be read like this."""

    path: Path
    metadata: FileMetaData
    columns: dict[str, str]
    dictionaries: list[str]
    cache_on_top: bool = False

    @classmethod
    def of(cls, path: Path, mapping: ColumnMapping) -> TypedParquet | None:
        """The file, where its mapped columns are of such types; else None."""
        wanted = _KINDS.keys() if mapping.has_tokens else _KINDS.keys() - {"model", *TOKEN_COLUMNS, REQUESTS}
        columns = {ours: theirs for ours, theirs in mapping.pairs() if ours in wanted}
        units = mapping.rules.units if mapping.rules.units is not None and mapping.rules.units.changes_rows else None
        plain = replace(mapping.rules, cache=None, duplicates=None, units=units) == NO_RULES
        if mapping.more or mapping.constants or mapping.features or mapping.calculations or not plain:
            return None
        if not {"customer_id", "timestamp", "feature"} <= set(columns):
            return None
        try:
            file = opened_parquet(path)
        except (OSError, pa.ArrowException, UnicodeError):
            return None
        schema = file.schema_arrow
        if any(
            schema.get_field_index(theirs) < 0 or not _KINDS[ours](schema.field(theirs).type)
            for ours, theirs in columns.items()
        ):
            return None
        dictionaries = [columns[ours] for ours in ("customer_id", "feature") if _is_in_dictionary(file, columns[ours])]
        return cls(path, file.metadata, columns, dictionaries, mapping.rules.cache == "additional")

    def shape_of(self, shape: FileShape) -> FileShape:
        """The shape of its batches: of the columns that are read, as dictionaries are texts to DuckDB too."""
        types = dict(zip(shape.columns, shape.types, strict=True))
        columns = tuple(self.columns.values())
        return replace(shape, columns=columns, types=tuple(types[name] for name in columns))

    def batches(self, spool: Spool) -> Iterator[Batch]:
        """All rows, in order. Raises OSError or ArrowException where the file is damaged."""
        lock = Lock()
        workers = os.cpu_count() or 1
        with ThreadPoolExecutor(workers) as pool:
            running: deque[Future[list[Batch]]] = deque()
            try:
                for group in range(self.metadata.num_row_groups):
                    running.append(pool.submit(self._group, group, spool, lock))
                    if len(running) == 2 * workers:
                        yield from running.popleft().result()
                while running:
                    yield from running.popleft().result()
            finally:
                for future in running:
                    future.cancel()

    def _group(self, group: int, spool: Spool, lock: Lock) -> list[Batch]:
        return [self._clean(batch, spool, lock) or batch for batch in self._decoded(group) if batch.num_rows]

    def _decoded(self, group: int) -> Iterable[pa.RecordBatch]:
        wanted = list(self.columns.values())
        table = decoded_ahead(self.path, self.metadata, group)
        if table is None:
            file = opened_parquet(self.path, metadata=self.metadata, read_dictionary=self.dictionaries)
            return file.iter_batches(ROWS_PER_BATCH, row_groups=[group], columns=wanted, use_threads=False)
        return table.select(wanted).to_batches(ROWS_PER_BATCH)

    def _clean(self, batch: pa.RecordBatch, spool: Spool, lock: Lock) -> Clean | None:
        """The rows as integers; None where one of them is not plainly all right."""
        columns = {ours: batch.column(theirs) for ours, theirs in self.columns.items()}
        if any(column.null_count for ours, column in columns.items() if ours in _ALWAYS_THERE):
            return None
        times = _micros_since_1970(columns["timestamp"])
        values = _micros(columns["value"]) if "value" in columns else np.full(len(batch), MICROS, np.int64)
        if times is None or values is None:
            return None
        customers = _codes(columns["customer_id"], spool.customers, lock, np.int32)
        features = _codes(columns["feature"], spool.features, lock, np.int16)
        if customers is None or features is None:
            return None
        keys = EventKeys(*text_hashes(columns["event_id"])) if "event_id" in columns else None
        rows = Rows(customers, features, times, values)
        if "model" not in columns:
            return rows, keys, None
        counts = _token_counts(columns, cache_on_top=self.cache_on_top)
        if counts is None:
            return None
        with lock:
            tokens = _tokens(columns["model"], counts, spool.models)
            is_priced = spool.unpriced(rows.features, tokens) is None
        return (rows, keys, tokens) if is_priced else None


def _is_text(kind: pa.DataType) -> bool:
    return kind in (pa.string(), pa.large_string())


def _is_number(kind: pa.DataType) -> bool:
    decimal = pa.types.is_decimal128(kind) and 0 <= kind.scale <= MICRO_DECIMALS
    return pa.types.is_integer(kind) or pa.types.is_float64(kind) or decimal


_KINDS: Final[dict[str, Any]] = {
    "customer_id": _is_text,
    "timestamp": pa.types.is_timestamp,
    "feature": _is_text,
    "value": _is_number,
    "event_id": _is_text,
    "model": _is_text,
    **dict.fromkeys((*TOKEN_COLUMNS, REQUESTS), pa.types.is_integer),
}
_ALWAYS_THERE: Final = ("customer_id", "timestamp", "feature", "value")


def _is_in_dictionary(file: ParquetFile, column: str) -> bool:
    names = [file.metadata.schema.column(index).path for index in range(file.metadata.num_columns)]
    return column in names and is_in_dictionary(file.metadata, names.index(column))


def _micros_since_1970(column: pa.Array) -> np.ndarray | None:
    per_second = _TICKS_PER_SECOND[column.type.unit]
    ticks = np.asarray(column.cast(pa.int64()))
    if not _all_below(read_only(ticks), SECONDS_END * per_second):
        return None
    if per_second == 10**6:
        return ticks
    return ticks // (per_second // 10**6) if per_second > 10**6 else ticks * (10**6 // per_second)


def _micros(column: pa.Array) -> np.ndarray | None:
    """int64 micros of numbers that have them exactly; None where one has not, or is below zero or too large."""
    if pa.types.is_decimal128(column.type):
        scale = 10 ** (MICRO_DECIMALS - column.type.scale)
        halves = np.frombuffer(column.buffers()[1], "<i8")[2 * column.offset : 2 * (column.offset + len(column))]
        return None if halves[1::2].any() else _scaled(halves[0::2], scale)
    numbers = column.to_numpy(zero_copy_only=False)
    if pa.types.is_integer(column.type):
        too_large = numbers.dtype == np.uint64 and numbers.max(initial=0) > INT64_MAX
        return None if too_large else _scaled(numbers.astype(np.int64, copy=False), MICROS)
    return _from_doubles(read_only(numbers))


def _codes(column: pa.Array, names: Names, lock: Lock, kind: type[np.signedinteger[Any]]) -> np.ndarray | None:
    """The code of each name, as integers of a kind; None where one is empty or no proper text."""
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return None
    with lock:
        codes = names.codes_of(texts).astype(kind)
    may_be_blank = names.is_blank(codes) is not None
    if pa.types.is_dictionary(column.type):
        places = np.asarray(column.indices)
        taken = np.empty(len(places), kind)
        if not _take(read_only(codes), read_only(places), taken):
            return None
        codes = taken
    return None if may_be_blank and names.is_blank(codes) is not None else codes


@compiled_for_many("places")
def _take(codes, places, taken):  # type: ignore[no-untyped-def]
    """The code at each place; False where one is no place."""
    are_places = True
    for row in range(len(places)):
        place = places[row]
        if 0 <= place < len(codes):
            taken[row] = codes[place]
        else:
            are_places = False
    return are_places


def _token_counts(columns: Mapping[str, pa.Array], *, cache_on_top: bool) -> list[np.ndarray] | None:
    """bool: which rows have tokens; then int64, how many of each of TOKEN_COUNTS. None where one is not a number of tokens."""
    model = columns["model"]
    try:
        model.validate(full=True)
    except pa.ArrowInvalid:
        return None
    named = np.asarray(pc.not_equal(trimmed(model), "").fill_null(False))
    present = named & np.asarray(columns["input_tokens"].is_valid()) & np.asarray(columns["output_tokens"].is_valid())
    counts = [present]
    for name in TOKEN_COLUMNS:
        found = np.asarray(columns[name].fill_null(0)) if name in columns else np.zeros(len(present), np.int64)
        if len(found) and not 0 <= int(found.min()) <= int(found.max()) <= TOKENS_MAX:
            return None
        counts.append(np.where(present, found, 0).astype(np.int64))
    cached = counts[3] + counts[4]
    if cache_on_top:
        counts[1] += cached
    elif (cached > counts[1]).any():
        return None
    return [*counts, np.where(present, _requests(columns.get(REQUESTS), len(present)), 0)]


def _requests(column: pa.Array | None, count: int) -> np.ndarray:
    """int64: of how many requests rows are; UNKNOWN_REQUESTS where their column does not say it."""
    if column is None:
        return np.ones(count, np.int64)
    found = np.asarray(column.fill_null(0))
    return np.where((found >= 1) & (found <= TOKENS_MAX), found, UNKNOWN_REQUESTS).astype(np.int64)


def _tokens(model: pa.Array, counts: Sequence[np.ndarray], names: Names) -> TokenRows | None:
    """None where no row has tokens."""
    present, *of_kinds = counts
    if not present.any():
        return None
    codes = np.full(len(present), NO_MODEL, np.int32)
    codes[present] = names.codes_of(model.filter(pa.array(present)))
    return TokenRows(codes, *of_kinds)


def _scaled(numbers: np.ndarray, scale: int) -> np.ndarray | None:
    """int64 numbers times a scale; None where one is negative or would exceed 64 bits."""
    scaled = np.empty(len(numbers), np.int64)
    return scaled if _scale(read_only(numbers), scale, INT64_MAX // scale, scaled) else None


@compiled_for_many("numbers")
def _all_below(numbers, end):  # type: ignore[no-untyped-def]
    """Whether none is negative, or from the end on."""
    are_below = True
    for row in range(len(numbers)):
        are_below &= 0 <= numbers[row] < end
    return are_below


@compiled_for_many("numbers")
def _scale(numbers, scale, most, scaled):  # type: ignore[no-untyped-def]
    """Numbers times a scale; False where one is negative or above the most."""
    are_right = True
    for row in range(len(numbers)):
        number = numbers[row]
        are_right &= 0 <= number <= most
        scaled[row] = number * scale
    return are_right


@compiled
def _exact_doubles(numbers, micros):  # type: ignore[no-untyped-def]
    """Doubles that are the nearest to a number of 6 decimals, as that number; False where one is not."""
    right = True
    for row in range(len(numbers)):
        nearest = np.rint(numbers[row] * 1e6)
        right = right and 0.0 <= nearest < _WHOLE_DOUBLES_BELOW and nearest / 1e6 == numbers[row]
        micros[row] = np.int64(nearest) if right else 0
    return right


def _from_doubles(numbers: np.ndarray) -> np.ndarray | None:
    micros = np.empty(len(numbers), np.int64)
    return micros if _exact_doubles(numbers, micros) else None

"""Every rejected row, in a Parquet file: as many as there are, whatever the memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA, VALUE_CHARACTERS_MAX, FoundReject, Reason

FOUND_SCHEMA: Final = pa.schema([("ordinal", pa.int64()), ("line", pa.int64()), ("reason", pa.uint8()), ("value", pa.string())])
"""A reject as it is found. Its line is known later, unless the row is broken; `ordinal` is null then."""

LinesOf = Callable[[np.ndarray], np.ndarray]
"""The lines of a file's records; int64 both, the records in ascending order and each once."""


class FoundRejects:
    """The rejects of one file, in files of their own until their lines are known.

    found    by their place in the file
    broken   rows that are wrong as a whole, which are found before the others, by their line
    """

    def __init__(self, path: Path) -> None:
        self.found, self.broken = _Batches(path), _Batches(path.with_name(f"{path.name}-broken"))

    def add(self, ordinals: np.ndarray, reasons: np.ndarray, values: pa.Array) -> None:
        """Takes in rejects of a batch: int64, uint8 and texts, one per rejected row."""
        lines = pa.nulls(len(ordinals), pa.int64())
        self.found.add([pa.array(ordinals), lines, pa.array(reasons.astype(np.uint8)), values])

    def add_rows(self, rows: Sequence[FoundReject]) -> None:
        """Takes in rows that are wrong as a whole, with their lines."""
        if rows:
            columns = zip(*((row.ordinal, row.line, int(row.reason), row.value) for row in rows), strict=True)
            self.broken.add([pa.array(column, kind) for column, kind in zip(columns, FOUND_SCHEMA.types, strict=True)])


class _Batches:
    """Batches of `FOUND_SCHEMA` in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def add(self, columns: Sequence[pa.Array]) -> None:
        """One entry per reject in each column."""
        self._writer = self._writer or pa.ipc.new_stream(str(self._path), FOUND_SCHEMA)
        shown = _shown(columns[-1].cast(pa.string()))
        self._writer.write_batch(pa.RecordBatch.from_arrays([*columns[:-1], shown], schema=FOUND_SCHEMA))

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """What was taken in; nothing can be added after."""
        if self._writer is None:
            return
        self._writer.close()
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as reader:
            yield from reader


class RejectList:
    """Writes the rows of `rejects` (interfaces.md), file after file. A context: on leaving, the list is complete."""

    def __init__(self, path: Path) -> None:
        from pyarrow.parquet import ParquetWriter  # noqa: PLC0415  # dear to who writes none

        self._writer = ParquetWriter(path, REJECT_SCHEMA)

    def add(self, file: str, mapping: ColumnMapping, found: FoundRejects, lines_of: LinesOf) -> None:
        """Writes the rejects of a file that was read through a mapping."""
        cells = max(1, len(mapping.features))
        records = _records(found.found, cells)
        lines = lines_of(records) if len(records) else records
        placed = (_placed(batch, file, mapping, cells, records, lines) for batch in found.found)
        broken = (_placed(batch, file, mapping, cells, records, lines) for batch in found.broken)
        for batch in _by_line(placed, broken):
            self._writer.write_batch(batch)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._writer.close()


def _records(batches: Iterable[pa.RecordBatch], cells: int) -> np.ndarray:
    """int64: the records of the file that have rejects whose lines are to be found, ascending and each once."""
    found = [np.asarray(batch["ordinal"].drop_null()) // cells for batch in batches]
    return np.unique(np.concatenate([np.empty(0, np.int64), *found]))


def _placed(
    batch: pa.RecordBatch, file: str, mapping: ColumnMapping, cells: int, records: np.ndarray, lines: np.ndarray
) -> pa.RecordBatch:
    ordinals = np.asarray(batch["ordinal"].fill_null(0))
    place = np.minimum(np.searchsorted(records, ordinals // cells), max(0, len(records) - 1))
    found = pa.array(lines[place]) if len(lines) else pa.nulls(batch.num_rows, pa.int64())
    reasons = [Reason(code) for code in batch["reason"].to_pylist()]
    columns = [
        pa.array([file] * batch.num_rows),
        pc.if_else(batch["ordinal"].is_valid(), found, batch["line"]),
        pa.array([column_of(mapping, reason, int(ordinal)) for reason, ordinal in zip(reasons, ordinals, strict=True)]),
        batch["value"],
        pa.array([reason.sentence for reason in reasons]),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=REJECT_SCHEMA)


def _by_line(placed: Iterable[pa.RecordBatch], broken: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Two lists of rejects as one; each of them is in the order of its lines."""
    held = next(broken, None)
    for batch in placed:
        parts = [batch]
        while held is not None and held["line"][0].as_py() < batch["line"][-1].as_py():
            count = pc.sum(pc.less(held["line"], batch["line"][-1])).as_py()
            parts.append(held.slice(0, count))
            held = held.slice(count) if count < held.num_rows else next(broken, None)
        yield batch if len(parts) == 1 else pa.concat_batches(parts).sort_by("line")
    if held is not None:
        yield held
        yield from broken


def _shown(values: pa.Array) -> pa.Array:
    """The values as `rejects.shown` cuts them."""
    cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(values, 0, VALUE_CHARACTERS_MAX), "…", "")
    return pc.if_else(pc.greater(pc.utf8_length(values), VALUE_CHARACTERS_MAX), cut, values)


def column_of(mapping: ColumnMapping, reason: Reason, ordinal: int | None) -> str:
    """The file's name of the column that is wrong; empty where the row is. ordinal: which row, or cell, counted from 0."""
    ours = reason.column or ""
    if ours == "value" and mapping.features and ordinal is not None:
        return mapping.features[ordinal % len(mapping.features)][1]
    return (mapping.label(ours) if ours else "") or ours

"""What a task does with raw rows: it reads them by the rules of files, before they travel to their customer's partition.

Out come rows of `EVENT_COLUMNS`. Most are events. The others are notes, which travel along on keys of their own, so that
rejected rows, whose customer may be missing, are spread over all partitions:

rejects   rejected rows, as an Arrow stream of `REJECT_COLUMNS`
tally     what became of the rows of a block (`Tally`)
problem   why a file cannot be read
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.catalog.request_prices import RequestPrices
from commet_core.cluster.payload import PROBLEM, REJECTS, TALLY, problems_to_json, to_ipc
from commet_core.cluster.tally import Tally
from commet_core.cluster.text_blocks import LINE, write_block
from commet_core.foundation.duckdbs import lent_duckdb
from commet_core.foundation.errors import InputError
from commet_core.foundation.temporary import temporary_folder
from commet_core.usage.grouping import EventKeys
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.asked import Asked, Known
from commet_core.usage.ingest.reading.file_rows import read_rows
from commet_core.usage.ingest.reading.names import trimmed
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.rejects.report import report_on
from commet_core.usage.tokens import NO_MODEL, TOKEN_COUNTS, TokenRows

FILE: Final = "_file"
BLOCK: Final = "_block"
ROW: Final = "_row"
PLACE: Final = (FILE, BLOCK, ROW)

FILE_BITS: Final = 43
"""An ordinal is the file's number above so many bits, which hold the place in it: a million files of up to 8 TB."""

CHUNK_ROWS: Final = 250_000
EVERY_REJECT: Final = 2**62

EVENT_COLUMNS: Final = (
    "customer string, ordinal long, time long, feature string, units long, event long, event_again long, "
    "model string, input_tokens long, output_tokens long, cache_read_tokens long, cache_write_tokens long, requests long, note binary"
)
"""An event's customer, its place in the input's order, microseconds since 1970, feature, micros, two hashes of its id, and
what it used of an AI model (null: nothing).

In a note `feature` says what the note is, and `customer` is a key that spreads notes over the partitions.
"""

EVENT_SCHEMA: Final = pa.schema(
    [
        ("customer", pa.string()),
        ("ordinal", pa.int64()),
        ("time", pa.int64()),
        ("feature", pa.string()),
        ("units", pa.int64()),
        ("event", pa.int64()),
        ("event_again", pa.int64()),
        ("model", pa.string()),
        *((name, pa.int64()) for name in TOKEN_COUNTS),
        ("note", pa.binary()),
    ]
)

REJECT_COLUMNS: Final = pa.schema(
    [
        ("file", pa.int64()),
        ("block", pa.int64()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
    ]
)
"""Rejected rows. `file` is the file's number, and `line` counts from 1 at the block's first."""


@dataclass(frozen=True)
class Reading:
    """How raw rows are read.

    shape       what the beginning of the input looks like, under the name that messages give it
    mapping     which column holds what
    files       hash of a file's path → its number in the order of the input
    header      of CSV, the line that names its columns
    block_bits  the place of a row in its file is block × 2**block_bits + row
    prices      as `ingest.read` takes them
    """

    shape: FileShape
    mapping: ColumnMapping
    files: dict[int, int]
    header: bytes = b""
    block_bits: int = 0
    prices: RequestPrices | None = None


Chunk = tuple[int, int, FileShape]
"""Rows of a block that are read together: the place of the first, the lines of the block before them, and the rows."""


def read_partition(reading: Reading, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Raw rows (the mapped columns, or `LINE`, and `PLACE`) → rows of `EVENT_COLUMNS`, in the same order."""
    with temporary_folder() as folder, lent_duckdb(threads=1) as connection:
        task = _Task(reading, connection, folder)
        for (path_hash, block), runs in groupby(_runs(batches), _block_of):
            yield from task.block(Tally(reading.files.get(path_hash, 0), block), runs)


class _ReadRows(Spool):
    """Usable rows, which travel on at once."""

    def batches(self, first_ordinal: int) -> Iterator[pa.RecordBatch]:
        """The rows as `EVENT_COLUMNS`. Their ordinals have the order of the input; rejected rows leave no gap."""
        customers, models = (trimmed(names.texts()) for names in (self.customers, self.models))
        features = self.feature_texts()
        for _, rows, keys, tokens in self._chunks:
            count = len(rows.times)
            columns = [
                customers.take(pa.array(rows.customers)),
                np.arange(first_ordinal, first_ordinal + count),
                rows.times,
                features.take(pa.array(rows.features)),
                rows.values,
                *_event_hashes(count, keys),
                *_tokens(count, tokens, models),
                pa.nulls(count, pa.binary()),
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=EVENT_SCHEMA)
            first_ordinal += count


def _event_hashes(count: int, keys: EventKeys | None) -> tuple[pa.Array, pa.Array]:
    if keys is None:
        return pa.nulls(count, pa.int64()), pa.nulls(count, pa.int64())
    ones, others = (pa.array(column.view(np.int64), mask=~keys.present) for column in (keys.ones, keys.others))
    return ones, others


def _tokens(count: int, tokens: TokenRows | None, models: pa.Array) -> list[pa.Array]:
    if tokens is None:
        return [pa.nulls(count, pa.string()), *(pa.nulls(count, pa.int64()) for _ in TOKEN_COUNTS)]
    without = tokens.models == NO_MODEL
    return [models.take(pa.array(tokens.models, mask=without)), *(pa.array(column, mask=without) for column in tokens[1:])]


@dataclass(frozen=True)
class _Task:
    reading: Reading
    connection: duckdb.DuckDBPyConnection
    folder: Path

    def block(self, tally: Tally, runs: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The events of a block, and its notes."""
        chunks = self._columns(tally, runs) if self.reading.shape.format == "arrow" else self._text(tally, runs)
        try:
            for place, lines_before, shape in chunks:
                yield from self._chunk(tally, place, lines_before, shape)
        except InputError as error:
            yield _note(tally, PROBLEM, problems_to_json(error))
        yield _note(tally, TALLY, tally.to_bytes())

    def _chunk(self, tally: Tally, place: int, lines_before: int, shape: FileShape) -> Iterator[pa.RecordBatch]:
        asked = Known(Asked(self.reading.prices))
        read = _ReadRows(self.folder, asked=asked, levels=frozenset(self.reading.mapping.rules.levels))
        rows = read_rows(self.connection, shape, self.reading.mapping, read, 0, EVERY_REJECT, lambda _rows: None, asked)
        tally.add(rows)
        place_in_file = ((tally.block << self.reading.block_bits) + place) * max(1, len(self.reading.mapping.features))
        yield from read.batches((tally.file << FILE_BITS) + place_in_file)
        if rows.rejects:
            yield _note(tally, REJECTS, to_ipc(_rejects(tally, rows, lines_before)))

    def _columns(self, tally: Tally, runs: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
        """Rows that Spark gives as columns."""
        shape = self.reading.shape
        for chunk in _chunks(runs):
            place = chunk[ROW][0].as_py()
            columns = chunk.drop_columns(list(PLACE))
            tally.lines += columns.num_rows
            yield place, place, replace(shape, source=ArrowSource(shape.file, columns.to_reader, at_hand=True))

    def _text(self, tally: Tally, runs: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
        lines = (run[LINE] for run in runs)
        path = self.folder / "block"
        written = write_block(path, self.reading.shape, self.reading.header, lines, begins_file=tally.block == 0)
        tally.lines = written.lines
        if written.shape is not None:
            yield 0, -written.header_lines, written.shape


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches, cut where the file or the block changes."""
    for batch in batches:
        places = [np.asarray(batch[name]) for name in (FILE, BLOCK)]
        cuts = np.flatnonzero(np.logical_or.reduce([column[1:] != column[:-1] for column in places])) + 1
        edges = [0, *cuts.tolist(), batch.num_rows]
        yield from (batch.slice(first, last - first) for first, last in pairwise(edges) if last > first)


def _block_of(run: pa.RecordBatch) -> tuple[int, int]:
    return run[FILE][0].as_py(), run[BLOCK][0].as_py()


def _chunks(runs: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Runs put together until there are enough rows to be worth a query."""
    chunk: list[pa.RecordBatch] = []
    for run in runs:
        chunk.append(run)
        if sum(part.num_rows for part in chunk) >= CHUNK_ROWS:
            yield pa.Table.from_batches(chunk)
            chunk = []
    if chunk:
        yield pa.Table.from_batches(chunk)


def _rejects(tally: Tally, rows: FileRows, lines_before: int) -> pa.Table:
    """Rejected rows of a chunk as the report on it lists them, with the place of the block."""
    listed = report_on([rows], [0]).rejects
    places = [pa.array(np.full(len(listed), number)) for number in (tally.file, tally.block)]
    lines = pc.add(listed["line"], lines_before)
    columns = [*places, lines, *(listed[name] for name in ("column", "value", "reason"))]
    return pa.Table.from_arrays(columns, schema=REJECT_COLUMNS)


def _note(tally: Tally, kind: str, content: bytes) -> pa.RecordBatch:
    note = {"customer": f"{kind} {tally.file} {tally.block}", "feature": kind, "note": content}
    return pa.RecordBatch.from_pylist([note], EVENT_SCHEMA)

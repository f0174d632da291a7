"""Reads one usage file through DuckDB: the rows that can be used as columns, the others as rejects with their lines."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.errors import InputError
from commet_core.ingest.arrow_source import ArrowSource
from commet_core.ingest.columns import ColumnMapping
from commet_core.ingest.csv_records import header_record, locate, mend
from commet_core.ingest.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, array_source, identifier, literal_path
from commet_core.ingest.file_relations import arrow_relation, json_array_relation, layout_of, parquet_relation, text_relation
from commet_core.ingest.file_shape import FileShape, damaged_array, damaged_gzip, damaged_parquet
from commet_core.ingest.rejects import FoundReject, Reason, RejectCollector
from commet_core.ingest.text_encoding import UTF8, WINDOWS, encoding_of_text, write_utf8
from commet_core.ingest.usage_query import Relation, usage_query

ROWS_PER_BATCH: Final = 500_000
MICROSECONDS: Final = pa.timestamp("us", tz="UTC")

COLUMNS_SCHEMA = pa.schema(
    [
        ("customer_id", pa.dictionary(pa.int32(), pa.string())),
        ("timestamp", MICROSECONDS),
        ("feature", pa.dictionary(pa.int32(), pa.string())),
        ("value", pa.int64()),
    ]
)
"""`usage.EVENT_SCHEMA`, with customers and features as codes; each batch has its own dictionary."""

EVENT_KEY_SCHEMA = pa.schema([("event", pa.uint64()), ("event_again", pa.uint64()), ("has_event", pa.bool_())])
"""Two hashes of the event id, and whether the row has one."""


@dataclass
class FileRows:
    """One file, read. `batches` (COLUMNS_SCHEMA) and `event_keys` (EVENT_KEY_SCHEMA) hold the rows that can be used.

    row_count       rows of the file: used, rejected and duplicates
    offset_minutes  smallest and largest UTC offset that a time was written with; None where there was no text to say
    rejects         the first of them, each with its line and its text as it stands in the file
    """

    shape: FileShape
    mapping: ColumnMapping
    collector: RejectCollector
    batches: list[pa.RecordBatch] = field(default_factory=list)
    event_keys: list[pa.RecordBatch] = field(default_factory=list)
    row_count: int = 0
    without_value_count: int = 0
    rounded_count: int = 0
    offset_minutes: tuple[int, int] | None = None
    rejects: list[FoundReject] = field(default_factory=list)
    header: str = ""

    @property
    def usable_count(self) -> int:
        return self.row_count - self.collector.total


class _Unreadable(Exception):
    """DuckDB could not read the file as it is."""


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    shape: FileShape,
    mapping: ColumnMapping,
    room: int,
    folder: Path,
    progress: Callable[[int], None],
) -> FileRows:
    """Reads a file. room: how many rejects to keep; folder: for copies of it; progress is told the rows read so far.

    Raises InputError where the file as a whole cannot be read.
    """
    reading = _Reading(connection, mapping, room, folder, progress)
    try:
        if shape.source is not None:
            return reading.arrow(shape, shape.source)
        return reading.binary(shape) if shape.format in ("parquet", "json array") else reading.text(shape)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise damaged_gzip(shape.file) from None
    except _Unreadable:
        if shape.format == "parquet":
            raise damaged_parquet(shape.file) from None
        if shape.format == "json array":
            raise damaged_array(shape.file) from None
        fix = "Check that it is text with one row on each line, or save it as Parquet"
        raise InputError.of(
            shape.file, f"it cannot be read as {shape.format.replace('csv', 'CSV').replace('json', 'JSON')}", fix
        ) from None


@dataclass(frozen=True)
class _Reading:
    connection: duckdb.DuckDBPyConnection
    mapping: ColumnMapping
    room: int
    folder: Path
    progress: Callable[[int], None]

    def binary(self, shape: FileShape) -> FileRows:
        """Parquet, or an array in JSON: a row's line is its number."""
        relation = (
            parquet_relation(shape, self.mapping) if shape.format == "parquet" else json_array_relation(shape, self.mapping)
        )
        rows = self._stream(shape, relation)
        kept = rows.collector.kept
        texts = self._texts(shape, [_ordinal(reject) for reject in kept])
        rows.rejects = [replace(reject, line=_ordinal(reject) + 1, text=text) for reject, text in zip(kept, texts, strict=True)]
        rows.header = _csv_line(shape.columns) if shape.format == "parquet" else ""
        return rows

    def arrow(self, shape: FileShape, source: ArrowSource) -> FileRows:
        """Rows in Arrow batches: a row's line is its number; its text is not kept."""
        with source.open() as reader:
            self.connection.register(ARROW_SOURCE, reader)
            try:
                rows = self._stream(shape, arrow_relation(shape, self.mapping))
            finally:
                self.connection.unregister(ARROW_SOURCE)
        rows.rejects = [replace(reject, line=_ordinal(reject) + 1) for reject in rows.collector.kept]
        return rows

    def text(self, shape: FileShape) -> FileRows:
        """CSV or JSON lines: as it is; or converted to UTF-8; or without its broken records."""
        readable = shape if shape.encoding == UTF8 else self._converted(shape)
        try:
            rows = self._direct(readable)
        except _Unreadable:
            if shape.encoding == UTF8 and encoding_of_text(shape.path) == WINDOWS:
                return self.text(replace(shape, encoding=WINDOWS))
            rows = self._mended(readable)
        if rows.rejects and shape.format == "csv":
            rows.header = header_record(readable.path, layout_of(shape))
        rows.shape = shape
        return rows

    def _direct(self, shape: FileShape) -> FileRows:
        layout = layout_of(shape)
        rows = self._stream(shape, text_relation(shape, self.mapping))
        kept = rows.collector.kept
        if kept:
            records, count = locate(shape.path, layout, [_ordinal(reject) for reject in kept])
            if count != rows.row_count:
                raise _Unreadable
            rows.rejects = [replace(reject, line=at.line, text=at.text) for reject, at in zip(kept, records, strict=True)]
        return rows

    def _mended(self, shape: FileShape) -> FileRows:
        layout = layout_of(shape)
        copy = self.folder / "mended"
        collector = RejectCollector(self.room)
        lines = []
        for broken, block_lines in mend(shape.path, copy, layout):
            collector.add_rows(FoundReject(_reason(at.reason), at.text, line=at.line, text=at.text) for at in broken)
            lines.append(block_lines)
        broken_count, broken_kept = collector.total, list(collector.kept)
        collector.kept.clear()
        rows = self._stream(replace(shape, path=copy, compressed=False), text_relation(shape, self.mapping, copy), collector)
        line_of = np.concatenate(lines) if lines else np.empty(0, np.int64)
        if len(line_of) != rows.row_count:
            raise _Unreadable
        kept = collector.kept
        records, _ = locate(copy, layout, [_ordinal(reject) for reject in kept])
        found = [
            replace(reject, line=int(line_of[_ordinal(reject)]), text=at.text) for reject, at in zip(kept, records, strict=True)
        ]
        rows.rejects = sorted(broken_kept + found, key=lambda reject: reject.line or 0)[: self.room]
        rows.row_count += broken_count
        return rows

    def _converted(self, shape: FileShape) -> FileShape:
        copy = self.folder / "utf8"
        try:
            write_utf8(shape.path, copy, shape.encoding)
        except UnicodeDecodeError:
            raise InputError.of(shape.file, f"the file is not {shape.encoding} throughout", "Save it as UTF-8") from None
        return replace(shape, path=copy, compressed=False, encoding=UTF8)

    def _stream(self, shape: FileShape, relation: Relation, collector: RejectCollector | None = None) -> FileRows:
        rows = FileRows(shape, self.mapping, collector or RejectCollector(self.room))
        for batch in self._batches(relation):
            _add(rows, batch)
            self.progress(rows.row_count)
        return rows

    def _batches(self, relation: Relation) -> Iterator[pa.RecordBatch]:
        try:
            yield from self.connection.sql(usage_query(relation), params=relation.parameters).to_arrow_reader(ROWS_PER_BATCH)
        except (duckdb.Error, OSError, pa.ArrowException) as error:
            raise _Unreadable(str(error)) from None

    def _texts(self, shape: FileShape, ordinals: list[int]) -> list[str]:
        """The rows with these ordinals as text: of Parquet a line of CSV, of a JSON array the element."""
        if not ordinals:
            return []
        if shape.format == "parquet":
            source = PARQUET_SOURCE
            row = "[" + ", ".join(f"CAST({identifier(name)} AS VARCHAR)" for name in shape.columns) + "]"
        else:
            source = array_source(shape.compressed)
            row = "[json]"
        query = f"""SELECT row_values FROM (SELECT {row} AS row_values, row_number() OVER () - 1 AS ordinal FROM {source})
            WHERE ordinal IN (SELECT unnest($ordinals)) ORDER BY ordinal"""  # noqa: S608  (names are quoted identifiers)
        parameters = {"path": literal_path(shape.path), "ordinals": ordinals}
        found = self.connection.sql(query, params=parameters).fetchall()
        return [_csv_line(row) if shape.format == "parquet" else str(row[0]) for (row,) in found]


def _add(rows: FileRows, batch: pa.RecordBatch) -> None:
    """Takes in a batch of the query's rows: rejects to the collector, the others to the columns."""
    customers, features = _names(batch["customer"]), _names(batch["feature"])
    reasons = np.array(batch["reason"])
    wrong = batch["wrong"]
    for name, codes, reason in (("feature", features, Reason.FEATURE_EMPTY), ("customer", customers, Reason.CUSTOMER_EMPTY)):
        empty = _empty(codes) & ((reasons == 0) | (reasons > reason))
        if empty.any():
            reasons[empty] = reason
            wrong = pc.if_else(pa.array(empty), batch[name], wrong)
    if reasons.any():
        rows.collector.add(reasons, wrong, rows.row_count)
        keep = pa.array(reasons == 0)
        batch, customers, features = (column.filter(keep) for column in (batch, customers, features))
    rows.row_count += len(reasons)
    if not batch.num_rows:
        return
    times = batch["utc"].cast(pa.int64()).view(MICROSECONDS)
    columns = [customers, times, features, _micros(batch["units"])]
    rows.batches.append(pa.RecordBatch.from_arrays(columns, schema=COLUMNS_SCHEMA))
    if rows.mapping.event_id is not None:
        keys = [batch[name] for name in EVENT_KEY_SCHEMA.names]
        rows.event_keys.append(pa.RecordBatch.from_arrays(keys, schema=EVENT_KEY_SCHEMA))
    rows.without_value_count += batch["no_value"].true_count
    rows.rounded_count += batch["rounded"].true_count
    offsets = pc.min_max(batch["utc_offset"])
    least, most = rows.offset_minutes or (offsets["min"].as_py(), offsets["max"].as_py())
    rows.offset_minutes = min(least, offsets["min"].as_py()), max(most, offsets["max"].as_py())


def _names(column: pa.Array) -> pa.DictionaryArray:
    """Texts as codes, spaces around them taken away: from the few different texts, not from every row."""
    encoded = column.dictionary_encode()
    trimmed = pc.utf8_trim_whitespace(encoded.dictionary)
    if trimmed.equals(encoded.dictionary):
        return encoded
    merged = trimmed.dictionary_encode()
    return pa.DictionaryArray.from_arrays(merged.indices.take(encoded.indices), merged.dictionary)


def _empty(names: pa.DictionaryArray) -> np.ndarray:
    code = pc.index(names.dictionary, pa.scalar("")).as_py()
    return np.asarray(names.indices) == code if code >= 0 else np.zeros(len(names), bool)


def _micros(units: pa.Array) -> pa.Array:
    """DECIMAL(38, 6) that fits 64 bits as int64 micros: the lower half of each 128-bit number."""
    halves = np.frombuffer(units.buffers()[1], "<i8")
    return pa.array(halves[2 * units.offset : 2 * (units.offset + len(units)) : 2])


def _csv_line(values: object) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)  # type: ignore[arg-type]
    return line.getvalue()


def _ordinal(reject: FoundReject) -> int:
    assert reject.ordinal is not None
    return reject.ordinal


def _reason(reason: Reason | None) -> Reason:
    assert reason is not None
    return reason

"""Reads one usage file through DuckDB: the rows that can be used as columns, the others as rejects with their lines."""

from __future__ import annotations

import csv
import errno
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, decimal_of
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.asked import Asking
from commet_core.usage.ingest.reading.comments import comments_of, may_have_comments
from commet_core.usage.ingest.reading.csv_records import Record, header_record, lines_of, locate, mend
from commet_core.usage.ingest.reading.damaged_files import damaged_array, damaged_gzip, damaged_parquet
from commet_core.usage.ingest.reading.deciding import Decision, decided_unseen, number_question
from commet_core.usage.ingest.reading.doubts import is_doubtful, may_be_thousands
from commet_core.usage.ingest.reading.duckdb_sources import ARROW_SOURCE, PARQUET_SOURCE, identifier, literal_path
from commet_core.usage.ingest.reading.evidence import cost_found, tokens_without_model, vanished_units
from commet_core.usage.ingest.reading.file_relations import json_source, layout_of, relation, rows_of
from commet_core.usage.ingest.reading.repeats import filtered
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.row_terms import column_term
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.streamed_units import StreamedUnits
from commet_core.usage.ingest.reading.text_ends import record_count
from commet_core.usage.ingest.reading.typed_parquet import Batch, TypedParquet
from commet_core.usage.ingest.reading.typed_terms import as_text
from commet_core.usage.ingest.reading.unnamed_totals import named_subtotals, unnamed_totals
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.reading.usage_query import Relation, usage_query
from commet_core.usage.ingest.recognise.columns import ColumnMapping, quoted
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.money_values import cost_column
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.recognise.text_encoding import UTF8, code_page_of, encoding_question, write_utf8
from commet_core.usage.ingest.recognise.units import unit_column
from commet_core.usage.ingest.rejects.listing import FoundRejects
from commet_core.usage.ingest.rejects.reasons import COMMENT_ROW, SUM_ROW, FoundReject, Reason, RejectCollector
from commet_core.usage.tokens import TOKEN_COLUMNS

COSTS_ROWS_MAX: Final = 1_000_000
"""Files with more rows are not read again for what their column of costs adds up to."""

ROWS_PER_BATCH: Final = 500_000

FEW_BYTES: Final = 1 << 20
FEW_ROWS: Final = 20_000
"""Of a file, or of rows at hand: so few are read into a table first, as DuckDB then looks once at a long query and not three times."""


class _Unreadable(Exception):
    """DuckDB could not read the file as it is."""


def read_rows(
    connection: duckdb.DuckDBPyConnection,
    shape: FileShape,
    mapping: ColumnMapping,
    spool: Spool,
    file: int,
    room: int,
    progress: Callable[[int], None],
    asked: Asking,
    *,
    lists_rejects: bool = False,
) -> FileRows:
    """Reads a file, its usable rows into the spool. file: which one it is, from 0; room: how many rejects to keep;
    lists_rejects: all of them are in the collector's `found`, too.

    progress is told the rows read so far. Raises InputError where the file as a whole cannot be read.
    """
    reading = _Reading(connection, mapping, spool, file, room, progress, asked, lists_rejects, decides=True)
    if shape.format != "parquet" or TypedParquet.of(shape.path, mapping) is None:
        reading = reading.corrected()
    try:
        if shape.source is not None:
            return reading.sheet(shape, shape.source) if shape.source.at_hand else reading.arrow(shape, shape.source)
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


def read_alike(
    connection: duckdb.DuckDBPyConnection,
    shapes: Sequence[FileShape],
    mapping: ColumnMapping,
    spool: Spool,
    file: int,
    room: int,
    progress: Callable[[int], None],
    asked: Asking,
    *,
    lists_rejects: bool = False,
) -> list[FileRows] | None:
    """Several files of one text format, with the same columns, by one query; None where that cannot be done.

    file: which one the first is. Otherwise as `read_rows`, which each of them can then be read by.
    """
    if unit_column(shapes[0].sample, mapping) is not None:
        return None
    before = spool.chunk_count
    readings = [
        _Reading(connection, mapping, spool, file + place, room, progress, asked, lists_rejects) for place in range(len(shapes))
    ]
    readings = [reading.corrected() for reading in readings]
    found = [reading.rows_of(shape) for reading, shape in zip(readings, shapes, strict=True)]
    try:
        readings[0].stream_alike(shapes, found)
        for reading, rows in zip(readings, found, strict=True):
            reading.place(rows.shape, rows)
        if not any(
            is_doubtful(rows, spool)
            or may_have_comments(rows, spool)
            or named_subtotals(rows, spool)
            or unnamed_totals(rows, spool)
            for rows in found
        ):
            return found
    except (_Unreadable, EOFError, zlib.error, gzip.BadGzipFile):
        pass
    spool.forget(before)
    return None


@dataclass(frozen=True)
class _Reading:
    connection: duckdb.DuckDBPyConnection
    mapping: ColumnMapping
    spool: Spool
    file: int
    room: int
    progress: Callable[[int], None]
    asked: Asking
    lists_rejects: bool
    decides: bool = False
    decided: tuple[str, ...] = ()
    clock_changes: tuple[int, int] = (0, 0)

    def corrected(self) -> _Reading:
        """The same by the rules of the scenario, which is waited for."""
        return replace(self, mapping=self.mapping.with_corrections) if self.asked.result().corrections else self

    def binary(self, shape: FileShape) -> FileRows:
        """Parquet, or an array in JSON: a row's line is its number."""
        rows = self._decided(shape, lambda reading: reading._binary_rows(shape))
        kept = rows.collector.kept
        texts = self._texts(shape, [rows.record_of(reject) for reject in kept])
        rows.rejects = [replace(reject, line=rows.record_of(reject) + 1, text=texts[rows.record_of(reject)]) for reject in kept]
        rows.header = _csv_line(shape.columns) if shape.format == "parquet" else ""
        return rows

    def _binary_rows(self, shape: FileShape) -> FileRows:
        typed = TypedParquet.of(shape.path, self.mapping) if shape.format == "parquet" else None
        return self._typed(shape, typed) if typed is not None else self._stream(shape, relation(shape, self.mapping))

    def _decided(self, shape: FileShape, read: Callable[[_Reading], FileRows], mended: Path | None = None) -> FileRows:
        """Reads a file by the rules that its beginning needs; again, where the whole of it needs others."""
        if not self.decides:
            return read(self)
        rows = self._by_rules(shape, read, mended)
        if rows.mapping.has_tokens and _shows_tokens_without_model(shape, rows.mapping):
            self._note_tokens_without_model(shape, rows, mended)
        if (cost := cost_column(shape.sample, rows.mapping)) is not None and rows.row_count <= COSTS_ROWS_MAX:
            source = rows_of(shape, rows.mapping, mended, also=[cost])
            rows.vendor_cost = cost, cost_found(self.connection, source, rows.mapping, source.terms[cost])
        if rows.vanished_count:
            source = rows_of(shape, rows.read_as, mended)
            terms = [source.terms[name] for _, name in rows.mapping.features]
            value = column_term(source, rows.read_as, "value")
            rows.vanished_units = vanished_units(self.connection, source, [value] if value is not None else terms)
        return rows

    def _note_tokens_without_model(self, shape: FileShape, rows: FileRows, mended: Path | None) -> None:
        source = rows_of(shape, rows.mapping, mended)
        model = column_term(source, rows.mapping, "model")
        tokens = [column_term(source, rows.mapping, ours) for ours in TOKEN_COLUMNS]
        if model is not None:
            rows.without_model_count = tokens_without_model(self.connection, source, model, [term for term in tokens if term])

    def _by_rules(self, shape: FileShape, read: Callable[[_Reading], FileRows], mended: Path | None) -> FileRows:
        before = self.spool.chunk_count
        reading = self._with_rules(shape, mended, thorough=False)
        rows = read(reading)
        if is_doubtful(rows, self.spool):
            again = reading._with_rules(shape, mended, thorough=True)
            if again.mapping != reading.mapping:
                self.spool.forget(before)
                reading, rows = again, read(again)
        for look, evidence in ((named_subtotals, "names"), (unnamed_totals, "values")):
            if totals := look(rows, self.spool):
                self.spool.forget(before)
                reading = reading._without_totals(totals, evidence)
                rows = read(reading)
        return rows

    def _without_totals(self, names: tuple[str, ...], evidence: str) -> _Reading:
        """The same without the rows of names that are totals, as this shows."""
        said = f"{quoted(names)} {'is a total' if len(names) == 1 else 'are totals'}, as the {evidence} show"
        rules = replace(self.mapping.rules, total_names=(*self.mapping.rules.total_names, *names))
        return replace(self, mapping=replace(self.mapping, rules=rules), decided=(*self.decided, said))

    def _with_rules(self, shape: FileShape, mended: Path | None, *, thorough: bool) -> _Reading:
        """The same with the rules of the file. Raises Undecided."""
        rows = partial(_rows_read, shape, mended)
        decision = Decision(self.connection, shape, self.mapping, rows, thorough)
        try:
            mapping = decision.made()
            notes = tuple(dict.fromkeys((*self.decided, *decision.notes)))
            return replace(self, mapping=mapping, decided=notes, clock_changes=decision.clock_changes)
        except duckdb.Error as error:
            raise _Unreadable(str(error)) from None

    def _typed(self, shape: FileShape, typed: TypedParquet) -> FileRows:
        """Parquet without a query, but for the groups of rows that are not plainly all right."""
        rows = self.rows_of(shape)
        for batch in _readable(typed.batches(self.spool)):
            if isinstance(batch, pa.RecordBatch):
                self._judge(rows, batch, relation(replace(typed.shape_of(shape), format="arrow"), self.corrected().mapping))
            else:
                rows.add_clean(self.spool, *batch)
            self.progress(rows.row_count)
        return rows

    def _judge(self, rows: FileRows, batch: pa.RecordBatch, relation: Relation, units: StreamedUnits | None = None) -> None:
        self.connection.register(ARROW_SOURCE, pa.Table.from_batches([batch]))
        try:
            if units is not None:
                units.look(self.connection, rows.shape)
            for judged in self._batches(relation, few=batch.num_rows <= FEW_ROWS):
                rows.add(self.spool, judged)
        finally:
            self.connection.unregister(ARROW_SOURCE)

    def arrow(self, shape: FileShape, source: ArrowSource) -> FileRows:
        """Rows in Arrow batches: a row's line is its number; its text is not kept.

        Each batch is waited for here and not in DuckDB, whose threads hear of no interrupt and make texts of exceptions.
        """
        units = StreamedUnits.of(shape, self.mapping)
        mapping = decided_unseen(shape, self.mapping if units is None else units.mapping)
        reading = replace(self, mapping=mapping)
        rows = reading.rows_of(shape)
        with source.open() as reader:
            for batch in reader:
                reading._judge(rows, batch, relation(shape, reading.mapping), units)
                self.progress(rows.row_count)
        if units is not None:
            units.check()
        if mapping.rules.numbers is None and may_be_thousands(rows):
            raise Undecided([number_question(shape.file, mapping, _in_thousands(rows, self.spool))])
        if totals := named_subtotals(rows, self.spool):
            _leave_out(rows, self.spool, totals)
        return _with_lines(rows, source)

    def sheet(self, shape: FileShape, source: ArrowSource) -> FileRows:
        """Rows that are at hand, which decide how they are written, as those of a file do."""
        with source.open() as reader:
            table = reader.read_all()
        self.connection.register(ARROW_SOURCE, table)
        try:
            known = replace(shape, rows=table.num_rows)
            rows = self._decided(shape, lambda reading: reading._stream(known, relation(shape, reading.mapping)))
            rows.shape = shape
        finally:
            self.connection.unregister(ARROW_SOURCE)
        return _with_lines(rows, source)

    def text(self, shape: FileShape) -> FileRows:
        """CSV or JSON lines: as it is; or converted to UTF-8; or without its broken records."""
        readable = shape if shape.encoding == UTF8 else self._converted(shape)
        before = self.spool.chunk_count
        try:
            rows = self._direct(readable)
        except _Unreadable:
            self.spool.forget(before)
            if shape.encoding == UTF8 and (encoding := self._code_page(shape)) != UTF8:
                return self.text(replace(shape, encoding=encoding))
            rows = self._mended(readable)
        if may_have_comments(rows, self.spool) and (comments := self._comments(readable, rows)):
            self.spool.forget(before)
            rows = self._mended(readable, comments)
        if rows.rejects and shape.format == "csv":
            rows.header = header_record(readable.path, layout_of(shape))
        rows.shape = shape
        return rows

    def _comments(self, shape: FileShape, rows: FileRows) -> frozenset[int]:
        """The lines of a file that are comments. Raises Undecided."""
        names = [text for names in (self.spool.customers, self.spool.features) for text in names.texts().to_pylist()]
        read = (*rows.mapping.names("customer_id"), *rows.mapping.names("feature"))
        starts_with_name = shape.columns[0] in read
        return comments_of(shape, layout_of(shape), names, rows.mapping.rules.comments, starts_with_name=starts_with_name)

    def _code_page(self, shape: FileShape) -> str:
        """The encoding of a file that begins in ASCII. Raises Undecided."""
        pages = code_page_of(shape.path)
        if self.mapping.rules.encoding is not None and pages.name != UTF8:
            return self.mapping.rules.encoding
        if pages.readings:
            raise Undecided([encoding_question(shape.file, pages.readings)])
        return pages.name

    def _direct(self, shape: FileShape) -> FileRows:
        def read(reading: _Reading) -> FileRows:
            rows = reading._stream(shape, relation(shape, reading.mapping))
            reading.place(shape, rows)
            return rows

        return self._decided(shape, read)

    def stream_alike(self, shapes: Sequence[FileShape], found: Sequence[FileRows]) -> None:
        """Reads files as one; each row goes to its file's place in `found`."""
        places = {str(shape.path.absolute()): rows for shape, rows in zip(shapes, found, strict=True)}
        kept, read = 0, 0
        together = relation(shapes[0], self.mapping, paths=[shape.path for shape in shapes])
        for batch in self._batches(together, few=False):
            runs = pc.run_end_encode(batch["file"])
            start = 0
            for path, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
                rows = places[path]
                kept -= len(rows.collector.kept)
                rows.collector.room = self.room - kept
                rows.add(self.spool, batch.slice(start, end - start))
                kept += len(rows.collector.kept)
                start = end
            read += batch.num_rows
            self.progress(read)

    def place(self, shape: FileShape, rows: FileRows) -> None:
        """Finds the rejects of a text file where they stand in it."""
        layout = layout_of(shape)
        counted = record_count(shape.path, layout)
        if counted is not None and counted * rows.cell_count != rows.row_count:
            raise _Unreadable
        kept = rows.collector.kept
        if not kept:
            return
        places = sorted({rows.record_of(reject) for reject in kept})
        records, count = locate(shape.path, layout, places)
        if count * rows.cell_count != rows.row_count:
            raise _Unreadable
        at = dict(zip(places, records, strict=True))
        rows.lines_of = partial(lines_of, shape.path, layout)
        rows.rejects = [_placed(reject, at[rows.record_of(reject)]) for reject in kept]
        rows.header = header_record(shape.path, layout) if shape.format == "csv" else ""

    def _mended(self, shape: FileShape, without: frozenset[int] = frozenset()) -> FileRows:
        layout = layout_of(shape)
        copy = self.spool.folder / "mended"
        collector = self._collector()
        lines = []
        for records, block_lines in mend(shape.path, copy, layout, without):
            collector.add_rows([FoundReject(_reason(at.reason), at.text, line=at.line, text=at.text) for at in records])
            lines.append(block_lines)
        broken_count, broken_kept, broken = collector.total, list(collector.kept), collector.counts
        readable = replace(shape, path=copy, compressed=False)

        def read(reading: _Reading) -> FileRows:
            collector.kept.clear()
            collector.counts = Counter(broken)
            return reading._stream(readable, relation(shape, reading.mapping, copy), collector)

        rows = self._decided(shape, read, copy)
        line_of = np.concatenate(lines) if lines else np.empty(0, np.int64)
        if len(line_of) * rows.cell_count != rows.row_count:
            raise _Unreadable
        places = sorted({rows.record_of(reject) for reject in collector.kept})
        at = dict(zip(places, locate(copy, layout, places)[0], strict=True))
        found = [
            replace(reject, line=int(line_of[rows.record_of(reject)]), text=at[rows.record_of(reject)].text)
            for reject in collector.kept
        ]
        rows.lines_of = line_of.__getitem__
        rows.rejects = sorted(broken_kept + found, key=lambda reject: reject.line or 0)[: self.room]
        rows.row_count += (broken_count + len(without)) * rows.cell_count
        rows.left_out.update({COMMENT_ROW: len(without) * rows.cell_count} if without else {})
        rows.without_usage_count += broken_count * (rows.cell_count - 1)
        return rows

    def _converted(self, shape: FileShape) -> FileShape:
        copy = self.spool.folder / "utf8"
        try:
            write_utf8(shape.path, copy, shape.encoding)
        except UnicodeDecodeError:
            raise InputError.of(shape.file, f"the file is not {shape.encoding} throughout", "Save it as UTF-8") from None
        return replace(shape, path=copy, compressed=False, encoding=UTF8)

    def _stream(self, shape: FileShape, relation: Relation, collector: RejectCollector | None = None) -> FileRows:
        rows = self.rows_of(shape, collector)
        for batch in self._batches(relation, few=_has_few_rows(shape)):
            rows.add(self.spool, batch)
            self.progress(rows.row_count)
        return rows

    def rows_of(self, shape: FileShape, collector: RejectCollector | None = None) -> FileRows:
        """A file of which nothing is read yet."""
        rows = FileRows(self.file, shape, self.mapping, collector or self._collector(), decided=self.decided)
        rows.clock_gaps_count, rows.clock_overlaps_count = self.clock_changes
        return rows

    def _collector(self) -> RejectCollector:
        found = FoundRejects(self.spool.folder / f"rejects-{self.file}") if self.lists_rejects else None
        return RejectCollector(self.room, found=found)

    def _batches(self, relation: Relation, *, few: bool) -> Iterator[pa.RecordBatch]:
        try:
            query, parameters = usage_query(relation), relation.parameters
            if few:
                self.connection.execute(f"CREATE OR REPLACE TEMP TABLE few_rows AS {query}", parameters)
                query, parameters = "FROM few_rows", {}
            yield from self.connection.sql(query, params=parameters).to_arrow_reader(ROWS_PER_BATCH)
        except (duckdb.Error, OSError, pa.ArrowException, UnicodeError) as error:
            if _is_lack_of_room(error):
                raise OSError(errno.ENOSPC, str(error)) from None
            if isinstance(error, duckdb.OutOfMemoryException):
                raise MemoryError from None
            raise _Unreadable(str(error)) from None

    def _texts(self, shape: FileShape, ordinals: list[int]) -> dict[int, str]:
        """The rows with these ordinals as text: of Parquet a line of CSV, of a JSON array the element."""
        if not ordinals:
            return {}
        if shape.format == "parquet":
            source = PARQUET_SOURCE
            cells = [as_text(identifier(name), kind) for name, kind in zip(shape.columns, shape.types, strict=True)]
            row = f"[{', '.join(cells)}]"
        else:
            source = json_source(shape)
            row = "[json]"
        query = f"""SELECT ordinal, row_values FROM (SELECT {row} AS row_values, row_number() OVER () - 1 AS ordinal FROM {source})
            WHERE ordinal IN (SELECT unnest($ordinals)) ORDER BY ordinal"""  # noqa: S608  (names are quoted identifiers)
        parameters = {"path": literal_path(shape.path), "ordinals": ordinals}
        found = self.connection.sql(query, params=parameters).fetchall()
        return {place: _csv_line(row) if shape.format == "parquet" else str(row[0]) for place, row in found}


def _has_few_rows(shape: FileShape) -> bool:
    """A small file of Parquet may have millions, but says how many."""
    if shape.source or shape.format == "parquet":
        return shape.rows <= FEW_ROWS
    return not shape.compressed and shape.path.stat().st_size <= FEW_BYTES


def _shows_tokens_without_model(shape: FileShape, mapping: ColumnMapping) -> bool:
    models, tokens = mapping.names("model"), [name for ours in TOKEN_COLUMNS for name in mapping.names(ours)]
    return bool(models) and any(
        not any(row.get(name) for name in models) and any(row.get(name) not in (None, "", "0") for name in tokens)
        for row in shape.sample.rows
    )


def _in_thousands(rows: FileRows, spool: Spool) -> str:
    """One of the values that might have a point between thousands, as it stands."""
    values = (
        values[(values % MICROS != 0) | (values < MICROS * 1000)] for values in (own.values for own in spool.rows_of(rows.file))
    )
    example = next((int(found[0]) for found in values if len(found)), MICROS)
    return f"{decimal_of(example, MICRO_DECIMALS):.3f}"


def _leave_out(rows: FileRows, spool: Spool, totals: tuple[str, ...]) -> None:
    """Takes rows of these customers and features, which are totals, out of what was read once."""
    codes = [np.flatnonzero(np.isin(names.texts().to_pylist(), totals)) for names in (spool.customers, spool.features)]
    kept = []
    for chunk in spool.chunks:
        mine = chunk.file == rows.file
        total = np.isin(chunk.rows.customers, codes[0]) | np.isin(chunk.rows.features, codes[1])
        rows.left_out[SUM_ROW] += int(total.sum()) if mine else 0
        kept.append(filtered(chunk, ~total) if mine else chunk)
    spool.use(kept)
    rows.decided = (*rows.decided, f"{quoted(totals)} {'is a total' if len(totals) == 1 else 'are totals'}, as the names show")


def _rows_read(shape: FileShape, mended: Path | None, mapping: ColumnMapping, also: Sequence[str]) -> Rows:
    return rows_of(shape, mapping, mended, also=also)


def _with_lines(rows: FileRows, source: ArrowSource) -> FileRows:
    """The rows of a source with their rejects where they stand in it."""
    rows.lines_of = source.line_of or rows.lines_of
    kept = rows.collector.kept
    lines = rows.lines_of(np.array([rows.record_of(reject) for reject in kept], np.int64)).tolist()
    rows.rejects = [replace(reject, line=line) for reject, line in zip(kept, lines, strict=True)]
    return rows


def _readable(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches of a file; what goes wrong with them, and not with what is done with them, is the file's fault."""
    while True:
        try:
            batch = next(batches, None)
        except (OSError, pa.ArrowException, UnicodeError) as error:
            raise _Unreadable(str(error)) from None
        if batch is None:
            return
        yield batch


def _is_lack_of_room(error: Exception) -> bool:
    """Whether temporary files found no room, in DuckDB's words."""
    said = str(error)
    return "No space left" in said or "max_temp_directory_size" in said or ("rite" in said and "File too large" in said)


def _csv_line(values: object) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(values)  # type: ignore[arg-type]
    return line.getvalue()


def _placed(reject: FoundReject, at: Record) -> FoundReject:
    return replace(reject, line=at.line, text=at.text)


def _reason(reason: Reason | None) -> Reason:
    assert reason is not None
    return reason

"""Tables with a column for each quarter, month or day, as people make them, read as tables with a row for each cell."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.containers.period_totals import left_out_totals
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.columns import quoted, recognise
from commet_core.usage.ingest.recognise.csv_shape import csv_header
from commet_core.usage.ingest.recognise.header import skipped_note
from commet_core.usage.ingest.recognise.period_names import (
    COLUMNS_MIN,
    LOOKS_SO,
    beside_periods,
    parts_of_periods,
    period_columns,
    period_of,
)
from commet_core.usage.ingest.recognise.text_encoding import codec_of
from commet_core.usage.ingest.recognise.text_head import HEAD_BYTES, text_head

BYTES_MAX: Final = 32 << 20
"""Tables that are made for people to read are smaller."""
LINES_LOOKED_AT: Final = 20
SHEET: Final = ", sheet "
"""What stands before the name of a sheet in that of its source."""
_SHOWN: Final = 3


@dataclass(frozen=True)
class Unpivoted:
    """The rows, and what is said of them."""

    source: ArrowSource
    notes: tuple[str, ...]


def unpivoted_csv(path: Path, name: str, head: bytes, encoding: str | None = None) -> Unpivoted | None:
    """A CSV file with a column for each month or day; None where it is something else. head: its first bytes."""
    lines = head.split(b"\n")[:LINES_LOOKED_AT]
    if path.stat().st_size > BYTES_MAX or not any(len(LOOKS_SO.findall(line)) >= COLUMNS_MIN for line in lines):
        return None
    try:
        with path.open("rb") as file:
            text = text_head(path, file.read(HEAD_BYTES), encoding)
        if text.compressed or text.readings or text.text.lstrip()[:1] in ("", "{", "["):
            return None
        header = csv_header(path, text)
    except InputError:
        return None
    periods = period_columns(header.columns, header.mapping)
    if not periods or len(set(header.columns)) < len(header.columns):
        return None
    found = _csv_table(path, codec_of(text.encoding), header.delimiter, header.skipped, header.columns)
    if found is None:
        return None
    above = (skipped_note(name, header.above),) if header.above else ()
    return _unpivoted(name, *found, periods, above)


def unpivoted_sheet(source: ArrowSource) -> Unpivoted | None:
    """The sheet of a workbook with a column for each month or day; None where it is something else."""
    with source.open() as reader:
        names = reader.schema.names
        periods = period_columns(names, recognise(names))
        if not periods or len(set(names)) < len(names):
            return None
        table = reader.read_all()
    lines = source.line_of(np.arange(table.num_rows)) if source.line_of is not None else np.arange(table.num_rows) + 1
    return _unpivoted(source.name, table, lines, periods, ())


def dated_sheet(source: ArrowSource) -> Unpivoted | None:
    """A sheet without a column of times that is called after a month, with that month in a column; None of any other."""
    period = period_of(source.name.rpartition(SHEET)[2]) if SHEET in source.name else None
    if period is None:
        return None
    with source.open() as reader:
        names = reader.schema.names
        if recognise(names).timestamp is not None:
            return None
        table = reader.read_all()
    time = pa.array([period] * table.num_rows, pa.string())
    dated = table.append_column(_free("month", names), time)
    said = f"{source.name}: its rows are of {period}, as the sheet's name says"
    return Unpivoted(replace(source, open=partial(_reader, dated)), (said,))


def _csv_table(
    path: Path, encoding: str, delimiter: str, skipped: int, columns: tuple[str, ...]
) -> tuple[pa.Table, np.ndarray] | None:
    """The rows below a header as texts, and their lines; None where one has more fields than the header, or is broken."""
    rows, lines = [], []
    try:
        with path.open(encoding=encoding, newline="") as file:
            for _ in range(skipped):
                file.readline()
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
            for row in reader:
                if any(text.strip() for text in row):
                    rows.append(row)
                    lines.append(skipped + reader.line_num)
    except (csv.Error, UnicodeError, LookupError):
        return None
    width = len(columns)
    if len(rows) < 2 or any(len(row) > width for row in rows):
        return None
    filled = [row + [""] * (width - len(row)) for row in rows[1:]]
    arrays = [pa.array([text.strip() for text in column], pa.string()) for column in zip(*filled, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(columns)), np.array(lines[1:])


def _unpivoted(name: str, table: pa.Table, lines: np.ndarray, periods: Mapping[str, str], notes: tuple[str, ...]) -> Unpivoted:
    """Row by row the cells that are not empty."""
    count, width = table.num_rows, len(periods)
    order = (np.arange(count)[:, None] + count * np.arange(width)).ravel()
    cells = [table.column(column) for column in periods]
    kinds = {cell.type for cell in cells if cell.null_count < len(cell)}
    kind = kinds.pop() if len(kinds) == 1 else pa.string()
    values = pa.chunked_array([chunk for cell in cells for chunk in cell.cast(kind).chunks], kind).take(pa.array(order))
    filled = np.asarray(pc.is_valid(values)) & (np.asarray(pc.not_equal(values.cast(pa.string()).fill_null(""), "")))
    read = list(periods)
    if parts_of := parts_of_periods(periods):
        kept, totals = left_out_totals(name, table, np.asarray(lines), list(periods), parts_of, filled.reshape(count, width))
        notes = (*notes, *(f"{name}: {said}" for said in totals))
        filled = kept.ravel()
        read = [column for place, column in enumerate(periods) if column not in parts_of or kept[:, place].any()]
    rows = pa.array(np.repeat(np.arange(count), width)[filled])
    beside = beside_periods(table.column_names, list(periods))
    written = [periods[column] for column in read]
    time = "date" if any(period.count("-") > 1 or "." in period or "/" in period for period in written) else "month"
    columns = {column: table.column(column).take(rows) for column in beside}
    columns[_free(time, beside)] = pa.array(list(periods.values()) * count, pa.string()).filter(pa.array(filled))
    columns[_free("quantity", beside)] = values.filter(pa.array(filled))
    long, line = pa.table(columns), np.repeat(np.asarray(lines), width)[filled]
    shown = quoted(read[:_SHOWN]) + (f" and {len(read) - _SHOWN} more" if len(read) > _SHOWN else "")
    said = f"{name}: each of its columns {shown} is a {time}, and each of their cells a row; an empty one is no usage"
    return Unpivoted(
        ArrowSource(name, partial(_reader, long), len(line), line_of=line.__getitem__, at_hand=True), (*notes, said)
    )


def _free(name: str, taken: list[str]) -> str:
    return name if name not in taken else f"{name} of the column"


@contextmanager
def _reader(table: pa.Table) -> Iterator[pa.RecordBatchReader]:
    yield table.combine_chunks().to_reader()

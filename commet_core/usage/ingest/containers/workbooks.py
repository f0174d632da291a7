"""Excel and OpenDocument workbooks: every sheet with rows, its header found below titles, dates as dates, numbers as numbers."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.errors import InputError
from commet_core.foundation.wording import counted
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.header import LOOKED_AT, header_place, skipped_note

OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
ZIPPED: Final = b"PK\x03\x04"
MEMORY_BYTES_MAX: Final = 4 << 30
SECONDS_MAX: Final = 300
ROWS_PER_BATCH: Final = 100_000
WHOLE_MAX: Final = 2**53

_READER: Final = Path(__file__).with_name("sheet_cells.py")
_PARTS: Final = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")


@dataclass(frozen=True)
class Sheets:
    """sources: a table for each sheet that has one; notes: sentences, without the full stop, on what is not read."""

    sources: tuple[ArrowSource, ...]
    notes: tuple[str, ...]


def is_workbook(path: Path, head: bytes) -> bool:
    """Whether a file that begins so is a workbook."""
    if head.startswith(OLD_EXCEL):
        return True
    if not head.startswith(ZIPPED):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return not set(_PARTS).isdisjoint(archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb", ".ods")


def sheets_of(path: Path, name: str, folder: Path) -> Sheets:
    """The sheets of a workbook. name: as messages give it; folder: for their cells, as long as the sources are read.

    Raises InputError where it is damaged, protected, too large, or no sheet has rows.
    """
    _run(path, name, folder)
    sources: list[ArrowSource] = []
    notes: list[str] = []
    listed = json.loads((folder / "sheets.json").read_text("utf-8"))
    for sheet, rows, columns, visible, file, formulas in listed:
        label = f"{name}, sheet {sheet}"
        table = _table(label, folder / file) if rows > 1 and columns else None
        if table is None:
            notes.append(f"{label} has no rows")
            continue
        sources.append(table.source())
        notes += [skipped_note(label, table.above)] if table.above else []
        notes += [] if visible else [f"{label} is hidden, and is read too"]
        if formulas:
            notes.append(
                f"{label} has {counted(formulas, 'formula')} without a result: open and save it in a spreadsheet program"
            )
    if not sources:
        raise InputError.of(name, "no sheet of the workbook has a table with rows", "Export the usage again")
    return Sheets(tuple(sources), tuple(notes))


def _run(path: Path, name: str, folder: Path) -> None:
    """Has the cells written by a process of its own."""
    limits = [str(MEMORY_BYTES_MAX), str(SECONDS_MAX)]
    command = [sys.executable, "-I", str(_READER), str(path.absolute()), str(folder), *limits]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=4 * SECONDS_MAX, check=False)  # noqa: S603  (ours)
    except subprocess.TimeoutExpired:
        raise _too_large(name) from None
    if done.returncode == 0:
        return
    said = done.stderr.lower()
    if "password" in said:
        raise InputError.of(name, "the workbook is protected by a password", "Save it without one, or save the sheet as CSV")
    if done.returncode < 0 or "memory" in said:
        raise _too_large(name)
    raise InputError.of(
        name, "it begins like a workbook and cannot be read as one", "Save it again in Excel, or save the sheet as CSV (UTF-8)"
    )


def _too_large(name: str) -> InputError:
    what = f"the workbook needs more than {MEMORY_BYTES_MAX >> 30} GB of memory or {SECONDS_MAX // 60} minutes to be opened"
    return InputError.of(name, what, "Look for a cell far below or beside the table, or save the sheet as CSV (UTF-8)")


@dataclass(frozen=True)
class _Table:
    """The table in a sheet. lines: the sheet's row of each of its rows, from 1; above: texts of the rows above its header."""

    name: str
    path: Path
    schema: pa.Schema
    places: tuple[int, ...]
    lines: np.ndarray
    above: tuple[str, ...]

    def source(self) -> ArrowSource:
        return ArrowSource(self.name, partial(_reader, self), len(self.lines), line_of=self.lines.__getitem__, at_hand=True)


def _table(name: str, path: Path) -> _Table | None:
    """None where there is a header at most."""
    with pa.memory_map(str(path)) as file:
        cells = pa.ipc.open_file(file).read_all()
        texts = [_texts(cells, at, LOOKED_AT + 200) for at in range(cells.num_columns // 2)]
        rows = [list(row) for row in zip(*texts, strict=True)]
        header = header_place(rows)
        places = tuple(at for at, text in enumerate(rows[header]) if text or _is_filled(cells, at, header + 1))
        lines = np.flatnonzero(_filled(cells, header + 1)) + header + 2
        if not len(lines):
            return None
        names = [rows[header][at] or f"column {at + 1}" for at in places]
        kinds = [_kind(cells, at, header + 1) for at in places]
    above = tuple(" ".join(text for text in row if text) for row in rows[:header])
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    return _Table(name, path, schema, places, lines, tuple(filter(None, above)))


def _texts(cells: pa.Table, at: int, count: int) -> list[str]:
    """The first cells of a column as text."""
    return _as_text(cells.slice(0, count), at).fill_null("").to_pylist()


def _as_text(cells: pa.Table, at: int) -> pa.ChunkedArray:
    text, number = cells.column(2 * at), cells.column(2 * at + 1)
    if number.null_count == len(number):
        return text
    return pc.coalesce(text, _digits(number))


def _digits(number: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers as text, whole ones without a point."""
    return pa.chunked_array([[None if value is None else _plain(value) for value in number.to_pylist()]], pa.string())


def _plain(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < WHOLE_MAX else repr(value)


def _kind(cells: pa.Table, at: int, first: int) -> pa.DataType:
    """Numbers as such where a column holds nothing else; else text."""
    text, number = cells.column(2 * at).slice(first), cells.column(2 * at + 1).slice(first)
    if text.null_count < len(text) or number.null_count == len(number):
        return pa.string()
    whole = pc.all(pc.and_(pc.equal(pc.floor(number), number), pc.less(pc.abs(number), WHOLE_MAX))).as_py()
    return pa.int64() if whole else pa.float64()


def _is_filled(cells: pa.Table, at: int, first: int) -> bool:
    columns = cells.column(2 * at).slice(first), cells.column(2 * at + 1).slice(first)
    return any(column.null_count < len(column) for column in columns)


def _filled(cells: pa.Table, first: int) -> np.ndarray:
    """Whether anything stands in each row from `first` on."""
    filled = np.zeros(max(0, cells.num_rows - first), bool)
    for column in cells.slice(first).columns:
        filled |= np.asarray(pc.is_valid(column))
    return filled


@contextmanager
def _reader(table: _Table) -> Iterator[pa.RecordBatchReader]:
    with pa.memory_map(str(table.path)) as file:
        cells = pa.ipc.open_file(file).read_all()
        yield pa.RecordBatchReader.from_batches(table.schema, _batches(table, cells))


def _batches(table: _Table, cells: pa.Table) -> Iterator[pa.RecordBatch]:
    for start in range(0, len(table.lines), ROWS_PER_BATCH):
        rows = cells.take(pa.array(table.lines[start : start + ROWS_PER_BATCH] - 1))
        columns = [_column(rows, at, kind) for at, kind in zip(table.places, table.schema.types, strict=True)]
        yield from pa.Table.from_arrays(columns, schema=table.schema).combine_chunks().to_batches()


def _column(rows: pa.Table, at: int, kind: pa.DataType) -> pa.ChunkedArray:
    return _as_text(rows, at) if kind == pa.string() else rows.column(2 * at + 1).cast(kind)

"""Run on its own: writes the cells of a workbook's sheets as Arrow files, in a process whose memory and time are bounded.

    python sheet_cells.py WORKBOOK FOLDER MEMORY_BYTES SECONDS

A workbook of a few bytes can name a cell in the last row of the last column, and whoever reads it makes room for all in
between. So it is read apart: what goes too far ends this process and nothing else. It imports nothing of the product.

Of each sheet FOLDER gets `<place>.arrow`, with two columns for each of the sheet's: `t0` the texts of its cells, dates, times
and truths among them, and `n0` the numbers (double); an empty cell has neither. `sheets.json` lists
[name, rows, columns, visible, file, formulas], last of all; rows count from the sheet's first, formulas are those without a
result. These, and errors such as #DIV/0!, are texts too, of .xlsx: whoever reads the workbook gets them as empty cells.
"""

import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from html import unescape
from itertools import chain, islice, repeat
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

ROWS_PER_BATCH = 20_000

_SHEET = re.compile(rb'<(?:\w+:)?sheet\s[^>]*?\b\w+:id="([^"]+)"')
_PART = re.compile(rb"<Relationship\s[^>]*>")
_STATED = re.compile(rb'\b(Id|Target)="([^"]*)"')
_FORMULA = rb"<f(?:\s[^>]*)?(?:/>|>([^<]*)</f>)"
_ERROR = re.compile(rb'<c\s([^>]*\bt="e"[^>]*)>(?:' + _FORMULA + rb")?\s*<v>([^<]+)</v>")
_WITHOUT_RESULT = re.compile(rb"<c\s([^>]*)>" + _FORMULA + rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>")
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')

Cells = Mapping[int, Mapping[int, str]]
"""Texts of some cells, by row and column, both from 0."""


def bound(memory: int, seconds: int) -> None:
    """Limits this process, where the system can."""
    try:
        import resource  # noqa: PLC0415  (not on every system)
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def as_text(value: object) -> str | None:
    """A cell that is no number."""
    if isinstance(value, bool):
        return str(value).lower()
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value).strip()
    return text or None


def is_number(value: object) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def column(cells: Sequence[object]) -> tuple[pa.Array, pa.Array]:
    """The texts and the numbers in some cells of a column."""
    kinds = set(map(type, cells))
    if kinds == {float}:
        return pa.nulls(len(cells), pa.string()), pa.array(cells, pa.float64())
    texts = [None if is_number(value) else as_text(value) for value in cells]
    numbers = [float(value) if is_number(value) else None for value in cells] if kinds & {float, int} else None  # type: ignore[arg-type]
    return pa.array(texts, pa.string()), pa.nulls(len(cells), pa.float64()) if numbers is None else pa.array(
        numbers, pa.float64()
    )


def write_sheet(rows: Iterable[Sequence[object]], columns: int, path: Path) -> int:
    """The number of rows written."""
    names = [(f"t{at}", f"n{at}") for at in range(columns)]
    schema = pa.schema([field for text, number in names for field in ((text, pa.string()), (number, pa.float64()))])
    source, count = iter(rows), 0
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        while batch := list(islice(source, ROWS_PER_BATCH)):
            arrays = [array for cells in zip(*batch, strict=True) for array in column(cells)]
            writer.write_batch(pa.record_batch(arrays, schema))
            count += len(batch)
    return count


def sheet_xml(workbook: str) -> Iterator[bytes]:
    """The XML of each sheet of .xlsx, in order; nothing of other workbooks, and of one without the usual parts."""
    if not zipfile.is_zipfile(workbook):
        return
    with zipfile.ZipFile(workbook) as archive:
        try:
            places = _SHEET.findall(archive.read("xl/workbook.xml"))
            parts = _PART.findall(archive.read("xl/_rels/workbook.xml.rels"))
            stated = [dict(_STATED.findall(part)) for part in parts]
            targets = {part[b"Id"]: unescape(part[b"Target"].decode()) for part in stated}
            for place in places:
                yield archive.read(targets[place][1:] if targets[place].startswith("/") else f"xl/{targets[place]}")
        except (KeyError, UnicodeDecodeError):
            return


def unsaid(xml: bytes) -> tuple[Cells, int]:
    """Errors, and formulas without a result, of which there are so many."""
    cells: dict[int, dict[int, str]] = {}
    formulas = 0
    if b't="e"' in xml:
        for attributes, _, error in _ERROR.findall(xml):
            _put(cells, attributes, unescape(error.decode("utf-8", "replace")))
    if b"<f" in xml:
        for attributes, formula in _WITHOUT_RESULT.findall(xml):
            if b't="str"' not in attributes:  # an empty text is a result
                _put(cells, attributes, f"={unescape(formula.decode('utf-8', 'replace'))}")
                formulas += 1
    return cells, formulas


def _put(cells: dict[int, dict[int, str]], attributes: bytes, text: str) -> None:
    place = _PLACE.search(attributes)
    if place is None:
        return
    column = 0
    for letter in place[1]:
        column = 26 * column + letter - 64
    cells.setdefault(int(place[2]) - 1, {})[column - 1] = text


def with_unsaid(rows: Iterable[Sequence[object]], cells: Cells, first_column: int) -> Iterator[Sequence[object]]:
    """Rows with these texts where they have empty cells."""
    for at, row in enumerate(rows):
        if found := cells.get(at):
            yield [found.get(first_column + place, cell) if cell == "" else cell for place, cell in enumerate(row)]
        else:
            yield row


def main(workbook: str, folder: str, memory: str, seconds: str) -> None:
    bound(int(memory), int(seconds))
    sheets = []
    book = CalamineWorkbook.from_path(workbook)
    of_sheets = zip(book.sheets_metadata, chain(sheet_xml(workbook), repeat(b"")), strict=False)
    for place, (about, xml) in enumerate(of_sheets):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(place)
        (cells, formulas), columns, rows = unsaid(xml), 0, 0
        if sheet.start is not None and sheet.width:
            columns = sheet.width
            found = with_unsaid(sheet.iter_rows(), cells, sheet.start[1])
            rows = write_sheet(found, columns, Path(folder) / f"{place}.arrow")
        sheets.append([about.name, rows, columns, about.visible == SheetVisibleEnum.Visible, f"{place}.arrow", formulas])
    (Path(folder) / "sheets.json").write_text(json.dumps(sheets), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

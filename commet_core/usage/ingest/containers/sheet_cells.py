"""Run on its own: writes the cells of a workbook's sheets as Arrow files, in a process whose memory and time are bounded.

    python sheet_cells.py WORKBOOK FOLDER MEMORY_BYTES SECONDS

A workbook of a few bytes can name a cell in the last row of the last column, and whoever reads it makes room for all in
between. So it is read apart: what goes too far ends this process and nothing else. It imports nothing of the product.

Of each sheet FOLDER gets `<place>.arrow`, with two columns for each of the sheet's: `t0` the texts of its cells, dates, times
and truths among them, and `n0` the numbers (double); an empty cell has neither. `sheets.json` lists
[name, rows, columns, visible, file], last of all; rows count from the sheet's first.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

ROWS_PER_BATCH = 20_000


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


def main(workbook: str, folder: str, memory: str, seconds: str) -> None:
    bound(int(memory), int(seconds))
    sheets = []
    book = CalamineWorkbook.from_path(workbook)
    for place, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = book.get_sheet_by_index(place)
        columns = sheet.width if sheet.start is not None else 0
        rows = write_sheet(sheet.iter_rows(), columns, Path(folder) / f"{place}.arrow") if columns else 0
        sheets.append([about.name, rows, columns, about.visible == SheetVisibleEnum.Visible, f"{place}.arrow"])
    (Path(folder) / "sheets.json").write_text(json.dumps(sheets), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

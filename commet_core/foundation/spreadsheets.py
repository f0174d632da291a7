"""Tables as CSV and Excel that open harmlessly in a spreadsheet: no text becomes a formula or a link."""

from __future__ import annotations

import errno
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter

from commet_core.foundation.temporary import room_on_disk, temporary_folder

EXCEL_ROWS_MAX = 1_048_575
"""Rows that a sheet holds below its header."""

_SIGNS: Final = "=+\\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋−﬩"
"""What a formula begins with, and what a spreadsheet takes for it: full-width, small, raised and lowered forms."""
_FORMULA_START: Final = rf"^([\t\r\n]|[\pZ\x00-\x1f\x7f\x{{ad}}\x{{200b}}-\x{{200f}}\x{{2060}}\x{{feff}}]*[{_SIGNS}])"
"""A sign, also behind spaces and what shows nothing; a tab or a line's end opens another cell or row where it is pasted."""


def plain_text(table: pa.Table, *, guarded: bool) -> pa.Table:
    """The table with times as ISO text and dictionaries as text.

    guarded: a text that a spreadsheet would take for a formula gets an apostrophe in front, and so does a column's name.
    """
    columns = [_plain_column(column, guarded) for column in table.columns]
    names = _guarded(pa.array(table.column_names, pa.string())).to_pylist() if guarded else table.column_names
    return pa.Table.from_arrays(columns, names=names)


def _plain_column(column: pa.ChunkedArray, guarded: bool) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return _guarded(column) if guarded and _is_text(column.type) else column


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _guarded(texts: pa.ChunkedArray | pa.Array) -> Any:
    """Texts that no spreadsheet takes for a formula."""
    texts = texts.cast(pa.string())
    return pc.if_else(pc.match_substring_regex(texts, _FORMULA_START), pc.binary_join_element_wise("'", texts, ""), texts)


def to_csv(table: pa.Table) -> bytes:
    """A table as CSV in UTF-8: plain decimals, ISO times, formulas made harmless."""
    with temporary_folder() as folder, room_on_disk(folder.parent), duckdb.connect() as connection:
        path = folder / "table.csv"
        try:
            connection.from_arrow(plain_text(table, guarded=True)).write_csv(str(path), header=True)
        except duckdb.IOException as error:
            raise OSError(errno.ENOSPC, str(error)) from None
        return path.read_bytes()


def write_csv(batches: Iterable[pa.RecordBatch], schema: pa.Schema, file: BinaryIO) -> None:
    """Writes rows as `to_csv` does, a batch at a time, so that no more of them are in memory."""
    header = to_csv(schema.empty_table())
    file.write(header)
    file.writelines(to_csv(pa.Table.from_batches([batch]))[len(header) :] for batch in batches)


def to_excel(sheets: Mapping[str, pa.Table]) -> bytes:
    """Tables as the sheets of one Excel file; of a table longer than a sheet the first rows, which the sheet's end says.

    Amounts are numbers with as many decimals as the table has.
    """
    sink = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(sink, options) as book:
        header = book.add_format({"bold": True, "bottom": 1})
        styles = {places: book.add_format({"num_format": _number_format(places)}) for places in range(10)}
        time_style = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, [column.replace("_", " ") for column in table.column_names], header)
            sheet.freeze_panes(1, 0)
            if table.num_rows:
                sheet.autofilter(0, 0, min(table.num_rows, EXCEL_ROWS_MAX), table.num_columns - 1)
            for place, field in enumerate(table.schema):
                style = styles[field.type.scale] if pa.types.is_decimal(field.type) else None
                style = time_style if pa.types.is_timestamp(field.type) else style
                sheet.set_column(place, place, max(12, len(field.name) + 2), style)
                for row, cell in enumerate(table[place].slice(0, _rows_shown(table)).to_pylist(), start=1):
                    _write(sheet, row, place, cell)
            if table.num_rows > EXCEL_ROWS_MAX:
                sheet.write_string(EXCEL_ROWS_MAX, 0, f"… {table.num_rows:,} rows in all; take the CSV for the rest")
    return sink.getvalue()


def _rows_shown(table: pa.Table) -> int:
    return table.num_rows if table.num_rows <= EXCEL_ROWS_MAX else EXCEL_ROWS_MAX - 1


def _number_format(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _write(sheet: Any, row: int, column: int, cell: object) -> None:
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, float(cell))
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None))
    else:
        sheet.write_string(row, column, str(cell))

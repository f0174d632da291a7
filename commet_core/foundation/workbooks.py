"""Tables as the sheets of one Excel file that opens harmlessly: no text becomes a formula or a link.

xlsxwriter makes the workbook, its styles and the sheets of short tables. It takes seconds for a long one, so the rows of
those are written here, column by column, into the sheet that it made for the first row (`_long_sheet`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

EXCEL_ROWS_MAX: Final = 1_048_575
"""Rows that a sheet holds below its header."""

EXCEL_LETTERS_MAX: Final = 32_767
"""Letters that a cell holds; what is longer is cut."""

SHORT_ROWS_MAX: Final = 2_000
ROWS_AT_ONCE: Final = 65_536

_OPTIONS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_EPOCH_DAYS: Final = 25_569
"""From the day that Excel counts from to 1 January 1970."""

_MICROS_IN_DAY: Final = 86_400_000_000
_UNWRITABLE: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""Control characters that no XML can hold."""


def to_excel(sheets: Mapping[str, pa.Table]) -> bytes:
    """Tables as the sheets of one Excel file; of a table longer than a sheet the first rows, which the sheet's end says.

    Amounts are numbers with as many decimals as the table has.
    """
    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, _OPTIONS) as book:
        header = book.add_format({"bold": True, "bottom": 1})
        styles = {places: book.add_format({"num_format": _number_format(places)}) for places in range(10)}
        time_style = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for name, table in sheets.items():
            sheet = book.add_worksheet(name[:31])
            sheet.write_row(0, 0, [column.replace("_", " ") for column in table.column_names], header)
            sheet.freeze_panes(1, 0)
            if table.num_rows:
                sheet.autofilter(0, 0, min(table.num_rows, EXCEL_ROWS_MAX), table.num_columns - 1)
            shown = table.slice(0, 1 if _is_long(table) else table.num_rows)
            for place, field in enumerate(table.schema):
                style = styles[field.type.scale] if pa.types.is_decimal(field.type) else None
                style = time_style if pa.types.is_timestamp(field.type) else style
                sheet.set_column(place, place, max(12, len(field.name) + 2), style)
                for row, cell in enumerate(shown[place].to_pylist(), start=1):
                    _write(sheet, row, place, cell, style)
    return _with_long_sheets(sink, sheets)


def _is_long(table: pa.Table) -> bool:
    return table.num_rows > SHORT_ROWS_MAX


def _number_format(places: int) -> str:
    return "#,##0" + ("." + "0" * places if places else "")


def _write(sheet: Any, row: int, column: int, cell: object, style: Any) -> None:
    if cell is None:
        sheet.write_blank(row, column, None, style)
    elif isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, int | float | Decimal):
        sheet.write_number(row, column, float(cell), style)
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell.astimezone(UTC).replace(tzinfo=None), style)
    else:
        sheet.write_string(row, column, str(cell)[:EXCEL_LETTERS_MAX])


def _with_long_sheets(short: io.BytesIO, sheets: Mapping[str, pa.Table]) -> bytes:
    """The workbook with all rows in the sheets of long tables, which have one of them."""
    long = {f"xl/worksheets/sheet{place}.xml": table for place, table in enumerate(sheets.values(), 1) if _is_long(table)}
    if not long:
        return short.getvalue()
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(short) as before,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as after,
    ):
        for part in before.infolist():
            if part.filename in long:
                _long_sheet(after, part.filename, before.read(part).decode(), long[part.filename])
            else:
                after.writestr(part, before.read(part))
    return sink.getvalue()


def _long_sheet(archive: zipfile.ZipFile, name: str, made: str, table: pa.Table) -> None:
    """Writes a sheet as it was made, with all rows of the table in place of its first one, whose styles they have."""
    made = re.sub(r'<dimension ref="[^"]*"/>', "", made)
    end = made.index("</sheetData>")
    first = made.find('<row r="2"')
    first = end if first < 0 else first
    written = dict(re.findall(r'<c r="([A-Z]+)2"(?: s="(\d+)")?', made[first:end]))
    styles = [written.get(xl_col_to_name(place), "") for place in range(table.num_columns)]  # an empty cell may not be written
    with archive.open(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as part:
        part.write(made[:first].encode())
        for start in range(0, _rows_shown(table), ROWS_AT_ONCE):
            rows = table.slice(start, min(ROWS_AT_ONCE, _rows_shown(table) - start))
            part.write(_row_texts(rows, styles))
        if table.num_rows > EXCEL_ROWS_MAX:
            more = f"… {table.num_rows:,} rows in all; take the CSV for the rest"
            part.write(f'<row><c t="inlineStr"><is><t>{more}</t></is></c></row>'.encode())
        part.write(made[end:].encode())


def _rows_shown(table: pa.Table) -> int:
    return table.num_rows if table.num_rows <= EXCEL_ROWS_MAX else EXCEL_ROWS_MAX - 1


def _row_texts(rows: pa.Table, styles: list[str]) -> memoryview:
    """The XML of some rows: their texts stand one behind the other in memory already."""
    cells = [_cells(column.combine_chunks(), style) for column, style in zip(rows.columns, styles, strict=True)]
    written = pc.binary_join_element_wise("<row>", *cells, "</row>", "").cast(pa.large_string())
    _, offsets, texts = written.buffers()
    first, last = (int(memoryview(offsets).cast("q")[written.offset + place]) for place in (0, len(written)))
    return memoryview(texts)[first:last]


def _cells(column: pa.Array, style: str) -> pa.Array:
    """The XML of a column's cells; an empty one is there too, so that the next one is in its place."""
    attribute = f' s="{style}"' if style else ""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return pc.coalesce(_text_cells(column.dictionary, attribute).take(column.indices), f"<c{attribute}/>")
    if pa.types.is_boolean(kind):
        return _wrapped(pc.if_else(column, "1", "0"), f'<c t="b"{attribute}><v>', "</v></c>", attribute)
    if pa.types.is_timestamp(kind):
        days = pc.add(pc.divide(column.cast(pa.int64()).cast(pa.float64()), float(_MICROS_IN_DAY)), float(_EPOCH_DAYS))
        return _wrapped(days.cast(pa.string()), f"<c{attribute}><v>", "</v></c>", attribute)
    if pa.types.is_decimal(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _wrapped(column.cast(pa.string()), f"<c{attribute}><v>", "</v></c>", attribute)
    return _text_cells(column, attribute)


def _text_cells(texts: pa.Array, attribute: str) -> pa.Array:
    """Texts as they are, inline: never a formula. What Excel would read as an escape, and XML as mark-up, is escaped."""
    plain = pc.utf8_slice_codeunits(texts.cast(pa.string()), 0, EXCEL_LETTERS_MAX)
    plain = pc.replace_substring_regex(plain, _UNWRITABLE, "")
    plain = pc.replace_substring_regex(plain, "_(x[0-9A-Fa-f]{4}_)", r"_x005F_\1")
    for letter, escape in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "_x000D_")):
        plain = pc.replace_substring(plain, letter, escape)
    return _wrapped(plain, f'<c t="inlineStr"{attribute}><is><t xml:space="preserve">', "</t></is></c>", attribute)


def _wrapped(texts: pa.Array, before: str, after: str, attribute: str) -> pa.Array:
    return pc.coalesce(pc.binary_join_element_wise(before, texts, after, ""), f"<c{attribute}/>")

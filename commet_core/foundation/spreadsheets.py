"""Tables as CSV that open harmlessly in a spreadsheet: no text becomes a formula. Excel files: `workbooks`."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import Any, BinaryIO, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.duckdbs import lent_duckdb
from commet_core.foundation.temporary import room_on_disk, temporary_folder

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
    with temporary_folder() as folder, room_on_disk(folder.parent), lent_duckdb() as connection:
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

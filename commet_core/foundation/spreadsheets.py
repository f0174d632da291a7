"""Tables as CSV that open harmlessly in a spreadsheet: no text becomes a formula. Excel files: `workbooks`."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from typing import BinaryIO

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.temporary import room_on_disk, temporary_folder

_FORMULA_START = r"^[=+\-@\t\r]"


def plain_text(table: pa.Table, *, guarded: bool) -> pa.Table:
    """The table with times as ISO text and dictionaries as text.

    guarded: a text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    columns = [_plain_column(column, guarded) for column in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _plain_column(column: pa.ChunkedArray, guarded: bool) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if guarded and pa.types.is_string(column.type):
        return pc.if_else(
            pc.match_substring_regex(column, _FORMULA_START), pc.binary_join_element_wise("'", column, ""), column
        )
    return column


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

"""Blocks of text: the lines that a task has of a CSV or JSON lines file, as a file that is read like any other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.recognise.columns import quoted
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.inspection import inspect

LINE: Final = "_line"


@dataclass(frozen=True)
class BlockWritten:
    """A block as a file. header_lines: lines put before its own; None as shape where it has no rows."""

    shape: FileShape | None
    lines: int
    header_lines: int


def write_block(
    path: Path, first_file: FileShape, header: bytes, lines: Iterable[pa.Array], *, begins_file: bool
) -> BlockWritten:
    """Writes the lines of a block to a file; where it does not begin one, the header of the first file goes before them.

    header: that line, of CSV; nothing of JSON lines.
    Raises InputError where a file that begins here has other columns than the first.
    """
    count = 0
    with path.open("wb") as file:
        file.write(b"" if begins_file else header)
        for part in lines:
            joined = pc.binary_join(pa.ListArray.from_arrays([0, len(part)], part.cast(pa.binary())), b"\n")
            file.write(joined[0].as_buffer())
            file.write(b"\n")
            count += len(part)
    if begins_file and header:
        _check_columns(path, first_file)
    has_rows = count > (1 if begins_file and header else 0)
    shape = replace(first_file, path=path, compressed=False) if has_rows else None
    return BlockWritten(shape, count, 1 if header and not begins_file else 0)


def _check_columns(path: Path, expected: FileShape) -> None:
    found = inspect(path)
    if (found.columns, found.delimiter) != (expected.columns, expected.delimiter):
        what = f"a file in it has the columns {quoted(found.columns)}, the first one {quoted(expected.columns)}"
        raise InputError.of(expected.file, what, "Name files with different columns one by one")

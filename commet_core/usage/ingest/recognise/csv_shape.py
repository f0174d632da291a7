"""The shape of a CSV file, from its beginning: the delimiter that explains it best, and its columns."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.columns import HEADER_EXAMPLE, quoted, recognise, required_count
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape
from commet_core.usage.ingest.recognise.header import header_place, is_value
from commet_core.usage.ingest.recognise.nested_sample import with_json
from commet_core.usage.ingest.recognise.shapes import recognise_shape
from commet_core.usage.ingest.recognise.text_head import TextHead

USUAL_DELIMITERS: Final = ",;\t|"


class CsvHeader(NamedTuple):
    """How the table of a CSV file begins.

    delimiter, skipped   what stands between fields, and how many lines stand above the header
    above                those of them that say something
    columns, mapping     their names, and which of them usage needs
    rows                 the first records below
    """

    delimiter: str
    skipped: int
    above: tuple[str, ...]
    columns: tuple[str, ...]
    mapping: ColumnMapping
    rows: list[list[str]]


def csv_header(path: Path, head: TextHead) -> CsvHeader:
    """Raises InputError where its first line names no columns."""
    lines = head.text.split("\n")
    first_line = next(line for line in lines if line.strip())
    hint = re.fullmatch(r"\W?sep=(.)", first_line.strip(), re.IGNORECASE)
    candidates = [hint[1]] if hint else _delimiters(first_line)
    found = [_csv_table(head.text, symbol) for symbol in candidates]
    delimiter, (skipped, rows) = max(zip(candidates, found, strict=True), key=lambda each: _plausibility(each[1][1]))
    above = tuple(line for line in lines[:skipped] if line.strip(" "))
    columns = tuple(name.strip() for name in rows[0])
    mapping = recognise(columns)
    if not mapping.pairs() and any(is_value(name) for name in columns):
        what = f"its first line holds values ({quoted(columns[:4])}), not the names of columns"
        raise InputError.of(path.name, what, f"Add a first line such as {HEADER_EXAMPLE}")
    return CsvHeader(delimiter, skipped, above, columns, mapping, rows[1:])


def csv_shape(path: Path, head: TextHead) -> FileShape:
    """Raises InputError where its first line names no columns."""
    delimiter, skipped, above, columns, _, rows = csv_header(path, head)
    preview = tuple(tuple(row) for row in rows[:PREVIEW_ROWS])
    texts: list[dict[str, str | None]] = [dict(zip(columns, row, strict=False)) for row in rows]
    nested, sample = with_json(columns, texts)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    count = int(head.rows_guessed)
    shape = FileShape(path, path.name, "csv", columns, types, preview, recognised, count, delimiter)
    return replace(shape, nested=nested, sample=sample, above=above, skipped=skipped)


def _delimiters(first_line: str) -> list[str]:
    """What may stand between fields: what usually does, and what is in the first line."""
    others = [symbol for symbol in dict.fromkeys(first_line) if not symbol.isalnum() and symbol not in "\"'_-.()/\\ "]
    return list(dict.fromkeys([*USUAL_DELIMITERS, *(symbol for symbol in others if symbol.isascii())]))


def _csv_table(text: str, delimiter: str) -> tuple[int, list[list[str]]]:
    """How many lines stand above the header, and the first records from the header on, blank lines left out.

    What cannot be read ends them.
    """
    rows: list[list[str]] = []
    starts: list[int] = []
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True)
    before = 0
    try:
        for row in reader:
            if row and row != [""]:
                rows.append(row)
                starts.append(before)
            before = reader.line_num
            if len(rows) > SNIFFED_ROWS:
                break
    except csv.Error:
        pass
    place = header_place(rows) if rows else 0
    return (starts[place], rows[place:]) if place else (0, rows or [[""]])


def _plausibility(table: list[list[str]]) -> tuple[int, float, int]:
    """How well a delimiter explains the first rows: required columns found, rows as long as the header, columns."""
    header, *rows = table
    found = required_count([name.strip() for name in header])
    alike = sum(len(row) == len(header) for row in rows) / len(rows) if rows and len(header) > 1 else 0.0
    return found, alike, len(header)

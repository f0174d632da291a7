"""The shape of a CSV file, from its beginning: the delimiter that explains it best, and its columns."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.recognise.columns import HEADER_EXAMPLE, REQUIRED, quoted, recognise
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape
from commet_core.usage.ingest.recognise.nested_sample import with_json
from commet_core.usage.ingest.recognise.shapes import recognise_shape
from commet_core.usage.ingest.recognise.text_head import TextHead

USUAL_DELIMITERS: Final = ",;\t|"


def csv_shape(path: Path, head: TextHead) -> FileShape:
    """Raises InputError where its first line names no columns."""
    header_line = next(line for line in head.text.split("\n") if line.strip())
    if header_line.lower().startswith("sep="):
        what = f"its first line is a hint for Excel ({quoted([header_line])}), not the names of columns"
        raise InputError.of(path.name, what, "Delete that line")
    others = [symbol for symbol in dict.fromkeys(header_line) if not symbol.isalnum() and symbol not in "\"'_-.()/\\ "]
    candidates = dict.fromkeys([*USUAL_DELIMITERS, *(symbol for symbol in others if symbol.isascii())])
    delimiter, rows = max(((symbol, _csv_rows(head.text, symbol)) for symbol in candidates), key=_plausibility)
    columns = tuple(name.strip() for name in rows[0])
    mapping = recognise(columns)
    if not mapping.pairs() and any(_is_value(name) for name in columns):
        what = f"its first line holds values ({quoted(columns[:4])}), not the names of columns"
        raise InputError.of(path.name, what, f"Add a first line such as {HEADER_EXAMPLE}")
    preview = tuple(tuple(row) for row in rows[1 : PREVIEW_ROWS + 1])
    texts: list[dict[str, str | None]] = [dict(zip(columns, row, strict=False)) for row in rows[1:]]
    nested, sample = with_json(columns, texts)
    recognised = recognise_shape(sample)
    types = ("VARCHAR",) * len(columns)
    count = int(head.rows_guessed)
    return FileShape(
        path, path.name, "csv", columns, types, preview, recognised, count, delimiter, nested=nested, sample=sample
    )


def _csv_rows(text: str, delimiter: str) -> list[list[str]]:
    """The first records, blank lines left out; what cannot be read ends them."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True):
            rows.extend([row] if row and row != [""] else [])
            if len(rows) > SNIFFED_ROWS:
                break
    except csv.Error:
        pass
    return rows or [[""]]


def _plausibility(candidate: tuple[str, list[list[str]]]) -> tuple[int, float, int]:
    """How well a delimiter explains the first rows: required columns found, rows as long as the header, columns."""
    header, *rows = candidate[1]
    mapping = recognise([name.strip() for name in header])
    found = sum(getattr(mapping, name) is not None for name in REQUIRED)
    alike = sum(len(row) == len(header) for row in rows) / len(rows) if rows and len(header) > 1 else 0.0
    return found, alike, len(header)


def _is_value(name: str) -> bool:
    return re.fullmatch(r"[-+$€£]?[\d.,]+|\d{4}-\d\d-\d\d.*|\d\d?[/.]\d\d?[/.]\d+.*", name) is not None

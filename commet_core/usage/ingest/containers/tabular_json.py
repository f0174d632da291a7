"""JSON that holds a table as names and arrays: `{"columns": [...], "rows": [[...]]}`, as databases and pandas write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.containers.period_columns import Unpivoted
from commet_core.usage.ingest.reading.arrow_source import ArrowSource

BYTES_MAX: Final = 64 << 20
"""Such a document is read as a whole; a longer one is left to others, who say what it is not."""
DEPTH_MAX: Final = 4
COLUMNS_MIN: Final = 3
"""So many arrays of one length under names, with nothing beside them, are the columns of a table."""
DECIMALS_MAX: Final = 18
_NAMES: Final = ("columns", "cols", "column_names", "columnNames", "headers", "header", "fields", "schema", "meta")
_ROWS: Final = ("rows", "data", "values", "results", "records", "items", "result")
_LOOKS_SO: Final = late_pattern(
    rb'^\s*\[\s*\[|"(?:columns|cols|column_?[nN]ames|headers?|fields|schema|meta)"|^\s*\{\s*"[^"]*"\s*:\s*[\[{]'
)

Table = tuple[list[str], list[Sequence[Any]], str]
"""The names, the rows, and how they lie in the document, in words."""


def tabular_json(path: Path, name: str, head: bytes) -> Unpivoted | None:
    """The rows of a JSON document that holds a table as arrays; None where it is something else. head: its first bytes."""
    text = head.removeprefix(b"\xef\xbb\xbf")
    if text.lstrip()[:1] not in (b"{", b"[") or _LOOKS_SO.search(text) is None or path.stat().st_size > BYTES_MAX:
        return None
    if _is_first_of_lines(text):
        return None
    try:
        document = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError, OSError):
        return None
    found = _table(document)
    if found is None:
        return None
    names, rows, where = found
    arrays = [_column(list(values)) for values in zip(*rows, strict=True)]
    table = pa.Table.from_arrays(arrays, names=names)
    return Unpivoted(ArrowSource(name, partial(_reader, table), len(rows), at_hand=True), (f"{name}: {where}",))


def _is_first_of_lines(text: bytes) -> bool:
    """Whether the first line is a document by itself and others follow it."""
    first, _, others = text.strip().partition(b"\n")
    try:
        return bool(others.strip()) and json.loads(first) is not None
    except (ValueError, RecursionError):
        return False


def _table(document: Any) -> Table | None:
    if isinstance(document, list):
        if document and all(isinstance(row, list) for row in document):
            names = _names_in(document[0])
            return _of_one_width(names, document[1:], "its first array names the columns of the others")
        return _inside(document, DEPTH_MAX) if len(document) == 1 else None
    if not isinstance(document, dict):
        return None
    return _inside(document, DEPTH_MAX) or _by_column(document)


def _inside(found: Any, depth: int) -> Table | None:
    """The table in an object, or in one of those inside it."""
    if depth == 0:
        return None
    if isinstance(found, list):
        return _inside(found[0], depth - 1) if len(found) == 1 else None
    if not isinstance(found, dict):
        return None
    for named in (key for key in _NAMES if key in found):
        names = _names_in(found[named])
        for key in (key for key in _ROWS if key in found and key != named):
            if table := _of_one_width(
                names, _rows_in(found[key]), f"its rows are the arrays under `{key}`, named by `{named}`"
            ):
                return table
    inner = (_inside(value, depth - 1) for value in found.values() if isinstance(value, dict | list))
    return next((table for table in inner if table is not None), None)


def _names_in(found: Any) -> list[str]:
    """The names of columns: texts, or objects that have a name; nothing where they are neither."""
    if isinstance(found, dict):
        return next((names for key in _NAMES if key in found and (names := _names_in(found[key]))), [])
    if not isinstance(found, list):
        return []
    called = [part.get("name") or part.get("id") if isinstance(part, dict) else part for part in found]
    texts = [name for name in called if isinstance(name, str) and name]
    return texts if len(texts) == len(called) else []


def _rows_in(found: Any) -> list[Any]:
    """Rows that are arrays, or objects with an array of cells (`{"f": [{"v": 1}]}`, as BigQuery writes them)."""
    if not isinstance(found, list):
        return []
    return [
        [cell.get("v") if isinstance(cell, dict) else cell for cell in row["f"]]
        if isinstance(row, dict) and isinstance(row.get("f"), list)
        else row
        for row in found
    ]


def _of_one_width(names: list[str], rows: list[Any], where: str) -> Table | None:
    """A table, where every row has a cell for each name, and names differ."""
    right = bool(rows) and len(names) > 1 and all(isinstance(row, list) and len(row) == len(names) for row in rows)
    return (names, rows, where) if right and len(set(names)) == len(names) else None


def _by_column(document: Mapping[str, Any]) -> Table | None:
    """A table that has its columns under their names, each an array, or an object with a key for each row."""
    columns = list(document.values())
    if len(columns) < COLUMNS_MIN:
        return None
    if all(isinstance(column, dict) and list(column) == list(columns[0]) for column in columns):
        columns = [list(column.values()) for column in columns]
    if not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns) or not columns[0]:
        return None
    if any(isinstance(cell, list | dict) for column in columns for cell in column):
        return None
    return list(document), list(zip(*columns, strict=True)), "its columns are the arrays under their names"


def _column(cells: list[Any]) -> pa.Array:
    """Whole numbers, exact decimals or texts: numbers stay what they are where all are, as JSON writes them in one way."""
    filled = [cell for cell in cells if cell is not None]
    if filled and all(type(cell) in (int, Decimal) for cell in filled):
        decimals = max(-int(cell.as_tuple().exponent) if isinstance(cell, Decimal) else 0 for cell in filled)
        try:
            if decimals <= 0 and all(isinstance(cell, int) for cell in filled):
                return pa.array(cells, pa.int64())
            if decimals <= DECIMALS_MAX:
                return pa.array(
                    [None if cell is None else Decimal(cell) for cell in cells], pa.decimal128(38, max(decimals, 0))
                )
        except (pa.ArrowException, OverflowError):
            pass
    return pa.array([_text(cell) for cell in cells], pa.string())


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    return json.dumps(cell, default=str, ensure_ascii=False) if isinstance(cell, list | dict | bool) else str(cell)


@contextmanager
def _reader(table: pa.Table) -> Iterator[pa.RecordBatchReader]:
    yield table.combine_chunks().to_reader()

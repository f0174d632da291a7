"""Subscriptions from a file: CSV, Parquet or JSON lines, a row for an action, with the line that each row stands on."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from commet_core.foundation.documents import parse_json, unknown_name
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_file
from commet_core.scenario.subscriptions import COLUMNS, REQUIRED_COLUMNS, SubscriptionRow, text_of

DELIMITERS = ",;\t|"

NOTES = ("from", "to", "bill_before", "bill_after")
"""Columns that a plan of a migration has for people; no row says anything by them."""


def read_rows(path: Path) -> tuple[SubscriptionRow, ...]:
    """The rows of a file. Raises InputError where the file as a whole cannot be used."""
    cells = read_cells(path, (*COLUMNS, *NOTES), REQUIRED_COLUMNS)
    rows = [(line, {column: cell for column, cell in row.items() if column not in NOTES}) for line, row in cells]
    return tuple(SubscriptionRow.model_construct(None, file=path.name, line=line, **row) for line, row in rows)


def read_cells(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """The rows of a CSV, Parquet or JSON lines file, each with its line: what its cells say, as text.

    Raises InputError where the file as a whole cannot be used, also where it has other columns or lacks a required one.
    """
    check_file(path)
    read = READERS.get(path.suffix.lower(), _csv)
    try:
        return read(path, columns, required)
    except UnicodeDecodeError:
        raise InputError.of(str(path), "this is not a text file in UTF-8", "Save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise InputError.of(path.name, f"this is not CSV: {error}", "Save it as CSV in UTF-8") from None
    except pa.ArrowException as error:
        raise InputError.of(path.name, f"this is not Parquet: {error}", "Write the file again") from None
    except (ValueError, OverflowError) as error:
        raise InputError.of(
            path.name, f"a cell cannot be read: {error}", "Write times in microseconds and dates within 9999"
        ) from None
    except OSError as error:
        raise InputError.of(str(path), f"it cannot be read: {error.strerror}", "Check the file's permissions") from None


def _csv(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        head = file.readline()
        file.seek(0)
        reader = csv.reader(file, delimiter=max(DELIMITERS, key=head.count), strict=True)
        records = _with_lines(reader)
        _, header = next(records, (1, []))
        names = [name.strip().lower() for name in header]
        _check_columns(path.name, names, columns, required)
        rows = list(records)
    _check_lengths(path.name, len(names), rows)
    return [(line, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}) for line, cells in rows]


def _with_lines(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Records that hold anything, each with the line on which it begins."""
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _check_lengths(name: str, columns: int, rows: Sequence[tuple[int, Sequence[str]]]) -> None:
    problems = [
        Problem(
            f"{name}, line {line}", f"it has {len(cells)} fields, the header {columns}", "Quote fields that hold the delimiter"
        )
        for line, cells in rows
        if any(cell.strip() for cell in cells[columns:])
    ]
    if problems:
        raise InputError(problems)


def _parquet(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    with path.open("rb") as file:
        table = pa.parquet.read_table(file)
    _check_columns(path.name, table.column_names, columns, required)
    return [
        (line, {column: str(text_of(_plain(cell))) for column, cell in row.items()})
        for line, row in enumerate(table.to_pylist(), start=1)
    ]


def _json_lines(path: Path, columns: Sequence[str], required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[Problem] = []
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, start=1):
            if not text.strip():
                continue
            where = f"{path.name}, line {line}"
            row, wrong = _json_object(text)
            problems += [Problem(where, wrong, "Write one object on a line")] if wrong else []
            problems += [unknown_name(where, "column", key, columns) for key in row if key not in columns]
            rows.append((line, {column: str(text_of(_plain(cell))) for column, cell in row.items()}))
    if problems:
        raise InputError(problems)
    _check_columns(path.name, {column for _, row in rows for column in row} or required, columns, required)
    return rows


def _json_object(text: str) -> tuple[dict[str, Any], str]:
    """A line's object, and '' or what is wrong with it."""
    try:
        row = parse_json(text)
    except ValueError as error:
        return {}, f"this is not JSON: {error}"
    return (row, "") if isinstance(row, dict) else ({}, "this is not an object of JSON")


def _plain(cell: object) -> object:
    """A cell of a type that stands for none of ours, as the text that Python has for it."""
    return str(cell) if isinstance(cell, bool | bytes | list | dict) else cell


def _check_columns(name: str, given_columns: Iterable[str], columns: Sequence[str], required: Sequence[str]) -> None:
    given = list(given_columns)
    problems = [unknown_name(name, "column", column, columns) for column in given if column not in columns]
    problems += [
        Problem(name, f"column {column!r} is missing", f"Its columns are {', '.join(columns)}; the first three must be there")
        for column in required
        if column not in given
    ]
    problems += [
        Problem(name, f"column {column!r} is there twice", "Remove one of them")
        for column in columns
        if given.count(column) > 1
    ]
    if problems:
        raise InputError(problems)


READERS = {".parquet": _parquet, ".pq": _parquet, ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json_lines}
"""By a file's suffix; any other is CSV."""

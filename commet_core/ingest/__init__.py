"""Files → `Usage` and rejects. Every row of the files is used, a duplicate, or rejected with its line and the reason.

    ingested = read(["january.csv", "february.parquet"])
    ingested.usage                  what can be replayed
    ingested.report.rejects         file, line, column, value, reason

Rules of reading (interfaces.md, Usage): texts are taken without the spaces around them; times are UTC unless they carry
an offset, and are cut to microseconds; values are exact decimals of up to 6 places, further ones rounded half up; an
absent value counts as 1. A second row of a customer with the same event id is a duplicate, whatever its file: the first
in the order of the input is used.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np

from commet_core.calendar import moment
from commet_core.errors import InputError, Problem
from commet_core.ingest.arrow_source import ArrowSource
from commet_core.ingest.columns import ColumnMapping, mapping_for, mapping_problems
from commet_core.ingest.duckdb_sources import connect
from commet_core.ingest.duplicates import without_duplicates
from commet_core.ingest.file_rows import FileRows, read_rows
from commet_core.ingest.file_shape import FileShape, inspect
from commet_core.ingest.rejects import REJECTS_KEPT, ReasonCount
from commet_core.ingest.report import FileReport, IngestReport, UnusableFiles, nothing_usable, report_on
from commet_core.money import MICRO_DECIMALS, decimal_of
from commet_core.progress import Counted, Progress
from commet_core.totals import sum_by_index
from commet_core.usage import Usage

__all__ = [
    "ArrowSource",
    "ColumnMapping",
    "Description",
    "FeatureUsage",
    "FileReport",
    "FileShape",
    "IngestReport",
    "Ingested",
    "ReasonCount",
    "UnusableFiles",
    "describe",
    "inspect",
    "read",
]

READING_SHARE: Final = 0.9
"""Of the whole time, the part that the files take; the rest is grouping."""


@dataclass(frozen=True)
class Ingested:
    """Usage, and what became of every row that was read."""

    usage: Usage
    report: IngestReport


@dataclass(frozen=True)
class FeatureUsage:
    """Rows and units of one feature."""

    feature: str
    rows: int
    units: Decimal


@dataclass(frozen=True)
class Description:
    """What usage holds: rows that are used, customers, features in ascending order, first and last time in UTC."""

    rows: int
    customers: int
    features: tuple[FeatureUsage, ...]
    first: datetime
    last: datetime
    reasons: tuple[ReasonCount, ...]


def read(
    paths: Sequence[Path | str | ArrowSource] | Path | str | ArrowSource,
    mapping: ColumnMapping | Mapping[str, str | None] | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Reads usage from one or many files, or from rows in Arrow batches.

    mapping: a `ColumnMapping` is taken as it is; our column → the file's column (or None) changes these alone; the rest,
    or all, is recognised by its name. progress: told the share that is done, and a sentence. Raises InputError with all
    problems of all files; `UnusableFiles`, with the rejects, where a file was read and no row of it can be used.
    """
    tell = progress or (lambda _share, _text: None)
    tell(0.0, "Looking at the files")
    files = _mapped([paths] if isinstance(paths, Path | str | ArrowSource) else paths, mapping)
    readings = _readings(files, tell)
    tell(READING_SHARE, "Grouping by customer")
    table, duplicates = without_duplicates(readings)
    report = report_on(readings, duplicates)
    if problems := [problem for reading in readings for problem in nothing_usable(reading)]:
        raise UnusableFiles(problems, report)
    usage = Usage.from_table(table)
    tell(1.0, "Done")
    return Ingested(usage, report)


def describe(ingested: Ingested) -> Description:
    """What the files hold."""
    usage = ingested.usage
    count = len(usage.features)
    rows = np.bincount(usage.feature_indexes, minlength=count)
    high, low = (sum_by_index(usage.feature_indexes, part, count) for part in (usage.values >> 32, usage.values & 0xFFFFFFFF))
    micros = [(int(above) << 32) + int(below) for above, below in zip(high, low, strict=True)]
    return Description(
        rows=usage.event_count,
        customers=usage.customer_count,
        features=tuple(
            FeatureUsage(feature, int(rows[index]), decimal_of(micros[index], MICRO_DECIMALS))
            for index, feature in enumerate(usage.features)
        ),
        first=moment(usage.times.min()),
        last=moment(usage.times.max()),
        reasons=ingested.report.reasons,
    )


def _mapped(
    paths: Sequence[Path | str | ArrowSource], wanted: ColumnMapping | Mapping[str, str | None] | None
) -> list[tuple[FileShape, ColumnMapping]]:
    """Each file with the mapping it is read through. Raises InputError with the problems of all of them."""
    files: list[tuple[FileShape, ColumnMapping]] = []
    problems: list[Problem] = []
    names = Counter(Path(path).name for path in paths if not isinstance(path, ArrowSource))
    for path in paths:
        try:
            shape = inspect(path)
            if names[shape.file] > 1:
                shape = replace(shape, file=str(path))
            mapping = mapping_for(shape.columns, wanted)
        except InputError as error:
            problems.extend(error.problems)
        else:
            problems.extend(mapping_problems(shape.file, shape.columns, mapping))
            files.append((shape, mapping))
    if not paths:
        problems.append(Problem("usage", "no file was given", "Name at least one file of CSV, Parquet or JSON lines"))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return files


def _readings(files: Sequence[tuple[FileShape, ColumnMapping]], tell: Progress) -> list[FileRows]:
    """Every file, read. Raises InputError with the problems of all that cannot be read."""
    readings: list[FileRows] = []
    problems: list[Problem] = []
    rows_expected = sum(shape.rows for shape, _ in files) + 1
    rows_before, room = 0, REJECTS_KEPT
    with tempfile.TemporaryDirectory() as folder, connect() as connection:
        connection.execute("SET temp_directory = $folder", {"folder": folder})
        for shape, mapping in files:

            def progress(rows: int, before: int = rows_before, shape: FileShape = shape) -> None:
                share = min(1.0, (before + min(rows, shape.rows)) / rows_expected)
                done = sum(reading.row_count for reading in readings) + rows
                tell(READING_SHARE * share, Counted(f"Reading {shape.file}: {rows:,} rows", done))

            try:
                reading = read_rows(connection, shape, _with_later_columns(shape, mapping), room, Path(folder), progress)
            except InputError as error:
                problems.extend(error.problems)
            else:
                readings.append(replace(reading, mapping=mapping))
                room -= len(reading.rejects)
            rows_before += shape.rows
    if problems:
        raise InputError([*problems, *(problem for reading in readings for problem in nothing_usable(reading))])
    return readings


def _with_later_columns(shape: FileShape, mapping: ColumnMapping) -> ColumnMapping:
    """JSON lines name their own columns: what no first line had, a later one may have, and is read under our name for it."""
    if not shape.format.startswith("json"):
        return mapping
    later = [ours for ours in ("value", "event_id") if not mapping.has(ours) and ours not in shape.columns]
    return mapping.changed({ours: ours for ours in later}) if later and not mapping.features else mapping

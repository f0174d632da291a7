"""All files, looked at and read: their usable rows in one spool, and what became of the others."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from commet_core.errors import InputError, Problem
from commet_core.ingest.arrow_source import ArrowSource
from commet_core.ingest.columns import ColumnMapping, Source, mapping_problems
from commet_core.ingest.duckdb_sources import connect
from commet_core.ingest.file_rows import read_rows
from commet_core.ingest.file_shape import FileShape, inspect
from commet_core.ingest.rejects import REJECTS_KEPT
from commet_core.ingest.report import IngestReport, UnusableFiles, nothing_usable, report_on
from commet_core.ingest.saved_mapping import SavedMapping, mapped, understood
from commet_core.ingest.spool import Spool
from commet_core.ingest.usable_rows import FileRows
from commet_core.progress import Counted, Progress
from commet_core.usage import Usage

Sources = Sequence[Path | str | ArrowSource] | Path | str | ArrowSource
WantedMapping = SavedMapping | ColumnMapping | Mapping[str, Source] | None

READING_SHARE: Final = 0.9
"""Of the whole time, the part that the files take; the rest is grouping."""


@dataclass(frozen=True)
class Gathered:
    """What was read. It can be grouped while the context lasts that it came from."""

    readings: list[FileRows]
    spool: Spool

    def group(self, **placement: Any) -> tuple[Usage, IngestReport]:
        """The usable rows, grouped, and the report. placement: as `Usage.from_rows` takes it. Raises UnusableFiles."""
        unusable = [problem for reading in self.readings for problem in nothing_usable(reading)]
        if not any(reading.usable_count for reading in self.readings):
            raise UnusableFiles(unusable, report_on(self.readings, [0] * len(self.readings)))
        usage, duplicates = self.spool.group(len(self.readings), workers=os.cpu_count() or 1, **placement)
        report = report_on(self.readings, duplicates)
        if unusable:
            raise UnusableFiles(unusable, report)
        return usage, report


@contextmanager
def gathered(paths: Sources, wanted: WantedMapping, tell: Progress, memory_limit: int | None = None) -> Iterator[Gathered]:
    """Reads all files. memory_limit: bytes; rows beyond it are kept on disk. Raises InputError with all problems of all files."""
    tell(0.0, "Looking at the files")
    files = _mapped([paths] if isinstance(paths, Path | str | ArrowSource) else paths, wanted)
    with tempfile.TemporaryDirectory(prefix="commet-reading-") as folder:
        spool = Spool(Path(folder), memory_limit)
        yield Gathered(_readings(files, spool, tell), spool)


def _mapped(paths: Sequence[Path | str | ArrowSource], wanted: WantedMapping) -> list[tuple[FileShape, ColumnMapping]]:
    """Each file with the mapping it is read through. Raises InputError with the problems of all of them."""
    files: list[tuple[FileShape, ColumnMapping]] = []
    problems: list[Problem] = []
    names = Counter(Path(path).name for path in paths if not isinstance(path, ArrowSource))
    for path in paths:
        try:
            shape = understood(inspect(path), wanted)
            if names[shape.file] > 1:
                shape = replace(shape, file=str(path))
            mapping = mapped(shape, wanted)
        except InputError as error:
            problems.extend(error.problems)
        else:
            problems.extend(mapping_problems(shape.file, shape.names, mapping))
            files.append((shape, mapping))
    if not paths:
        problems.append(Problem("usage", "no file was given", "Name at least one file of CSV, Parquet or JSON lines"))
    if problems:
        raise InputError(dict.fromkeys(problems))
    return files


def _readings(files: Sequence[tuple[FileShape, ColumnMapping]], spool: Spool, tell: Progress) -> list[FileRows]:
    """Every file, read. Raises InputError with the problems of all that cannot be read."""
    readings: list[FileRows] = []
    problems: list[Problem] = []
    rows_expected = sum(shape.rows for shape, _ in files) + 1
    rows_before, room = 0, REJECTS_KEPT
    with connect() as connection:
        connection.execute("SET temp_directory = $folder", {"folder": str(spool.folder)})
        for file, (shape, mapping) in enumerate(files):

            def progress(rows: int, before: int = rows_before, shape: FileShape = shape) -> None:
                share = min(1.0, (before + min(rows, shape.rows)) / rows_expected)
                done = sum(reading.row_count for reading in readings) + rows
                tell(READING_SHARE * share, Counted(f"Reading {shape.file}: {rows:,} rows", done))

            try:
                reading = read_rows(connection, shape, _with_later_columns(shape, mapping), spool, file, room, progress)
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

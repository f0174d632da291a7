"""All files, looked at and read: their usable rows in one spool, and what became of the others."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import duckdb

from commet_core.foundation.compiled import get_ready, get_ready_beside
from commet_core.foundation.duckdbs import lent_duckdb
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Counted, Progress
from commet_core.foundation.temporary import room_on_disk, temporary_folder
from commet_core.usage.ingest.containers.opening import Opened, opened
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.asked import NOTHING, Asking
from commet_core.usage.ingest.reading.counted_levels import count_levels
from commet_core.usage.ingest.reading.deciding_units import mixed_in_files
from commet_core.usage.ingest.reading.duckdb_sources import Later, reading_settings
from commet_core.usage.ingest.reading.file_rows import read_alike, read_rows
from commet_core.usage.ingest.reading.levels import counter_notes, level_notes, nothing_notes, time_notes
from commet_core.usage.ingest.reading.listing import Inspector, listed
from commet_core.usage.ingest.reading.repeats import differing_repeats, last_of_each, repeats_in_words, same_in_two_files
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.summaries import is_called_summary, leave_out_summaries
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.columns import REQUIRED, ColumnMapping, Source, mapping_problems
from commet_core.usage.ingest.recognise.file_mapping import is_saved, mapped, understood
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.money_values import money_question, scale_question
from commet_core.usage.ingest.recognise.proposals import in_words, proposals
from commet_core.usage.ingest.recognise.questions import Question, Undecided
from commet_core.usage.ingest.recognise.text_encoding import encoding_question
from commet_core.usage.ingest.rejects.listing import FoundRejects, RejectList
from commet_core.usage.ingest.rejects.reasons import REJECTS_KEPT
from commet_core.usage.ingest.rejects.report import IngestReport, UnusableFiles, nothing_usable, report_on
from commet_core.usage.profile import looks_aggregated
from commet_core.usage.read_ahead import is_ahead
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping

Sources = Sequence[Path | str | ArrowSource] | Path | str | ArrowSource
WantedMapping: TypeAlias = "SavedMapping | ColumnMapping | Mapping[str, Source] | None"

TOGETHER_MAX: Final = 500
TOGETHER_BYTES_MAX: Final = 256 << 20
"""How many files, and bytes, are read by one query where they are alike."""

MUCH_BYTES: Final = 4 << 20
"""Files with more than this have so many rows that kernels are compiled for them."""

READING_SHARE: Final = 0.9
"""Of the whole time, the part that the files take; the rest is grouping."""


@dataclass(frozen=True)
class Gathered:
    """What was read. It can be grouped while the context lasts that it came from."""

    readings: list[FileRows]
    spool: Spool
    notes: tuple[str, ...] = ()

    @property
    def usage_bytes(self) -> int:
        """Memory that the usage takes when it is grouped."""
        return sum(reading.usable_count for reading in self.readings) * self.spool.event_bytes

    def group(self, **placement: Any) -> tuple[Usage, IngestReport]:
        """The usable rows, grouped, and the report. placement: as `Usage.from_rows` takes it. Raises UnusableFiles."""
        unusable = [problem for reading in self.readings for problem in nothing_usable(reading)]
        if not any(reading.usable_count for reading in self.readings):
            raise UnusableFiles(unusable, report_on(self.readings, [0] * len(self.readings)))
        lost = self._keep_last()
        levels = count_levels(self.readings, self.spool)
        self.spool.levels = frozenset(name for reading in self.readings for name in reading.mapping.rules.levels)
        usage, duplicates = self.spool.group(len(self.readings), workers=os.cpu_count() or 1, **placement)
        duplicates = [before + more for before, more in zip(lost, duplicates, strict=True)]
        report = report_on(self.readings, duplicates)
        counted = [name for reading in self.readings for name, _ in reading.mapping.rules.count]
        report = replace(
            report,
            notes=(
                *report.notes,
                *self._on_repeats(sum(duplicates)),
                *nothing_notes(usage).values(),
                *time_notes(usage),
                *level_notes(usage, counted).values(),
                *counter_notes(usage, counted),
                *levels,
                *self.notes,
            ),
            looks_aggregated=all(file.shape is None or file.shape.rows == "event" for file in report.files)
            and looks_aggregated(usage),
        )
        if unusable:
            raise UnusableFiles(unusable, report)
        return usage, report

    def _keep_last(self) -> list[int]:
        """Where a mapping wants the last row of each event id, leaves out the others; how many of each file."""
        lost = [0] * len(self.readings)
        if any(reading.mapping.rules.duplicates == "last" for reading in self.readings):
            kept, counts = last_of_each(self.spool.chunks)
            self.spool.use(kept)
            for chunk, count in zip(kept, counts, strict=True):
                lost[chunk.file] += count
        return lost

    def _on_repeats(self, duplicates: int) -> list[str]:
        """What is said of rows that repeat others."""
        if len(self.readings) == 1 and not duplicates:
            return []
        takes_last = any(reading.mapping.rules.duplicates == "last" for reading in self.readings)
        chunks = self.spool.chunks
        differing = differing_repeats(chunks) if duplicates and not takes_last else 0
        same, are_all = same_in_two_files(chunks)
        return repeats_in_words(differing, same, are_all=are_all)


@contextmanager
def gathered(
    paths: Sources,
    wanted: WantedMapping,
    tell: Progress,
    memory_limit: int | None = None,
    rejects_to: Path | None = None,
    asked: Asking = NOTHING,
) -> Iterator[Gathered]:
    """Reads all files.

    memory_limit: bytes; rows beyond it are kept on disk. rejects_to: a Parquet file for every rejected row. asked: by the scenario,
    of the reading. Raises InputError with all problems of all files.
    """
    tell(0.0, "Looking at the files")
    found = listed([paths] if isinstance(paths, Path | str | ArrowSource) else paths)
    with temporary_folder() as folder, ExitStack() as stack:
        with room_on_disk(folder.parent):
            opened_files = stack.enter_context(opened(found.sources, _encoding(wanted)))
        files, left_out = _mapped(opened_files, wanted)
        if found.bytes > MUCH_BYTES:
            (get_ready if is_ahead() else get_ready_beside)()
        spool = Spool(folder, memory_limit, asked)
        connection: Any = Later(lambda: stack.enter_context(lent_duckdb(**reading_settings(folder, memory_limit))))
        rejects = stack.enter_context(RejectList(rejects_to)) if rejects_to is not None else None
        with room_on_disk(folder.parent):
            readings = _AllFiles(files, connection, spool, tell, asked, rejects).read()
        asked.begin()
        summaries = leave_out_summaries(readings, spool, _groups(opened_files))
        yield Gathered(readings, spool, (*found.notes, *opened_files.notes, *left_out, *summaries))


def _mapped(opened_files: Opened, wanted: WantedMapping) -> tuple[list[_File], list[str]]:
    """Each file with the mapping it is read through, and what is said of sheets that are not read.

    Raises InputError with the problems of all of them.
    """
    files: list[_File] = []
    problems: list[Problem] = []
    questions: list[Question] = []
    inspector = Inspector(opened_files.names, opened_files.encoding)
    sources, known_as = opened_files.sources, opened_files.names
    names = Counter(path.name for path in sources if path not in known_as)
    for path in sources:
        try:
            shape, alike = inspector.inspect(path)
            shape = understood(shape, wanted)
            if path not in known_as and names[shape.file] > 1:
                shape = replace(shape, file=str(path))
            if alike and files:
                files.append(_File(shape, files[-1].mapping, alike=True))
                continue
            mapping = mapped(shape, wanted)
        except InputError as error:
            problems.extend(error.problems)
        else:
            problems.extend(_with_proposals(mapping_problems(shape.file, shape.names, mapping), shape, mapping))
            asked = [ask(shape, mapping, wanted) for ask in (money_question, scale_question)]
            asked += [encoding_question(shape.file, shape.encodings)] if shape.encodings else []
            questions += [question for question in asked if question is not None]
            files.append(_File(shape, mapping))
    if not sources:
        problems.append(Problem("usage", "no file was given", "Name at least one file of CSV, Parquet or JSON lines"))
    if questions:
        raise Undecided(questions, dict.fromkeys(problems))
    unrelated = _unrelated(opened_files, files)
    problems = [problem for problem in problems if problem.where not in unrelated]
    if problems:
        raise InputError(dict.fromkeys(problems))
    notes = [f"{sheet} is not read: its columns were not recognised as usage" for sheet in unrelated]
    return [file for file in files if file.shape.file not in unrelated], notes


def _encoding(wanted: WantedMapping) -> str | None:
    """The encoding that a mapping says text files have."""
    if is_saved(wanted):
        return wanted.encoding
    return wanted.rules.encoding if isinstance(wanted, ColumnMapping) else None


def _with_proposals(problems: list[Problem], shape: FileShape, mapping: ColumnMapping) -> list[Problem]:
    """The problems of a mapping; where columns are missing, which is the first of them, with what the values suggest."""
    said = in_words(proposals(shape.sample, mapping))
    if all(mapping.has(ours) for ours in REQUIRED) or not said:
        return problems
    return [replace(problems[0], fix=f"{problems[0].fix}. By its values {said}"), *problems[1:]]


def _unrelated(opened_files: Opened, files: Sequence[_File]) -> list[str]:
    """Sheets of workbooks, and files of archives, that hold no usage, while another has all that is needed: without a time, and
    without a customer or a value, or called a summary.
    """
    by_name = {file.shape.file: file.mapping for file in files}
    found: list[str] = []
    for names in _groups(opened_files):
        mappings = {name: by_name[name] for name in names if name in by_name}
        if any(all(mapping.has(ours) for ours in REQUIRED) for mapping in mappings.values()):
            found += [
                name
                for name, mapping in mappings.items()
                if not mapping.has("timestamp")
                and (not mapping.has("customer_id") or not mapping.has("value") or is_called_summary(name))
            ]
    return found


def _groups(opened_files: Opened) -> list[list[str]]:
    """The sheets of each workbook that has several, and the files of archives."""
    archives: dict[str, list[str]] = {}
    for name in opened_files.names.values():
        archives.setdefault(name.partition(", ")[0], []).append(name)
    return [[sheet.name for sheet in book] for book in opened_files.books] + list(archives.values())


@dataclass(frozen=True)
class _File:
    """A file to read. alike: it has the columns, and the mapping, of the one before."""

    shape: FileShape
    mapping: ColumnMapping
    alike: bool = False

    def goes_on(self, group: Sequence[_File]) -> bool:
        """Whether it may be read by one query with these."""
        is_text = self.shape.format in ("csv", "json lines") and not (self.mapping.features or self.mapping.has_tokens)
        small = sum(file.shape.path.stat().st_size for file in (*group, self)) <= TOGETHER_BYTES_MAX
        return self.alike and is_text and small and len(group) < TOGETHER_MAX


@dataclass
class _AllFiles:
    """The reading of all files, in their order; those that are small and alike by one query."""

    files: Sequence[_File]
    connection: duckdb.DuckDBPyConnection
    spool: Spool
    tell: Progress
    asked: Asking
    rejects: RejectList | None
    readings: list[FileRows] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    room: int = field(default_factory=lambda: REJECTS_KEPT)

    def read(self) -> list[FileRows]:
        """Raises InputError with the problems of all files that cannot be read."""
        first = 0
        while first < len(self.files):
            last = first + 1
            while last < len(self.files) and self.files[last].goes_on(self.files[first:last]):
                last += 1
            self._read_group(first, last)
            first = last
        if (mixed := mixed_in_files(reading.mapping.rules.units for reading in self.readings)) is not None:
            self.questions.append(mixed)
        if self.questions:
            raise Undecided(self.questions, self.problems)
        if self.problems:
            unusable = (problem for reading in self.readings for problem in nothing_usable(reading))
            raise InputError([*self.problems, *unusable])
        return self.readings

    def _read_group(self, first: int, last: int) -> None:
        found = self._read_alike(first, last) if last > first + 1 else None
        for place in range(first, last):
            try:
                self._take(found[place - first] if found is not None else self._read_one(place))
            except Undecided as error:
                self.questions.extend(error.questions)
            except InputError as error:
                self.problems.extend(error.problems)

    def _read_alike(self, first: int, last: int) -> list[FileRows] | None:
        shapes = [file.shape for file in self.files[first:last]]
        arguments = (
            self.connection,
            shapes,
            self.files[first].mapping,
            self.spool,
            first,
            self.room,
            self._progress(first, last),
            self.asked,
        )
        return read_alike(*arguments, lists_rejects=self.rejects is not None)

    def _read_one(self, place: int) -> FileRows:
        file = self.files[place]
        progress = self._progress(place, place + 1)
        arguments = self.connection, file.shape, file.mapping, self.spool, place, self.room, progress, self.asked
        return read_rows(*arguments, lists_rejects=self.rejects is not None)

    def _take(self, rows: FileRows) -> None:
        self.readings.append(rows)
        self.room -= len(rows.rejects)
        if self.rejects is not None and isinstance(rows.collector.found, FoundRejects):
            self.rejects.add(rows.shape.file, rows.mapping, rows.collector.found, rows.lines_of)

    def _progress(self, first: int, last: int) -> Callable[[int], None]:
        """Tells of the rows of the files from `first` to before `last`, as a share of all."""
        expected = [file.shape.rows for file in self.files]
        before, here, done = sum(expected[:first]), sum(expected[first:last]), sum(rows.row_count for rows in self.readings)
        name = self.files[first].shape.file + (f" and {last - first - 1:,} more" if last > first + 1 else "")

        def progress(rows: int) -> None:
            if not is_ahead():  # else they are looked at first, while nobody holds Python's lock
                self.asked.begin()
            share = min(1.0, (before + min(rows, here)) / (sum(expected) + 1))
            self.tell(READING_SHARE * share, Counted(f"Reading {name}: {rows:,} rows", done + rows))

        return progress

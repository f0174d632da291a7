"""What became of the rows that were read: per file and in all, with notes and the rows that were rejected."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pyarrow as pa

from commet_core.foundation.errors import InputError, Problem
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.columns import ColumnMapping, competing, quoted
from commet_core.usage.ingest.recognise.failed_rows import failed_rows
from commet_core.usage.ingest.recognise.header import skipped_note
from commet_core.usage.ingest.recognise.offers import offers, values_offered
from commet_core.usage.ingest.recognise.shapes import UsageShape, shape_through
from commet_core.usage.ingest.recognise.table_shapes import doubtful_length, unused_numbers
from commet_core.usage.ingest.recognise.text_encoding import UTF8
from commet_core.usage.ingest.rejects.listing import column_of
from commet_core.usage.ingest.rejects.reasons import (
    COMMENT_ROW,
    FILTERED,
    LEVEL_ROW,
    REJECT_SCHEMA,
    SUM_ROW,
    TOTAL_ROW,
    Reason,
    ReasonCount,
    reason_counts,
    shown,
)


@dataclass(frozen=True)
class LeftOut:
    """Rows that are not read, for one reason."""

    reason: str
    rows: int


@dataclass(frozen=True)
class FileReport:
    """What became of one file: rows_read = rows_used + rows_rejected + duplicates + rows_without_usage + rows_left_out.

    shape: what kind of usage it is, and how it is read. Of a wide table each cell under a feature is a row; those that are
    empty or 0 are the rows without usage, and so are the other cells of a row that is wrong as a whole and rejected once.
    vendor_cost: of a file of tokens its own column of costs, and what that adds up to.
    rejected_rows: the listed rejects as they stand in the file, below its header: CSV, or JSON lines. Not made safe for
    spreadsheets, so that it can be corrected and read again.
    """

    file: str
    mapping: ColumnMapping
    rows_read: int
    rows_used: int
    rows_rejected: int
    duplicates: int
    rejected_rows: str
    shape: UsageShape | None = None
    rows_without_usage: int = 0
    left_out: tuple[LeftOut, ...] = ()
    vendor_cost: tuple[str, Decimal] | None = None

    @property
    def rows_left_out(self) -> int:
        """Rows that are totals of others, or that a filter of the mapping leaves out."""
        return sum(reason.rows for reason in self.left_out)

    def __post_init__(self) -> None:
        assert (
            self.rows_read
            == self.rows_used + self.rows_rejected + self.duplicates + self.rows_without_usage + self.rows_left_out
        )


@dataclass(frozen=True)
class IngestReport:
    """What became of all files.

    notes     sentences, without the full stop, on what was done that nobody asked for
    reasons   rejected rows by reason, all of them counted, the most frequent first
    rejects   the first 10,000, in the order of the input: file, line, column, value, reason. `line` is 1-based and
              physical, the header being line 1; in Parquet and JSON arrays it is the row's number
    looks_aggregated  whether the rows look like totals though no file's shape says so (`profile.looks_aggregated`)
    """

    files: tuple[FileReport, ...]
    notes: tuple[str, ...]
    reasons: tuple[ReasonCount, ...]
    rejects: pa.Table
    looks_aggregated: bool = False

    @property
    def rows_read(self) -> int:
        return sum(file.rows_read for file in self.files)

    @property
    def rows_used(self) -> int:
        return sum(file.rows_used for file in self.files)

    @property
    def rows_rejected(self) -> int:
        return sum(file.rows_rejected for file in self.files)

    @property
    def rows_without_usage(self) -> int:
        """Cells of wide tables that are empty or 0."""
        return sum(file.rows_without_usage for file in self.files)

    @property
    def rows_left_out(self) -> int:
        """Rows that are totals of others, or that a filter leaves out."""
        return sum(file.rows_left_out for file in self.files)

    @property
    def duplicates(self) -> int:
        return sum(file.duplicates for file in self.files)

    @property
    def duplicates_in_words(self) -> str:
        """How many, or that none could be looked for: `3 duplicates`."""
        if any(file.mapping.event_id is not None for file in self.files):
            return f"{self.duplicates:,} duplicates"
        return "0 duplicates (not looked for: no event id column)"


class UnusableFiles(InputError):
    """Files that were read, and of which at least one holds no row that can be used. `report` has the rejected rows."""

    def __init__(self, problems: Iterable[Problem], report: IngestReport) -> None:
        super().__init__(problems)
        self.report = report


def report_on(readings: Sequence[FileRows], duplicates: Sequence[int]) -> IngestReport:
    """The report on files that were read; duplicates: how many rows of each file were left out as such."""
    files = tuple(
        FileReport(
            file=reading.shape.file,
            mapping=reading.mapping,
            rows_read=reading.row_count,
            rows_used=reading.usable_count - repeated,
            rows_rejected=reading.collector.total,
            duplicates=repeated,
            rejected_rows="".join(f"{text}\n" for text in [*([reading.header] if reading.header else []), *_texts(reading)]),
            shape=shape_through(reading.shape.recognised, reading.mapping, reading.shape.sample),
            rows_without_usage=reading.without_usage_count,
            left_out=_left_out(reading),
            vendor_cost=reading.vendor_cost,
        )
        for reading, repeated in zip(readings, duplicates, strict=True)
    )
    counts: Counter[Reason] = sum((reading.collector.counts for reading in readings), Counter())
    rejects = [row for reading in readings for row in _reject_rows(reading)]
    return IngestReport(files, _notes(readings), reason_counts(counts), pa.Table.from_pylist(rejects, REJECT_SCHEMA))


def _left_out(reading: FileRows) -> tuple[LeftOut, ...]:
    """Why rows are not read, each reason with its rows."""
    filters = [f"`{name}` is not {quoted(texts, 'or')}" for name, texts in reading.mapping.rules.where]
    summed = "each is the sum of others; `totals: keep` in the mapping reads them as usage"
    counted = ", ".join(f"{how} of `{feature}`" for feature, how in reading.mapping.rules.count)
    levels = f"of each customer's reports of a level in a calendar month one row counts ({counted})"
    words = {
        LEVEL_ROW: levels,
        COMMENT_ROW: "each is a comment by its first sign; `comments: keep` in the mapping reads them as usage",
        TOTAL_ROW: "the row is called a total",
        SUM_ROW: summed,
        **dict(enumerate(filters, start=FILTERED)),
    }
    return tuple(LeftOut(words[code], rows) for code, rows in sorted(reading.left_out.items()))


def _texts(reading: FileRows) -> list[str]:
    """The rejected rows as they stand, each once: several cells of one row may be rejected."""
    by_line = {reject.line: reject.text or "" for reject in reading.rejects}
    return list(by_line.values())


def _reject_rows(reading: FileRows) -> list[dict[str, object]]:
    return [
        {
            "file": reading.shape.file,
            "line": reject.line,
            "column": column_of(reading.mapping, reject.reason, reject.ordinal),
            "value": shown(reject.value),
            "reason": reject.reason.sentence,
        }
        for reject in reading.rejects
    ]


def _notes(readings: Sequence[FileRows]) -> tuple[str, ...]:
    notes = [
        f"{reading.shape.file} is written in {reading.shape.encoding}; it was converted to UTF-8"
        for reading in readings
        if reading.shape.encoding != UTF8
    ]
    notes += [skipped_note(reading.shape.file, reading.shape.above) for reading in readings if reading.shape.above]
    for reading in readings:
        notes += [f"{reading.shape.file}: {sentence}" for sentence in (*reading.decided, *_on_clocks(reading))]
        notes += [
            f"{reading.shape.file}: {left.rows:,} {'row is' if left.rows == 1 else 'rows are'} left out: {left.reason}"
            for left in _left_out(reading)
        ]
        notes += [
            f"{reading.shape.file}: rows whose `{name}` is {quoted(failed, 'or')} are read too; `where: {{{name}: {json.dumps(others, ensure_ascii=False)}}}`"
            " in a mapping leaves them out"
            for name, failed, others in failed_rows(reading.shape.sample, reading.mapping)
        ]
        notes += _on_other_times(reading)
        asked = values_offered(reading.shape.sample, reading.mapping)
        if unused := [name for name in unused_numbers(reading.shape.sample, reading.mapping) if name not in asked]:
            fix = "; name them under `features:` if they are usage" if reading.mapping.features else ""
            notes.append(f"{reading.shape.file}: the numbers in {quoted(unused)} are not read{fix}")
        offered = offers(reading.shape.sample, reading.mapping, reading.shape.recognised.undecided)
        notes += [f"{reading.shape.file}: {offer}" for offer in offered]
    offsets = {minutes for reading in readings for minutes in reading.offset_minutes or ()}
    if len(offsets) > 1:
        notes.append("times carry different UTC offsets; all were converted to UTC")
    without = [
        reading
        for reading in readings
        if not reading.mapping.has("value") and reading.without_value_count == reading.usable_count
    ]
    notes += [f"{reading.shape.file} has no column for the value; every row counts as 1" for reading in without]
    if count := sum(reading.without_value_count for reading in readings if reading not in without):
        notes.append(f"{count:,} rows had no value and count as 1" if count > 1 else "1 row had no value and counts as 1")
    if count := sum(reading.rounded_count for reading in readings):
        which = (
            f"{count:,} values had more than 6 decimals and were" if count > 1 else "1 value had more than 6 decimals and was"
        )
        notes.append(f"{which} rounded half up")
    if count := sum(reading.vanished_count for reading in readings):
        which = f"{count:,} values above 0 are" if count > 1 else "1 value above 0 is"
        units = sum((reading.vanished_units for reading in readings), Decimal(0)).normalize()
        notes.append(
            f"{which} 0 with 6 decimals, and would add up to {units:f}: use a smaller unit, such as bytes for gigabytes"
        )
    if count := sum(reading.total_tokens_count for reading in readings):
        which = f"{count:,} rows with tokens are" if count > 1 else "1 row with tokens is"
        notes.append(f"{which} a total of many requests: priced at the base tier, unless a column `requests` says how many")
    if count := sum(reading.without_model_count for reading in readings):
        which = f"{count:,} rows have" if count > 1 else "1 row has"
        notes.append(f"{which} tokens and no model: the tokens are not read, and cost nothing; export them by model")
    rejected, listed = (sum(counts) for counts in zip(*((r.collector.total, len(r.rejects)) for r in readings), strict=True))
    if listed < rejected:
        notes.append(f"of {rejected:,} rejected rows the first {listed:,} are listed")
    return tuple(notes)


def _on_clocks(reading: FileRows) -> list[str]:
    """Of times that were read in a zone, those in an hour that its clocks leave out or have twice."""
    gaps, overlaps = reading.clock_gaps_count, reading.clock_overlaps_count
    said = []
    if gaps:
        verbs = ("is", "counts") if gaps == 1 else ("are", "count")
        said.append(f"{gaps:,} of them {verbs[0]} not on its clocks, which were put forward then, and {verbs[1]} an hour later")
    if overlaps:
        verb = "is" if overlaps == 1 else "are"
        said.append(f"{overlaps:,} of them {verb} there twice, as its clocks were put back; one of the two is taken")
    return said


def _on_other_times(reading: FileRows) -> list[str]:
    """That other columns hold times too, where the time was recognised by its name."""
    shape, mapping = reading.shape, reading.mapping
    if shape.recognised.document is not None or mapping.timestamp is None:
        return []
    read = set(mapping.all_names())
    usual = [name for name in competing(shape.names, "timestamp", shape.sample.values) if name not in read]
    others = [
        name for name in usual if (texts := shape.sample.values(name)) and texts != shape.sample.values(mapping.timestamp)
    ]
    return [f"{shape.file}: the time is `{mapping.label('timestamp')}`; {quoted(others)} might be it too"] if others else []


def nothing_usable(reading: FileRows) -> list[Problem]:
    """The problem of a file that holds no rows, or none that can be used."""
    if reading.usable_count or reading.is_summary:
        return []
    file = reading.shape.file
    if not reading.row_count:
        what = "it has a header and no rows" if reading.shape.format == "csv" else "it has no rows"
        return [Problem(file, what, "Export the usage again")]
    parts = []
    for reason in reason_counts(reading.collector.counts)[:3]:
        first = next((reject for reject in reading.rejects if reject.reason.sentence == reason.reason), None)
        example = f" (line {first.line}: {shown(first.value)!r})" if first else ""
        parts.append(f"{reason.rows:,} × {reason.reason}{example}")
    if reading.without_usage_count:
        parts.append(f"{reading.without_usage_count:,} × the cell is empty or 0: no usage")
    parts += [f"{left.rows:,} × left out: {left.reason}" for left in _left_out(reading)]
    rows = f"none of its {reading.row_count:,} rows" if reading.row_count > 1 else "its only row"
    verb = "can be used" if reading.row_count > 1 else "cannot be used"
    mapped = ", ".join(f"{ours} = `{theirs}`" for ours, theirs in reading.mapping.labels())
    fix = f"Correct the rows, or the mapping of columns, which is {mapped}{_ways_on(reading)}"
    return [Problem(file, f"{rows} {verb}. {'; '.join(parts)}", fix)]


def _ways_on(reading: FileRows) -> str:
    """What a mapping may say where correcting rows is not what helps."""
    counts = reading.collector.counts
    ways = ["Where all is one customer's usage, write `customer_id: {constant: acme}`"] if counts[Reason.CUSTOMER_EMPTY] else []
    ways += ["Where rows called total are usage, write `totals: keep`"] if reading.left_out[TOTAL_ROW] else []
    times = (Reason.TIME_UNKNOWN, Reason.TIME_DIGITS, Reason.TIME_DAY_OR_MONTH, Reason.TIME_IMPOSSIBLE)
    if any(counts[reason] for reason in times) and (column := reading.mapping.timestamp) is not None:
        ways.append(f'A format can be given, `timestamp: {{column: {column}, format: "%d/%m/%Y %H:%M"}}`, as strptime takes it')
    value = next(iter(reading.mapping.names("value")), None)
    texts = reading.shape.sample.values(value) if counts[Reason.VALUE_UNKNOWN] and value is not None else []
    if (doubtful := doubtful_length(texts)) is not None:
        ways.append(doubtful)
    elif any(":" in text for text in texts):
        ways.append(
            f"Lengths of time such as 01:23:45 are read in a unit, `value: {{column: {value}, unit: hours}}` (minutes, seconds)"
        )
    return "".join(f". {way[:1].upper()}{way[1:]}" for way in ways)

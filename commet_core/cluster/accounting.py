"""What the tasks counted, put together: the report on reading, and the lines of rejected rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Final, cast

import pyarrow as pa

from commet_core.cluster.inputs import Input
from commet_core.cluster.payload import from_ipc
from commet_core.cluster.replaying import Counts
from commet_core.cluster.tally import Tally, agreed, disagreements, said_once
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.reading.repeats import repeats_in_words
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.rejects.reasons import REJECT_SCHEMA, TOTAL_ROW, FoundReject, Reason, RejectCollector
from commet_core.usage.ingest.rejects.report import IngestReport, report_on
from commet_core.usage.profile import RowsSeen

IN_PARTS: Final = (
    "on Spark it is read in parts, and each is looked at alone for totals that only their values or names show;"
    " commet-sim prepare looks at all rows at once"
)
NUMBERED_REJECTS: Final = pa.schema([("number", pa.int64()), *REJECT_SCHEMA])
"""`rejects` of interfaces.md, and the number of the file in the order of the input."""

_REASONS: Final = {reason.sentence: reason for reason in Reason}


@dataclass(frozen=True)
class RejectPlaces:
    """Where rejected rows stand: the names of the files by number, and (file's number, block) → lines of the file before it."""

    files: tuple[str, ...]
    lines_before: Mapping[tuple[int, int], int]

    def table(self, content: bytes) -> pa.Table:
        """Rejected rows that a task handed over (`REJECT_COLUMNS`), as `NUMBERED_REJECTS`."""
        found = from_ipc(content)
        numbers, blocks, lines = (found[name].to_pylist() for name in ("file", "block", "line"))
        before = [self.lines_before.get(place, 0) for place in zip(numbers, blocks, strict=True)]
        columns = [
            found["file"],
            pa.array([self.files[number] for number in numbers], pa.string()),
            pa.array([first + line for first, line in zip(before, lines, strict=True)], pa.int64()),
            *(found[name] for name in ("column", "value", "reason")),
        ]
        return pa.Table.from_arrays(columns, schema=NUMBERED_REJECTS)


def reject_places(inputs: Sequence[Input], tallies: Iterable[Tally]) -> RejectPlaces:
    lines: dict[int, Counter[int]] = {}
    for tally in tallies:
        lines.setdefault(tally.file, Counter())[tally.block] += tally.lines
    before: dict[tuple[int, int], int] = {}
    for file, blocks in lines.items():
        ordered = sorted(blocks)
        running = accumulate((blocks[block] for block in ordered), initial=0)
        before |= {(file, block): count for block, count in zip(ordered, running, strict=False)}
    return RejectPlaces(tuple(name for given in inputs for name in given.files), before)


def readings_of(inputs: Sequence[Input], tallies: Sequence[Tally], rejects: pa.Table) -> list[FileRows]:
    """What became of each input, without its rows. rejects: the first rejected rows of all, as `NUMBERED_REJECTS`.

    Raises InputError where parts of an input show that it is written in several ways.
    """
    input_of = [place for place, given in enumerate(inputs) for _ in given.files]
    listed: list[list[FoundReject]] = [[] for _ in inputs]
    for row in rejects.to_pylist():
        listed[input_of[row["number"]]].append(FoundReject(_REASONS[row["reason"]], row["value"], 0, row["line"], ""))
    totals = [Tally(0, 0) for _ in inputs]
    for tally in tallies:
        totals[input_of[tally.file]].join(tally)
    for place in {input_of[file] for file, parts in Counter(tally.file for tally in tallies).items() if parts > 1}:
        totals[place].decided |= dict.fromkeys([IN_PARTS])
    problems = [
        problem
        for given, total in zip(inputs, totals, strict=True)
        for problem in disagreements(given.reading.shape.file, list(total.rules))
    ]
    if problems:
        raise InputError(problems)
    return [_reading(*each) for each in zip(range(len(inputs)), inputs, totals, listed, strict=True)]


def _reading(place: int, given: Input, total: Tally, rejects: list[FoundReject]) -> FileRows:
    rules = agreed(given.reading.mapping.rules, list(total.rules))
    if given.mapping.rules.totals is None and not total.left_out[TOTAL_ROW]:
        rules = replace(rules, totals=None)
    return FileRows(
        place,
        given.reading.shape,
        replace(given.mapping, rules=rules),
        RejectCollector(0, Counter({Reason(code): count for code, count in total.reasons.items()})),
        offset_minutes=total.offsets,
        rejects=rejects,
        left_out=total.left_out,
        vanished_units=total.vanished_units,
        decided=said_once(total.decided),
        **cast("Any", total.counts),
    )


def report_of(readings: Sequence[FileRows], counts: Counts, rejects: pa.Table) -> IngestReport:
    """The report on reading, with a file for each input. rejects: as above."""
    report = report_on(readings, counts.duplicates)
    notes = (*report.notes, *repeats_in_words(counts.differing, counts.same), *counts.said.values())
    of_events = all(file.shape is None or file.shape.rows == "event" for file in report.files)
    looks_aggregated = of_events and bool(counts.rows_seen) and RowsSeen(*counts.rows_seen).look_aggregated
    report = replace(report, notes=notes, looks_aggregated=looks_aggregated)
    return replace(report, rejects=rejects.drop_columns("number").cast(REJECT_SCHEMA))

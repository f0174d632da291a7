"""The result folder of a usage of any size: replayed and written some customers at a time, in the memory that a part needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

import pyarrow as pa
import pyarrow.parquet

from commet_core.engine.pieces import replay_parts
from commet_core.engine.replay import Replay
from commet_core.engine.results import (
    SUMMARY,
    Format,
    left_out_rows,
    run_summary,
    totals_of,
    whole_or_not_at_all,
    without_dictionaries,
)
from commet_core.engine.tables import TABLES
from commet_core.foundation.errors import Problem
from commet_core.foundation.progress import Counted, Progress, unheard
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.window import Window
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import RowProblem
from commet_core.timeline.window import default_window
from commet_core.usage.ingest import IngestReport
from commet_core.usage.usage import Usage

AMOUNTS: Final = ("billed", "plan_base", "overage", "purchases", "discount", "credit")
COUNTS: Final = ("events", "served_events", "blocked_events", "customers", "customers_billed")


@dataclass(frozen=True)
class WrittenReplay:
    """What a replay came to whose tables are in a folder.

    totals            of each candidate, as `summary.json` has them
    left_out          subscription rows that make no sense; their customers are not replayed
    events_left_out   events of theirs in the window
    """

    scenario: Scenario
    report: IngestReport
    features: tuple[str, ...]
    totals: dict[str, dict[str, Any]]
    left_out: tuple[RowProblem, ...]
    events_left_out: int

    @property
    def window(self) -> Window:
        assert self.scenario.window is not None
        return self.scenario.window

    @property
    def events_in_window(self) -> int:
        return int(next(iter(self.totals.values()))["events"])

    @property
    def customers_left_out(self) -> int:
        """Customers whose actions make no sense."""
        return len({problem.row.customer_id for problem in self.left_out} - {""})

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the actions of customers who were left out."""
        return tuple(problem.problem for problem in self.left_out)

    @property
    def features_without_plan(self) -> dict[str, list[str]]:
        """Features of the usage that a candidate's plan does not have: feature → names of candidates."""
        return self.scenario.features_without_plan(self.features)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The run in figures, as `summary.json` has them."""
        left_out = self.customers_left_out, self.events_left_out
        return run_summary(self.scenario, self.window, self.report, self.events_in_window, self.totals, left_out)


def replay_into(
    scenario: Scenario,
    usage: Usage,
    report: IngestReport,
    folder: Path,
    form: Format = "parquet",
    rejects: Path | None = None,
    progress: Progress | None = None,
) -> WrittenReplay:
    """Replays a scenario into a result folder; the tables are those of `write_results`, part of the customers after part.

    rejects: a Parquet file of every rejected row. progress: what it raises stops the replay, and nothing is written. Raises
    as `replay` and `write_results` do.
    """
    tell, done = progress or unheard, 0
    scenario = scenario.model_copy(update={"window": scenario.window or default_window(usage)})
    found: list[_Outcome] = []
    with whole_or_not_at_all(folder) as unfinished:
        with ExitStack() as stack:
            files = {name: stack.enter_context(_TableFile(unfinished, name, form)) for name in (*TABLES, "rejects")}
            files["rejects"].add_all(_rejects(report, rejects))
            for part in replay_parts(scenario, usage, _finished):
                found.append(part.outcome)
                for name, table in part.tables.items():
                    files[name].add(table)
                done += part.events
                tell(done / usage.event_count, Counted(f"Replaying: {done:,} of {usage.event_count:,} events", done))
            written = _written(scenario, report, usage, found)
            files["rejects"].add(left_out_rows(written.left_out))
        text = json.dumps(written.summary, indent=2, ensure_ascii=False)
        (unfinished / SUMMARY).write_text(text + "\n", "utf-8")
    return written


@dataclass(frozen=True)
class _Outcome:
    """What is kept of some customers: the totals of each candidate, and who was left out."""

    totals: dict[str, dict[str, Any]]
    left_out: tuple[RowProblem, ...]
    events_left_out: int


@dataclass(frozen=True)
class _Part:
    """Some customers, replayed: the result tables, and events, those outside the window too."""

    tables: dict[str, pa.Table]
    outcome: _Outcome
    events: int


def _finished(replayed: Replay) -> _Part:
    tables = {name: without_dictionaries(replayed.table(name)) for name in TABLES}
    totals = {run.candidate.name: totals_of(run) for run in replayed.runs}
    outcome = _Outcome(totals, replayed.subscribers.problems, replayed.events_left_out)
    return _Part(tables, outcome, replayed.usage.event_count)


def _written(scenario: Scenario, report: IngestReport, usage: Usage, found: list[_Outcome]) -> WrittenReplay:
    problems = sorted((problem for outcome in found for problem in outcome.left_out), key=lambda problem: problem.row.line)
    totals = _added([outcome.totals for outcome in found])
    events_left_out = sum(outcome.events_left_out for outcome in found)
    return WrittenReplay(scenario, report, usage.features, totals, tuple(problems), events_left_out)


def _added(parts: list[dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """The totals of all parts, candidate by candidate."""
    return {name: _sum([part[name] for part in parts]) for name in parts[0]}


def _sum(parts: list[dict[str, Any]]) -> dict[str, Any]:
    added = dict(parts[0])
    for name in AMOUNTS:
        added[name] = str(sum((Decimal(part[name]) for part in parts), Decimal(0)))
    for name in COUNTS:
        added[name] = sum(part[name] for part in parts)
    blocked = [part["first_blocked_at"] for part in parts if part["first_blocked_at"] is not None]
    added["first_blocked_at"] = min(blocked, key=datetime.fromisoformat, default=None)
    return added


def _rejects(report: IngestReport, path: Path | None) -> Iterable[pa.Table]:
    if path is None:
        yield report.rejects
        return
    file = pa.parquet.ParquetFile(path)
    yield file.schema_arrow.empty_table()
    yield from (pa.Table.from_batches([batch]) for batch in file.iter_batches())


class _TableFile:
    """A table of the result folder that is written piece by piece."""

    def __init__(self, folder: Path, name: str, form: Format) -> None:
        self._path = folder / f"{name}.{form}"
        self._form = form
        self._writer: Any = None

    def add_all(self, tables: Iterable[pa.Table]) -> None:
        for table in tables:
            self.add(table)

    def add(self, table: pa.Table) -> None:
        """Writes more rows, after those that came before."""
        if self._form == "parquet":
            self._writer = self._writer or pa.parquet.ParquetWriter(self._path, table.schema)
            self._writer.write_table(table)
            return
        content = to_csv(table)
        begins = self._writer is None
        self._writer = self._writer or self._path.open("wb")
        cast("BinaryIO", self._writer).write(content if begins else content[content.index(b"\n") + 1 :])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()

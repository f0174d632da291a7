"""commet-sim replay: a scenario replayed into a result folder, and a comparison printed."""

from __future__ import annotations

import argparse
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from commet_core.cli.arguments import inputs
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.temporary import temporary_folder
from commet_core.usage.read_ahead import reading_ahead

if TYPE_CHECKING:
    import pyarrow as pa

    from commet_core.cli.checks import Checks
    from commet_core.engine.outcome import Outcome
    from commet_core.scenario.scenario import Scenario
    from commet_core.usage.ingest import Ingested
    from commet_core.usage.ingest.reading.asked import Asked
    from commet_core.usage.usage import Usage

AFTER_READING: Final = ("commet_core.decide.results", "commet_core.cli.comparison")
"""What replays and prints: imported while usage is read, which leaves Python's lock free for the most part."""


def run(chosen: argparse.Namespace) -> int:
    """Returns the exit status: 0, or 3 where a check fails."""
    check_outputs([chosen.out, *([chosen.junit] if chosen.junit else [])], [chosen.scenario, *inputs(chosen)])
    asked = _Asked(chosen)
    outcome = _replay_on_spark(asked, chosen) if chosen.engine == "spark" else _replay_here(asked, chosen)
    from rich.markup import escape

    from commet_core.cli.comparison import print_comparison, print_line_ups
    from commet_core.cli.rows import print_rows
    from commet_core.cli.terminal import OUT

    print_rows(outcome.report, outcome)
    print_comparison(outcome)
    print_line_ups(outcome)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)
    return asked.checks.told()


class _Asked:
    """What is to be replayed and checked, and what that asks of the reading. Raises InputError where it is wrong."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self._chosen = chosen
        self._begins = Lock()
        self._loading: tuple[Future[Checks], Future[Asked]] | None = None

    @property
    def scenario(self) -> Scenario:
        return self.checks.scenario

    @property
    def checks(self) -> Checks:
        return self._begun()[0].result()

    def begin(self) -> None:
        """Loads it in a thread, and imports what else a replay needs. Raises InputError once it is known that it is wrong."""
        if self._begun()[0].done():
            self.checks  # noqa: B018  (raises)

    def result(self) -> Asked:
        """Worked out once: threads that read ask for it with every batch."""
        return self._begun()[1].result()

    def _begun(self) -> tuple[Future[Checks], Future[Asked]]:
        with self._begins:
            if self._loading is None:
                beside = ThreadPoolExecutor(1, "scenario")
                loaded = beside.submit(self._load)
                self._loading = loaded, beside.submit(lambda: _asked_by(loaded.result()))
                beside.submit(_import_beside)
            return self._loading

    def _load(self) -> Checks:
        from commet_core.cli.checks import Checks
        from commet_core.scenario.scenario import Scenario

        return Checks(Scenario.load(self._chosen.scenario), self._chosen)


def _asked_by(checks: Checks) -> Asked:
    from commet_core.cli.sources import asked_by

    return asked_by(checks.scenario)


def _replay_here(asked: _Asked, chosen: argparse.Namespace) -> Outcome:
    with temporary_folder() as folder:
        rejects = folder / "rejects.parquet"
        with reading_ahead(chosen.usage, chosen.memory_limit):
            ingested = _read(asked, chosen, rejects)
        from commet_core.cli.terminal import progress
        from commet_core.decide.results import replay_into

        with progress() as tell:
            return replay_into(
                asked.scenario,
                ingested.usage,
                ingested.report,
                chosen.out,
                chosen.format,
                rejects,
                tell,
                more=lambda outcome: (
                    asked.checks.tables(outcome, ingested.usage) | _bridge(outcome.scenario, ingested.usage, chosen)
                ),
            )


def _read(asked: _Asked, chosen: argparse.Namespace, rejects: Path) -> Ingested:
    """The usage: its first rows are on their way while the scenario is loaded, whose problems come before those of the usage."""
    from commet_core.cli.sources import read_usage

    try:
        return read_usage(chosen, rejects, asked)
    except InputError:
        asked.checks  # noqa: B018  (raises)
        raise


def _import_beside() -> None:
    for name in AFTER_READING:
        import_module(name)


def _bridge(scenario: Scenario, usage: Usage, chosen: argparse.Namespace) -> dict[str, pa.Table]:
    """The table `bridge`, where it is asked for."""
    if not chosen.bridge:
        return {}
    from commet_core.decide.bridge import bridge_table
    from commet_core.decide.whole_bridge import bridges
    from commet_core.scenario.markets import as_told

    told = as_told(scenario)
    return {"bridge": bridge_table(bridges(told, usage), told.reporting_currency)}


def _replay_on_spark(asked: _Asked, chosen: argparse.Namespace) -> Outcome:
    asked.checks  # noqa: B018  (raises)
    from commet_core.cli.sources import wanted_mapping
    from commet_core.cli.terminal import ERR
    from commet_core.cluster import plain_errors, replay_paths, start_session
    from commet_core.engine.result_folder import whole_or_not_at_all, write_table

    _check_for_spark(chosen)
    mapping = wanted_mapping(chosen)
    with plain_errors(), whole_or_not_at_all(chosen.out) as unfinished:
        spark = start_session(chosen.master, shows_progress=ERR.is_terminal)
        with replay_paths(spark, asked.scenario, chosen.usage, mapping, chosen.partitions) as replayed:
            replayed.write_tables(unfinished)
            for name, table in asked.checks.tables(replayed.outcome, None).items():
                write_table(table, unfinished, name, "parquet")
            return replayed.outcome


def _check_for_spark(chosen: argparse.Namespace) -> None:
    """Raises InputError for what only the local engine does."""
    refused = [
        ("--usage-sql", bool(chosen.usage_sql), "Spark reads files", "Export the query to files, or leave out --engine spark"),
        ("--bridge", chosen.bridge, "plans between two are replayed on this machine", "Leave out --bridge or --engine spark"),
        ("--format", chosen.format == "csv", "results on Spark are Parquet", "Leave --format out"),
    ]
    if problems := [Problem(option, what, fix) for option, given, what, fix in refused if given]:
        raise InputError(problems)

"""commet-sim replay: a scenario replayed into a result folder, and a comparison printed."""

from __future__ import annotations

import argparse
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from rich.markup import escape

from commet_core.cli.checks import Checks
from commet_core.cli.rows import print_rows
from commet_core.cli.sources import inputs, read_usage, wanted_mapping
from commet_core.cli.terminal import ERR, OUT, progress
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.temporary import temporary_folder
from commet_core.scenario.markets import as_told
from commet_core.scenario.priced_requests import request_prices
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

if TYPE_CHECKING:
    from commet_core.engine.outcome import Outcome

AFTER_READING: Final = ("commet_core.decide.results", "commet_core.cli.comparison")
"""What replays and prints: imported while usage is read, which leaves Python's lock free for the most part."""


def run(chosen: argparse.Namespace) -> int:
    """Returns the exit status: 0, or 3 where a check fails."""
    check_outputs([chosen.out, *([chosen.junit] if chosen.junit else [])], [chosen.scenario, *inputs(chosen)])
    scenario = Scenario.load(chosen.scenario)
    made = Checks(scenario, chosen)
    outcome = _replay_on_spark(scenario, chosen, made) if chosen.engine == "spark" else _replay_here(scenario, chosen, made)
    from commet_core.cli.comparison import print_comparison, print_line_ups

    print_rows(outcome.report, outcome)
    print_comparison(outcome)
    print_line_ups(outcome)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)
    return made.told()


def _replay_here(scenario: Scenario, chosen: argparse.Namespace, made: Checks) -> Outcome:
    Thread(target=_import_beside, name="imports").start()  # Python does not end in the midst of an import: libraries complain
    with temporary_folder() as folder:
        rejects = folder / "rejects.parquet"
        ingested = read_usage(chosen, rejects, request_prices(scenario), scenario=scenario)
        from commet_core.decide.results import replay_into

        with progress() as tell:
            return replay_into(
                scenario,
                ingested.usage,
                ingested.report,
                chosen.out,
                chosen.format,
                rejects,
                tell,
                more=lambda outcome: made.tables(outcome, ingested.usage) | _bridge(outcome.scenario, ingested.usage, chosen),
            )


def _import_beside() -> None:
    for name in AFTER_READING:
        import_module(name)


def _bridge(scenario: Scenario, usage: Usage, chosen: argparse.Namespace) -> dict[str, pa.Table]:
    """The table `bridge`, where it is asked for."""
    if not chosen.bridge:
        return {}
    from commet_core.decide.bridge import bridge_table
    from commet_core.decide.whole_bridge import bridges

    told = as_told(scenario)
    return {"bridge": bridge_table(bridges(told, usage), told.reporting_currency)}


def _replay_on_spark(scenario: Scenario, chosen: argparse.Namespace, made: Checks) -> Outcome:
    from commet_core.cluster import plain_errors, replay_paths, start_session
    from commet_core.engine.result_folder import whole_or_not_at_all, write_table

    _check_for_spark(chosen)
    mapping = wanted_mapping(chosen)
    with plain_errors(), whole_or_not_at_all(chosen.out) as unfinished:
        spark = start_session(chosen.master, shows_progress=ERR.is_terminal)
        with replay_paths(spark, scenario, chosen.usage, mapping, chosen.partitions) as replayed:
            replayed.write_tables(unfinished)
            for name, table in made.tables(replayed.outcome, None).items():
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

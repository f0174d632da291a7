"""What solve and sweep found, printed, and as a result folder."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from rich.markup import escape
from rich.table import Column, Table

from commet_core.cli.arguments import inputs
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.sources import told_usage
from commet_core.cli.terminal import OUT, progress, say
from commet_core.decide.point_tables import points_table
from commet_core.decide.points import Point
from commet_core.decide.solve import Solution
from commet_core.decide.sweep import Sweep
from commet_core.engine.result_folder import SUMMARY, whole_or_not_at_all
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.paths import check_outputs
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.whole_files import file_written_whole
from commet_core.reports.price.term_words import bare_value
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage
from commet_core.version import VERSION

Found = TypeVar("Found", Solution, Sweep)


def replayed(chosen: argparse.Namespace, work: Callable[[Scenario, Usage, dict[str, Any]], Found]) -> Found:
    """What the work finds on the scenario and usage of a command; with the options that solve and sweep share."""
    check_outputs([chosen.out, chosen.take_over], [chosen.scenario, *inputs(chosen)])
    whole = load(chosen)
    if chosen.market is not None and chosen.take_over is not None:
        what = "what is found are the terms of one market, and a catalog has those of all"
        fix = "Leave it out, and write the term under currency_prices or market_prices of the plan"
        raise InputError.of("--take-over", what, fix)
    scenario, usage = asked_of(chosen, whole, told_usage(chosen, whole))
    with progress() as tell:
        how = {"defaults": "moved" if chosen.move_defaults else "fixed", "rise": chosen.rise, "progress": tell}
        return work(scenario, usage, how)


def show(said: Sequence[str], table: Table) -> None:
    """Prints the answer, a sentence a line, and the points that stand behind it."""
    for sentence in said:
        say(sentence)
    OUT.print(table)


def table_of(found: Solution | Sweep, places: Sequence[int]) -> Table:
    """Some points, one a row."""
    currency = found.scenario.catalog.currency
    terms = found.terms if isinstance(found, Sweep) else (found.term,)
    heads = [*(term.words for term in terms), "revenue", "pay more", "median a month", "refused", "meets"]

    def row(point: Point, met: bool) -> list[str]:
        values = [bare_value(term, value, currency) for term, value in zip(terms, point.values, strict=True)]
        amounts = format_amount(point.revenue, currency), format_amount(point.median_cost, currency)
        shares = percent(point.share_paying_more), percent(point.blocked_share)
        return [*values, amounts[0], shares[0], amounts[1], shares[1], "yes" if met else ""]

    rows = [row(found.points[place], found.meets[place]) for place in places]
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*rows, strict=True)] or [0] * len(heads)
    table = Table(
        *(Column(escape(head), "", justify="right", min_width=width) for head, width in zip(heads, widths, strict=True))
    )
    for cells in rows:
        table.add_row(*cells)
    return table


def write(chosen: argparse.Namespace, found: Solution | Sweep, said: Sequence[str], best: int | None) -> None:
    """The result folder, whole or not at all; and the plan that was found, where it is asked for."""
    terms = found.terms if isinstance(found, Sweep) else (found.term,)
    summary = {
        "version": VERSION,
        "candidate": found.candidate.name,
        "baseline": found.baseline.name,
        "terms": [term.path for term in terms],
        "targets": [target.text for target in found.targets],
        "customers": found.customers,
        "points": len(found.points),
        "meets": sum(found.meets),
        "best": None
        if best is None
        else {term.path: str(value) for term, value in zip(terms, found.points[best].values, strict=True)},
        "seed": found.scenario.seed,
        "answer": list(said),
    }
    with whole_or_not_at_all(chosen.out) as folder:
        _write_table(points_table(found), folder / f"points.{chosen.format}")
        (folder / SUMMARY).write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
    say(f"Results are in {chosen.out}")
    if chosen.take_over is not None:
        _take_over(chosen.take_over, found, best)


def _write_table(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        path.write_bytes(to_csv(table))
    else:
        pq.write_table(table, path, compression="lz4", store_schema=False)


def _take_over(path: Path, found: Solution | Sweep, best: int | None) -> None:
    """The catalog with the terms that were found."""
    if best is None:
        OUT.print("No plan meets the targets, so that none was written.", soft_wrap=True)
        return
    with file_written_whole(path) as unfinished:
        unfinished.write_text(found.catalog(best).to_yaml(), "utf-8")
    nearest = isinstance(found, Solution) and not found.meeting
    OUT.print(f"The catalog with {'the nearest' if nearest else 'these'} terms is in {escape(str(path))}", soft_wrap=True)

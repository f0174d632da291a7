"""commet-sim migrate: how customers get to a new candidate, printed, and as a result folder with a plan for each way."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Column, Table

from commet_core.cli.arguments import inputs
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.sources import told_usage
from commet_core.cli.terminal import OUT, progress, say
from commet_core.decide.migration import (
    USUAL,
    Migration,
    migrate,
    migrate_ahead,
    parse_strategies,
    write_ahead,
    write_migration,
)
from commet_core.decide.migration.ahead import PATHS
from commet_core.decide.migration.migrating import RISE
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.paths import check_outputs
from commet_core.reports.move import ahead_rows, ahead_words, migration_words, set_aside, strategy_rows, talk_rows
from commet_core.reports.move.ahead import AheadRow
from commet_core.reports.move.rows import StrategyRow

CUSTOMERS_SHOWN = 5


def run(chosen: argparse.Namespace) -> None:
    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    if problems := _problems(chosen):
        raise InputError(problems)
    strategies = chosen.strategy or USUAL
    parse_strategies(strategies)
    whole = load(chosen)
    scenario, usage = asked_of(chosen, whole, told_usage(chosen, whole))
    what = (scenario, usage, chosen.old, chosen.new, strategies)
    rise, lenient = RISE if chosen.rise is None else chosen.rise, not chosen.strategy
    aside = list(filter(None, [set_aside(whole.assumptions)]))
    if chosen.months is None:
        with progress() as tell:
            made = migrate(*what, at=chosen.at, rise=rise, lenient=lenient, progress=tell)
        said = [*migration_words(made), *aside]
        _print(said, strategy_rows(made), made)
        write_migration(made, chosen.out, chosen.format, said)
    else:
        paths = PATHS if chosen.paths is None else chosen.paths
        with progress() as tell:
            ahead = migrate_ahead(*what, months=chosen.months, paths=paths, rise=rise, lenient=lenient, progress=tell)
        said = [*ahead_words(ahead), *aside]
        _print(said, ahead_rows(ahead), ahead.first)
        write_ahead(ahead, chosen.out, chosen.format, said)
    say(f"Results are in {chosen.out}")


def _problems(chosen: argparse.Namespace) -> list[Problem]:
    """What is asked for and does not go together."""
    if chosen.months is None:
        return (
            [] if chosen.paths is None else [Problem("paths", "they are possible futures, of months ahead", "Add --months N")]
        )
    if chosen.at is None:
        return []
    what = "a migration in months ahead begins where the whole months of usage end"
    return [Problem("at", what, "Leave --at out, or --months for a migration in the window")]


def _print(said: Sequence[str], rows: Sequence[StrategyRow] | Sequence[AheadRow], made: Migration) -> None:
    """made: whose bills and customers are told of."""
    for sentence in said:
        say(sentence)
    OUT.print(_strategies(made, rows))
    if talk := talk_rows(made, CUSTOMERS_SHOWN):
        OUT.print("Talk to these first; bills a month, before and after:")
        for row in talk:
            say(f"  {row.customer_id}: {row.before}, then {row.after}: {row.rise} more")


def _strategies(made: Migration, ways: Sequence[StrategyRow] | Sequence[AheadRow]) -> Table:
    above = f"above +{percent_exact(made.ground.rise)}"
    heads = ["strategy", "earned, to staying", "billed", "moved", above, "cost", "paid back"]
    rows = [[row.text, row.earned, row.billed, row.moved, row.above, row.cost, row.payback] for row in ways]
    if spans := [row.range for row in ways if isinstance(row, AheadRow)]:
        heads.insert(2, "8 in 10")
        for row, span in zip(rows, spans, strict=True):
            row.insert(2, span)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    figures = set(heads[1:-2])
    table = Table(
        *(
            Column(escape(head), justify="right" if head in figures else "left", min_width=width, overflow="fold")
            for head, width in zip(heads, widths, strict=True)
        )
    )
    for cells in rows:
        table.add_row(*map(escape, cells))
    return table

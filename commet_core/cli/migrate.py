"""commet-sim migrate: how customers get to a new candidate, printed, and as a result folder with a plan for each way."""

from __future__ import annotations

import argparse

from rich.markup import escape
from rich.table import Column, Table

from commet_core.catalog.request_prices import RequestPrices
from commet_core.cli.asked_market import asked_of, load
from commet_core.cli.sources import inputs, read_usage
from commet_core.cli.terminal import OUT, progress
from commet_core.decide.migration import USUAL, Migration, migrate, parse_strategies, write_migration
from commet_core.decide.migration.migrating import RISE
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.paths import check_outputs
from commet_core.reports.move import migration_words, set_aside, strategy_rows, talk_rows

CUSTOMERS_SHOWN = 5


def run(chosen: argparse.Namespace) -> None:
    check_outputs([chosen.out], [chosen.scenario, *inputs(chosen)])
    strategies = chosen.strategy or USUAL
    parse_strategies(strategies)
    whole = load(chosen)
    prices = RequestPrices.of(whole.catalog, whole.plans_in_play)
    scenario, usage = asked_of(chosen, whole, read_usage(chosen, prices=prices, scenario=whole).usage)
    rise = RISE if chosen.rise is None else chosen.rise
    with progress() as tell:
        made = migrate(
            scenario,
            usage,
            chosen.old,
            chosen.new,
            strategies,
            at=chosen.at,
            rise=rise,
            lenient=not chosen.strategy,
            progress=tell,
        )
    said = [*migration_words(made), *filter(None, [set_aside(whole.assumptions)])]
    for sentence in said:
        OUT.print(escape(sentence), soft_wrap=True)
    OUT.print(_strategies(made))
    if talk := talk_rows(made, CUSTOMERS_SHOWN):
        OUT.print("Talk to these first; bills a month, before and after:")
        for row in talk:
            OUT.print(escape(f"  {row.customer_id}: {row.before}, then {row.after}: {row.rise} more"), soft_wrap=True)
    write_migration(made, chosen.out, chosen.format, said)
    OUT.print(f"Results are in {escape(str(chosen.out))}", soft_wrap=True)


def _strategies(made: Migration) -> Table:
    above = f"above +{percent_exact(made.ground.rise)}"
    heads = ["strategy", "earned, to staying", "billed", "moved", above, "cost", "paid back"]
    rows = [(row.text, row.earned, row.billed, row.moved, row.above, row.cost, row.payback) for row in strategy_rows(made)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    figures = set(heads[1:5])
    table = Table(
        *(
            Column(escape(head), justify="right" if head in figures else "left", min_width=width, overflow="fold")
            for head, width in zip(heads, widths, strict=True)
        )
    )
    for row in rows:
        table.add_row(*map(escape, row))
    return table

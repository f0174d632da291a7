"""What a replay came to, printed: candidates side by side, and line-ups by plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from rich.markup import escape
from rich.table import Table

from commet_core.cli.terminal import OUT, right, say
from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.outcome import Outcome
from commet_core.foundation.formats import percent, window_words
from commet_core.foundation.money import format_amount, format_signed
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.wording import base_part_name, price_change_name
from commet_core.reports.compare import Summary, summarize
from commet_core.reports.compare.how_sure import HowSure, how_sure, verdict
from commet_core.reports.compare.plans import customers_by_plan, held

Row = tuple[str, list[str]]
"""A label, and a cell for each candidate."""

_LONGEST_NAME: Final = 20
"""Of a candidate's name in letters: a longer one may be broken."""


def print_comparison(outcome: Outcome) -> None:
    """Revenue, what customers pay and are refused, and who pays less or more, candidate by candidate."""
    currency = outcome.currency
    summaries = summarize(outcome)

    def row(label: str, show: Callable[[Summary], object]) -> Row:
        return label, [str(show(summary)) for summary in summaries]

    rows = [
        row("billed", lambda summary: format_amount(summary.billed, currency)),
        row("  base", lambda summary: format_amount(summary.base, currency)),
        *_in_base(summaries, currency),
        row("  overage", lambda summary: format_amount(summary.overage, currency)),
        row("  packs", lambda summary: format_amount(summary.packs, currency)),
        row("  top-ups", lambda summary: format_amount(summary.top_ups, currency)),
        row("revenue a month", lambda summary: format_amount(summary.monthly_revenue, currency)),
        row("median customer a month", lambda summary: format_amount(summary.median_monthly_cost, currency)),
        row("share blocked", lambda summary: percent(summary.blocked_share)),
        row("customers blocked", lambda summary: f"{summary.customers_blocked:,} of {summary.customers:,}"),
    ]
    title, names = f"{currency.upper()}, {window_words(outcome.window)}", [summary.name for summary in summaries]
    if len(summaries) == 1:
        _print_side_by_side(title, names, rows)
        return
    customers = CustomerAmounts.of_outcome(outcome)
    _print_side_by_side(title, names, [*rows, *_groups(outcome), *_ranges(customers, currency)])
    say(verdict(customers))


def _in_base(summaries: Sequence[Summary], currency: str) -> list[Row]:
    """What base revenue is made of, where that is more than base prices."""
    kinds = [
        kind for kind in summaries[0].in_base if kind == "plan_base" or any(summary.in_base[kind] for summary in summaries)
    ]
    if len(kinds) == 1:
        return []
    return [
        (f"    {base_part_name(kind)}", [format_amount(each.in_base[kind], currency) for each in summaries]) for kind in kinds
    ]


def _print_side_by_side(title: str, names: Sequence[str], rows: Sequence[Row]) -> None:
    """As many candidates beside each other as the terminal is wide, the others below, so that no figure is cut off."""
    labels = max(len(label) for label, _ in rows)
    widths = [max(min(len(name), _LONGEST_NAME), *(len(cells[place]) for _, cells in rows)) for place, name in enumerate(names)]
    for block in _fitting(widths, OUT.width - labels - 4):
        table = Table("", *[right(escape(names[place])) for place in block], title=title)
        for label, cells in rows:
            table.add_row(label, *[cells[place] for place in block])
        OUT.print(table)


def _fitting(widths: Sequence[int], room: int) -> list[list[int]]:
    """Places of columns, as many together as there is room for, one at least; a column takes three characters more than its width."""
    blocks: list[list[int]] = []
    taken = room
    for place, width in enumerate(widths):
        if not blocks or taken + width + 3 > room:
            blocks.append([])
            taken = 0
        blocks[-1].append(place)
        taken += width + 3
    return blocks


def _groups(outcome: Outcome) -> list[Row]:
    """How customers fare against the baseline: under each candidate the four groups add up to all of them."""
    baseline, rows = outcome.scenario.baseline_index(), []
    for group, change in enumerate(PRICE_CHANGES):
        cells = [f"{totals.price_changes[group]:,}" for totals in outcome.totals]
        cells[baseline] = "the baseline"
        rows.append((price_change_name(change).lower(), cells))
    return rows


def _ranges(customers: CustomerAmounts, currency: str) -> list[Row]:
    """The difference to the baseline, where it lies in 90 % of the draws, and how many customers turn it."""
    sure = {found.candidate: found for found in how_sure(customers, "billed")}
    of_candidates = [sure.get(candidate.name) for candidate in customers.scenario.candidates]

    def row(label: str, show: Callable[[HowSure], str]) -> Row:
        return label, ["the baseline" if found is None else show(found) for found in of_candidates]

    def end(amount: Decimal | None) -> str:
        return "no range" if amount is None else format_signed(amount, currency)

    return [
        row("difference", lambda found: format_signed(found.difference, currency)),
        row("  from (90 %)", lambda found: end(found.low)),
        row("  to", lambda found: end(found.high)),
        row("  customers who turn it", lambda found: f"{len(found.turned_by):,}" if found.turned_by else "none"),
    ]


def print_line_ups(outcome: Outcome) -> None:
    """Of each line-up how many customers begin and end on its plans, and what these bill."""
    scenario = outcome.scenario
    line_ups = [candidate for candidate in scenario.candidates if candidate.group is not None]
    if not line_ups:
        return
    by_plan = customers_by_plan(outcome)
    table = Table("line-up", "plan", *map(right, ("begin on it", "end on it", "billed")), title="customers by plan")
    for candidate in line_ups:
        labels = iter((candidate.name, f"  {candidate.choose}"))
        for own in held(scenario, candidate, by_plan):
            figures = f"{own.customers_first:,}", f"{own.customers_last:,}", format_amount(own.billed, outcome.currency)
            table.add_row(escape(next(labels, "")), escape(own.what), *figures)
        table.add_section()
    OUT.print(table)

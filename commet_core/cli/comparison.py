"""What a replay came to, printed: candidates side by side, and line-ups by plan."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rich.markup import escape
from rich.table import Table

from commet_core.cli.terminal import OUT, right
from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.outcome import Outcome
from commet_core.foundation.formats import percent, window_words
from commet_core.foundation.money import format_amount, format_signed
from commet_core.foundation.vocabulary import PRICE_CHANGES
from commet_core.foundation.wording import price_change_name
from commet_core.reports.compare import Summary, summarize
from commet_core.reports.compare.how_sure import HowSure, how_sure, verdict
from commet_core.reports.compare.plans import customers_by_plan, held


def print_comparison(outcome: Outcome) -> None:
    """Revenue, what customers pay and are refused, and who pays less or more, candidate by candidate."""
    currency = outcome.currency
    summaries = summarize(outcome)
    table = Table(
        "",
        *[right(escape(summary.name)) for summary in summaries],
        title=f"{currency.upper()}, {window_words(outcome.window)}",
    )

    def row(label: str, show: Callable[[Summary], object]) -> None:
        table.add_row(label, *[str(show(summary)) for summary in summaries])

    row("billed", lambda summary: format_amount(summary.billed, currency))
    row("  base", lambda summary: format_amount(summary.base, currency))
    row("  overage", lambda summary: format_amount(summary.overage, currency))
    row("  packs", lambda summary: format_amount(summary.packs, currency))
    row("  top-ups", lambda summary: format_amount(summary.top_ups, currency))
    row("revenue a month", lambda summary: format_amount(summary.monthly_revenue, currency))
    row("median customer a month", lambda summary: format_amount(summary.median_monthly_cost, currency))
    row("share blocked", lambda summary: percent(summary.blocked_share))
    row("customers blocked", lambda summary: f"{summary.customers_blocked:,} of {summary.customers:,}")
    if len(summaries) > 1:
        _add_groups(table, outcome)
        customers = CustomerAmounts.of_outcome(outcome)
        _add_ranges(table, customers, currency)
        OUT.print(table)
        OUT.print(escape(verdict(customers)), soft_wrap=True)
    else:
        OUT.print(table)


def _add_groups(table: Table, outcome: Outcome) -> None:
    """How customers fare against the baseline: under each candidate the four groups add up to all of them."""
    baseline = outcome.scenario.baseline_index()
    for group, change in enumerate(PRICE_CHANGES):
        cells = [f"{totals.price_changes[group]:,}" for totals in outcome.totals]
        cells[baseline] = "the baseline"
        table.add_row(price_change_name(change).lower(), *cells)


def _add_ranges(table: Table, customers: CustomerAmounts, currency: str) -> None:
    """The difference to the baseline, where it lies in 90 % of the draws, and how many customers turn it."""
    sure = {found.candidate: found for found in how_sure(customers, "billed")}
    of_candidates = [sure.get(candidate.name) for candidate in customers.scenario.candidates]

    def row(label: str, show: Callable[[HowSure], str]) -> None:
        table.add_row(label, *["the baseline" if found is None else show(found) for found in of_candidates])

    def end(amount: Decimal | None) -> str:
        return "no range" if amount is None else format_signed(amount, currency)

    row("difference", lambda found: format_signed(found.difference, currency))
    row("  from (90 %)", lambda found: end(found.low))
    row("  to", lambda found: end(found.high))
    row("  customers who turn it", lambda found: f"{len(found.turned_by):,}" if found.turned_by else "none")


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

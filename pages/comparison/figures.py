"""What the Compare page shows, computed once per study and shared by visitors."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pyarrow as pa

from commet_core.decide import average_customer as average_rules
from commet_core.decide import bridge as bridge_rules
from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_amount
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.workbooks import to_excel
from commet_core.reports import compare
from commet_core.reports import margin as margin_rules
from commet_core.reports.answer import candidate_rows as answer_rows
from commet_core.reports.compare import behind, blocked, chart_titles, distribution, plans
from commet_core.reports.compare import by_market as markets
from commet_core.reports.compare import earned as earned_rules
from commet_core.reports.compare import how_sure as sureness
from commet_core.reports.compare import stocks as stock_rules
from commet_core.reports.compare.distribution import Bin
from commet_core.reports.compare.how_sure import HowSure
from commet_core.reports.compare.plans import Held
from commet_core.reports.compare.report import excel_sheets, sheet_makers
from commet_core.reports.margin import FeatureMargins
from pages.shared.kept import by_content

POINTS_MAX = 400
Kind = Literal["all", "refused", "cost", "difference"]


summaries = by_content()(compare.summarize)
candidate_rows = by_content("Working out how sure it is")(answer_rows.candidate_rows)
revenue_by_month = by_content()(compare.revenue_by_month)
earned = by_content("Working out what was earned")(earned_rules.summarize_earned)
earned_by_month = by_content("Working out what was earned in each month")(earned_rules.earned_by_month)
margins = by_content("Working out what serving the usage costs")(margin_rules.margins)
customers_by_plan = by_content()(plans.customers_by_plan)
moves = by_content()(plans.moves)
movers = by_content()(plans.movers)
costs = by_content()(distribution.cost_histogram)
differences_spread = by_content()(distribution.difference_histogram)
largest = by_content()(distribution.shares_of_largest)
billed_by_customer = by_content()(behind.billed_by_customer)
differences_title = by_content()(chart_titles.differences_title)
blocked_features = by_content()(blocked.blocked_features)
stocks = by_content()(stock_rules.stocks)
market_rows = by_content()(markets.market_rows)
customers_in_markets = by_content("Writing customers in their currencies")(markets.customers_in_markets)
bridge = by_content("Replaying the plans between")(bridge_rules.bridge)
customer_groups = by_content()(bridge_rules.customer_groups)
average_customer = by_content("Replaying an average customer")(average_rules.average_customer)


def headline(replayed: Replay) -> dict[str, str]:
    """What each candidate billed over the window, to the cent."""
    return {f"{summary.name}: billed": format_amount(summary.billed, replayed.currency) for summary in summaries(replayed)}


@by_content()
def feature_margins(replayed: Replay, candidate: str) -> FeatureMargins:
    return margin_rules.feature_margins(replayed, replayed.run(candidate))


@by_content()
def customer_margins(replayed: Replay, candidate: str, *, at_loss: bool) -> pa.Table:
    return margin_rules.customer_margins(replayed, replayed.run(candidate), at_loss=at_loss)


@by_content()
def held(replayed: Replay, candidate: str) -> list[Held]:
    return plans.held(replayed.scenario, replayed.run(candidate).candidate, customers_by_plan(replayed))


@by_content()
def ranked(replayed: Replay) -> dict[str, pa.Table]:
    return {run.candidate.name: distribution.ranked(run, POINTS_MAX) for run in replayed.runs}


@by_content()
def differences(replayed: Replay, candidate: str) -> pa.Table:
    return compare.differences(replayed, replayed.run(candidate))


@by_content()
def leftovers(replayed: Replay, candidate: str) -> pa.Table:
    return stock_rules.leftovers(replayed.run(candidate))


@by_content()
def customers(replayed: Replay, candidate: str, month: date | None, kind: Kind, place: int) -> pa.Table:
    """The customers behind a figure. `place`: the bin of the histogram of that kind."""
    run = replayed.run(candidate)
    if kind == "all":
        return behind.customers_behind(replayed, run, month=month)
    if kind == "refused":
        return behind.customers_behind(replayed, run, only=behind.refused(run))
    if kind == "cost":
        return behind.customers_behind(replayed, run, only=distribution.costing(replayed, run, bin_of(replayed, kind, place)))
    return behind.customers_behind(replayed, run, only=distribution.differing(replayed, run, bin_of(replayed, kind, place)))


def bin_of(replayed: Replay, kind: Literal["cost", "difference"], place: int) -> Bin:
    """The bin at a place of one of the two histograms."""
    return (costs(replayed) if kind == "cost" else differences_spread(replayed)).bins[place]


@by_content()
def excel(replayed: Replay) -> bytes:
    """The whole comparison as an Excel file."""
    return to_excel(excel_sheets(replayed))


def csv(replayed: Replay, name: str) -> bytes:
    """One of its tables as CSV; where it cannot be worked out, why."""
    try:
        return to_csv(sheet_makers(replayed)[name]())
    except InputError as error:
        return to_csv(pa.table({"problem": [str(problem) for problem in error.problems]}))


def billed_minor(replayed: Replay, candidate: str) -> int:
    """Minor units billed under a candidate."""
    return replayed.totals[replayed.scenario.place_of(candidate)].billed_minor


@by_content("Drawing customers anew")
def verdict(replayed: Replay, measure: Measure) -> str:
    return sureness.verdict(CustomerAmounts.of(replayed), measure)


@by_content("Drawing customers anew")
def how_sure(replayed: Replay, measure: Measure) -> list[HowSure]:
    return sureness.how_sure(CustomerAmounts.of(replayed), measure)

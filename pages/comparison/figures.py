"""What the Compare page shows, computed once per study and shared by visitors."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pyarrow as pa

from commet_core.decide import average_customer as average_rules
from commet_core.decide import bridge as bridge_rules
from commet_core.decide.average_customer import AverageCustomer
from commet_core.decide.bridge import Bridge, Group
from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import format_amount
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.workbooks import to_excel
from commet_core.reports import compare
from commet_core.reports import margin as margin_rules
from commet_core.reports.answer import candidate_rows as answer_rows
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.compare import Summary, behind, blocked, chart_titles, distribution, plans
from commet_core.reports.compare import by_market as markets
from commet_core.reports.compare import earned as earned_rules
from commet_core.reports.compare import how_sure as sureness
from commet_core.reports.compare import stocks as stock_rules
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.distribution import Bin, DifferenceHistogram, Histogram
from commet_core.reports.compare.earned import Earned
from commet_core.reports.compare.how_sure import HowSure
from commet_core.reports.compare.plans import Held
from commet_core.reports.compare.report import excel_sheets, sheet_makers
from commet_core.reports.compare.stocks import Stock
from commet_core.reports.margin import FeatureMargins, Margin
from pages.shared.kept import by_content

POINTS_MAX = 400
Kind = Literal["all", "refused", "cost", "difference"]


@by_content()
def summaries(replayed: Replay) -> list[Summary]:
    return compare.summarize(replayed)


def headline(replayed: Replay) -> dict[str, str]:
    """What each candidate billed over the window, to the cent."""
    return {f"{summary.name}: billed": format_amount(summary.billed, replayed.currency) for summary in summaries(replayed)}


@by_content("Working out how sure it is")
def candidate_rows(replayed: Replay, measure: Measure) -> list[CandidateRow]:
    return answer_rows.candidate_rows(replayed, measure)


@by_content()
def revenue_by_month(replayed: Replay) -> pa.Table:
    return compare.revenue_by_month(replayed)


@by_content("Working out what was earned")
def earned(replayed: Replay) -> list[Earned]:
    return earned_rules.summarize_earned(replayed)


@by_content("Working out what was earned in each month")
def earned_by_month(replayed: Replay) -> pa.Table:
    return earned_rules.earned_by_month(replayed)


@by_content("Working out what serving the usage costs")
def margins(replayed: Replay) -> list[Margin]:
    return margin_rules.margins(replayed)


@by_content()
def feature_margins(replayed: Replay, candidate: str) -> FeatureMargins:
    return margin_rules.feature_margins(replayed, replayed.run(candidate))


@by_content()
def customer_margins(replayed: Replay, candidate: str, *, at_loss: bool) -> pa.Table:
    return margin_rules.customer_margins(replayed, replayed.run(candidate), at_loss=at_loss)


@by_content()
def customers_by_plan(replayed: Replay) -> pa.Table:
    return plans.customers_by_plan(replayed)


@by_content()
def held(replayed: Replay, candidate: str) -> list[Held]:
    return plans.held(replayed.scenario, replayed.run(candidate).candidate, customers_by_plan(replayed))


@by_content()
def moves(replayed: Replay) -> pa.Table:
    return plans.moves(replayed)


@by_content()
def movers(replayed: Replay, candidate: str) -> pa.Table:
    return plans.movers(replayed, candidate)


@by_content()
def costs(replayed: Replay) -> Histogram[str]:
    return distribution.cost_histogram(replayed)


@by_content()
def differences_spread(replayed: Replay) -> DifferenceHistogram:
    return distribution.difference_histogram(replayed)


@by_content()
def ranked(replayed: Replay) -> dict[str, pa.Table]:
    return {run.candidate.name: distribution.ranked(run, POINTS_MAX) for run in replayed.runs}


@by_content()
def largest(replayed: Replay) -> pa.Table:
    return distribution.shares_of_largest(replayed)


@by_content()
def billed_by_customer(replayed: Replay) -> pa.Table:
    return behind.billed_by_customer(replayed)


@by_content()
def differences(replayed: Replay, candidate: str) -> pa.Table:
    return compare.differences(replayed, replayed.run(candidate))


@by_content()
def differences_title(replayed: Replay, candidate: str) -> str:
    return chart_titles.differences_title(replayed, candidate)


@by_content()
def blocked_features(replayed: Replay) -> list[BlockedFeature]:
    return blocked.blocked_features(replayed)


@by_content()
def stocks(replayed: Replay) -> list[Stock]:
    return stock_rules.stocks(replayed)


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


@by_content()
def market_rows(replayed: Replay) -> dict[str, list[str]]:
    return markets.market_rows(replayed)


@by_content("Writing customers in their currencies")
def customers_in_markets(replayed: Replay) -> pa.Table:
    return markets.customers_in_markets(replayed)


@by_content("Replaying the plans between")
def bridge(replayed: Replay, candidate: str) -> Bridge:
    return bridge_rules.bridge(replayed, candidate)


@by_content()
def customer_groups(replayed: Replay, candidate: str) -> list[Group]:
    return bridge_rules.customer_groups(replayed, candidate)


@by_content("Replaying an average customer")
def average_customer(replayed: Replay, candidate: str) -> AverageCustomer | None:
    return average_rules.average_customer(replayed, candidate)


def billed_minor(replayed: Replay, candidate: str) -> int:
    """Minor units billed under a candidate."""
    return replayed.totals[replayed.scenario.place_of(candidate)].billed_minor


@by_content("Drawing customers anew")
def verdict(replayed: Replay, measure: Measure) -> str:
    return sureness.verdict(CustomerAmounts.of(replayed), measure)


@by_content("Drawing customers anew")
def how_sure(replayed: Replay, measure: Measure) -> list[HowSure]:
    return sureness.how_sure(CustomerAmounts.of(replayed), measure)

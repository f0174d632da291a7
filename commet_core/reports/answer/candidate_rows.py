"""Candidates as rows: what each brings in, where its difference lies, who pays more or less; and its interval as a bar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final

from commet_core.decide.bridge import customer_groups
from commet_core.decide.customer_amounts import CustomerAmounts, Measure
from commet_core.engine.replay import Replay
from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount, format_signed, minor_decimals
from commet_core.reports.compare import Summary, months_in, rounded, summarize
from commet_core.reports.compare.earned import summarize_earned
from commet_core.reports.compare.how_sure import HowSure, how_sure
from commet_core.reports.compare.plan_words import sold_as
from commet_core.reports.margin import cost_is_known, margins

BAR_END: Final = 1000


@dataclass(frozen=True)
class Bar:
    """An interval on a scale that all rows share, from 0 to 1000: its ends, the difference, and where no difference is."""

    low: int
    middle: int
    high: int
    zero: int


@dataclass(frozen=True)
class CandidateRow:
    """One candidate as it is read; empty cells of the baseline are ''. bar: None where there is no interval.

    measure   what `monthly` and `difference` are amounts of
    pays_more, pays_less, refused   customers against the baseline, each in one of the groups of `decide.bridge.GROUPS`
    words     what is sold, in a few words: `Pro · $20.00 monthly · 1,500 credits`
    changes   customers against the baseline in the four groups PRICE_CHANGES, in their order; () for the baseline
    refused_customers   how many are refused something, in figures; '' where nobody is
    """

    name: str
    model: str
    monthly: str
    difference: str
    interval: str
    bar: Bar | None
    median: str
    pays_more: str
    pays_less: str
    refused: str
    blocked: str
    margin: str
    next_year: str
    measure: Measure = "billed"
    words: str = ""
    changes: tuple[int, ...] = ()
    refused_customers: str = ""


HEADS: Final[Mapping[str, str]] = {
    "name": "Candidate",
    "monthly": "A month",
    "difference": "Difference a month",
    "interval": "90 % range of it",
    "median": "Median customer",
    "pays_more": "Pay more",
    "pays_less": "Pay less",
    "refused": "Refused more",
    "blocked": "Refused",
    "margin": "Margin",
    "next_year": "Next year",
}


def candidate_rows(replayed: Replay, measure: Measure, next_year: Mapping[str, str] | None = None) -> list[CandidateRow]:
    """A row per candidate, in the scenario's order. next_year: what a forecast says of each, where there is one."""
    months = months_in(replayed.window)
    sure = {found.candidate: found for found in how_sure(CustomerAmounts.of(replayed), measure)}
    scale = _scale(list(sure.values()))
    shares = _margin_shares(replayed)
    earned = {each.name: each.monthly_earned for each in summarize_earned(replayed)} if measure == "earned" else {}
    return [
        _row(
            replayed,
            measure,
            summary,
            earned[summary.name] if measure == "earned" else summary.monthly_revenue,
            sure.get(summary.name),
            scale,
            months,
            shares,
            next_year or {},
        )
        for summary in summarize(replayed)
    ]


def _margin_shares(replayed: Replay) -> Mapping[str, Fraction | None]:
    """By candidate; nothing where costs are not known, or are beyond what can be held, which the margin's own report says."""
    try:
        known = margins(replayed)
    except InputError:
        return {}
    return {margin.candidate: margin.share for margin in known} if cost_is_known(replayed, known) else {}


def with_next_year(rows: Sequence[CandidateRow], next_year: Mapping[str, str]) -> list[CandidateRow]:
    """The same rows, with what a forecast says of each."""
    return [replace(row, next_year=next_year.get(row.name, "")) for row in rows]


def _row(
    replayed: Replay,
    measure: Measure,
    summary: Summary,
    monthly: Decimal,
    sure: HowSure | None,
    scale: tuple[Decimal, Decimal],
    months: Fraction,
    shares: Mapping[str, Fraction | None],
    next_year: Mapping[str, str],
) -> CandidateRow:
    currency, share, place = replayed.currency, shares.get(summary.name), replayed.scenario.place_of(summary.name)
    groups = {group.name: f"{group.customers:,}" for group in customer_groups(replayed, summary.name)} if sure else {}
    return CandidateRow(
        name=summary.name,
        model=summary.model,
        monthly=format_amount(monthly, currency),
        difference=format_signed(a_month(sure.difference, months, currency), currency) if sure else "the baseline",
        interval=_interval(sure, months, currency) if sure else "",
        bar=_bar(sure, scale) if sure else None,
        median=format_amount(summary.median_monthly_cost, currency),
        pays_more=groups.get("pays more", ""),
        pays_less=groups.get("pays less", ""),
        refused=groups.get("refused more", ""),
        blocked=percent(summary.blocked_share),
        margin="" if share is None else percent(share),
        next_year=next_year.get(summary.name, ""),
        measure=measure,
        words=sold_as(replayed.scenario, replayed.scenario.candidates[place]),
        changes=replayed.totals[place].price_changes if sure else (),
        refused_customers=f"{summary.customers_blocked:,}" if summary.customers_blocked else "",
    )


def a_month(amount: Decimal, months: Fraction, currency: str) -> Decimal:
    """An amount over the window as a month's, rounded half up to the currency's minor unit."""
    decimals = minor_decimals(currency)
    return rounded(Fraction(amount.scaleb(decimals)) / months, decimals)


def _interval(sure: HowSure, months: Fraction, currency: str) -> str:
    if sure.low is None or sure.high is None:
        return "no range"
    low, high = (format_signed(a_month(end, months, currency), currency) for end in (sure.low, sure.high))
    return f"{low} to {high}"


def _scale(sure: list[HowSure]) -> tuple[Decimal, Decimal]:
    """The least and the most of all intervals, no difference among them."""
    ends = [Decimal(0), *(end for found in sure for end in (found.low, found.high, found.difference) if end is not None)]
    return min(ends), max(ends)


def _bar(sure: HowSure, scale: tuple[Decimal, Decimal]) -> Bar | None:
    least, most = scale
    if sure.low is None or sure.high is None or most == least:
        return None

    def place(amount: Decimal) -> int:
        return int(BAR_END * (amount - least) / (most - least))

    return Bar(place(sure.low), place(sure.difference), place(sure.high), place(Decimal(0)))

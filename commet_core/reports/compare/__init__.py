"""Comparison: what candidates bring in and what customers pay, derived from runs. Integers in, exact figures out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.totals import Totals
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.calendar import DAY, date_of, day_number, first_day, moment, month_number
from commet_core.foundation.money import decimal_of, half_up, minor_decimals
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.foundation.window import Window
from commet_core.rating.balance import BALANCE_STOCK
from commet_core.rating.credits import PLAN_CREDITS, PURCHASED_CREDITS
from commet_core.rating.invoices import CREDIT, CREDIT_PACK, DISCOUNT, PLAN_BASE, TOP_UP
from commet_core.rating.stocks import UNIT_DECIMALS, StockKind
from commet_core.scenario.scenario import Candidate, Rows, Scenario

REVENUE_PARTS = ("base", "overage", "packs", "top-ups")
"""What revenue consists of, in the order shown."""

MODEL_PARTS = {"metered": ("base", "overage"), "credits": ("base", "packs"), "balance": ("base", "overage", "top-ups")}
"""What a plan of each consumption model can bill (billing-rules 4-6)."""

_BASE, _OVERAGE, _PACKS, _TOP_UPS = range(len(REVENUE_PARTS))
LINE_PARTS = np.array(
    [
        {PLAN_BASE: _BASE, DISCOUNT: _BASE, CREDIT: _BASE, CREDIT_PACK: _PACKS, TOP_UP: _TOP_UPS}.get(kind, _OVERAGE)
        for kind in range(len(LINE_KINDS))
    ]
)
"""int64, one per kind of invoice line: its place in REVENUE_PARTS. Discounts and credits lower what base prices bring in."""


@dataclass(frozen=True)
class Summary:
    """One candidate in figures. Amounts in the currency's unit, exact; shares between 0 and 1.

    monthly_revenue         billed ÷ months of the window
    median_monthly_cost     of the customers' monthly costs, see `engine.monthly_costs`
    blocked_share           share of what was asked for that was refused, see `blocked_share`
    plan_credits_forfeited, purchased_credits_in_hand   credits plans, else None
    balance_forfeited       balance plans, else None
    """

    name: str
    plan: str
    model: str
    customers: int
    customers_billed: int
    billed: Decimal
    base: Decimal
    overage: Decimal
    packs: Decimal
    top_ups: Decimal
    monthly_revenue: Decimal
    median_monthly_cost: Decimal
    events: int
    blocked_events: int
    blocked_share: Fraction
    customers_blocked: int
    first_blocked_at: datetime | None
    plan_credits_forfeited: Decimal | None
    purchased_credits_in_hand: Decimal | None
    balance_forfeited: Decimal | None


class Replayed(Protocol):
    """What figures are made of: a `Replay`, or the `Outcome` of one of any size."""

    @property
    def scenario(self) -> Scenario: ...

    @property
    def window(self) -> Window: ...

    @property
    def totals(self) -> tuple[Totals, ...]: ...


def summarize(replayed: Replayed) -> list[Summary]:
    """Every candidate in figures, in the scenario's order."""
    candidates = replayed.scenario.candidates
    return [_summary(replayed, candidate, totals) for candidate, totals in zip(candidates, replayed.totals, strict=True)]


def _summary(replayed: Replayed, candidate: Candidate, totals: Totals) -> Summary:
    scenario = replayed.scenario
    decimals_minor = minor_decimals(scenario.catalog.currency)
    base, overage, packs, top_ups = (
        decimal_of(totals.lines_of(*np.flatnonzero(part == LINE_PARTS).tolist()), decimals_minor)
        for part in range(len(REVENUE_PARTS))
    )
    return Summary(
        name=candidate.name,
        plan=scenario.plan_code(candidate),
        model=scenario.plan(candidate).consumption_model,
        customers=totals.customers,
        customers_billed=totals.customers_billed,
        billed=decimal_of(totals.billed_minor, decimals_minor),
        base=base,
        overage=overage,
        packs=packs,
        top_ups=top_ups,
        monthly_revenue=rounded(Fraction(totals.billed_minor) / months_in(replayed.window), decimals_minor),
        median_monthly_cost=rounded(totals.median_monthly_cost, decimals_minor),
        events=totals.events,
        blocked_events=totals.events - totals.served_events,
        blocked_share=blocked_share(scenario.rows, totals),
        customers_blocked=totals.customers_blocked,
        first_blocked_at=None if totals.first_blocked is None else moment(totals.first_blocked),
        plan_credits_forfeited=_of_stock(totals, PLAN_CREDITS, "forfeited"),
        purchased_credits_in_hand=_of_stock(totals, PURCHASED_CREDITS, "in_hand"),
        balance_forfeited=_of_stock(totals, BALANCE_STOCK, "forfeited"),
    )


def _of_stock(totals: Totals, kind: StockKind, flow: Literal["forfeited", "in_hand"]) -> Decimal | None:
    """What of a stock was left over; None where the candidate has no such stock."""
    stock = totals.stocks.get(kind.name)
    return None if stock is None else decimal_of(getattr(stock, flow), UNIT_DECIMALS[kind.unit])


def rounded(minor: Fraction, decimals_minor: int) -> Decimal:
    """A fraction of minor units as an amount, rounded half up to whole minor units."""
    return decimal_of(half_up(minor.numerator, minor.denominator), decimals_minor)


def months_in(window: Window) -> Fraction:
    """Months of a window; the days of a month that is not whole count as their part of it."""
    months = Fraction(0)
    day = window.start
    while day < window.end:
        following = date_of(int(first_day(month_number(np.asarray([day_number(day)])) + 1)[0]))
        month_days = (following - day.replace(day=1)).days
        until = min(following, window.end)
        months += Fraction((until - day).days, month_days)
        day = until
    return months


def revenue_parts(run: Run) -> dict[str, int]:
    """Minor units billed for each of REVENUE_PARTS; they add up to all that was billed."""
    sums = sum_by_index(LINE_PARTS[run.bill.lines.kinds], run.bill.lines.amounts, len(REVENUE_PARTS))
    return dict(zip(REVENUE_PARTS, sums.tolist(), strict=True))


def parts_of(summary: Summary) -> dict[str, Decimal]:
    """What a candidate billed, part by part: those parts that a plan of its model can bill; they add up to `billed`."""
    amounts = {"base": summary.base, "overage": summary.overage, "packs": summary.packs, "top-ups": summary.top_ups}
    return {part: amounts[part] for part in MODEL_PARTS[summary.model]}


def revenue_by_month(replayed: Replay) -> pa.Table:
    """Billed amounts by candidate, calendar month and part: candidate, month (date), part, amount.

    An invoice counts in the month in which it is issued; one issued at the window's very end in the last month.
    """
    tables = [_revenue_by_month(replayed.window, run) for run in replayed.runs]
    return pa.concat_tables(tables)


def _revenue_by_month(window: Window, run: Run) -> pa.Table:
    first, last = month_number(np.array([day_number(window.start), day_number(window.end) - 1]))
    months = np.arange(first, last + 1)
    amounts = np.zeros((len(months), len(REVENUE_PARTS)), np.int64)
    np.add.at(amounts, (line_months(window, run) - first, LINE_PARTS[run.bill.lines.kinds]), run.bill.lines.amounts)
    cells = len(months) * len(REVENUE_PARTS)
    return pa.table(
        {
            "candidate": pa.array([run.candidate.name] * cells),
            "month": pa.array(np.repeat(first_day(months), len(REVENUE_PARTS)).astype(np.int32), pa.int32()).cast(pa.date32()),
            "part": pa.array(list(REVENUE_PARTS) * len(months)),
            "amount": decimals(amounts.reshape(-1), amount_type(run.currency)),
        }
    )


def line_months(window: Window, run: Run) -> np.ndarray:
    """int64 months since January 1970, one per invoice line: the month in which the line's invoice counts."""
    issued = run.bill.invoices.issued_at[run.bill.lines.invoices]
    return month_number(np.minimum(issued // DAY, day_number(window.end) - 1))


def billed_beyond_window(run: Run) -> Fraction:
    """Minor units of base prices billed in the window that pay, by days, for time after it."""
    lines, invoices = run.bill.lines, run.bill.invoices
    base = lines.kinds == PLAN_BASE
    starts, ends = (times[lines.invoices[base]] // DAY for times in (invoices.period_starts, invoices.period_ends))
    beyond = np.maximum(ends - day_number(run.timeline.window.end), 0)
    spans, places = np.unique(np.stack([beyond, ends - starts]), axis=1, return_inverse=True)
    amounts = sum_by_index(places.reshape(-1), lines.amounts[base], spans.shape[1])
    return sum(
        (Fraction(amount * after, days) for amount, after, days in zip(amounts.tolist(), *spans.tolist(), strict=True)),
        Fraction(0),
    )


def blocked_share(rows: Rows, totals: Totals) -> Fraction:
    """The share of what was asked for that was refused.

    Where rows are events: of the events. Where rows are totals: of the units, features weighted by their rows (units of
    different features do not add up).
    """
    if totals.events == 0:
        return Fraction(0)
    if rows == "event":
        return Fraction(totals.events - totals.served_events, totals.events)
    shares = (
        Fraction(feature.rows, totals.events) * Fraction(feature.refused_micros, feature.asked_micros)
        for feature in totals.features.values()
        if feature.asked_micros > 0
    )
    return sum(shares, Fraction(0))


def differences(replayed: Replay, run: Run) -> pa.Table:
    """What each customer pays under a candidate and under the baseline, over the window; the largest losers first.

    Columns: customer_id, baseline, candidate, difference (candidate − baseline: above zero the customer pays more),
    change (difference ÷ baseline, null where the baseline is nothing), blocked_events.
    """
    baseline = replayed.baseline.customer_billed
    difference = run.customer_billed - baseline
    order = np.lexsort([np.arange(len(difference)), -difference])
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(baseline != 0, difference / baseline, np.nan)
    amount = amount_type(run.currency)
    return pa.table(
        {
            "customer_id": run.usage.customers.take(pa.array(run.timeline.customers[order])),
            "baseline": decimals(baseline[order], amount),
            "candidate": decimals(run.customer_billed[order], amount),
            "difference": decimals(difference[order], amount),
            "change": pa.array(change[order], from_pandas=True),
            "blocked_events": pa.array(run.customer_blocked_events[order]),
        }
    )


Side = Literal["more", "less", "all"]


def on_side(table: pa.Table, side: Side) -> pa.Table:
    """The rows of `differences` of those who pay more, or of those who pay less, the largest difference first; or all."""
    if side == "all":
        return table
    if side == "more":
        return table.filter(pc.greater(table["difference"], 0))
    savers = table.filter(pc.less(table["difference"], 0))
    return savers.take(pa.array(np.arange(savers.num_rows)[::-1]))


@dataclass(frozen=True)
class WinnersAndLosers:
    """How many customers pay less, the same and more than under the baseline, and by how much in all."""

    pay_less: int
    pay_same: int
    pay_more: int
    saved: Decimal
    added: Decimal


def winners_and_losers(replayed: Replay, run: Run) -> WinnersAndLosers:
    """Counts and sums of `differences`; added − saved is the difference in revenue."""
    difference = run.customer_billed - replayed.baseline.customer_billed
    places = minor_decimals(run.currency)
    return WinnersAndLosers(
        pay_less=int(np.count_nonzero(difference < 0)),
        pay_same=int(np.count_nonzero(difference == 0)),
        pay_more=int(np.count_nonzero(difference > 0)),
        saved=decimal_of(-int(difference[difference < 0].sum()), places),
        added=decimal_of(int(difference[difference > 0].sum()), places),
    )


def months_of(window: Window) -> list[date]:
    """The first days of the calendar months that a window touches."""
    first, last = month_number(np.array([day_number(window.start), day_number(window.end) - 1]))
    return [date_of(int(day)) for day in first_day(np.arange(first, last + 1))]

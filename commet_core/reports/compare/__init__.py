"""Comparison: what candidates bring in and what customers pay, derived from runs. Integers in, exact figures out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.engine.recognition import accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.calendar import DAY, Interval, date_of, day_number, first_day, moment, month_number
from commet_core.foundation.money import MICROS, decimal_of, half_up, minor_decimals, minor_nanos
from commet_core.foundation.sums import exact_sum, sum_by_index
from commet_core.foundation.window import Window
from commet_core.rating.balance import BALANCE_STOCK
from commet_core.rating.credits import PLAN_CREDITS, PURCHASED_CREDITS
from commet_core.rating.invoices import CREDIT, CREDIT_PACK, DISCOUNT, LINE_KINDS, PLAN_BASE, TOP_UP
from commet_core.rating.stocks import UNIT_DECIMALS, StockKind

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

WEEKS_IN_YEAR = 52
MONTHS_IN_YEAR = 12
DAYS_IN_YEAR = 365
WEEKS_IN_MONTH = Fraction(WEEKS_IN_YEAR, MONTHS_IN_YEAR)


@dataclass(frozen=True)
class Summary:
    """One candidate in figures. Amounts in the currency's unit, exact; shares between 0 and 1.

    monthly_revenue         billed ÷ months of the window
    median_monthly_cost     of the customers' monthly costs, see `monthly_costs`
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


def summarize(replayed: Replay) -> list[Summary]:
    """Every candidate in figures, in the scenario's order."""
    return [_summary(replayed, run) for run in replayed.runs]


def _summary(replayed: Replay, run: Run) -> Summary:
    decimals_minor = minor_decimals(run.currency)
    parts = revenue_parts(run)
    billed = int(run.customer_billed.sum())
    first_blocked, blocked = run.customer_first_blocked
    events = int(run.segment_events.sum())
    return Summary(
        name=run.candidate.name,
        plan=run.plan_code,
        model=run.plan.consumption_model,
        customers=run.customer_count,
        customers_billed=int(np.count_nonzero(run.customer_billed)),
        billed=decimal_of(billed, decimals_minor),
        base=decimal_of(parts["base"], decimals_minor),
        overage=decimal_of(parts["overage"], decimals_minor),
        packs=decimal_of(parts["packs"], decimals_minor),
        top_ups=decimal_of(parts["top-ups"], decimals_minor),
        monthly_revenue=rounded(Fraction(billed) / months_in(replayed.window), decimals_minor),
        median_monthly_cost=rounded(_median(monthly_costs(run)), decimals_minor),
        events=events,
        blocked_events=events - int(run.segment_served_events.sum()),
        blocked_share=blocked_share(replayed, run),
        customers_blocked=int(np.count_nonzero(blocked)),
        first_blocked_at=moment(int(first_blocked[blocked].min())) if blocked.any() else None,
        plan_credits_forfeited=_plan_credits_forfeited(run),
        purchased_credits_in_hand=_purchased_credits_in_hand(run),
        balance_forfeited=_balance_forfeited(run),
    )


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


def monthly_costs(run: Run) -> np.ndarray:
    """What each customer pays a month: int64 millionths of a minor unit, one per customer of the timeline.

    Overage and purchases by its billing periods, and the base price spread evenly over its interval, so that a yearly
    and a monthly price compare; a one-time price counts over the periods there are. Where customers are in trial, change
    plans or come and go: what they paid for the days on which they were subscribed, times 365 ÷ 12 ÷ those days.
    """
    segments = run.timeline.segments
    firsts = segments.stages[segments.offsets[:-1]]
    moved = (segments.stages != np.repeat(firsts, np.diff(segments.offsets))).any()
    if moved or run.base.discounted.any() or any(stage.state != "active" for stage in run.stages):
        return _costs_by_day(run)
    costs, prices = np.empty(run.customer_count, np.int64), run.base.amounts[segments.offsets[:-1]]
    for place, stage in enumerate(run.stages):
        own = firsts == place
        costs[own] = _costs_by_period(run, stage.interval, prices[own], own)
    return costs


def _costs_by_period(run: Run, interval: Interval | None, prices: np.ndarray, own: np.ndarray) -> np.ndarray:
    """`monthly_costs` of customers who are on one stage all the time; own: bool, one per customer. prices: of those."""
    periods = np.diff(run.timeline.segments.offsets)[own]
    if interval in ("quarterly", "yearly"):
        variable = run.by_customer(run.segment_overage + run.segment_purchases)[own]
        return _micros_each(variable, periods) + prices * MICROS // (3 if interval == "quarterly" else MONTHS_IN_YEAR)
    per_period = _micros_each(run.customer_billed[own], periods)
    return per_period * WEEKS_IN_MONTH.numerator // WEEKS_IN_MONTH.denominator if interval == "weekly" else per_period


def _costs_by_day(run: Run) -> np.ndarray:
    """`monthly_costs` by days: base prices as they are earned (billing-rules 13), overage and purchases as billed."""
    subscribed = run.timeline.of_segments(np.array([stage.has_periods for stage in run.stages]))
    days = -(-run.by_customer(np.where(subscribed, run.timeline.ends - run.timeline.starts, 0)) // DAY)
    variable = (run.segment_overage + run.segment_purchases) * MICROS
    costs = run.by_customer(accounts(run).earned_base // (minor_nanos(run.currency) // MICROS) + variable)
    whole, rest = np.divmod(costs, np.maximum(days, 1))
    return (whole * DAYS_IN_YEAR + rest * DAYS_IN_YEAR // np.maximum(days, 1)) // MONTHS_IN_YEAR


def _micros_each(minor: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """minor × 1,000,000 ÷ periods, rounded down, without a product that exceeds 64 bits."""
    whole, rest = np.divmod(minor, periods)
    return whole * MICROS + rest * MICROS // periods


def _median(micro_minor: np.ndarray) -> Fraction:
    """The median in minor units; of an even number the mean of the middle two."""
    if len(micro_minor) == 0:
        return Fraction(0)
    middle = [(len(micro_minor) - 1) // 2, len(micro_minor) // 2]
    low, high = np.partition(micro_minor, middle)[middle].tolist()
    return Fraction(low + high, 2 * MICROS)


def blocked_share(replayed: Replay, run: Run) -> Fraction:
    """The share of what was asked for that was refused.

    Where rows are events: of the events. Where rows are totals: of the units, features weighted by their rows (units of
    different features do not add up).
    """
    asked = int(run.segment_events.sum())
    if asked == 0:
        return Fraction(0)
    if replayed.scenario.rows == "event":
        return Fraction(asked - int(run.segment_served_events.sum()), asked)
    share = Fraction(0)
    features = run.timeline.segments.cell_features
    for feature in range(len(run.usage.features)):
        cells = features == feature
        demanded = exact_sum(run.timeline.cell_units[cells])
        if demanded > 0:
            weight = Fraction(int(run.timeline.cell_events[cells].sum()), asked)
            share += weight * Fraction(exact_sum(run.cell_blocked_units[cells]), demanded)
    return share


def _plan_credits_forfeited(run: Run) -> Decimal | None:
    return _of_stock(run, PLAN_CREDITS, "forfeited")


def _purchased_credits_in_hand(run: Run) -> Decimal | None:
    return _of_stock(run, PURCHASED_CREDITS, "in_hand_at_last")


def _balance_forfeited(run: Run) -> Decimal | None:
    return _of_stock(run, BALANCE_STOCK, "forfeited")


def _of_stock(run: Run, kind: StockKind, flow: str) -> Decimal | None:
    """All that a stock of a run moved; None where it has no such stock."""
    stock = next((stock for stock in run.flows if stock.kind == kind), None)
    return None if stock is None else decimal_of(exact_sum(getattr(stock, flow)), UNIT_DECIMALS[kind.unit])


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

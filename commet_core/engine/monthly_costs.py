"""What each customer pays a month, so that prices of different intervals and customers of different length compare."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.engine.owed import Owed
from commet_core.engine.recognition import earned_ahead, earned_base
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.foundation.vocabulary import Interval

WEEKS_IN_YEAR: Final = 52
MONTHS_IN_QUARTER: Final = 3
MONTHS_IN_YEAR: Final = 12
DAYS_IN_YEAR: Final = 365


def monthly_costs(run: Run | Owed) -> np.ndarray:
    """What each customer pays a month: int64 millionths of a minor unit, one per customer of the timeline.

    Overage and purchases by its billing periods, and the base price spread evenly over its interval, so that a yearly
    and a monthly price compare; a one-time price counts over the periods there are. Of a customer that is in trial, changes
    plans, has an offer, or comes and goes: what it paid for the days on which it was subscribed, times 365 ÷ 12 ÷ those days.
    What others do plays no part, so that some customers at a time come to the same (billing-rules 14).
    """
    segments = run.timeline.segments
    firsts = segments.stages[segments.offsets[:-1]]
    by_days = _counted_by_days(run, firsts)
    costs = _costs_by_day(run) if by_days.any() else np.empty(run.customer_count, np.int64)
    prices = run.base.amounts[segments.offsets[:-1]]
    for place, stage in enumerate(run.stages):
        own = (firsts == place) & ~by_days
        costs[own] = _costs_by_period(run, stage.interval, prices[own], own)
    return costs


def _counted_by_days(run: Run | Owed, firsts: np.ndarray) -> np.ndarray:
    """bool, one per customer: it is not on one plan, active and at its full price, all the time. firsts: its first stage."""
    stages = run.timeline.segments.stages
    if run.held is not None or run.add_ons is not None:
        return np.ones(run.customer_count, bool)
    moved = stages != np.repeat(firsts, np.diff(run.timeline.segments.offsets))
    inactive = run.timeline.of_segments(np.array([stage.state != "active" for stage in run.stages]))
    return run.by_customer((moved | inactive | run.base.discounted).astype(np.int64)) > 0


def _costs_by_period(run: Run | Owed, interval: Interval | None, prices: np.ndarray, own: np.ndarray) -> np.ndarray:
    """`monthly_costs` of customers who are on one stage all the time; own: bool, one per customer. prices: of those."""
    periods = np.diff(run.timeline.segments.offsets)[own]
    if interval in ("quarterly", "yearly"):
        months = MONTHS_IN_QUARTER if interval == "quarterly" else MONTHS_IN_YEAR
        variable = run.by_customer(run.segment_overage + run.segment_commitment + run.segment_purchases)[own]
        return _micros_each(variable, periods) + prices * MICROS // months
    per_period = _micros_each(run.customer_billed[own], periods)
    return per_period * WEEKS_IN_YEAR // MONTHS_IN_YEAR if interval == "weekly" else per_period


def _costs_by_day(run: Run | Owed) -> np.ndarray:
    """`monthly_costs` by days: base prices as they are earned (billing-rules 13), overage and purchases as billed."""
    subscribed = run.timeline.of_segments(np.array([stage.has_periods for stage in run.stages]))
    timeline = run.timeline
    if len(timeline.days.begins) == 0:
        days = -(-run.by_customer(np.where(subscribed, timeline.ends - timeline.starts, 0)) // DAY)
    else:  # a day of 23 or 25 hours is one (billing-rules 2.7)
        spans = timeline.days.not_begun(timeline.ends) - timeline.days.not_begun(timeline.starts)
        days = run.by_customer(np.where(subscribed, spans, 0))
    variable = (run.segment_overage + run.segment_commitment + run.segment_purchases) * MICROS
    costs = run.by_customer(_micros_of(earned_base(run) + earned_ahead(run), minor_nanos(run.currency)) + variable)
    whole, rest = np.divmod(costs, np.maximum(days, 1))
    return (whole * DAYS_IN_YEAR + rest * DAYS_IN_YEAR // np.maximum(days, 1)) // MONTHS_IN_YEAR


def _micros_of(nanos: np.ndarray, minor: int) -> np.ndarray:
    """Nanos in millionths of a minor unit, which has `minor` nanos: of a currency with four decimals fewer than a million."""
    return nanos // (minor // MICROS) if minor >= MICROS else nanos * (MICROS // minor)


def _micros_each(minor: np.ndarray, periods: np.ndarray) -> np.ndarray:
    """minor × 1,000,000 ÷ periods, rounded down, without a product that exceeds 64 bits."""
    whole, rest = np.divmod(minor, periods)
    return whole * MICROS + rest * MICROS // periods

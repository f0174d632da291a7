"""What each customer pays a month, whatever its interval."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from commet_core.engine.recognition import accounts
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.foundation.vocabulary import Interval
from commet_core.reports.compare.months import DAYS_IN_YEAR, MONTHS_IN_YEAR, WEEKS_IN_MONTH


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


def median(micro_minor: np.ndarray) -> Fraction:
    """The median in minor units; of an even number the mean of the middle two."""
    if len(micro_minor) == 0:
        return Fraction(0)
    middle = [(len(micro_minor) - 1) // 2, len(micro_minor) // 2]
    low, high = np.partition(micro_minor, middle)[middle].tolist()
    return Fraction(low + high, 2 * MICROS)

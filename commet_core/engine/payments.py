"""What a run's customers pay, payment by payment, as it is earned from (billing-rules 13): in its own currency unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from commet_core.engine.owed import Owed
from commet_core.engine.run import Run
from commet_core.foundation.calendar import INTERVAL_PERIODS
from commet_core.foundation.money import minor_nanos
from commet_core.foundation.sums import added, is_nothing
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.level_charges import LINE_KIND_OF

ONE_TIME_PERIODS: Final = INTERVAL_PERIODS["yearly"]
"""A one-time price has no interval; it is earned over a year's billing periods."""


class Intervals(NamedTuple):
    """Base prices, one entry per span.

    begins      bool: an interval begins with the span, or one from before the window goes on; the one before is over
    prices      int64 nanos: what was paid for it; 0 while paused or canceled
    credits     int64 nanos ≤ 0: what was given back of the one before (billing-rules 8.2)
    from_days   int64 day number: the first that it pays for
    until_days  int64 day number: it pays for the days before
    """

    begins: np.ndarray
    prices: np.ndarray
    credits: np.ndarray
    from_days: np.ndarray
    until_days: np.ndarray


class HeldPayments(NamedTuple):
    """Seats or quota. advance: for whole intervals; billed, true_ups: int64 nanos, one per segment, in advance and for its days."""

    advance: PaidAhead
    billed: np.ndarray
    true_ups: np.ndarray


class Payments(NamedTuple):
    """int64 nanos, one per segment unless said otherwise.

    billed           all that its invoice lines come to
    intervals        base prices less their discounts, also of an interval that was paid for before the window
    billed_base      the same as billed in the window, less what is given back
    overage, commitment   what was used in it, and what a commitment that ends with it was short of
    customer_credit  taken off its invoice: 0 or below
    lots             one per purchase
    held             by kind of line; nothing where nobody asked for any
    add_ons          None where nobody has any
    """

    billed: np.ndarray
    intervals: Intervals
    billed_base: np.ndarray
    overage: np.ndarray
    commitment: np.ndarray
    customer_credit: np.ndarray
    lots: np.ndarray
    held: Mapping[int, HeldPayments]
    add_ons: PaidAhead | None


def payments(run: Run) -> Payments:
    """Those of a run, in its currency."""
    minor = minor_nanos(run.currency)
    return Payments(
        billed=run.segment_billed * minor,
        intervals=base_intervals(run),
        billed_base=added(run.segment_base, run.segment_discount, run.segment_credit) * minor,
        overage=_times(run.segment_overage, minor),
        commitment=_times(run.segment_commitment, minor),
        customer_credit=_times(run.segment_customer_credit, minor),
        lots=run.charged.lots.amounts * minor,
        held={kind: held_payments(run, kind) for kind in LINE_KIND_OF.values()} if run.held is not None else {},
        add_ons=None if run.add_ons is None else run.add_ons.paid_ahead,
    )


def held_payments(owed: Run | Owed, kind: int) -> HeldPayments:
    """Seats or quota, of somebody who has any."""
    assert owed.held is not None
    minor, held = minor_nanos(owed.currency), owed.held
    return HeldPayments(
        held.paid_ahead(kind), held.segment_advance_minor(kind) * minor, held.segment_true_up_minor(kind) * minor
    )


def base_intervals(run: Run | Owed) -> Intervals:
    """The base prices of a run, one entry per segment. A one-time price is earned over twelve months."""
    timeline, going_on, minor = run.timeline, goes_on(run), minor_nanos(run.currency)
    standing_still = timeline.of_segments(np.array([not stage.has_periods for stage in run.stages]))
    prices, from_days = added(run.segment_base, run.segment_discount), timeline.start_days
    are_stubs = np.array([stage.stub is not None for stage in run.stages])
    if going_on.any():
        prices = np.where(going_on, added(run.base.amounts, run.base.discounts), prices)
    if going_on.any() or are_stubs.any():
        parts = timeline.of_segments(are_stubs)
        from_days = np.where(going_on | parts, timeline.days.of(timeline.paid_from(run.stages)), from_days)
    return Intervals(
        begins=run.base.charged | going_on | standing_still,
        prices=prices * minor,
        credits=run.segment_credit * minor,
        from_days=from_days,
        until_days=timeline.paid_until_days(run.stages, ONE_TIME_PERIODS),
    )


def _times(minor: np.ndarray, nanos: int) -> np.ndarray:
    return minor if is_nothing(minor) else minor * nanos


def goes_on(run: Run | Owed) -> np.ndarray:
    """bool, one per segment: the first of its customer, in an interval that was paid for before the window."""
    going_on = np.zeros(run.timeline.segment_count, bool)
    firsts = run.timeline.segments.offsets[:-1]
    priced = np.array([stage.charged for stage in run.stages])
    going_on[firsts] = priced[run.timeline.segments.stages[firsts]] & ~run.base.charged[firsts]
    return going_on

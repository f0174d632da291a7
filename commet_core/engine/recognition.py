"""Three views of the money (billing-rules 13): what was billed, what of it has been earned, and what is still owed in service.

A base price is earned day by day over its interval, an overage in the period of its usage, purchased credits when they
are used, the oldest first, at the price paid for them. What was billed and is not earned yet is outstanding: a liability.
What plan credits and balance lapse unused is forfeited; that is breakage, and nobody is billed for it.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY, INTERVAL_PERIODS
from commet_core.foundation.compiled import compiled
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import minor_nanos
from commet_core.foundation.rounding import part_floor, part_half_up
from commet_core.foundation.vocabulary import Interval
from commet_core.usage.usage import TOTAL_MAX

ONE_TIME_PERIODS: Final = INTERVAL_PERIODS["yearly"]
"""A one-time price has no interval; it is earned over a year's billing periods."""


class Accounts(NamedTuple):
    """int64 nanos, one per segment. billed = earned + closing − opening, exactly.

    billed          what the segment's invoice lines add up to
    billed_base     of that the base price, less its discount and the credit for the interval before
    earned_base     the days of the base price that lie in it
    earned_overage  what was used beyond the allowance, as invoiced
    earned_packs    purchased credits used, at the price paid for them
    earned_top_ups  top-ups used, and those that lapsed at its end
    opening         what was outstanding before it
    base            outstanding at its end: the days of base prices that are still to come
    credits         outstanding at its end: purchased credits not yet used, at the price paid
    top_ups         outstanding at its end: top-ups in hand where the window's end cuts the period off
    in_hand         purchased credits not yet used at its end, in micros (top-ups: nanos): what is left of the purchases
    forfeited       plan credits or included balance that lapsed at its end, at the plan's price
    """

    billed: np.ndarray
    billed_base: np.ndarray
    earned_base: np.ndarray
    earned_overage: np.ndarray
    earned_packs: np.ndarray
    earned_top_ups: np.ndarray
    opening: np.ndarray
    base: np.ndarray
    credits: np.ndarray
    top_ups: np.ndarray
    in_hand: np.ndarray
    forfeited: np.ndarray

    @property
    def earned(self) -> np.ndarray:
        return self.earned_base + self.earned_overage + self.earned_packs + self.earned_top_ups

    @property
    def closing(self) -> np.ndarray:
        """Outstanding at the segment's end."""
        return self.base + self.credits + self.top_ups


class Stretches(NamedTuple):
    """Customers' time, cut where somebody wants to know: int64, one per stretch, `offsets` customers + 1.

    start_days, end_days   day numbers: a day that is cut belongs to the later stretch
    """

    offsets: np.ndarray
    start_days: np.ndarray
    end_days: np.ndarray


class Intervals(NamedTuple):
    """Base prices, one entry per stretch.

    begins      bool: an interval begins with the stretch, or one from before the window goes on; the one before is over
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


class Stock(NamedTuple):
    """Purchases that are used up, the oldest first: int64.

    stretches    one per purchase: where it was bought
    quantities   one per purchase: micros of credits, or nanos of a top-up
    amounts      one per purchase: nanos paid
    used         one per stretch
    lapses       bool, one per stretch: what is left at its end is lost
    """

    stretches: np.ndarray
    quantities: np.ndarray
    amounts: np.ndarray
    used: np.ndarray
    lapses: np.ndarray


class UsedUp(NamedTuple):
    """What became of a stock, one entry per stretch: int64.

    earned       nanos paid for what was used in it, or lapsed at its end
    outstanding  nanos paid for what is in hand at its end
    in_hand      micros of credits, or nanos of top-ups, at its end
    """

    earned: np.ndarray
    outstanding: np.ndarray
    in_hand: np.ndarray


def accounts(run: Run) -> Accounts:
    """The accounts of a run, segment by segment; kept with it.

    Raises InputError where an amount would not fit (billing-rules 1.4).
    """
    return run.derived("accounts", lambda: _accounts(run))


def _accounts(run: Run) -> Accounts:
    timeline, minor = run.timeline, minor_nanos(run.currency)
    _check_range(run, run.segment_billed, minor)
    stretches = Stretches(timeline.segments.offsets, timeline.starts // DAY, timeline.ends // DAY)
    earned_base, base = earn_base(stretches, base_intervals(run))
    paid_before = np.where(_goes_on(run), earned_base + base, 0)
    stock = stock_of(run)
    nothing = UsedUp(*(np.zeros(timeline.segment_count, np.int64) for _ in UsedUp._fields))
    used = nothing if stock is None else _use_up(run, stock)
    packs, top_ups = (used, nothing) if run.credits is not None else (nothing, used)
    return Accounts(
        billed=run.segment_billed * minor,
        billed_base=(run.segment_base + run.segment_discount + run.segment_credit) * minor,
        earned_base=earned_base,
        earned_overage=run.segment_overage * minor,
        earned_packs=packs.earned,
        earned_top_ups=top_ups.earned,
        opening=_openings(timeline.segments.offsets, base + used.outstanding, paid_before),
        base=base,
        credits=packs.outstanding,
        top_ups=top_ups.outstanding,
        in_hand=used.in_hand,
        forfeited=_forfeited(run),
    )


def periods_paid_for(interval: Interval) -> int:
    """The billing periods that one base price pays for."""
    return ONE_TIME_PERIODS if interval == "one_time" else INTERVAL_PERIODS[interval]


def base_intervals(run: Run) -> Intervals:
    """The base prices of a run, one entry per segment. A one-time price is earned over twelve months."""
    timeline, goes_on, minor = run.timeline, _goes_on(run), minor_nanos(run.currency)
    standing_still = timeline.of_segments(np.array([not stage.has_periods for stage in run.stages]))
    stages = run.timeline.segments.stages
    prices, from_times = run.segment_base + run.segment_discount, timeline.starts
    if goes_on.any():
        before = run.base.amounts[stages] + np.where(run.base.discounted, run.base.discounts[stages], 0)
        prices = np.where(goes_on, before, prices)
        from_times = np.where(goes_on, timeline.paid_from(run.stages), from_times)
    return Intervals(
        begins=run.base.charged | goes_on | standing_still,
        prices=prices * minor,
        credits=run.segment_credit * minor,
        from_days=from_times // DAY,
        until_days=timeline.paid_until(run.stages, ONE_TIME_PERIODS) // DAY,
    )


def _goes_on(run: Run) -> np.ndarray:
    """bool, one per segment: the first of its customer, in an interval that was paid for before the window."""
    goes_on = np.zeros(run.timeline.segment_count, bool)
    firsts = run.timeline.segments.offsets[:-1]
    priced = np.array([stage.charged for stage in run.stages])
    goes_on[firsts] = priced[run.timeline.segments.stages[firsts]] & ~run.base.charged[firsts]
    return goes_on


def stock_of(run: Run) -> Stock | None:
    """The packs of a credits plan, which never lapse (billing-rules 5.3), or the top-ups of a balance plan, which do (6.4)."""
    lots, paid = run.charged.lots, run.charged.lots.amounts * minor_nanos(run.currency)
    if run.credits is not None:
        never = np.zeros(run.timeline.segment_count, bool)
        return Stock(lots.segments, lots.quantities, paid, run.credits.purchased_used, never)
    if run.balance is not None:
        used = np.clip(run.balance.used - run.segment_granted, 0, run.balance.topped_up)  # after the included balance
        return Stock(lots.segments, lots.quantities, paid, used, ~run.timeline.in_hand)
    return None


def earn_base(stretches: Stretches, intervals: Intervals) -> tuple[np.ndarray, np.ndarray]:
    """What base prices earn in each stretch and leave outstanding at its end: int64 nanos."""
    earned, outstanding = (np.zeros(len(stretches.end_days), np.int64) for _ in range(2))
    _earn_base(stretches, intervals, earned, outstanding)
    return earned, outstanding


def use_up(offsets: np.ndarray, stock: Stock) -> tuple[UsedUp, int]:
    """Uses a stock up, the oldest purchase first; and the customer whose purchases exceed 64 bits, or -1."""
    found = UsedUp(*(np.zeros(len(stock.used), np.int64) for _ in UsedUp._fields))
    return found, _use_oldest_first(offsets, stock, found)


def _use_up(run: Run, stock: Stock) -> UsedUp:
    found, beyond = use_up(run.timeline.segments.offsets, stock)
    if beyond >= 0:
        raise _too_large(run, beyond)
    return found


def _openings(offsets: np.ndarray, closing: np.ndarray, paid_before: np.ndarray) -> np.ndarray:
    """What was outstanding before each stretch: what the one before left, and before the first what was paid by then."""
    opening = np.zeros_like(closing)
    opening[1:] = closing[:-1]
    opening[offsets[:-1]] = paid_before[offsets[:-1]]
    return opening


def _forfeited(run: Run) -> np.ndarray:
    """int64 nanos, one per segment: what lapsed at its end, credits at the plan's price for one of them.

    That price is the plan's own for the interval ÷ the credits that the interval includes. What nobody pays for, on a free
    plan or in a trial, is worth nothing.
    """
    resets = ~run.timeline.in_hand
    if run.balance is not None:
        paid_for = run.timeline.of_segments(np.array([stage.charged for stage in run.stages]))
        return np.where(resets & paid_for, np.maximum(run.segment_granted - run.balance.used, 0), 0)
    if run.credits is None:
        return np.zeros(run.timeline.segment_count, np.int64)
    left = np.where(resets, run.segment_plan_left, 0)
    periods = np.array([0 if stage.interval is None else periods_paid_for(stage.interval) for stage in run.stages])
    return _value_of_credits(left, run.segment_granted, run.timeline.segments.stages, run.base.prices, periods)


def _check_range(run: Run, billed: np.ndarray, minor: int) -> None:
    beyond = np.flatnonzero(np.abs(billed.astype(np.float64)) * minor >= TOTAL_MAX)
    if len(beyond):
        raise _too_large(run, int(run.timeline.segment_customers[beyond[0]]))


def _too_large(run: Run, customer: int) -> InputError:
    name = run.usage.customers[run.timeline.customers[customer]].as_py()
    what = f"what customer {name!r} is billed is more than can be accounted for in billionths"
    return InputError.of(f"candidate {run.candidate.name!r}", what, "Check the prices and the usage values")


@compiled
def _earn_base(stretches: Stretches, intervals: Intervals, earned, outstanding):  # type: ignore[no-untyped-def]
    for customer in range(len(stretches.offsets) - 1):
        price = 0
        first_day = 0
        days = 1
        unearned = 0
        last = stretches.offsets[customer + 1] - 1
        for stretch in range(stretches.offsets[customer], last + 1):
            if intervals.begins[stretch]:
                price = intervals.prices[stretch]
                first_day = intervals.from_days[stretch]
                days = max(1, intervals.until_days[stretch] - first_day)
                unearned = price - _earned(price, stretches.start_days[stretch] - first_day, days)
            if stretch < last and intervals.begins[stretch + 1]:
                left = -intervals.credits[stretch + 1]  # what is not given back when an interval is over has been earned
            else:
                left = price - _earned(price, stretches.end_days[stretch] - first_day, days)
            earned[stretch] = unearned - left
            outstanding[stretch] = left
            unearned = left


@compiled
def _earned(price, days_passed, days):  # type: ignore[no-untyped-def]
    """What has been earned of a price for so many days when some of them have passed."""
    return part_half_up(price, max(0, min(days_passed, days)), days)


@compiled
def _use_oldest_first(offsets, stock: Stock, found: UsedUp):  # type: ignore[no-untyped-def]
    lot = 0
    for customer in range(len(offsets) - 1):
        oldest = lot  # the oldest purchase that is not used up
        taken = 0  # of the oldest
        in_hand = 0
        outstanding = 0
        for stretch in range(offsets[customer], offsets[customer + 1]):
            while lot < len(stock.stretches) and stock.stretches[lot] == stretch:
                if stock.amounts[lot] > TOTAL_MAX - outstanding:
                    return customer
                outstanding += stock.amounts[lot]
                in_hand += stock.quantities[lot]
                lot += 1
            wanted = min(stock.used[stretch], in_hand)
            in_hand -= wanted
            earned = 0
            while wanted > 0:
                amount, quantity = stock.amounts[oldest], stock.quantities[oldest]
                now = min(wanted, quantity - taken)
                earned += part_half_up(amount, taken + now, quantity) - part_half_up(amount, taken, quantity)
                wanted -= now
                taken += now
                if taken == quantity:
                    oldest += 1
                    taken = 0
            if stock.lapses[stretch]:
                earned = outstanding
                in_hand = 0
                oldest = lot
                taken = 0
            outstanding -= earned
            found.earned[stretch] = earned
            found.outstanding[stretch] = outstanding
            found.in_hand[stretch] = in_hand
    return -1


@compiled
def _value_of_credits(credits_micros, included, stages, prices, periods):  # type: ignore[no-untyped-def]
    """price × credits ÷ (included × periods), rounded half up once; one per entry. prices, periods: one per stage."""
    values = np.zeros(len(credits_micros), np.int64)
    for row in range(len(credits_micros)):
        price, parts = prices[stages[row]], periods[stages[row]]
        if price > 0 and included[row] > 0:
            values[row] = (part_floor(2 * price, credits_micros[row], included[row]) + parts) // (2 * parts)
    return values

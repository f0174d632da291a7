"""Three views of the money (billing-rules 13): what was billed, what of it has been earned, and what is still owed in service.

A base price is earned day by day over its interval, an overage in the period of its usage, purchased credits when they
are used, the oldest first, at the price paid for them. What was billed and is not earned yet is outstanding: a liability.
What plan credits and balance lapse unused is forfeited; that is breakage, and nobody is billed for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from commet_core.engine.owed import Owed
from commet_core.engine.payments import (
    ONE_TIME_PERIODS,
    HeldPayments,
    Intervals,
    Payments,
    base_intervals,
    goes_on,
    held_payments,
    payments,
)
from commet_core.engine.run import Run
from commet_core.foundation.calendar import INTERVAL_PERIODS
from commet_core.foundation.compiled import compiled
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import micros, minor_nanos
from commet_core.foundation.rounding import part_floor, part_half_up
from commet_core.foundation.sums import added, is_nothing, nothing
from commet_core.foundation.vocabulary import Interval
from commet_core.rating.charges import LotUses
from commet_core.rating.in_advance import PaidAhead, earn_ahead
from commet_core.rating.invoices import FEATURE_QUOTA, FEATURE_SEATS
from commet_core.rating.level_charges import LINE_KIND_OF
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import plan_on
from commet_core.usage.usage import TOTAL_MAX, Usage


class Accounts(NamedTuple):
    """int64 nanos, one per segment. billed = earned + closing − opening, exactly.

    billed          what the segment's invoice lines add up to
    billed_base     of that the base price, less its discount and the credit for the interval before
    earned_base     the days of the base price that lie in it
    earned_overage  what was used beyond the allowance, as invoiced
    earned_commitment  what a minimum commitment that ends with it was short of (billing-rules 15.4)
    earned_packs    purchased credits used, at the price paid for them
    earned_expired  purchased credits that expired, at the price paid for them (billing-rules 15.3)
    earned_top_ups  top-ups used, and those that lapsed at its end
    customer_credit customer credits taken off its invoice, below zero: it earns less by them
    earned_seats    seats: the days of what was paid in advance that lie in it, and of true-ups; earned_quota and earned_addons likewise
    opening         what was outstanding before it
    base            outstanding at its end: the days of base prices that are still to come
    credits         outstanding at its end: purchased credits not yet used, at the price paid
    top_ups         outstanding at its end: top-ups in hand where the window's end cuts the period off
    seats           outstanding at its end: the days of seats paid in advance that are still to come; quota and add_ons likewise
    in_hand         purchased credits not yet used at its end, in micros (top-ups: nanos): what is left of the purchases
    forfeited       plan credits or included balance that lapsed at its end, at the plan's price
    """

    billed: np.ndarray
    billed_base: np.ndarray
    earned_base: np.ndarray
    earned_overage: np.ndarray
    earned_commitment: np.ndarray
    earned_packs: np.ndarray
    earned_expired: np.ndarray
    earned_top_ups: np.ndarray
    customer_credit: np.ndarray
    earned_seats: np.ndarray
    earned_quota: np.ndarray
    earned_addons: np.ndarray
    opening: np.ndarray
    base: np.ndarray
    credits: np.ndarray
    top_ups: np.ndarray
    seats: np.ndarray
    quota: np.ndarray
    add_ons: np.ndarray
    in_hand: np.ndarray
    forfeited: np.ndarray

    @property
    def earned(self) -> np.ndarray:
        used = self.earned_overage, self.earned_packs, self.earned_expired, self.earned_top_ups
        return added(self.earned_base, *used, self.earned_commitment, self.customer_credit, self.earned_ahead)

    @property
    def earned_ahead(self) -> np.ndarray:
        """What prices beside the base price earn that are paid in advance."""
        return added(self.earned_seats, self.earned_quota, self.earned_addons)

    @property
    def ahead(self) -> np.ndarray:
        """Outstanding of them at the segment's end."""
        return added(self.seats, self.quota, self.add_ons)

    @property
    def closing(self) -> np.ndarray:
        """Outstanding at the segment's end."""
        return added(self.base, self.credits, self.top_ups, self.ahead)


class Spans(NamedTuple):
    """Customers' time, cut where somebody wants to know: int64, one per span, `offsets` customers + 1.

    start_days, end_days   day numbers: a day that is cut belongs to the later span
    """

    offsets: np.ndarray
    start_days: np.ndarray
    end_days: np.ndarray


class Purchased(NamedTuple):
    """Purchases that are used up or taken away, the oldest first: int64.

    spans        one per purchase: where it was bought
    quantities   one per purchase: micros of credits, or nanos of a top-up
    amounts      one per purchase: nanos paid
    used         one per span
    lapses       bool, one per span: what is left at its end is lost
    uses         where lots are told apart, what became of them, with spans in place of segments
    """

    spans: np.ndarray
    quantities: np.ndarray
    amounts: np.ndarray
    used: np.ndarray
    lapses: np.ndarray
    uses: LotUses | None = None


class UsedUp(NamedTuple):
    """What became of a stock, one entry per span: int64.

    earned       nanos paid for what was used in it, or lapsed at its end
    expired      nanos paid for what expired in it
    outstanding  nanos paid for what is in hand at its end
    in_hand      micros of credits, or nanos of top-ups, at its end
    """

    earned: np.ndarray
    expired: np.ndarray
    outstanding: np.ndarray
    in_hand: np.ndarray


class Ahead(NamedTuple):
    """What is paid in advance beside the base price: int64 nanos, one per span.

    opening   outstanding before it of what was paid before the window
    """

    earned: np.ndarray
    outstanding: np.ndarray
    opening: np.ndarray


def accounts(run: Run) -> Accounts:
    """The accounts of a run, segment by segment; kept with it.

    Raises InputError where an amount would not fit (billing-rules 1.4).
    """
    return run.derived("accounts", lambda: _accounts(run))


def _accounts(run: Run) -> Accounts:
    check_range(run.usage, run.candidate, run)
    return accounts_of(run, payments(run))


def accounts_of(run: Run, paid: Payments) -> Accounts:
    """The accounts of a run whose payments come to this, in whatever currency; what is forfeited is in its own.

    Raises InputError where an amount would not fit (billing-rules 1.4).
    """
    timeline, spans = run.timeline, spans_of(run.timeline)
    earned_base, base = earn_base(spans, paid.intervals)
    going_on = goes_on(run)
    paid_before = np.where(going_on, earned_base + base, 0) if going_on.any() else nothing(timeline.segment_count)
    purchased = purchased_of(run, paid)
    none = UsedUp(*[nothing(timeline.segment_count)] * len(UsedUp._fields))
    used = none if purchased is None else _use_up(run, purchased)
    packs, top_ups = (used, none) if run.sells("packs") else (none, used)
    seats, quota = (earn_held(paid.held.get(kind), spans) for kind in (FEATURE_SEATS, FEATURE_QUOTA))
    add_ons = earn_add_ons(paid.add_ons, spans)
    closing = added(base, used.outstanding, seats.outstanding, quota.outstanding, add_ons.outstanding)
    opening = _openings(timeline.segments.offsets, closing, added(paid_before, seats.opening, quota.opening, add_ons.opening))
    return Accounts(
        billed=paid.billed,
        billed_base=paid.billed_base,
        earned_base=earned_base,
        earned_overage=paid.overage,
        earned_commitment=paid.commitment,
        earned_packs=packs.earned,
        earned_expired=packs.expired,
        earned_top_ups=top_ups.earned,
        customer_credit=paid.customer_credit,
        earned_seats=seats.earned,
        earned_quota=quota.earned,
        earned_addons=add_ons.earned,
        opening=opening,
        base=base,
        credits=packs.outstanding,
        top_ups=top_ups.outstanding,
        seats=seats.outstanding,
        quota=quota.outstanding,
        add_ons=add_ons.outstanding,
        in_hand=used.in_hand,
        forfeited=_forfeited(run),
    )


def spans_of(timeline: Timeline) -> Spans:
    """The segments of a timeline."""
    return Spans(timeline.segments.offsets, timeline.start_days, timeline.end_days)


def earned_ahead(owed: Run | Owed) -> np.ndarray:
    """int64 nanos, one per segment: what seats, quota and add-ons earn, alone of the accounts."""
    spans = spans_of(owed.timeline)
    held = [] if owed.held is None else [earn_held(held_payments(owed, kind), spans) for kind in LINE_KIND_OF.values()]
    add_ons = None if owed.add_ons is None else owed.add_ons.paid_ahead
    return sum((each.earned for each in held), earn_add_ons(add_ons, spans).earned)


def earn_held(paid: HeldPayments | None, spans: Spans) -> Ahead:
    """Seats or quota, where spans are segments: in advance by day, true-ups in the days from the rise on (13)."""
    if paid is None:
        return _nothing_ahead(spans)
    found = earn_in_advance(paid.advance, spans)
    return found._replace(earned=found.earned + paid.true_ups)


def earn_add_ons(paid: PaidAhead | None, spans: Spans) -> Ahead:
    """Add-ons, where spans are segments: by day over what each payment is for (13)."""
    return _nothing_ahead(spans) if paid is None else earn_in_advance(paid, spans)


def _nothing_ahead(spans: Spans) -> Ahead:
    return Ahead(*[nothing(len(spans.end_days))] * len(Ahead._fields))


def earn_in_advance(paid: PaidAhead, spans: Spans) -> Ahead:
    """What payments earn and leave outstanding, span by span."""
    lasts = np.zeros(len(spans.end_days), bool)
    lasts[spans.offsets[1:] - 1] = True
    return Ahead(*earn_ahead(paid, lasts, spans.start_days, spans.end_days))


def periods_paid_for(interval: Interval) -> int:
    """The billing periods that one base price pays for."""
    return ONE_TIME_PERIODS if interval == "one_time" else INTERVAL_PERIODS[interval]


def earned_base(owed: Run | Owed) -> np.ndarray:
    """int64 nanos, one per segment: the days of base prices that lie in it, alone of the accounts."""
    timeline = owed.timeline
    spans = spans_of(timeline)
    return earn_base(spans, base_intervals(owed))[0]


def purchased_of(run: Run, paid: Payments) -> Purchased | None:
    """What was bought into a stock and used up: packs never lapse (billing-rules 5.3), top-ups do (6.4); None without one."""
    sold, lots = run.sold, run.charged.lots
    if sold is None:
        return None
    spent = np.zeros_like(sold.bought) if is_nothing(sold.spent_of_bought) else np.asarray(sold.spent_of_bought)
    return Purchased(lots.segments, lots.quantities, paid.lots, spent, sold.lapses, run.charged.uses)


def earn_base(spans: Spans, intervals: Intervals) -> tuple[np.ndarray, np.ndarray]:
    """What base prices earn in each span and leave outstanding at its end: int64 nanos."""
    earned, outstanding = (np.zeros(len(spans.end_days), np.int64) for _ in range(2))
    _earn_base(spans, intervals, earned, outstanding)
    return earned, outstanding


def use_up(offsets: np.ndarray, purchased: Purchased) -> tuple[UsedUp, int]:
    """Uses purchases up, the oldest first or lot by lot; and the customer whose purchases exceed 64 bits, or -1."""
    used_up = UsedUp(*(np.zeros(len(purchased.used), np.int64) for _ in UsedUp._fields))
    if purchased.uses is None:
        return used_up, _use_oldest_first(offsets, purchased._replace(uses=None), used_up)
    lots = purchased.spans, purchased.quantities, purchased.amounts
    return used_up, _use_lots(offsets, *lots, purchased.uses, used_up)


def _use_up(run: Run, purchased: Purchased) -> UsedUp:
    used_up, beyond = use_up(run.timeline.segments.offsets, purchased)
    if beyond >= 0:
        raise _too_large(run.usage, run.candidate, run.timeline.customers[beyond])
    return used_up


def _openings(offsets: np.ndarray, closing: np.ndarray, paid_before: np.ndarray) -> np.ndarray:
    """What was outstanding before each span: what the one before left, and before the first what was paid by then."""
    opening = np.zeros_like(closing)
    opening[1:] = closing[:-1]
    opening[offsets[:-1]] = paid_before[offsets[:-1]]
    return opening


def _forfeited(run: Run) -> np.ndarray:
    """int64 nanos, one per segment: what lapsed at its end, credits at the plan's price for one of them.

    That price is the plan's own for the interval ÷ the credits that the interval includes. What nobody pays for, on a free
    plan or in a trial, is worth nothing.
    """
    forfeited = np.zeros(run.timeline.segment_count, np.int64)
    for stock in run.flows:
        if not stock.forfeited_of_granted.any():
            continue
        if stock.kind.unit == "money":
            paid_for = run.timeline.of_segments(np.array([stage.charged for stage in run.stages]))
            forfeited += np.where(paid_for, stock.forfeited_of_granted, 0)
        else:
            granted = _granted_by_a_month(run, stock.granted)
            forfeited += _value_of_credits(stock.forfeited_of_granted, granted, run.base.list_prices, _periods_paid(run))
    return forfeited


def _granted_by_a_month(run: Run, granted: np.ndarray) -> np.ndarray:
    """int64 micros of credits, one per segment: what whole months grant, also where a stub had a part of it (billing-rules 2.2)."""
    if all(stage.stub is None for stage in run.stages):
        return granted
    plans = [None if stage.stub is None else plan_on(run.catalog, replace(stage, stub=None)) for stage in run.stages]
    whole = np.array([-1 if plan is None else micros(plan.granted(None)) for plan in plans], np.int64)
    of_stubs = run.timeline.of_segments(whole)
    return np.where(of_stubs >= 0, of_stubs, granted)


def _periods_paid(run: Run) -> np.ndarray:
    """int64, one per segment: the billing periods that a base price of its stage pays for; 0 where there is none."""
    periods = [0 if stage.interval is None else periods_paid_for(stage.interval) for stage in run.stages]
    return run.timeline.of_segments(np.array(periods))


def check_range(usage: Usage, candidate: Candidate, owed: Run | Owed) -> None:
    """Raises InputError where what a customer is billed in a segment does not fit (billing-rules 1.4)."""
    billed, minor = owed.segment_billed, minor_nanos(owed.currency)
    beyond = np.flatnonzero(np.abs(billed.astype(np.float64)) * minor >= TOTAL_MAX)
    if len(beyond):
        raise _too_large(usage, candidate, owed.timeline.customers[owed.timeline.segment_customers[beyond[0]]])


def _too_large(usage: Usage, candidate: Candidate, customer: int) -> InputError:
    """customer: index into the usage's."""
    what = f"what customer {usage.customers[customer].as_py()!r} is billed is more than can be accounted for in billionths"
    return InputError.of(f"candidate {candidate.name!r}", what, "Check the prices and the usage values")


@compiled
def _earn_base(spans: Spans, intervals: Intervals, earned, outstanding):  # type: ignore[no-untyped-def]
    for customer in range(len(spans.offsets) - 1):
        price = 0
        first_day = 0
        days = 1
        unearned = 0
        last = spans.offsets[customer + 1] - 1
        for span in range(spans.offsets[customer], last + 1):
            if intervals.begins[span]:
                price = intervals.prices[span]
                first_day = intervals.from_days[span]
                days = max(1, intervals.until_days[span] - first_day)
                unearned = price - _earned(price, spans.start_days[span] - first_day, days)
            if span < last and intervals.begins[span + 1]:
                left = -intervals.credits[span + 1]  # what is not given back when an interval is over has been earned
            else:
                left = price - _earned(price, spans.end_days[span] - first_day, days)
            earned[span] = unearned - left
            outstanding[span] = left
            unearned = left


@compiled
def _earned(price, days_passed, days):  # type: ignore[no-untyped-def]
    """What has been earned of a price for so many days when some of them have passed."""
    return part_half_up(price, max(0, min(days_passed, days)), days)


@compiled
def _use_oldest_first(offsets, purchased: Purchased, used_up: UsedUp):  # type: ignore[no-untyped-def]
    lot = 0
    for customer in range(len(offsets) - 1):
        oldest = lot  # the oldest purchase that is not used up
        taken = 0  # of the oldest
        in_hand = 0
        outstanding = 0
        for span in range(offsets[customer], offsets[customer + 1]):
            while lot < len(purchased.spans) and purchased.spans[lot] == span:
                if purchased.amounts[lot] > TOTAL_MAX - outstanding:
                    return customer
                outstanding += purchased.amounts[lot]
                in_hand += purchased.quantities[lot]
                lot += 1
            wanted = min(purchased.used[span], in_hand)
            in_hand -= wanted
            earned = 0
            while wanted > 0:
                amount, quantity = purchased.amounts[oldest], purchased.quantities[oldest]
                now = min(wanted, quantity - taken)
                earned += part_half_up(amount, taken + now, quantity) - part_half_up(amount, taken, quantity)
                wanted -= now
                taken += now
                if taken == quantity:
                    oldest += 1
                    taken = 0
            if purchased.lapses[span]:
                earned = outstanding
                in_hand = 0
                oldest = lot
                taken = 0
            outstanding -= earned
            used_up.earned[span] = earned
            used_up.outstanding[span] = outstanding
            used_up.in_hand[span] = in_hand
    return -1


@compiled
def _use_lots(offsets, bought_in, quantities, amounts, uses: LotUses, used_up: UsedUp):  # type: ignore[no-untyped-def]
    """Of each lot what was used of it is earned, in running shares of its price, and when it expires all the rest."""
    taken = np.zeros(len(quantities), np.int64)
    lot, use = 0, 0
    for customer in range(len(offsets) - 1):
        outstanding, in_hand = 0, 0
        for span in range(offsets[customer], offsets[customer + 1]):
            while lot < len(bought_in) and bought_in[lot] == span:
                if amounts[lot] > TOTAL_MAX - outstanding:
                    return customer
                outstanding += amounts[lot]
                in_hand += quantities[lot]
                lot += 1
            earned, expired = 0, 0
            while use < len(uses.segments) and uses.segments[use] == span:
                of = uses.lots[use]
                now = taken[of] + uses.used[use]
                earned += part_half_up(amounts[of], now, quantities[of]) - part_half_up(amounts[of], taken[of], quantities[of])
                taken[of] = now
                if uses.expired[use] > 0:
                    expired += amounts[of] - part_half_up(amounts[of], now, quantities[of])
                in_hand -= uses.used[use] + uses.expired[use]
                use += 1
            outstanding -= earned + expired
            used_up.earned[span] = earned
            used_up.expired[span] = expired
            used_up.outstanding[span] = outstanding
            used_up.in_hand[span] = in_hand
    return -1


@compiled
def _value_of_credits(credits_micros, included, prices, periods):  # type: ignore[no-untyped-def]
    """price × credits ÷ (included × periods), rounded half up once; one per entry."""
    values = np.zeros(len(credits_micros), np.int64)
    for row in range(len(credits_micros)):
        price, parts = prices[row], periods[row]
        if price > 0 and included[row] > 0:
            values[row] = (part_floor(2 * price, credits_micros[row], included[row]) + parts) // (2 * parts)
    return values

"""Minimum commitments (billing-rules 15.4): what a customer was charged for an interval or a term is made up to an amount.

What counts: base prices before discounts, add-ons, seats, quota, overage, packs and top-ups, less credits for unused days. A line stands at the end of
what it is for, in the last of its billing periods, as overage does; of a term that ends inside a period, at that period's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import INTERVAL_PERIODS, month_of, start_of_period
from commet_core.foundation.compiled import compiled
from commet_core.foundation.days import Days, day_not_begun, day_of, day_start, whole_days
from commet_core.foundation.money import MICROS, minor_nanos, nanos
from commet_core.foundation.rounding import part_floor
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.base_prices import BasePrice
from commet_core.rating.charges import Charged, Charges, charges_of, no_charges
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.invoices import COMMITMENT
from commet_core.rating.items import Items
from commet_core.timeline.phases import Phases
from commet_core.timeline.segments import Segments
from commet_core.timeline.stages import plan_on
from commet_core.timeline.subscribers import Subscription

PAUSED: Final = 1
CANCELED: Final = 2
NEVER_DAY: Final = 10**9


class CommitmentRates(NamedTuple):
    """Commitments, one entry per stage: int64.

    amounts  nanos; 0 where there is none: in a trial, on a free plan, while paused or canceled
    months   of a term; 0 where the commitment is for a billing interval
    plans    which plan the stage is on, as a number
    stands   0, PAUSED or CANCELED
    """

    amounts: np.ndarray
    months: np.ndarray
    plans: np.ndarray
    stands: np.ndarray


class Counted(NamedTuple):
    """What counts, one entry per segment: int64 minor units, times in microseconds.

    charged      bool: a base price is charged at its start
    bases        the base price, before discounts, charged at its start, or before the window and going on
    paid_from, paid_until   what such a price is for
    whole_days   days of the whole interval, of which a stub has a part (billing-rules 2.2)
    arrears      overage of the segment, and purchases made in it
    credits      ≤ 0: given back at its start
    ahead        payments in advance beside the base price, one entry each, by segment
    ahead_counted  what of each has counted for a commitment that is over
    """

    charged: np.ndarray
    bases: np.ndarray
    paid_from: np.ndarray
    paid_until: np.ndarray
    whole_days: np.ndarray
    arrears: np.ndarray
    credits: np.ndarray
    ahead: PaidAhead
    ahead_counted: np.ndarray


def commitment_charges(
    subscription: Subscription,
    catalog: Catalog,
    items: Items,
    base: BasePrice,
    given_back: Charges,
    charged: Charged,
    ahead: Sequence[PaidAhead] = (),
    true_ups_minor: np.ndarray | None = None,
) -> Charges:
    """A line per commitment that was not reached.

    ahead           what was paid in advance beside the base price: seats, quota and add-ons
    true_ups_minor  int64 minor units, one per segment
    """
    timeline, stages = subscription.timeline, subscription.stages
    rates = _rates(subscription, catalog)
    if not rates.amounts.any():
        return no_charges(COMMITMENT)
    count = timeline.segment_count
    arrears = sum_by_index(charged.overage.segments, charged.overage.amounts, count)
    arrears += sum_by_index(charged.purchases.segments, charged.purchases.amounts, count)
    if true_ups_minor is not None:
        arrears += true_ups_minor
    paid_ahead = PaidAhead.together(ahead)
    order = np.argsort(paid_ahead.segments, kind="stable")
    counted = Counted(
        base.charged,
        base.amounts,
        timeline.paid_from(stages),
        timeline.paid_until(stages, INTERVAL_PERIODS["yearly"]),  # a one-time price is for a year, as it is earned (13)
        timeline.of_segments(np.array([0 if stage.stub is None else stage.stub.of_interval for stage in stages])),
        arrears,
        sum_by_index(given_back.segments, given_back.amounts, count),
        PaidAhead(*(column[order] for column in paid_ahead)),
        np.zeros(len(order), np.int64),
    )
    due = np.zeros(count, np.int64)
    of_segments = timeline.segments, timeline.segment_phases, timeline.phases, timeline.starts, timeline.ends
    minor = minor_nanos(catalog.currency)
    _fill_due(*of_segments, timeline.days, rates, counted, minor, due)
    rows = np.flatnonzero(due)
    one, amounts = np.full(len(rows), MICROS, np.int64), due[rows]
    codes = timeline.of_segments(items.plans_of(subscription.stages))[rows]
    return charges_of(rows, COMMITMENT, codes, one, amounts * minor, amounts)


def _rates(subscription: Subscription, catalog: Catalog) -> CommitmentRates:
    codes = list(dict.fromkeys(stage.plan for stage in subscription.stages))
    amounts, months = [], []
    for stage in subscription.stages:
        rule = None if stage.plan is None or not stage.charged else plan_on(catalog, stage).minimum_commitment
        amounts.append(0 if rule is None else nanos(rule.amount))
        months.append(0 if rule is None else rule.term_months or 0)
    stands = [{"paused": PAUSED, "canceled": CANCELED}.get(stage.state, 0) for stage in subscription.stages]
    places = [codes.index(stage.plan) for stage in subscription.stages]
    return CommitmentRates(*(np.array(column, np.int64) for column in (amounts, months, places, stands)))


@compiled
def _share(amount, days, of_days):  # type: ignore[no-untyped-def]
    """Minor units × days ÷ days, rounded half up."""
    if days >= of_days:
        return amount
    return (part_floor(2 * amount, max(days, 0), of_days) + 1) // 2


@compiled
def _committed(amount, days, of_days, minor):  # type: ignore[no-untyped-def]
    """Nanos × days ÷ days, rounded half up to minor units (15.4)."""
    return (part_floor(2 * amount, max(days, 0), of_days * minor) + 1) // 2


@compiled
def _term(anchor, months, term):  # type: ignore[no-untyped-def]
    """Day numbers: the first of a term, by its place from the anchor, and the one after its last."""
    month = month_of(anchor)
    return start_of_period(anchor, month, term * months, False), start_of_period(anchor, month, (term + 1) * months, False)


@compiled
def _term_on(anchor, months, term, day):  # type: ignore[no-untyped-def]
    """The first term from one on, by its place, that goes on after a day, and its day numbers."""
    first_day, until_day = _term(anchor, months, term)
    while until_day <= day:
        term += 1
        first_day, until_day = _term(anchor, months, term)
    return term, first_day, until_day


@compiled
def paid_days(counted: Counted, calendar: Days, segment):  # type: ignore[no-untyped-def]
    """Day numbers: the first that the price which pays for a segment is for, and the one after its last."""
    return day_of(calendar, counted.paid_from[segment]), day_of(calendar, counted.paid_until[segment])


@compiled
def _leave_out(counted: Counted, running, segment, day, minor):  # type: ignore[no-untyped-def]
    """What was paid before a commitment that begins in a segment, of days before it, does not count."""
    ahead, so_far = counted.ahead, counted.ahead_counted
    for row in range(running, len(ahead.segments)):
        if ahead.segments[row] > segment:
            break
        if ahead.segments[row] < segment or ahead.before[row]:
            days = ahead.until_days[row] - ahead.from_days[row]
            so_far[row] = _share(ahead.amounts[row] // minor, day - ahead.from_days[row], days)


@compiled
def _rest_before(counted: Counted, running, segment, minor):  # type: ignore[no-untyped-def]
    """What is left to count of payments before a segment in which a base price is charged, and the first of the others."""
    ahead, rest = counted.ahead, 0
    while running < len(ahead.segments) and ahead.segments[running] < segment:
        rest += ahead.amounts[running] // minor - counted.ahead_counted[running]
        running += 1
    return rest, running


@compiled
def _count_ahead(counted: Counted, running, segment, day, minor):  # type: ignore[no-untyped-def]
    """What of payments up to a segment counts now: by the day up to a day, in full of what has ended."""
    ahead, so_far, total = counted.ahead, counted.ahead_counted, 0
    for row in range(running, len(ahead.segments)):
        if ahead.segments[row] > segment:
            break
        part, days = ahead.amounts[row] // minor, ahead.until_days[row] - ahead.from_days[row]
        has_ended = ahead.ended[row] and ahead.last_segments[row] <= segment
        if ahead.until_days[row] > day and not has_ended:
            part = _share(part, day - ahead.from_days[row], days)
        total += part - so_far[row]
        so_far[row] = part
    return total


@compiled
def _is_over(segment, stages, rows, phases: Phases, rates: CommitmentRates, charged, plan, months):  # type: ignore[no-untyped-def]
    """Whether a commitment ends with a segment that another follows, and whether it is a term that a cancellation ends."""
    after = stages[segment + 1]
    same_phase = rows[segment + 1] == rows[segment]
    begun = phases.changed[rows[segment + 1]] or phases.reactivated[rows[segment + 1]]
    if months == 0:
        stays = rates.plans[after] == plan and rates.stands[after] == 0 and not begun
        goes_on = same_phase or (stays and not phases.cut[rows[segment]])  # other terms of the plan may begin
        return charged[segment + 1] or not goes_on, False
    ends_term = rates.stands[after] == CANCELED
    return ends_term or rates.plans[after] != plan or (begun and not same_phase), ends_term


@compiled
def _fill_due(  # type: ignore[no-untyped-def]
    segments: Segments, rows, phases: Phases, starts, ends, calendar: Days, rates: CommitmentRates, counted: Counted, minor, due
):
    """The minor units due at the end of segments. A term goes on through pauses, renewals and changes of interval at a renewal."""
    running = 0  # the first payment in advance that may not have counted in full
    for customer in range(len(segments.offsets) - 1):
        last = segments.offsets[customer + 1] - 1
        _, running = _rest_before(counted, running, segments.offsets[customer], minor)
        is_open = False
        plan, amount, months, anchor, term = -1, 0, 0, 0, 0  # of the one that is open; a term's place from its anchor
        # what it is for, of how many days, and those that do not count
        first_day, until_day, of_days, before, paused = 0, 1, 0, 0, 0
        total = 0  # what counts so far, but for the price that is paid for
        price, paid_from, paid_until, price_counted = 0, 0, 1, 0
        for segment in range(segments.offsets[customer], last + 1):
            stage, start_day = segments.stages[segment], day_of(calendar, starts[segment])
            if counted.charged[segment]:  # what was paid beside the price before counts in full
                rest, running = _rest_before(counted, running, segment, minor)
                total += rest
            if not is_open and rates.amounts[stage] > 0:
                is_open, total, paused, before = True, 0, 0, 0
                plan, amount, months = rates.plans[stage], rates.amounts[stage], rates.months[stage]
                price, price_counted = 0, 0
                if months == 0:
                    first_day, until_day = paid_days(counted, calendar, segment)
                    of_days = counted.whole_days[segment]
                else:
                    anchor, term, of_days = phases.sinces[rows[segment]], 0, 0
                    term, first_day, until_day = _term_on(anchor, months, term, start_day)
                before = max(0, start_day - first_day)
                if not counted.charged[segment]:  # paid before the window
                    price = counted.bases[segment]
                    paid_from, paid_until = paid_days(counted, calendar, segment)
                    price_counted = _share(price, start_day - paid_from, paid_until - paid_from)
                    _leave_out(counted, running, segment, start_day, minor)
            if not is_open:
                continue
            if counted.charged[segment]:
                total += price - price_counted
                price, price_counted = counted.bases[segment], 0
                paid_from, paid_until = paid_days(counted, calendar, segment)
                paid_until = max(paid_from + 1, paid_until)
            total += counted.arrears[segment]
            if rates.stands[stage] == PAUSED:
                paused += whole_days(calendar, starts[segment], min(ends[segment], day_start(calendar, until_day)))
            naturally = ends[segment] >= day_start(calendar, until_day)
            over, ends_term = True, False
            if segment < last:
                over, ends_term = _is_over(segment, segments.stages, rows, phases, rates, counted.charged, plan, months)
            if not (over or (months > 0 and naturally)):
                continue
            days = until_day - first_day
            elapsed = days if naturally or ends_term else days - (until_day - day_not_begun(calendar, ends[segment]))
            by_day = NEVER_DAY if over and segment < last else until_day  # what was charged counts in full
            if segment == last and not naturally:
                by_day = day_of(calendar, ends[segment])
            part = _share(price, by_day - paid_from, paid_until - paid_from) - price_counted
            total += part + _count_ahead(counted, running, segment, by_day, minor)
            price_counted += part
            if segment < last:
                total += counted.credits[segment + 1]
            due[segment] = max(0, _committed(amount, elapsed - before - paused, max(of_days, days), minor) - total)
            is_open = not over
            total, paused, before = 0, 0, 0
            if is_open:
                term, first_day, until_day = _term_on(anchor, months, term, day_of(calendar, ends[segment]))
                if rates.stands[stage] == PAUSED:
                    paused_from = max(starts[segment], day_start(calendar, first_day))
                    paused = max(0, whole_days(calendar, paused_from, min(ends[segment], day_start(calendar, until_day))))

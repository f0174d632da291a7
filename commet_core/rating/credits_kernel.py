"""Credits, event by event (billing-rules 5): plan credits that reset, then purchased credits that never expire; packs, or a refusal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.rating.admission import (
    ALLOWANCE_ADJUSTED,
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    SERVED,
    Additions,
    Admitted,
    Events,
    Ledger,
    additions_until,
    adjustment,
    changes_until,
    close_cell,
    is_buyer,
    next_stop,
    note,
    nothing_blocked,
    refusal,
    refuse,
    with_room,
)
from commet_core.rating.by_sums import add_demand, demand_of, lots_in_sum, refuse_whole
from commet_core.rating.rollover import RolloverRates, roll_over, room_for_lots
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import NOT_IN_PLAN, UNLIMITED


class CreditsRates(NamedTuple):
    """Stages on credits plans as arrays: a row per stage, in it an entry per feature of the usage.

    kinds        int8: how the feature is treated
    unit_prices  int64 micros of a credit per unit
    additive     bool: its events cost what their sum does (`by_sums`)
    included     int64 micros of plan credits per period: one entry per stage, none while paused or canceled
    """

    kinds: np.ndarray
    unit_prices: np.ndarray
    additive: np.ndarray
    included: np.ndarray


class PackRule(NamedTuple):
    """The assumption about customers (billing-rules 5.6) as a kernel needs it.

    credits        int64 micros, one per pack that may be bought, stage by stage: fewest credits first, ties the lower price
    offsets        int64, stages + 1: those of stage s are offsets[s] to offsets[s + 1]
    per_period     int64: the most packs in a period
    buyers_micros  int64: the chance, in millionths, that a customer buys in a period
    hashes         uint64, one per customer of the timeline; empty where everybody buys
    sum_prices     int64, one per stage: nanos a pack, where the packs of a period can be bought as one (`by_sums`), else BY_EVENT
    """

    credits: np.ndarray
    offsets: np.ndarray
    per_period: int
    buyers_micros: int
    hashes: np.ndarray
    sum_prices: np.ndarray


class CreditsOutcome(NamedTuple):
    """What the kernel writes, beside `Admitted`: int64 micros of a credit.

    plan_left           one per segment: plan credits left at its end
    purchased_used      one per segment
    purchased_closing   one per segment: purchased credits in hand at its end
    rolled_out          one per segment: plan credits left to the next period
    cell_credits        one per cell: credits used by the feature
    """

    plan_left: np.ndarray
    purchased_used: np.ndarray
    purchased_closing: np.ndarray
    rolled_out: np.ndarray
    cell_credits: np.ndarray

    @classmethod
    def of(cls, segment_count: int, cell_count: int) -> CreditsOutcome:
        """Room for the outcome of so many segments and cells."""
        left, used, closing, rolled = (np.zeros(segment_count, np.int64) for _ in range(4))
        return cls(left, used, closing, rolled, np.zeros(cell_count, np.int64))


@compiled
def _choose_packs(shortfall, pack_credits, most, aggregate):  # type: ignore[no-untyped-def]
    """The packs that cover a shortfall (5.6): how many of the largest, which it is, and how many of which smaller one.

    The smaller is the smallest that covers what the largest leave. Of packs with equally many credits the first is the
    cheapest. With one pack this is ceil(shortfall ÷ its credits) of it. Over the limit there are none, or for a total of
    many as many of the largest as it allows.
    """
    largest = len(pack_credits) - 1
    while largest > 0 and pack_credits[largest - 1] == pack_credits[largest]:
        largest -= 1
    large_count = (shortfall - 1) // pack_credits[largest]
    small_count = 1
    rest = shortfall - large_count * pack_credits[largest]
    smallest = 0
    while pack_credits[smallest] < rest:
        smallest += 1
    if large_count + small_count > most:
        large_count = min(large_count, most) if aggregate else 0
        small_count = 0
    if largest == smallest:
        return 0, largest, large_count + small_count, smallest
    return large_count, largest, small_count, smallest


@compiled
def _buy_packs(  # type: ignore[no-untyped-def]
    purchases, count, event, segment, first_pack, shortfall, pack_credits, most, aggregate
):
    """Buys the packs that cover a shortfall; returns the credits and the packs bought, and how many purchases there are."""
    large_count, largest, small_count, smallest = _choose_packs(shortfall, pack_credits, most, aggregate)
    if large_count > 0:
        purchases[count] = (event, segment, first_pack + largest, large_count)
        count += 1
    if small_count > 0:
        purchases[count] = (event, segment, first_pack + smallest, small_count)
        count += 1
    bought = large_count * pack_credits[largest] + small_count * pack_credits[smallest]
    return bought, large_count + small_count, count


@compiled
def replay_credits(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: CreditsRates,
    rollover: RolloverRates,
    rule: PackRule,
    additions: Additions,
    within: Within,
    aggregate: bool,
    in_sums: bool,
    admitted: Admitted,
    outcome: CreditsOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the purchases, in order."""
    purchases = np.empty((16, PURCHASE_COLUMNS), np.int64)
    purchase_count = 0
    blocked = nothing_blocked(rates.kinds.shape[1])
    credits_used = np.zeros(rates.kinds.shape[1], np.int64)
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    stage, first_pack = -1, 0
    kinds, unit_credits, additive, pack_credits = rates.kinds[0], rates.unit_prices[0], rates.additive[0], rule.credits[:0]
    rolling, acted, changing = len(rollover.rolls) > 0, len(additions.segments) > 0, len(within.segments) > 0
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        purchased = 0
        rolled, first_lot, last_lot = 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            if segments.stages[segment] != stage:
                stage = segments.stages[segment]
                kinds, unit_credits, additive = rates.kinds[stage], rates.unit_prices[stage], rates.additive[stage]
                first_pack = rule.offsets[stage]
                pack_credits = rule.credits[first_pack : rule.offsets[stage + 1]]
            plan_credits = rates.included[stage] + rolled  # 5.1 and 5.3: what did not roll over is gone; purchased credits stay
            purchased_used, given = 0, 0
            packs_left = 0
            if len(pack_credits) > 0 and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                packs_left = rule.per_period
            last_addition = additions_until(additions, addition, segment) if acted else 0
            last_change = changes_until(within, change, segment) if changing else 0
            if len(ledger.reasons) == 0 and addition == last_addition and change == last_change:
                demand = demand_of(segments, segment, kinds, unit_credits, additive)
                shortfall = demand - plan_credits - purchased
                if in_sums and shortfall > 0 and packs_left > 0:
                    packs = lots_in_sum(shortfall, pack_credits[0], rule.sum_prices[stage])
                    if packs > 0:
                        purchases = with_room(purchases, purchase_count, 1)
                        purchases[purchase_count] = (first_event, segment, first_pack, packs)
                        purchase_count += 1
                        purchased += packs * pack_credits[0]
                if (
                    0 <= demand <= plan_credits + purchased
                ):  # nothing is refused, or bought one by one: the order decides nothing
                    if in_sums:
                        refuse_whole(segments, segment, kinds, blocked)
                    add_demand(segments, segment, kinds, unit_credits, credits_used)
                    purchased_used = max(0, demand - plan_credits)
                    plan_credits -= demand - purchased_used
                    purchased -= purchased_used
                    first_event = last_event
            room = 2 * min(packs_left, last_event - first_event) + last_addition - addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            while first_event < last_event or addition < last_addition:
                until = next_stop(additions, addition, last_addition, within, change, last_change, last_event)
                for event in range(first_event, until):
                    feature, value = events.features[event], events.values[event]
                    kind = kinds[feature]
                    reason, units, cost = SERVED, value, 0
                    if kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                        reason, units = refusal(kind), 0
                    elif kind != UNLIMITED:  # 3.5
                        cost = times_half_up(value, unit_credits[feature])  # 1.2
                        if cost > plan_credits + purchased and packs_left > 0:  # 5.4, 5.6
                            shortfall = cost - plan_credits - purchased
                            bought, packs, purchase_count = _buy_packs(
                                purchases,
                                purchase_count,
                                event,
                                segment,
                                first_pack,
                                shortfall,
                                pack_credits,
                                packs_left,
                                aggregate,
                            )
                            purchased += bought
                            packs_left -= packs
                        if cost > plan_credits + purchased:  # blocked: there is no overage
                            reason = ALLOWANCE_EXHAUSTED
                            units = whole_units(plan_credits + purchased, unit_credits[feature]) if aggregate else 0  # 3.2
                            cost = times_half_up(units, unit_credits[feature])
                        from_plan = min(plan_credits, cost)  # 5.2: plan credits first
                        plan_credits -= from_plan
                        purchased -= cost - from_plan
                        purchased_used += cost - from_plan
                        credits_used[feature] += cost

                    if reason != SERVED:
                        refuse(blocked, admitted, customer, event, feature, value - units, reason)
                    note(ledger, event, reason, units, cost, plan_credits, purchased)
                first_event = until
                if addition < last_addition and additions.events[addition] == until:  # 8.6
                    if additions.kinds[addition] == ALLOWANCE_ADJUSTED:
                        change_by = adjustment(additions, addition, plan_credits)
                        plan_credits += change_by
                        given += max(change_by, 0)
                    else:
                        purchases[purchase_count] = (-1 - addition, segment, 0, 1)
                        purchase_count += 1
                        purchased += additions.amounts[addition]
                    additions.left[addition] = plan_credits + purchased
                    addition += 1
                elif until < last_event:  # 8.7
                    stage = within.stages[change]
                    kinds, unit_credits = rates.kinds[stage], rates.unit_prices[stage]
                    change += 1
            if rolling:
                if rollover.rolls[segment]:  # 15.2
                    granted = rates.included[stage] + given
                    limits = rollover.periods[stage], rollover.amounts[stage]
                    used = granted + rolled - plan_credits
                    first_lot, last_lot, rolled = roll_over(lots, first_lot, last_lot, used, granted, *limits)
                else:
                    rolled, first_lot, last_lot = 0, 0, 0
                outcome.rolled_out[segment] = rolled
            if last_change > 0 and within.segments[last_change - 1] == segment:
                change, stage = last_change, -1
            outcome.plan_left[segment] = plan_credits
            outcome.purchased_used[segment] = purchased_used
            outcome.purchased_closing[segment] = purchased
            _close_segment(segments, segment, blocked, credits_used, admitted, outcome)
    return purchases[:purchase_count].copy()


@compiled
def _close_segment(  # type: ignore[no-untyped-def]
    segments: Segments, segment, blocked, credits_used, admitted: Admitted, outcome: CreditsOutcome
):
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = close_cell(segments, cell, blocked, admitted)
        outcome.cell_credits[cell] = credits_used[feature]
        credits_used[feature] = 0

"""Credits lot by lot, event by event: packs that expire, a spend cap, corrections (billing-rules 5, 15.3, 15.5, 15.7)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.rounding import part_half_up, times_half_up, whole_units
from commet_core.rating.admission import (
    ALLOWANCE_ADJUSTED,
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    PURCHASED_ADJUSTED,
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
from commet_core.rating.beyond import (
    NEVER,
    NO_CAP,
    SPEND_CAP,
    BeyondOutcome,
    Caps,
    Corrections,
    close_counts,
    correct,
    count_capped,
    no_counts,
)
from commet_core.rating.credits_kernel import CreditsOutcome, CreditsRates, PackRule
from commet_core.rating.rollover import RolloverRates, roll_over, room_for_lots
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import NOT_IN_PLAN, PRICED, UNLIMITED

USE_COLUMNS: Final = 5
"""What became of a lot in a month of a segment is a row: segment, the lot's place among the purchases, micros used (below zero
where more was given back than used), micros expired, the month's place in the window.
"""

PURCHASE: Final = 0
EXPIRY: Final = 1
LEFT: Final = 2
USED_NOW: Final = 3
LAST_USE: Final = 4
EXPIRED_NOW: Final = 5
WRITTEN: Final = 6
TAKEN_NOW: Final = 7
LOT_COLUMNS: Final = 8
"""A lot is a row: its place among the purchases, when it expires, micros left, used in the segment, when last used, micros expired
that no row of uses has yet, used in the segment that some row has, and micros taken away that no row has yet.
"""


class PacksForSale(NamedTuple):
    """Beside `PackRule`, int64, one per pack there: nanos, and microseconds for which it can be used; NEVER without an end."""

    prices: np.ndarray
    lasting: np.ndarray


class ActionLots(NamedTuple):
    """Beside `Additions`, int64, one of each: nanos, and microseconds until when it can be used."""

    prices: np.ndarray
    expiries: np.ndarray


@compiled
def _choose_within(shortfall, pack_credits, prices, most, room, aggregate, free):  # type: ignore[no-untyped-def]
    """The packs that cover a shortfall (5.6), as far as limit and cap allow: how many of the largest, which it is, how many of
    which smaller one, and whether the limit, and whether the cap, stands in the way (15.5).
    """
    largest = len(pack_credits) - 1
    while largest > 0 and pack_credits[largest - 1] == pack_credits[largest]:
        largest -= 1
    large_count, small_count = (shortfall - 1) // pack_credits[largest], 1
    rest = shortfall - large_count * pack_credits[largest]
    smallest = 0
    while pack_credits[smallest] < rest:
        smallest += 1
    affordable = large_count if prices[largest] == 0 else min(large_count, max(room, 0) // prices[largest])
    affords_small = affordable == large_count and prices[smallest] <= room - large_count * prices[largest]
    beyond_limit, beyond_cap = large_count + 1 > most, room != NEVER and not affords_small
    if beyond_limit:
        large_count, small_count = min(large_count, most) if aggregate else 0, 0
    if beyond_cap:
        in_parts = aggregate or (free and not beyond_limit)
        large_count, small_count = min(large_count, affordable) if in_parts else 0, 0
    return large_count, largest, small_count, smallest, beyond_limit, beyond_cap


@compiled
def _add_lot(lots, count, purchase, expiry, micros):  # type: ignore[no-untyped-def]
    """Puts a lot where it is used: soonest expiry first, then oldest (15.3)."""
    if count == len(lots):
        larger = np.zeros((2 * count, LOT_COLUMNS), np.int64)
        larger[:count] = lots
        lots = larger
    place = count
    while place > 0 and lots[place - 1, EXPIRY] > expiry:
        lots[place] = lots[place - 1]
        place -= 1
    lots[place] = (purchase, expiry, micros, 0, 0, 0, 0, 0)
    return lots


@compiled
def _expire(lots, count, at):  # type: ignore[no-untyped-def]
    """What can no longer be used at a moment, the moment included; and when the next of what is left expires."""
    gone, following = 0, NEVER
    for lot in range(count):
        if lots[lot, EXPIRY] <= at:
            gone += lots[lot, LEFT]
            lots[lot, EXPIRED_NOW] += lots[lot, LEFT]
            lots[lot, LEFT] = 0
        elif lots[lot, LEFT] > 0 or lots[lot, USED_NOW] > 0:
            following = min(following, lots[lot, EXPIRY])
    return gone, following


@compiled
def _take(lots, count, wanted, use):  # type: ignore[no-untyped-def]
    """Takes credits of the lots in their order; returns the number of the last use."""
    for lot in range(count):
        if wanted == 0:
            break
        taken = min(wanted, lots[lot, LEFT])
        if taken > 0:
            use += 1
            lots[lot, LEFT] -= taken
            lots[lot, USED_NOW] += taken
            lots[lot, LAST_USE] = use
            wanted -= taken
    return use


@compiled
def _take_away(lots, count, wanted):  # type: ignore[no-untyped-def]
    """An adjustment takes credits of the oldest lots, whenever they expire (8.6)."""
    while wanted > 0:
        oldest = -1
        for lot in range(count):
            if lots[lot, LEFT] > 0 and (oldest < 0 or lots[lot, PURCHASE] < lots[oldest, PURCHASE]):
                oldest = lot
        taken = min(wanted, lots[oldest, LEFT])
        lots[oldest, LEFT] -= taken
        lots[oldest, TAKEN_NOW] += taken
        wanted -= taken


@compiled
def _give_back(lots, count, wanted, at):  # type: ignore[no-untyped-def]
    """Gives credits back to the lots used in the segment, the one used last first, an expired one none (15.7); how many."""
    given = 0
    before = NEVER
    while given < wanted:
        last = -1
        for lot in range(count):
            usable = lots[lot, USED_NOW] > 0 and lots[lot, EXPIRY] > at and lots[lot, LAST_USE] < before
            if usable and (last < 0 or lots[lot, LAST_USE] > lots[last, LAST_USE]):
                last = lot
        if last < 0:
            break
        before = lots[last, LAST_USE]
        back = min(wanted - given, lots[last, USED_NOW])
        lots[last, USED_NOW] -= back
        lots[last, LEFT] += back
        given += back
    return given


@compiled
def _write_uses(lots, count, segment, month, uses, use_count):  # type: ignore[no-untyped-def]
    """Writes what became of the lots since the last rows were written; the rows, and how many there are."""
    if use_count + count > len(uses):
        larger = np.empty((2 * (use_count + count), USE_COLUMNS), np.int64)
        larger[:use_count] = uses[:use_count]
        uses = larger
    for lot in range(count):
        used = lots[lot, USED_NOW] - lots[lot, WRITTEN] + lots[lot, TAKEN_NOW]
        if used != 0 or lots[lot, EXPIRED_NOW] > 0:
            uses[use_count] = (segment, lots[lot, PURCHASE], used, lots[lot, EXPIRED_NOW], month)
            use_count += 1
            lots[lot, WRITTEN] = lots[lot, USED_NOW]
            lots[lot, EXPIRED_NOW] = 0
            lots[lot, TAKEN_NOW] = 0
    return uses, use_count


@compiled
def _close_lots(lots, count):  # type: ignore[no-untyped-def]
    """A segment ends: lots with nothing left are gone; how many are left."""
    kept = 0
    for lot in range(count):
        lots[lot, USED_NOW] = 0
        lots[lot, WRITTEN] = 0
        if lots[lot, LEFT] > 0:
            lots[kept] = lots[lot]
            kept += 1
    return kept


@compiled
def replay_lots(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    segment_starts,
    segment_ends,
    month_starts,
    events: Events,
    times,
    rates: CreditsRates,
    rollover: RolloverRates,
    rule: PackRule,
    packs: PacksForSale,
    caps: Caps,
    corrections: Corrections,
    additions: Additions,
    acted: ActionLots,
    within: Within,
    aggregate: bool,
    admitted: Admitted,
    outcome: CreditsOutcome,
    expired,
    beyond: BeyondOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcomes, and per segment what expired.

    month_starts: int64 microseconds, of the months that the window touches, and of two more.

    Returns the purchases, in order, and what became of each of them in which segment and month (rows of USE_COLUMNS, months counted from the first).
    """
    purchases, uses = np.empty((16, PURCHASE_COLUMNS), np.int64), np.empty((16, USE_COLUMNS), np.int64)
    purchase_count, use_count, feature_count = 0, 0, rates.kinds.shape[1]
    blocked, counts = nothing_blocked(feature_count), no_counts(feature_count)
    credits_used = np.zeros(feature_count, np.int64)
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    rolling, acts, changing = len(rollover.rolls) > 0, len(additions.segments) > 0, len(within.segments) > 0
    rolled_lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    lots = np.zeros((16, LOT_COLUMNS), np.int64)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        purchased, lot_count, next_expiry, use = 0, 0, NEVER, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            stage = segments.stages[segment]
            kinds, unit_credits = rates.kinds[stage], rates.unit_prices[stage]
            first_pack, last_pack = rule.offsets[stage], rule.offsets[stage + 1]
            pack_credits, prices = rule.credits[first_pack:last_pack], packs.prices[first_pack:last_pack]
            cap, free = caps.amounts[stage], caps.free[stage]
            granted = rates.included[stage] + rolled
            plan_credits, purchased_used, spent, reached = granted, 0, 0, NEVER
            free_nanos, expired_now, packs_left, taken_away = 0, 0, 0, 0
            month = np.searchsorted(month_starts, segment_starts[segment], side="right") - 1
            if len(pack_credits) > 0 and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                packs_left = rule.per_period
            last_addition = additions_until(additions, addition, segment) if acts else 0
            last_change = changes_until(within, change, segment) if changing else 0
            room = 2 * min(packs_left, last_event - first_event) + last_addition - addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            while first_event < last_event or addition < last_addition:
                until = next_stop(additions, addition, last_addition, within, change, last_change, last_event)
                for event in range(first_event, until):
                    feature, value, at = events.features[event], events.values[event], times[event]
                    kind = kinds[feature]
                    reason, units, cost = SERVED, value, 0
                    while at >= month_starts[month + 1]:  # what expires in a month that is over is earned there
                        gone, next_expiry = _expire(lots, lot_count, month_starts[month + 1] - 1)
                        purchased -= gone
                        expired_now += gone
                        uses, use_count = _write_uses(lots, lot_count, segment, month, uses, use_count)
                        month += 1
                    if at >= next_expiry:  # 15.3: an event at that moment comes too late
                        gone, next_expiry = _expire(lots, lot_count, at)
                        purchased -= gone
                        expired_now += gone
                    if value < 0:  # 15.7
                        units = -correct(counts, corrections, events, event)
                        if kind == PRICED:
                            back = min(times_half_up(-units, unit_credits[feature]), credits_used[feature])
                            to_lots = _give_back(lots, lot_count, back, at)
                            to_plan = min(back - to_lots, granted - taken_away - plan_credits)
                            purchased += to_lots
                            purchased_used -= to_lots
                            plan_credits += to_plan
                            cost = -(to_lots + to_plan)
                    elif kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                        reason, units = refusal(kind), 0
                    elif kind != UNLIMITED:  # 3.5
                        cost = times_half_up(value, unit_credits[feature])  # 1.2
                        capped = False
                        if cost > plan_credits + purchased and packs_left > 0:  # 5.4, 5.6
                            shortfall = cost - plan_credits - purchased
                            left = cap - spent if cap != NO_CAP else NEVER
                            large_count, largest, small_count, smallest, beyond_limit, beyond_cap = _choose_within(
                                shortfall, pack_credits, prices, packs_left, left, aggregate, free
                            )
                            capped = beyond_cap and not beyond_limit and cap != NO_CAP
                            if largest == smallest:
                                large_count, small_count = 0, large_count + small_count
                            for pack, bought in ((largest, large_count), (smallest, small_count)):
                                if bought > 0:
                                    expiry = min(at + packs.lasting[first_pack + pack], NEVER)
                                    micros = bought * pack_credits[pack]
                                    lots = _add_lot(lots, lot_count, purchase_count, expiry, micros)
                                    lot_count += 1
                                    next_expiry = min(next_expiry, expiry)
                                    purchases[purchase_count] = (event, segment, first_pack + pack, bought)
                                    purchase_count += 1
                                    purchased += micros
                                    spent += bought * prices[pack]
                                    packs_left -= bought
                                    if cap != NO_CAP and spent >= max(cap, 1):
                                        reached = min(reached, at)
                            if capped:
                                reached = min(reached, at)
                            if capped and free and cost > plan_credits + purchased:  # 15.5
                                uncovered = cost - plan_credits - purchased
                                whole, rest = uncovered // pack_credits[largest], uncovered % pack_credits[largest]
                                price = prices[largest]
                                free_nanos += whole * price + part_half_up(price, rest, pack_credits[largest])
                                cost = plan_credits + purchased
                        if cost > plan_credits + purchased:  # blocked: there is no overage
                            reason = SPEND_CAP if capped else ALLOWANCE_EXHAUSTED
                            units = whole_units(plan_credits + purchased, unit_credits[feature]) if aggregate else 0  # 3.2
                            cost = times_half_up(units, unit_credits[feature])
                        from_plan = min(plan_credits, cost)  # 5.2: plan credits first
                        plan_credits -= from_plan
                        purchased -= cost - from_plan
                        purchased_used += cost - from_plan
                        if cost > from_plan:
                            use = _take(lots, lot_count, cost - from_plan, use)
                    credits_used[feature] += cost
                    if value >= 0:
                        counts.served[feature] += units
                    if reason != SERVED:
                        if reason == SPEND_CAP:
                            count_capped(counts, feature, value - units)
                        refuse(blocked, admitted, customer, event, feature, value - units, reason)
                    note(ledger, event, reason, units, cost, plan_credits, purchased)
                first_event = until
                if addition < last_addition and additions.events[addition] == until:  # 8.6
                    at = additions.times[addition]
                    while at >= month_starts[month + 1]:  # what expires in a month that is over is earned there
                        gone, next_expiry = _expire(lots, lot_count, month_starts[month + 1] - 1)
                        purchased -= gone
                        expired_now += gone
                        uses, use_count = _write_uses(lots, lot_count, segment, month, uses, use_count)
                        month += 1
                    if at >= next_expiry:
                        gone, next_expiry = _expire(lots, lot_count, at)
                        purchased -= gone
                        expired_now += gone
                    kind, change_by = additions.kinds[addition], additions.amounts[addition]
                    if kind == ALLOWANCE_ADJUSTED:
                        change_by = adjustment(additions, addition, plan_credits)
                        plan_credits += change_by
                        granted += max(change_by, 0)
                        taken_away += max(-change_by, 0)
                    elif kind == PURCHASED_ADJUSTED:
                        change_by = adjustment(additions, addition, purchased)
                    if kind == PURCHASED_ADJUSTED and additions.amounts[addition] < 0:
                        _take_away(lots, lot_count, -change_by)
                        purchased += change_by
                    elif kind != ALLOWANCE_ADJUSTED:
                        lots = _add_lot(lots, lot_count, purchase_count, acted.expiries[addition], change_by)
                        lot_count += 1
                        next_expiry = min(next_expiry, acted.expiries[addition])
                        purchases[purchase_count] = (-1 - addition, segment, 0, 1)
                        purchase_count += 1
                        purchased += change_by
                        spent += acted.prices[addition]
                        if cap != NO_CAP and spent >= max(cap, 1):
                            reached = min(reached, at)
                    additions.left[addition] = plan_credits + purchased
                    addition += 1
                elif until < last_event:  # 8.7
                    kinds, unit_credits = rates.kinds[within.stages[change]], rates.unit_prices[within.stages[change]]
                    change += 1
            change = last_change
            end = segment_ends[segment]
            while end > month_starts[month + 1]:  # what expires in a month that is over is earned there
                gone, next_expiry = _expire(lots, lot_count, month_starts[month + 1] - 1)
                purchased -= gone
                expired_now += gone
                uses, use_count = _write_uses(lots, lot_count, segment, month, uses, use_count)
                month += 1
            if end >= next_expiry:  # 3.1: before the reset of that moment
                gone, next_expiry = _expire(lots, lot_count, end)
                purchased -= gone
                expired_now += gone
            if rolling:
                if rollover.rolls[segment]:  # 15.2
                    limits = rollover.periods[stage], rollover.amounts[stage]
                    used = granted - plan_credits
                    first_lot, last_lot, rolled = roll_over(rolled_lots, first_lot, last_lot, used, granted - rolled, *limits)
                else:
                    rolled, first_lot, last_lot = 0, 0, 0
                outcome.rolled_out[segment] = rolled
            uses, use_count = _write_uses(lots, lot_count, segment, month, uses, use_count)
            lot_count = _close_lots(lots, lot_count)
            outcome.plan_left[segment] = plan_credits
            outcome.purchased_used[segment] = purchased_used
            outcome.purchased_closing[segment] = purchased
            expired[segment] = expired_now
            beyond.reached_at[segment] = reached
            beyond.free[segment] = free_nanos
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                feature = close_cell(segments, cell, blocked, admitted)
                close_counts(counts, cell, feature, admitted, beyond)
                outcome.cell_credits[cell] = credits_used[feature]
                credits_used[feature] = 0
    return purchases[:purchase_count].copy(), uses[:use_count].copy()

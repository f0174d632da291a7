"""Credits lot by lot, event by event: packs that expire, a spend cap, corrections (billing-rules 5, 15.3, 15.5, 15.7)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rounding import part_half_up, times_half_up, whole_units
from commet_core.foundation.rows import with_room
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
    adjustment,
    buy,
    close_cell,
    nothing_blocked,
    refusal,
    tell,
)
from commet_core.rating.beyond import (
    NEVER,
    NO_CAP,
    SPEND_CAP,
    BeyondBasis,
    BeyondOutcome,
    Counts,
    close_counts,
    correct,
    count,
    no_counts,
)
from commet_core.rating.credits_kernel import CreditsBasis, CreditsOutcome, PackRule, Tally, packs_in
from commet_core.rating.lot_rows import (
    add_lot,
    close_lots,
    expire,
    give_back,
    no_lots,
    take,
    take_away,
    write_uses,
)
from commet_core.rating.rollover import rolled_out, room_for_lots
from commet_core.rating.stops import Stops, adds_at, ahead_in, before, is_adding, next_stop, past_addition, past_change
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import PRICED, UNLIMITED

PLAN: Final = 0
PURCHASED: Final = 1
LOTS: Final = 2
NEXT_EXPIRY: Final = 3
LAST_USE: Final = 4
PURCHASES: Final = 5
USES: Final = 6
PACKS_LEFT: Final = 7
GRANTED: Final = 8
TAKEN_AWAY: Final = 9
PURCHASED_USED: Final = 10
EXPIRED: Final = 11
SPENT: Final = 12
REACHED_AT: Final = 13
FREE: Final = 14
MONTH: Final = 15
STOCK_ENTRIES: Final = 16
"""What a customer has, entries of one array. Micros of plan credits and of purchased ones in hand, how many lots these are, when the
first of them expires, the number of the last use; rows of purchases and of uses, of all customers so far. Of the segment at hand: packs
that may still be bought, micros of plan credits granted and taken away, of purchased ones used and expired; nanos spent, when that
reached the cap, nanos beyond it that are free; the month's place in the window.
"""

MOST_LOTS_AT_ONCE: Final = 3
"""An event buys packs of at most two sizes, and an action one."""


class Moments(NamedTuple):
    """int64 microseconds.

    starts, ends  one per segment
    months        when they begin that the window touches, and two more
    """

    starts: np.ndarray
    ends: np.ndarray
    months: np.ndarray


class PacksForSale(NamedTuple):
    """Beside `PackRule`, int64, one per pack there: nanos, and microseconds for which it can be used; NEVER without an end."""

    prices: np.ndarray
    lasting: np.ndarray


class ActionLots(NamedTuple):
    """Beside `Additions`, int64, one of each: nanos, and microseconds until when it can be used."""

    prices: np.ndarray
    expiries: np.ndarray


@step
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


@step
def _in_hand(stock):  # type: ignore[no-untyped-def]
    return stock[PLAN] + stock[PURCHASED]


@step
def _expire_until(stock, lots, at):  # type: ignore[no-untyped-def]
    """What expires up to a moment is gone: an event at that moment comes too late (15.3)."""
    if at >= stock[NEXT_EXPIRY]:
        gone, stock[NEXT_EXPIRY] = expire(lots, stock[LOTS], at)
        stock[PURCHASED] -= gone
        stock[EXPIRED] += gone


@compiled
def _end_months(stock, lots, months, at, segment, uses):  # type: ignore[no-untyped-def]
    """Ends the months that are over at a moment: what expires in one is earned there. The rows of uses, with theirs."""
    while at >= months[stock[MONTH] + 1]:
        gone, stock[NEXT_EXPIRY] = expire(lots, stock[LOTS], months[stock[MONTH] + 1] - 1)
        stock[PURCHASED] -= gone
        stock[EXPIRED] += gone
        uses, stock[USES] = write_uses(lots, stock[LOTS], segment, stock[MONTH], uses, stock[USES])
        stock[MONTH] += 1
    return uses


@step
def _add(stock, lots, purchases, event, segment, item, quantity, expiry, micros, price, cap, at):  # type: ignore[no-untyped-def]
    """Adds a lot that is bought or given at a moment, for so many nanos, which may reach the cap."""
    stock[LOTS] = add_lot(lots, stock[LOTS], stock[PURCHASES], expiry, micros)
    stock[NEXT_EXPIRY] = min(stock[NEXT_EXPIRY], expiry)
    stock[PURCHASES] = buy(purchases, stock[PURCHASES], event, segment, item, quantity)
    stock[PURCHASED] += micros
    stock[SPENT] += price
    if cap != NO_CAP and stock[SPENT] >= max(cap, 1):
        stock[REACHED_AT] = min(stock[REACHED_AT], at)


@step
def _buy_packs(  # type: ignore[no-untyped-def]
    stock, lots, purchases, event, segment, stage, cost, at, rule: PackRule, packs: PacksForSale, cap, free, aggregate
):
    """Buys the packs that cover what is missing of a cost (5.6), as far as limit and cap allow.

    Whether the cap stands in the way, and what is then to be paid: no more than there is where the rest is free (15.5).
    """
    first_pack, last_pack = rule.offsets[stage], rule.offsets[stage + 1]
    pack_credits, prices = rule.credits[first_pack:last_pack], packs.prices[first_pack:last_pack]
    shortfall, left = cost - _in_hand(stock), cap - stock[SPENT] if cap != NO_CAP else NEVER
    large_count, largest, small_count, smallest, beyond_limit, beyond_cap = _choose_within(
        shortfall, pack_credits, prices, stock[PACKS_LEFT], left, aggregate, free
    )
    if largest == smallest:
        large_count, small_count = 0, large_count + small_count
    for pack, bought in ((largest, large_count), (smallest, small_count)):
        if bought > 0:
            expiry = min(at + packs.lasting[first_pack + pack], NEVER)
            price = bought * prices[pack]
            sold = bought, expiry, bought * pack_credits[pack], price, cap, at
            _add(stock, lots, purchases, event, segment, first_pack + pack, *sold)
            stock[PACKS_LEFT] -= bought
    if not beyond_cap or beyond_limit or cap == NO_CAP:
        return False, cost
    stock[REACHED_AT] = min(stock[REACHED_AT], at)
    uncovered = cost - _in_hand(stock)
    if not free or uncovered <= 0:
        return True, cost
    whole, rest = uncovered // pack_credits[largest], uncovered % pack_credits[largest]
    stock[FREE] += whole * prices[largest] + part_half_up(prices[largest], rest, pack_credits[largest])
    return True, _in_hand(stock)


@step
def _use(stock, lots, cost):  # type: ignore[no-untyped-def]
    """Takes what an event costs: plan credits first (5.2), then lots in their order."""
    from_plan = min(stock[PLAN], cost)
    stock[PLAN] -= from_plan
    stock[PURCHASED] -= cost - from_plan
    stock[PURCHASED_USED] += cost - from_plan
    if cost > from_plan:
        stock[LAST_USE] = take(lots, stock[LOTS], cost - from_plan, stock[LAST_USE])


@step
def _give_back(stock, lots, back, at):  # type: ignore[no-untyped-def]
    """Gives credits back (15.7): to the lots that they were taken from, then to plan credits, up to those granted; how many."""
    to_lots = give_back(lots, stock[LOTS], back, at)
    to_plan = min(back - to_lots, stock[GRANTED] - stock[TAKEN_AWAY] - stock[PLAN])
    stock[PURCHASED] += to_lots
    stock[PURCHASED_USED] -= to_lots
    stock[PLAN] += to_plan
    return to_lots + to_plan


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    segment,
    stage,
    now,
    months,
    events: Events,
    basis: CreditsBasis,
    packs: PacksForSale,
    further: BeyondBasis,
    stock,
    lots,
    purchases,
    counts: Counts,
    tally: Tally,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, on the terms of the stage `now`; up to which: before one of another month, and while there is room for lots."""
    kinds, unit_credits, aggregate = basis.rates.kinds[now], basis.rates.unit_prices[now], basis.aggregate
    cap, free = further.caps.amounts[stage], further.caps.free[stage]
    for event in range(first_event, until):
        feature, value, at = events.features[event], events.values[event], further.times[event]
        if at >= months[stock[MONTH] + 1] or stock[LOTS] + MOST_LOTS_AT_ONCE > len(lots):
            return event
        _expire_until(stock, lots, at)
        kind, unit_price = kinds[feature], unit_credits[feature]
        reason, units, cost = refusal(kind), value, 0
        if value < 0:  # 15.7
            reason, units = SERVED, -correct(counts, further.corrections, events, event)
            if kind == PRICED:
                cost = -_give_back(stock, lots, min(times_half_up(-units, unit_price), tally.used[feature]), at)
        elif reason != SERVED:  # 3.3, 8.4, 8.5
            units = 0
        elif kind != UNLIMITED:  # 3.5
            cost, is_capped = times_half_up(value, unit_price), False  # 1.2
            if cost > _in_hand(stock) and stock[PACKS_LEFT] > 0:  # 5.4, 5.6
                offered = basis.rule, packs, cap, free, aggregate
                is_capped, cost = _buy_packs(stock, lots, purchases, event, segment, stage, cost, at, *offered)
            if cost > _in_hand(stock):  # blocked: there is no overage
                reason = SPEND_CAP if is_capped else ALLOWANCE_EXHAUSTED
                units = whole_units(_in_hand(stock), unit_price) if aggregate else 0  # 3.2
                cost = times_half_up(units, unit_price)
            _use(stock, lots, cost)
        tally.used[feature] += cost
        count(counts, feature, value, units, reason)
        left = stock[PLAN], stock[PURCHASED]
        tell(tally.blocked, admitted, ledger, customer, event, feature, value, reason, units, cost, *left)
    return until


@step
def _act(  # type: ignore[no-untyped-def]
    additions: Additions, acted: ActionLots, addition, segment, cap, stock, lots, purchases
):
    """What an action adds or takes (8.6)."""
    at, kind, change_by = additions.times[addition], additions.kinds[addition], additions.amounts[addition]
    _expire_until(stock, lots, at)
    if kind == ALLOWANCE_ADJUSTED:
        change_by = adjustment(additions, addition, stock[PLAN])
        stock[PLAN] += change_by
        stock[GRANTED] += max(change_by, 0)
        stock[TAKEN_AWAY] += max(-change_by, 0)
    elif kind == PURCHASED_ADJUSTED:
        change_by = adjustment(additions, addition, stock[PURCHASED])
    if kind == PURCHASED_ADJUSTED and additions.amounts[addition] < 0:
        take_away(lots, stock[LOTS], -change_by)
        stock[PURCHASED] += change_by
    elif kind != ALLOWANCE_ADJUSTED:
        added = acted.expiries[addition], change_by, acted.prices[addition], cap, at
        _add(stock, lots, purchases, -1 - addition, segment, 0, 1, *added)
    additions.left[addition] = _in_hand(stock)


@step
def _begin_customer(stock):  # type: ignore[no-untyped-def]
    stock[PURCHASED] = 0
    stock[LOTS] = 0
    stock[NEXT_EXPIRY] = NEVER
    stock[LAST_USE] = 0


@step
def _begin_segment(stock, granted, packs_left, month):  # type: ignore[no-untyped-def]
    stock[PLAN] = granted
    stock[GRANTED] = granted
    stock[PACKS_LEFT] = packs_left
    stock[TAKEN_AWAY : FREE + 1] = 0
    stock[REACHED_AT] = NEVER
    stock[MONTH] = month


@step
def _close_segment(  # type: ignore[no-untyped-def]
    segments: Segments, segment, stock, lots, counts: Counts, tally: Tally, admitted, outcome, expired, beyond
):
    stock[LOTS] = close_lots(lots, stock[LOTS])
    outcome.plan_left[segment] = stock[PLAN]
    outcome.purchased_used[segment] = stock[PURCHASED_USED]
    outcome.purchased_closing[segment] = stock[PURCHASED]
    expired[segment] = stock[EXPIRED]
    beyond.reached_at[segment] = stock[REACHED_AT]
    beyond.free[segment] = stock[FREE]
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = close_cell(segments, cell, tally.blocked, admitted)
        close_counts(counts, cell, feature, admitted, beyond)
        outcome.cell_credits[cell] = tally.used[feature]
        tally.used[feature] = 0


@compiled
def replay_lots(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    moments: Moments,
    events: Events,
    basis: CreditsBasis,
    stops: Stops,
    packs: PacksForSale,
    acted: ActionLots,
    further: BeyondBasis,
    admitted: Admitted,
    outcome: CreditsOutcome,
    expired,
    beyond: BeyondOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcomes, and per segment what expired.

    Returns the purchases, in order, and what became of each in which segment and month (rows of USE_COLUMNS, months of the window).
    """
    rates, rollover, additions = basis.rates, basis.rollover, stops.additions
    purchases, (lots, uses) = np.empty((16, PURCHASE_COLUMNS), np.int64), no_lots()
    stock, counts = np.zeros(STOCK_ENTRIES, np.int64), no_counts(rates.kinds.shape[1])
    tally = Tally(nothing_blocked(rates.kinds.shape[1]), np.zeros(rates.kinds.shape[1], np.int64))
    ahead = before(stops, segments.offsets[first_customer])
    rolling = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        _begin_customer(stock)
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            stage = now = np.int64(segments.stages[segment])
            packs_left = packs_in(basis.rule, stage, customer, segments.periods[segment])
            ahead = ahead_in(stops, segment, ahead)
            room = 2 * min(packs_left, last_event - first_event) + ahead.last_addition - ahead.addition
            purchases = with_room(purchases, stock[PURCHASES], room)
            month = np.searchsorted(moments.months, moments.starts[segment], side="right") - 1
            _begin_segment(stock, rates.included[stage] + rolled, packs_left, month)
            while first_event < last_event or is_adding(ahead):
                until = next_stop(stops, ahead, last_event)
                lots = with_room(lots, stock[LOTS], MOST_LOTS_AT_ONCE)
                first_event = _serve(
                    first_event, until, customer, segment, stage, now, moments.months, events, basis, packs, further, stock, lots,
                    purchases, counts, tally, admitted, ledger,
                )  # fmt: skip
                if first_event < until:
                    uses = _end_months(stock, lots, moments.months, further.times[first_event], segment, uses)
                elif adds_at(stops, ahead, until):
                    uses = _end_months(stock, lots, moments.months, additions.times[ahead.addition], segment, uses)
                    _act(additions, acted, ahead.addition, segment, further.caps.amounts[stage], stock, lots, purchases)
                    ahead = past_addition(ahead)
                elif until < last_event:  # 8.7
                    now = np.int64(stops.within.stages[ahead.change])
                    ahead = past_change(ahead)
            uses = _end_months(stock, lots, moments.months, moments.ends[segment] - 1, segment, uses)
            _expire_until(stock, lots, moments.ends[segment])  # 3.1: before the reset of that moment
            if len(rollover.rolls) > 0:
                used, granted = stock[GRANTED] - stock[PLAN], stock[GRANTED] - rolled
                first_lot, last_lot, rolled = rolled_out(rollover, segment, stage, rolling, first_lot, last_lot, used, granted)
                outcome.rolled_out[segment] = rolled
            uses, stock[USES] = write_uses(lots, stock[LOTS], segment, stock[MONTH], uses, stock[USES])
            _close_segment(segments, segment, stock, lots, counts, tally, admitted, outcome, expired, beyond)
    return purchases[: stock[PURCHASES]].copy(), uses[: stock[USES]].copy()

"""Balance, event by event (billing-rules 6): a prepaid amount spent at unit prices; below zero an overage, or a refusal and top-ups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.foundation.rows import with_room
from commet_core.rating.admission import (
    ALLOWANCE_ADJUSTED,
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    SERVED,
    Additions,
    Admitted,
    Events,
    Ledger,
    adjustment,
    buy,
    close_cell,
    is_buyer,
    nothing_blocked,
    refusal,
    tell,
)
from commet_core.rating.by_sums import add_demand, demand_of, lots_in_sum, refuse_whole
from commet_core.rating.rollover import RolloverRates, rolled_out, room_for_lots
from commet_core.rating.stops import (
    Ahead,
    Stops,
    adds_at,
    ahead_in,
    before,
    is_adding,
    is_undisturbed,
    next_stop,
    past_addition,
    past_change,
)
from commet_core.rating.token_costs import request_charge
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import AI_MODEL, PRICED, UNLIMITED


class BalanceRates(NamedTuple):
    """Stages on balance plans as arrays: a row per stage, in it an entry per feature of the usage.

    kinds        int8: how the feature is treated
    unit_prices  int64 nanos per unit; 0 where an AI model's price counts
    additive     bool: its events cost what their sum does (`by_sums`)
    exchange     int64 nanos of the currency's unit for 1 of that in which AI models have prices (15.6)
    margins      int64 millionths: what is added to the price of an AI model, as a share of it (11.2)
    included     int64 nanos of balance per period: one entry per stage, none while paused or canceled
    blocks       bool, one entry per stage: usage stops at zero (6.3), as in a trial and on a free plan (7.1, 7.2)
    """

    kinds: np.ndarray
    unit_prices: np.ndarray
    additive: np.ndarray
    margins: np.ndarray
    included: np.ndarray
    blocks: np.ndarray
    exchange: int


class TopUpRule(NamedTuple):
    """The assumption about customers (billing-rules 6.5) as a kernel needs it.

    amount         int64 nanos; 0 where nobody tops up
    per_period     int64: the most top-ups in a period
    buyers_micros  int64: the chance, in millionths, that a customer tops up in a period
    hashes         uint64, one per customer of the timeline; empty where everybody does
    sum_price      int64: nanos a top-up, where those of a period can be made as one (`by_sums`), else BY_EVENT
    """

    amount: int
    per_period: int
    buyers_micros: int
    hashes: np.ndarray
    sum_price: int


class BalanceBasis(NamedTuple):
    """What the kernel goes by; aggregate, in_sums: as `Setting` has them."""

    rates: BalanceRates
    rollover: RolloverRates
    rule: TopUpRule
    aggregate: bool
    in_sums: bool


class BalanceOutcome(NamedTuple):
    """What the kernel writes, beside `Admitted`: int64 nanos.

    topped_up      one per segment
    of_top_ups     one per segment: of the balance at its end, what was topped up
    closing        one per segment: the balance at its end; below zero it is the overage (6.2)
    rolled_out     one per segment: of that, what is left to the next period
    cell_cost      one per cell: the cost of what was served of the feature
    cell_overage   one per cell: the part of that cost that no positive balance covered (6.2)
    """

    topped_up: np.ndarray
    of_top_ups: np.ndarray
    closing: np.ndarray
    rolled_out: np.ndarray
    cell_cost: np.ndarray
    cell_overage: np.ndarray

    @classmethod
    def of(cls, segment_count: int, cell_count: int) -> BalanceOutcome:
        """Room for the outcome of so many segments and cells."""
        topped_up, of_top_ups, closing, rolled = (np.zeros(segment_count, np.int64) for _ in range(4))
        cell_cost, cell_overage = (np.zeros(cell_count, np.int64) for _ in range(2))
        return cls(topped_up, of_top_ups, closing, rolled, cell_cost, cell_overage)


class Purse(NamedTuple):
    """What a customer has in the segment at hand: nanos.

    balance         below zero it is the overage
    topped_up       in the segment
    of_top_ups      of the balance, what was topped up; at most all of it, though more may stand here
    top_ups_left    how often the customer may still top up in it
    purchase_count  rows of purchases, of all customers so far
    """

    balance: int
    topped_up: int
    of_top_ups: int
    top_ups_left: int
    purchase_count: int


class Tally(NamedTuple):
    """What happened in the segment at hand, an entry per feature: int64.

    blocked  as `nothing_blocked` has it
    cost     nanos: of what was served
    overage  nanos: the part of that cost that no positive balance covered (6.2)
    """

    blocked: np.ndarray
    cost: np.ndarray
    overage: np.ndarray


@compiled
def no_tally(feature_count):  # type: ignore[no-untyped-def]
    """Room to count in segments, of so many features."""
    return Tally(nothing_blocked(feature_count), np.zeros(feature_count, np.int64), np.zeros(feature_count, np.int64))


@step
def top_ups_in(rule: TopUpRule, blocks, customer, period):  # type: ignore[no-untyped-def]
    """How often a customer may top up in a period: not where usage goes on below zero, or the customer does not do so (6.5)."""
    if rule.amount > 0 and blocks and is_buyer(rule.hashes, customer, period, rule.buyers_micros):
        return rule.per_period
    return 0


@step
def left_of_top_ups(purse: Purse):  # type: ignore[no-untyped-def]
    """Of the balance, what was topped up: what is included is used first."""
    return min(purse.of_top_ups, max(purse.balance, 0))


@step
def top_up(purse: Purse, times, amount, purchases, event, segment):  # type: ignore[no-untyped-def]
    """Tops up so many times; what the customer has then."""
    if times <= 0:
        return purse
    count = buy(purchases, purse.purchase_count, event, segment, 0, times)
    more = times * amount
    of_top_ups = left_of_top_ups(purse) + more
    return Purse(purse.balance + more, purse.topped_up + more, of_top_ups, purse.top_ups_left - times, count)


@step
def spend(purse: Purse, cost):  # type: ignore[no-untyped-def]
    """Deducts a cost from the balance (6.1); below zero it gives back."""
    return Purse(purse.balance - cost, purse.topped_up, purse.of_top_ups, purse.top_ups_left, purse.purchase_count)


@step
def cost_of(events: Events, event, rates: BalanceRates, now, feature):  # type: ignore[no-untyped-def]
    """What an event costs (1.2); a request to an AI model what its tokens do (11.2)."""
    if rates.kinds[now, feature] == AI_MODEL:
        return request_charge(events.token_costs[event], rates.margins[now, feature], rates.exchange)
    return times_half_up(events.values[event], rates.unit_prices[now, feature])


@step
def pay_back(overage, repaid):  # type: ignore[no-untyped-def]
    """A top-up made below zero takes down the overage of the period, in the order of the features (6.2, 8.6)."""
    for feature in range(len(overage)):
        if repaid > 0:
            part = min(repaid, overage[feature])
            overage[feature] -= part
            repaid -= part


@step
def act(additions: Additions, addition, segment, purse: Purse, purchases, overage):  # type: ignore[no-untyped-def]
    """What an action adds to the balance or takes (8.6); what the customer has then, and the balance given."""
    amount, topped_up, of_top_ups = additions.amounts[addition], purse.topped_up, left_of_top_ups(purse)
    count, given = purse.purchase_count, 0
    if additions.kinds[addition] == ALLOWANCE_ADJUSTED:
        amount = adjustment(additions, addition, purse.balance)
        given = max(amount, 0)
    else:
        count = buy(purchases, count, -1 - addition, segment, 0, 1)
        topped_up += amount
        of_top_ups += amount
    pay_back(overage, min(amount, -purse.balance))
    balance = purse.balance + amount
    additions.left[addition] = balance
    return Purse(balance, topped_up, of_top_ups, purse.top_ups_left, count), given


@step
def unused(purse: Purse):  # type: ignore[no-untyped-def]
    """What is left at a segment's end of the balance included, which is used before top-ups (15.2)."""
    return max(purse.balance, 0) - left_of_top_ups(purse)


@step
def close_purse(purse: Purse, segment, outcome: BalanceOutcome):  # type: ignore[no-untyped-def]
    """Writes what a customer has at a segment's end."""
    outcome.topped_up[segment] = purse.topped_up
    outcome.of_top_ups[segment] = left_of_top_ups(purse)
    outcome.closing[segment] = purse.balance


@step
def close_tally(segments: Segments, cell, tally: Tally, admitted: Admitted, outcome: BalanceOutcome):  # type: ignore[no-untyped-def]
    """Writes what was counted of one feature in the segment that ends, and which it is; counting starts anew."""
    feature = close_cell(segments, cell, tally.blocked, admitted)
    outcome.cell_cost[cell] = tally.cost[feature]
    outcome.cell_overage[cell] = tally.overage[feature]
    tally.cost[feature] = 0
    tally.overage[feature] = 0
    return feature


@step
def _top_ups_needed(shortfall, amount, most, in_parts):  # type: ignore[no-untyped-def]
    """How many top-ups cover a shortfall (6.5); over the limit none, or for a total of many as many as it allows."""
    count = (shortfall - 1) // amount + 1
    if count > most:
        return most if in_parts else 0
    return count


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    segment,
    now,
    blocks,
    events: Events,
    basis: BalanceBasis,
    purse: Purse,
    purchases,
    tally: Tally,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, at the prices of the stage `now`; what the customer has then."""
    rates, amount = basis.rates, basis.rule.amount
    kinds, unit_prices = rates.kinds[now], rates.unit_prices[now]
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        kind = kinds[feature]
        reason, units, cost = refusal(kind), value, 0
        if reason != SERVED:  # 3.3, 8.4, 8.5
            units = 0
        elif kind != UNLIMITED:  # 3.5
            cost = cost_of(events, event, rates, now, feature)
            if cost > purse.balance and blocks:
                in_parts = basis.aggregate and kind != AI_MODEL  # 3.2
                if purse.top_ups_left > 0:  # 6.5
                    times = _top_ups_needed(cost - purse.balance, amount, purse.top_ups_left, in_parts)
                    purse = top_up(purse, times, amount, purchases, event, segment)
                if cost > purse.balance:  # 6.3
                    reason = ALLOWANCE_EXHAUSTED
                    units = whole_units(purse.balance, unit_prices[feature]) if in_parts else 0
                    cost = times_half_up(units, unit_prices[feature])
            elif cost > purse.balance:  # 6.2
                tally.overage[feature] += cost - max(purse.balance, 0)
            purse = spend(purse, cost)
            tally.cost[feature] += cost
        left = purse.balance, left_of_top_ups(purse)
        tell(tally.blocked, admitted, ledger, customer, event, feature, value, reason, units, cost, *left)
    return purse


@step
def _add_overage(segments: Segments, segment, events: Events, kinds, unit_prices, left, overage):  # type: ignore[no-untyped-def]
    """Adds to `overage` what of each feature's cost a positive balance does not cover (6.2): up to its last nano the order says of which.

    From there on all of it is: the events that follow are known by their sums.
    """
    for event in range(segments.first_events[segment], segments.last_events[segment]):
        if left <= 0:
            break
        feature = events.features[event]
        if kinds[feature] == PRICED:
            covered = min(times_half_up(events.values[event], unit_prices[feature]), left)
            overage[feature] -= covered
            left -= covered
    add_demand(segments, segment, kinds, unit_prices, overage)


@step
def _serve_in_sum(  # type: ignore[no-untyped-def]
    segments: Segments, segment, events: Events, basis: BalanceBasis, purse: Purse, purchases, tally: Tally
):
    """Serves a segment at once, where nothing is refused or topped up one by one. What the customer has then, and whether it did."""
    stage, rates, rule, in_sums = segments.stages[segment], basis.rates, basis.rule, basis.in_sums
    kinds, unit_prices = rates.kinds[stage], rates.unit_prices[stage]
    demand = demand_of(segments, segment, kinds, unit_prices, rates.additive[stage])
    if in_sums and demand > purse.balance and purse.top_ups_left > 0:
        times = lots_in_sum(demand - purse.balance, rule.amount, rule.sum_price)
        purse = top_up(purse, times, rule.amount, purchases, segments.first_events[segment], segment)
    if demand < 0 or (demand > purse.balance and rates.blocks[stage]):
        return purse, False
    if in_sums:
        refuse_whole(segments, segment, kinds, tally.blocked)
    elif demand > purse.balance:
        _add_overage(segments, segment, events, kinds, unit_prices, purse.balance, tally.overage)
    add_demand(segments, segment, kinds, unit_prices, tally.cost)
    return spend(purse, demand), True


@step
def _replay_segment(  # type: ignore[no-untyped-def]
    customer,
    segment,
    segments: Segments,
    events: Events,
    basis: BalanceBasis,
    stops: Stops,
    ahead: Ahead,
    purse: Purse,
    purchases,
    tally: Tally,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment; what the customer has at its end, the balance given in it, and the stage whose terms hold then."""
    first_event, last_event = segments.first_events[segment], segments.last_events[segment]
    now, given = np.int64(segments.stages[segment]), 0
    blocks, written = basis.rates.blocks[now], (purchases, tally, admitted, ledger)
    if len(ledger.reasons) == 0 and is_undisturbed(ahead):
        purse, is_served = _serve_in_sum(segments, segment, events, basis, purse, purchases, tally)
        if is_served:
            first_event = last_event
    while first_event < last_event or is_adding(ahead):
        until = next_stop(stops, ahead, last_event)
        purse = _serve(first_event, until, customer, segment, now, blocks, events, basis, purse, *written)
        first_event = until
        if adds_at(stops, ahead, until):
            purse, more = act(stops.additions, ahead.addition, segment, purse, purchases, tally.overage)
            given += more
            ahead = past_addition(ahead)
        elif until < last_event:  # 8.7
            now = np.int64(stops.within.stages[ahead.change])
            ahead = past_change(ahead)
    return purse, given, now


@compiled
def replay_balance(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    basis: BalanceBasis,
    stops: Stops,
    admitted: Admitted,
    outcome: BalanceOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the top-ups, in order."""
    rates, rollover = basis.rates, basis.rollover
    purchases, purchase_count, tally = np.empty((16, PURCHASE_COLUMNS), np.int64), 0, no_tally(rates.kinds.shape[1])
    ahead = before(stops, segments.offsets[first_customer])
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            stage = segments.stages[segment]
            top_ups_left = top_ups_in(basis.rule, rates.blocks[stage], customer, segments.periods[segment])
            ahead = ahead_in(stops, segment, ahead)
            event_count = segments.last_events[segment] - segments.first_events[segment]
            room = min(top_ups_left, event_count) + ahead.last_addition - ahead.addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            # 6.1 and 6.4: what did not roll over is gone, top-ups included
            purse = Purse(rates.included[stage] + rolled, 0, 0, top_ups_left, purchase_count)
            purse, given, now = _replay_segment(
                customer, segment, segments, events, basis, stops, ahead, purse, purchases, tally, admitted, ledger
            )
            if len(rollover.rolls) > 0:
                granted = rates.included[now] + given
                used = granted + rolled - unused(purse)
                first_lot, last_lot, rolled = rolled_out(rollover, segment, now, lots, first_lot, last_lot, used, granted)
                outcome.rolled_out[segment] = rolled
            purchase_count = purse.purchase_count
            close_purse(purse, segment, outcome)
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_tally(segments, cell, tally, admitted, outcome)
    return purchases[:purchase_count].copy()

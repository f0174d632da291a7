"""Credits, event by event (billing-rules 5): plan credits that reset, then purchased credits that never expire; packs, or a refusal."""

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
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import UNLIMITED


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


class CreditsBasis(NamedTuple):
    """What the kernel goes by; aggregate, in_sums: as `Setting` has them."""

    rates: CreditsRates
    rollover: RolloverRates
    rule: PackRule
    aggregate: bool
    in_sums: bool


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


class Tally(NamedTuple):
    """What happened in the segment at hand, an entry per feature: int64.

    blocked  as `nothing_blocked` has it
    used     micros of a credit
    """

    blocked: np.ndarray
    used: np.ndarray


class Stock(NamedTuple):
    """What a customer has in the segment at hand: micros of a credit.

    plan, purchased  credits in hand
    purchased_used   in the segment
    packs_left       how many packs may still be bought in it
    purchase_count   rows of purchases, of all customers so far
    """

    plan: int
    purchased: int
    purchased_used: int
    packs_left: int
    purchase_count: int


@step
def packs_in(rule: PackRule, stage, customer, period):  # type: ignore[no-untyped-def]
    """How many packs a customer may buy in a period: none where none is sold, or the customer is no buyer (5.6)."""
    if rule.offsets[stage] < rule.offsets[stage + 1] and is_buyer(rule.hashes, customer, period, rule.buyers_micros):
        return rule.per_period
    return 0


@step
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


@step
def _buy_packs(purchases, event, segment, first_pack, pack_credits, shortfall, aggregate, stock: Stock):  # type: ignore[no-untyped-def]
    """Buys the packs that cover a shortfall (5.6), as far as the limit allows."""
    large_count, largest, small_count, smallest = _choose_packs(shortfall, pack_credits, stock.packs_left, aggregate)
    count = stock.purchase_count
    if large_count > 0:
        count = buy(purchases, count, event, segment, first_pack + largest, large_count)
    if small_count > 0:
        count = buy(purchases, count, event, segment, first_pack + smallest, small_count)
    bought = large_count * pack_credits[largest] + small_count * pack_credits[smallest]
    packs_left = stock.packs_left - large_count - small_count
    return Stock(stock.plan, stock.purchased + bought, stock.purchased_used, packs_left, count)


@step
def _use(stock: Stock, cost):  # type: ignore[no-untyped-def]
    """Takes what an event costs: plan credits first, then purchased ones (5.2)."""
    from_plan = min(stock.plan, cost)
    from_purchased = cost - from_plan
    used = stock.purchased_used + from_purchased
    return Stock(stock.plan - from_plan, stock.purchased - from_purchased, used, stock.packs_left, stock.purchase_count)


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    segment,
    now,
    events: Events,
    basis: CreditsBasis,
    first_pack,
    pack_credits,
    stock: Stock,
    purchases,
    tally: Tally,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, on the terms of the stage `now`; what the customer has then."""
    kinds, unit_credits, aggregate = basis.rates.kinds[now], basis.rates.unit_prices[now], basis.aggregate
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        kind = kinds[feature]
        reason, units, cost = refusal(kind), value, 0
        if reason != SERVED:  # 3.3, 8.4, 8.5
            units = 0
        elif kind != UNLIMITED:  # 3.5
            cost = times_half_up(value, unit_credits[feature])  # 1.2
            shortfall = cost - stock.plan - stock.purchased
            if shortfall > 0 and stock.packs_left > 0:  # 5.4, 5.6
                stock = _buy_packs(purchases, event, segment, first_pack, pack_credits, shortfall, aggregate, stock)
            if cost > stock.plan + stock.purchased:  # blocked: there is no overage
                reason = ALLOWANCE_EXHAUSTED
                units = whole_units(stock.plan + stock.purchased, unit_credits[feature]) if aggregate else 0  # 3.2
                cost = times_half_up(units, unit_credits[feature])
            stock = _use(stock, cost)
            tally.used[feature] += cost
        left = stock.plan, stock.purchased
        tell(tally.blocked, admitted, ledger, customer, event, feature, value, reason, units, cost, *left)
    return stock


@step
def _serve_in_sum(segments: Segments, segment, basis: CreditsBasis, stock: Stock, purchases, tally: Tally):  # type: ignore[no-untyped-def]
    """Serves a segment at once, where nothing is refused, or bought one by one: the order decides nothing.

    What the customer has then, and whether it did.
    """
    stage, rates, rule = segments.stages[segment], basis.rates, basis.rule
    kinds, unit_credits, first_pack = rates.kinds[stage], rates.unit_prices[stage], rule.offsets[stage]
    demand = demand_of(segments, segment, kinds, unit_credits, rates.additive[stage])
    shortfall = demand - stock.plan - stock.purchased
    if basis.in_sums and shortfall > 0 and stock.packs_left > 0:
        packs = lots_in_sum(shortfall, rule.credits[first_pack], rule.sum_prices[stage])
        if packs > 0:
            count = buy(purchases, stock.purchase_count, segments.first_events[segment], segment, first_pack, packs)
            bought = packs * rule.credits[first_pack]
            stock = Stock(stock.plan, stock.purchased + bought, stock.purchased_used, stock.packs_left, count)
    if not 0 <= demand <= stock.plan + stock.purchased:
        return stock, False
    if basis.in_sums:
        refuse_whole(segments, segment, kinds, tally.blocked)
    add_demand(segments, segment, kinds, unit_credits, tally.used)
    return _use(stock, demand), True


@step
def _act(additions: Additions, addition, segment, stock: Stock, purchases):  # type: ignore[no-untyped-def]
    """What an action adds or takes (8.6); what the customer has then, and the plan credits given."""
    plan, purchased, count, given = stock.plan, stock.purchased, stock.purchase_count, 0
    if additions.kinds[addition] == ALLOWANCE_ADJUSTED:
        change_by = adjustment(additions, addition, plan)
        plan += change_by
        given = max(change_by, 0)
    else:
        count = buy(purchases, count, -1 - addition, segment, 0, 1)
        purchased += additions.amounts[addition]
    additions.left[addition] = plan + purchased
    return Stock(plan, purchased, stock.purchased_used, stock.packs_left, count), given


@step
def _close_segment(  # type: ignore[no-untyped-def]
    segments: Segments, segment, stock: Stock, tally: Tally, admitted: Admitted, outcome: CreditsOutcome
):
    outcome.plan_left[segment] = stock.plan
    outcome.purchased_used[segment] = stock.purchased_used
    outcome.purchased_closing[segment] = stock.purchased
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = close_cell(segments, cell, tally.blocked, admitted)
        outcome.cell_credits[cell] = tally.used[feature]
        tally.used[feature] = 0


@step
def _replay_segment(  # type: ignore[no-untyped-def]
    customer,
    segment,
    segments: Segments,
    events: Events,
    basis: CreditsBasis,
    stops: Stops,
    ahead: Ahead,
    stock: Stock,
    purchases,
    tally: Tally,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment; what the customer has at its end, the plan credits given in it, and the stage whose terms hold then."""
    first_event, last_event = segments.first_events[segment], segments.last_events[segment]
    now, given = np.int64(segments.stages[segment]), 0
    first_pack = basis.rule.offsets[now]
    pack_credits = basis.rule.credits[first_pack : basis.rule.offsets[now + 1]]
    if len(ledger.reasons) == 0 and is_undisturbed(ahead):
        stock, is_served = _serve_in_sum(segments, segment, basis, stock, purchases, tally)
        if is_served:
            first_event = last_event
    while first_event < last_event or is_adding(ahead):
        until = next_stop(stops, ahead, last_event)
        sold, written = (first_pack, pack_credits), (purchases, tally, admitted, ledger)
        stock = _serve(first_event, until, customer, segment, now, events, basis, *sold, stock, *written)
        first_event = until
        if adds_at(stops, ahead, until):
            stock, more = _act(stops.additions, ahead.addition, segment, stock, purchases)
            given += more
            ahead = past_addition(ahead)
        elif until < last_event:  # 8.7
            now = np.int64(stops.within.stages[ahead.change])
            ahead = past_change(ahead)
    return stock, given, now


@compiled
def replay_credits(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    basis: CreditsBasis,
    stops: Stops,
    admitted: Admitted,
    outcome: CreditsOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the purchases, in order."""
    rates, rollover = basis.rates, basis.rollover
    purchases, purchase_count = np.empty((16, PURCHASE_COLUMNS), np.int64), 0
    tally = Tally(nothing_blocked(rates.kinds.shape[1]), np.zeros(rates.kinds.shape[1], np.int64))
    ahead = before(stops, segments.offsets[first_customer])
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        purchased, rolled, first_lot, last_lot = 0, 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            stage = segments.stages[segment]
            packs_left = packs_in(basis.rule, stage, customer, segments.periods[segment])
            ahead = ahead_in(stops, segment, ahead)
            event_count = segments.last_events[segment] - segments.first_events[segment]
            room = 2 * min(packs_left, event_count) + ahead.last_addition - ahead.addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            # 5.1 and 5.3: plan credits that did not roll over are gone; purchased ones stay
            stock = Stock(rates.included[stage] + rolled, purchased, 0, packs_left, purchase_count)
            stock, given, now = _replay_segment(
                customer, segment, segments, events, basis, stops, ahead, stock, purchases, tally, admitted, ledger
            )
            if len(rollover.rolls) > 0:
                granted = rates.included[now] + given
                used = granted + rolled - stock.plan
                first_lot, last_lot, rolled = rolled_out(rollover, segment, now, lots, first_lot, last_lot, used, granted)
                outcome.rolled_out[segment] = rolled
            purchased, purchase_count = stock.purchased, stock.purchase_count
            _close_segment(segments, segment, stock, tally, admitted, outcome)
    return purchases[:purchase_count].copy()

"""Balance under a spend cap, and with corrections, event by event (billing-rules 6, 15.5, 15.7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.foundation.rows import with_room
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    SERVED,
    Admitted,
    Events,
    Ledger,
    refusal,
    tell,
)
from commet_core.rating.balance_kernel import (
    BalanceBasis,
    BalanceOutcome,
    Purse,
    Tally,
    TopUpRule,
    act,
    close_purse,
    close_tally,
    cost_of,
    left_of_top_ups,
    no_tally,
    pay_back,
    spend,
    top_up,
    top_ups_in,
    unused,
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
from commet_core.rating.rollover import rolled_out, room_for_lots
from commet_core.rating.stops import (
    Ahead,
    Stops,
    adds_at,
    ahead_in,
    before,
    is_adding,
    next_stop,
    past_addition,
    past_change,
)
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import AI_MODEL, PRICED, UNLIMITED


class Reached(NamedTuple):
    """How a spend cap was met in the segment at hand (15.5).

    at    microseconds, the first moment at which it was reached; NEVER where it was not
    free  nanos that lay beyond it
    """

    at: int
    free: int


@step
def _top_ups_allowed(shortfall, amount, most, room, in_parts, free):  # type: ignore[no-untyped-def]
    """How many top-ups are made for a shortfall (6.5, 15.5), and whether the limit, and whether the cap, stands in the way.

    room: nanos that the cap leaves. Within the limit as many as the cap covers are made of a total of many, and where the
    rest is free; else all or none.
    """
    count = (shortfall - 1) // amount + 1
    affordable = max(room, 0) // amount
    beyond_limit, beyond_cap = count > most, count > affordable
    allowed = count
    if beyond_limit:
        allowed = most if in_parts else 0
    if beyond_cap:
        allowed = min(allowed, affordable) if in_parts or (free and not beyond_limit) else 0
    return allowed, beyond_limit, beyond_cap


@step
def _cap_at(cap, purse: Purse, reached: Reached, at):  # type: ignore[no-untyped-def]
    """Whether what is topped up and below zero reaches the cap at a moment."""
    if cap != NO_CAP and purse.topped_up + max(-purse.balance, 0) >= max(cap, 1):
        return Reached(min(reached.at, at), reached.free)
    return reached


@step
def _given_back(units, unit_price, feature, purse: Purse, tally: Tally):  # type: ignore[no-untyped-def]
    """What so many units of a feature that are given back cost (15.7), at most what it cost; its own overage goes down first."""
    back = min(times_half_up(units, unit_price), tally.cost[feature])
    relieved = min(back, max(-purse.balance, 0))
    of_feature = min(relieved, tally.overage[feature])
    tally.overage[feature] -= of_feature
    pay_back(tally.overage, relieved - of_feature)
    return back


@step
def _fund(cost, blocks, cap, free, in_parts, rule: TopUpRule, purse: Purse, purchases, event, segment):  # type: ignore[no-untyped-def]
    """Tops up where the balance does not cover a cost, as far as limit and cap allow.

    What the customer has then, how much of it may be spent on the cost, and why no more: SERVED where no more is needed.
    """
    if cost > purse.balance and blocks:
        beyond_limit, beyond_cap = True, False
        if purse.top_ups_left > 0:  # 6.5
            left = cap - purse.topped_up if cap != NO_CAP else NEVER
            times, beyond_limit, beyond_cap = _top_ups_allowed(
                cost - purse.balance, rule.amount, purse.top_ups_left, left, in_parts, free
            )
            purse = top_up(purse, times, rule.amount, purchases, event, segment)
        if cost <= purse.balance:
            return purse, purse.balance, SERVED
        return purse, purse.balance, SPEND_CAP if beyond_cap and not beyond_limit else ALLOWANCE_EXHAUSTED  # 6.3
    if cost > purse.balance and cost > 0 and cap != NO_CAP and purse.topped_up + cost - purse.balance > cap:
        # a balance goes below zero by at most the cap
        budget = max(max(cap - purse.topped_up, 0) + purse.balance, purse.balance, 0)
        return purse, budget, SPEND_CAP if cost > budget else SERVED
    return purse, purse.balance, SERVED


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    segment,
    stage,
    now,
    events: Events,
    basis: BalanceBasis,
    further: BeyondBasis,
    purse: Purse,
    reached: Reached,
    purchases,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, at the prices of the stage `now`; what the customer has then, and how the cap was met."""
    rates, times = basis.rates, further.times
    kinds, unit_prices = rates.kinds[now], rates.unit_prices[now]
    blocks, cap, free = rates.blocks[stage], further.caps.amounts[stage], further.caps.free[stage]
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        kind, unit_price = kinds[feature], unit_prices[feature]
        reason, units, cost = refusal(kind), value, 0
        if value < 0:  # 15.7
            reason, units = SERVED, -correct(counts, further.corrections, events, event)
            if kind == PRICED:
                cost = -_given_back(-units, unit_price, feature, purse, tally)
        elif reason != SERVED:  # 3.3, 8.4, 8.5
            units = 0
        elif kind != UNLIMITED:  # 3.5
            cost, in_parts = cost_of(events, event, rates, now, feature), basis.aggregate and kind != AI_MODEL  # 3.2
            funds = basis.rule, purse, purchases, event, segment
            purse, budget, reason = _fund(cost, blocks, cap, free, in_parts, *funds)
            if reason == SPEND_CAP:  # 15.5
                reached = Reached(min(reached.at, times[event]), reached.free + (cost - budget if free else 0))
            if reason == SPEND_CAP and free:
                reason, cost = SERVED, budget
            if reason != SERVED:
                units = whole_units(budget, unit_price) if in_parts else 0
                cost = times_half_up(units, unit_price)
            if not blocks and cost > purse.balance:  # 6.2
                tally.overage[feature] += cost - max(purse.balance, 0)
        purse = spend(purse, cost)
        tally.cost[feature] += cost
        reached = _cap_at(cap, purse, reached, times[event])
        count(counts, feature, value, units, reason)
        left = purse.balance, left_of_top_ups(purse)
        tell(tally.blocked, admitted, ledger, customer, event, feature, value, reason, units, cost, *left)
    return purse, reached


@step
def _replay_segment(  # type: ignore[no-untyped-def]
    customer,
    segment,
    segments: Segments,
    events: Events,
    basis: BalanceBasis,
    further: BeyondBasis,
    stops: Stops,
    ahead: Ahead,
    purse: Purse,
    purchases,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment; what the customer has at its end, how the cap was met, and the balance given."""
    first_event, last_event = segments.first_events[segment], segments.last_events[segment]
    stage = now = np.int64(segments.stages[segment])
    given, reached, written = 0, Reached(NEVER, 0), (purchases, tally, counts, admitted, ledger)
    while first_event < last_event or is_adding(ahead):
        until = next_stop(stops, ahead, last_event)
        on = stage, now, events, basis, further
        purse, reached = _serve(first_event, until, customer, segment, *on, purse, reached, *written)
        first_event = until
        if adds_at(stops, ahead, until):
            purse, more = act(stops.additions, ahead.addition, segment, purse, purchases, tally.overage)
            reached = _cap_at(further.caps.amounts[stage], purse, reached, stops.additions.times[ahead.addition])
            given += more
            ahead = past_addition(ahead)
        elif until < last_event:  # 8.7
            now = np.int64(stops.within.stages[ahead.change])
            ahead = past_change(ahead)
    return purse, reached, given


@compiled
def replay_balance_capped(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    basis: BalanceBasis,
    stops: Stops,
    further: BeyondBasis,
    admitted: Admitted,
    outcome: BalanceOutcome,
    beyond: BeyondOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcomes and returns the top-ups, in order."""
    rates, rollover = basis.rates, basis.rollover
    purchases, purchase_count = np.empty((16, PURCHASE_COLUMNS), np.int64), 0
    tally, counts = no_tally(rates.kinds.shape[1]), no_counts(rates.kinds.shape[1])
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
            purse = Purse(rates.included[stage] + rolled, 0, 0, top_ups_left, purchase_count)
            purse, reached, given = _replay_segment(
                customer, segment, segments, events, basis, further, stops, ahead, purse, purchases, tally, counts, admitted,
                ledger,
            )  # fmt: skip
            if len(rollover.rolls) > 0:
                granted = rates.included[stage] + given
                used = granted + rolled - unused(purse)
                first_lot, last_lot, rolled = rolled_out(rollover, segment, stage, lots, first_lot, last_lot, used, granted)
                outcome.rolled_out[segment] = rolled
            purchase_count = purse.purchase_count
            close_purse(purse, segment, outcome)
            beyond.reached_at[segment] = reached.at
            beyond.free[segment] = reached.free
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_counts(counts, cell, close_tally(segments, cell, tally, admitted, outcome), admitted, beyond)
    return purchases[:purchase_count].copy()

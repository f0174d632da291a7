"""Balance under a spend cap, and with corrections, event by event (billing-rules 6, 15.5, 15.7)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.rounding import times_half_up, whole_units
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    PURCHASE_COLUMNS,
    SERVED,
    Additions,
    Admitted,
    Events,
    Ledger,
    additions_until,
    changes_until,
    next_stop,
    refusal,
    tell,
    with_room,
)
from commet_core.rating.balance_kernel import (
    BalanceOutcome,
    BalanceRates,
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
    BeyondOutcome,
    Caps,
    Corrections,
    Counts,
    close_counts,
    correct,
    count,
    no_counts,
)
from commet_core.rating.rollover import RolloverRates, rolled_out, room_for_lots
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import AI_MODEL, NOT_IN_PLAN, PRICED, UNLIMITED


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
    now,
    blocks,
    cap,
    free,
    events: Events,
    times,
    rates: BalanceRates,
    rule: TopUpRule,
    corrections: Corrections,
    aggregate,
    purse: Purse,
    reached: Reached,
    purchases,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, at the prices of the stage `now`; what the customer has then, and how the cap was met."""
    kinds, unit_prices = rates.kinds[now], rates.unit_prices[now]
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        kind, unit_price = kinds[feature], unit_prices[feature]
        reason, units, cost = SERVED, value, 0
        if value < 0:  # 15.7
            units = -correct(counts, corrections, events, event)
            if kind == PRICED:
                cost = -_given_back(-units, unit_price, feature, purse, tally)
        elif kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
            reason, units = refusal(kind), 0
        elif kind != UNLIMITED:  # 3.5
            cost, in_parts = cost_of(events, event, rates, now, feature), aggregate and kind != AI_MODEL  # 3.2
            funds = rule, purse, purchases, event, segment
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
    times,
    rates: BalanceRates,
    rule: TopUpRule,
    caps: Caps,
    corrections: Corrections,
    additions: Additions,
    addition,
    last_addition,
    within: Within,
    change,
    last_change,
    aggregate,
    purse: Purse,
    purchases,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment; what the customer has at its end, how the cap was met, and the balance given."""
    first_event, last_event = segments.first_events[segment], segments.last_events[segment]
    now, given, reached = np.int64(segments.stages[segment]), 0, Reached(NEVER, 0)
    blocks, cap, free = rates.blocks[now], caps.amounts[now], caps.free[now]
    while first_event < last_event or addition < last_addition:
        until = next_stop(additions, addition, last_addition, within, change, last_change, last_event)
        terms = now, blocks, cap, free, events, times, rates, rule, corrections, aggregate
        written = purchases, tally, counts, admitted, ledger
        purse, reached = _serve(first_event, until, customer, segment, *terms, purse, reached, *written)
        first_event = until
        if addition < last_addition and additions.events[addition] == until:
            purse, more = act(additions, addition, segment, purse, purchases, tally.overage)
            reached = _cap_at(cap, purse, reached, additions.times[addition])
            given += more
            addition += 1
        elif until < last_event:  # 8.7
            now = np.int64(within.stages[change])
            change += 1
    return purse, reached, given


@compiled
def replay_balance_capped(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    times,
    rates: BalanceRates,
    rollover: RolloverRates,
    rule: TopUpRule,
    caps: Caps,
    corrections: Corrections,
    additions: Additions,
    within: Within,
    aggregate: bool,
    admitted: Admitted,
    outcome: BalanceOutcome,
    beyond: BeyondOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcomes and returns the top-ups, in order."""
    purchases, purchase_count = np.empty((16, PURCHASE_COLUMNS), np.int64), 0
    tally, counts = no_tally(rates.kinds.shape[1]), no_counts(rates.kinds.shape[1])
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            stage = segments.stages[segment]
            top_ups_left = top_ups_in(rule, rates.blocks[stage], customer, segments.periods[segment])
            last_addition, last_change = additions_until(additions, addition, segment), changes_until(within, change, segment)
            event_count = segments.last_events[segment] - segments.first_events[segment]
            room = min(top_ups_left, event_count) + last_addition - addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            purse = Purse(rates.included[stage] + rolled, 0, 0, top_ups_left, purchase_count)
            purse, reached, given = _replay_segment(
                customer, segment, segments, events, times, rates, rule, caps, corrections, additions, addition, last_addition,
                within, change, last_change, aggregate, purse, purchases, tally, counts, admitted, ledger,
            )  # fmt: skip
            if len(rollover.rolls) > 0:
                granted = rates.included[stage] + given
                used = granted + rolled - unused(purse)
                first_lot, last_lot, rolled = rolled_out(rollover, segment, stage, lots, first_lot, last_lot, used, granted)
                outcome.rolled_out[segment] = rolled
            addition, change, purchase_count = last_addition, last_change, purse.purchase_count
            close_purse(purse, segment, outcome)
            beyond.reached_at[segment] = reached.at
            beyond.free[segment] = reached.free
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_counts(counts, cell, close_tally(segments, cell, tally, admitted, outcome), admitted, beyond)
    return purchases[:purchase_count].copy()

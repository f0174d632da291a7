"""Balance, event by event (billing-rules 6): a prepaid amount spent at unit prices; below zero an overage, or a refusal and top-ups."""

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
from commet_core.rating.token_costs import request_charge
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import AI_MODEL, NOT_IN_PLAN, UNLIMITED


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


@compiled
def _top_ups_needed(shortfall, amount, most, in_parts):  # type: ignore[no-untyped-def]
    """How many top-ups cover a shortfall (6.5); over the limit none, or for a total of many as many as it allows."""
    count = (shortfall - 1) // amount + 1
    if count > most:
        return most if in_parts else 0
    return count


@compiled
def _buy_top_ups(purchases, count, event, segment, shortfall, amount, most, in_parts):  # type: ignore[no-untyped-def]
    """Tops up for a shortfall; returns how many times, and how many purchases there are."""
    times = _top_ups_needed(shortfall, amount, most, in_parts)
    if times > 0:
        purchases[count] = (event, segment, 0, times)
        count += 1
    return times, count


@compiled
def pay_back(overage_served, repaid):  # type: ignore[no-untyped-def]
    """A top-up made below zero takes down the overage of the period, in the order of the features (6.2, 8.6)."""
    for feature in range(len(overage_served)):
        if repaid > 0:
            part = min(repaid, overage_served[feature])
            overage_served[feature] -= part
            repaid -= part


@compiled
def replay_balance(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: BalanceRates,
    rollover: RolloverRates,
    rule: TopUpRule,
    additions: Additions,
    within: Within,
    aggregate: bool,
    in_sums: bool,
    admitted: Admitted,
    outcome: BalanceOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the top-ups, in order."""
    purchases = np.empty((16, PURCHASE_COLUMNS), np.int64)
    purchase_count = 0
    blocked = nothing_blocked(rates.kinds.shape[1])
    cost_served, overage_served = np.zeros(rates.kinds.shape[1], np.int64), np.zeros(rates.kinds.shape[1], np.int64)
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    stage = -1
    kinds, unit_prices, additive = rates.kinds[0], rates.unit_prices[0], rates.additive[0]
    rolling, acted, changing = len(rollover.rolls) > 0, len(additions.segments) > 0, len(within.segments) > 0
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            if segments.stages[segment] != stage:
                stage = segments.stages[segment]
                kinds, unit_prices, additive = rates.kinds[stage], rates.unit_prices[stage], rates.additive[stage]
            blocks = rates.blocks[stage]
            balance = rates.included[stage] + rolled  # 6.1 and 6.4: what did not roll over is gone, top-ups included
            topped_up, of_top_ups, given = 0, 0, 0
            top_ups_left = 0
            tops_up = rule.amount > 0 and blocks
            if tops_up and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                top_ups_left = rule.per_period
            last_addition = additions_until(additions, addition, segment) if acted else 0
            last_change = changes_until(within, change, segment) if changing else 0
            if len(ledger.reasons) == 0 and addition == last_addition and change == last_change:
                demand = demand_of(segments, segment, kinds, unit_prices, additive)
                if in_sums and demand > balance and top_ups_left > 0:
                    times = lots_in_sum(demand - balance, rule.amount, rule.sum_price)
                    if times > 0:
                        purchases = with_room(purchases, purchase_count, 1)
                        purchases[purchase_count] = (first_event, segment, 0, times)
                        purchase_count += 1
                        balance += times * rule.amount
                        topped_up += times * rule.amount
                        of_top_ups = topped_up
                # nothing is refused, topped up one by one or below zero by some feature: the order decides nothing
                if 0 <= demand <= balance or (in_sums and demand >= 0 and not blocks):
                    if in_sums:
                        refuse_whole(segments, segment, kinds, blocked)
                    add_demand(segments, segment, kinds, unit_prices, cost_served)
                    balance -= demand
                    first_event = last_event
            room = min(top_ups_left, last_event - first_event) + last_addition - addition
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
                        by_tokens = kind == AI_MODEL
                        if by_tokens:
                            cost = request_charge(
                                events.token_costs[event], rates.margins[stage, feature], rates.exchange
                            )  # 11.2
                        else:
                            cost = times_half_up(value, unit_prices[feature])  # 1.2
                        if cost > balance and blocks:
                            in_parts = aggregate and not by_tokens  # 3.2
                            if top_ups_left > 0:  # 6.5
                                shortfall = cost - balance
                                times, purchase_count = _buy_top_ups(
                                    purchases, purchase_count, event, segment, shortfall, rule.amount, top_ups_left, in_parts
                                )
                                of_top_ups = min(of_top_ups, max(balance, 0)) + times * rule.amount
                                balance += times * rule.amount
                                topped_up += times * rule.amount
                                top_ups_left -= times
                            if cost > balance:  # 6.3
                                reason = ALLOWANCE_EXHAUSTED
                                units = whole_units(balance, unit_prices[feature]) if in_parts else 0
                                cost = times_half_up(units, unit_prices[feature])
                        elif cost > balance:  # 6.2
                            overage_served[feature] += cost - max(balance, 0)
                        balance -= cost
                        cost_served[feature] += cost

                    if reason != SERVED:
                        refuse(blocked, admitted, customer, event, feature, value - units, reason)
                    note(ledger, event, reason, units, cost, balance, min(of_top_ups, max(balance, 0)))
                first_event = until
                if addition < last_addition and additions.events[addition] == until:  # 8.6
                    amount, of_top_ups = additions.amounts[addition], min(of_top_ups, max(balance, 0))
                    if additions.kinds[addition] == ALLOWANCE_ADJUSTED:
                        amount = adjustment(additions, addition, balance)
                        given += max(amount, 0)
                    else:
                        purchases[purchase_count] = (-1 - addition, segment, 0, 1)
                        purchase_count += 1
                        topped_up += amount
                        of_top_ups += amount
                    pay_back(overage_served, min(amount, -balance))
                    balance += amount
                    additions.left[addition] = balance
                    addition += 1
                elif until < last_event:  # 8.7
                    stage = within.stages[change]
                    kinds, unit_prices = rates.kinds[stage], rates.unit_prices[stage]
                    change += 1
            of_top_ups = min(of_top_ups, max(balance, 0))
            if rolling:
                if rollover.rolls[segment]:  # 15.2: used are the balance included, then top-ups
                    granted = rates.included[stage] + given
                    used = granted + rolled - (max(balance, 0) - of_top_ups)
                    limits = rollover.periods[stage], rollover.amounts[stage]
                    first_lot, last_lot, rolled = roll_over(lots, first_lot, last_lot, used, granted, *limits)
                else:
                    rolled, first_lot, last_lot = 0, 0, 0
                outcome.rolled_out[segment] = rolled
            if last_change > 0 and within.segments[last_change - 1] == segment:
                change, stage = last_change, -1
            outcome.topped_up[segment] = topped_up
            outcome.of_top_ups[segment] = of_top_ups
            outcome.closing[segment] = balance
            _close_segment(segments, segment, blocked, cost_served, overage_served, admitted, outcome)
    return purchases[:purchase_count].copy()


@compiled
def _close_segment(  # type: ignore[no-untyped-def]
    segments: Segments, segment, blocked, cost_served, overage_served, admitted: Admitted, outcome: BalanceOutcome
):
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = close_cell(segments, cell, blocked, admitted)
        outcome.cell_cost[cell] = cost_served[feature]
        outcome.cell_overage[cell] = overage_served[feature]
        cost_served[feature] = 0
        overage_served[feature] = 0

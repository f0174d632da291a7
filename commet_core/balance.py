"""Balance (billing-rules 6): a prepaid amount spent at unit prices; below zero an overage, or a refusal and top-ups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.admission import (
    ALLOWANCE_EXHAUSTED,
    NOT_IN_PLAN,
    PRICED,
    PURCHASE_COLUMNS,
    REFUSED_NOT_IN_PLAN,
    SERVED,
    UNLIMITED,
    Admitted,
    Events,
    Ledger,
    close_cell,
    is_buyer,
    note,
    nothing_blocked,
    refuse,
    times_half_up,
    whole_units,
    with_room,
)
from commet_core.catalog import BalancePlan, Interval
from commet_core.compiled import compiled
from commet_core.money import INT64_MAX, micros, nanos
from commet_core.scenario import TopUp
from commet_core.timeline import Segments


class BalanceRates(NamedTuple):
    """A balance plan as arrays, one entry per feature of the usage.

    kinds      int8: NOT_IN_PLAN, UNLIMITED or PRICED
    prices     int64 nanos per unit
    included   int64 nanos of balance per period
    blocks     whether usage stops at zero (6.3)
    """

    kinds: np.ndarray
    prices: np.ndarray
    included: int
    blocks: bool


class TopUpRule(NamedTuple):
    """The assumption about customers (billing-rules 6.5) as a kernel needs it.

    amount         int64 nanos; 0 where nobody tops up
    per_period     int64: the most top-ups in a period
    buyers_micros  int64: the chance, in millionths, that a customer tops up in a period
    hashes         uint64, one per customer of the timeline; empty where everybody does
    """

    amount: int
    per_period: int
    buyers_micros: int
    hashes: np.ndarray


class BalanceOutcome(NamedTuple):
    """What the kernel writes, beside `Admitted`: int64 nanos.

    used           one per segment: the cost of all that was served
    topped_up      one per segment
    closing        one per segment: the balance at its end; below zero it is the overage (6.2)
    cell_cost      one per cell: the cost of what was served of the feature
    cell_overage   one per cell: the part of that cost that no positive balance covered (6.2)
    """

    used: np.ndarray
    topped_up: np.ndarray
    closing: np.ndarray
    cell_cost: np.ndarray
    cell_overage: np.ndarray

    @classmethod
    def of(cls, segment_count: int, cell_count: int) -> BalanceOutcome:
        """Room for the outcome of so many segments and cells."""
        used, topped_up, closing = (np.zeros(segment_count, np.int64) for _ in range(3))
        return cls(used, topped_up, closing, np.zeros(cell_count, np.int64), np.zeros(cell_count, np.int64))


def balance_rates(plan: BalancePlan, interval: Interval | None, features: tuple[str, ...]) -> BalanceRates:
    """The plan's terms for the features of a usage."""
    kinds = np.full(len(features), NOT_IN_PLAN, np.int8)
    prices = np.zeros(len(features), np.int64)
    for index, feature in enumerate(features):
        terms = plan.features.get(feature)
        if terms is not None:
            kinds[index] = UNLIMITED if terms.unlimited else PRICED
            prices[index] = nanos(terms.unit_price) if terms.unit_price is not None else 0
    return BalanceRates(kinds, prices, nanos(plan.balance_granted(interval)), plan.blocks)


def top_up_rule(rule: TopUp | None, hashes: np.ndarray) -> TopUpRule:
    """A top-up rule for the kernel."""
    if rule is None:
        return TopUpRule(0, 0, 0, hashes)
    per_period = INT64_MAX if rule.max_per_period is None else rule.max_per_period
    return TopUpRule(nanos(rule.amount), per_period, micros(rule.probability), hashes)


@compiled
def _top_ups_needed(shortfall, amount, most, aggregate):  # type: ignore[no-untyped-def]
    """How many top-ups cover a shortfall (6.5); over the limit none, or for a total of many as many as it allows."""
    count = (shortfall - 1) // amount + 1
    if count > most:
        return most if aggregate else 0
    return count


@compiled
def replay_balance(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    rates: BalanceRates,
    rule: TopUpRule,
    aggregate: bool,
    admitted: Admitted,
    outcome: BalanceOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills the outcome and returns the top-ups, in order."""
    purchases = np.empty((16, PURCHASE_COLUMNS), np.int64)
    purchase_count = 0
    blocked = nothing_blocked(len(rates.kinds))
    cost_served = np.zeros(len(rates.kinds), np.int64)
    overage_served = np.zeros(len(rates.kinds), np.int64)
    tops_up = rule.amount > 0 and rates.blocks
    for customer in range(first_customer, last_customer):
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            balance = rates.included  # 6.1 and 6.4: what was left is forfeited, top-ups included
            topped_up = 0
            top_ups_left = 0
            if tops_up and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                top_ups_left = rule.per_period
                purchases = with_room(purchases, purchase_count, min(top_ups_left, last_event - first_event))
            for event in range(first_event, last_event):
                feature = events.features[event]
                value = events.values[event]
                kind = rates.kinds[feature]
                reason = SERVED
                units = value
                cost = 0
                if kind == NOT_IN_PLAN:  # 3.3
                    reason = REFUSED_NOT_IN_PLAN
                    units = 0
                elif kind != UNLIMITED:  # 3.5
                    cost = times_half_up(value, rates.prices[feature])  # 1.2
                    if cost > balance and rates.blocks:
                        if top_ups_left > 0:  # 6.5
                            count = _top_ups_needed(cost - balance, rule.amount, top_ups_left, aggregate)
                            if count > 0:
                                purchases[purchase_count] = (event, segment, 0, count)
                                purchase_count += 1
                                balance += count * rule.amount
                                topped_up += count * rule.amount
                                top_ups_left -= count
                        if cost > balance:  # 6.3
                            reason = ALLOWANCE_EXHAUSTED
                            units = whole_units(balance, rates.prices[feature]) if aggregate else 0  # 3.2
                            cost = times_half_up(units, rates.prices[feature])
                    elif cost > balance:  # 6.2
                        overage_served[feature] += cost - max(balance, 0)
                    balance -= cost
                    cost_served[feature] += cost

                if reason != SERVED:
                    refuse(blocked, admitted, customer, event, feature, value - units)
                note(ledger, event, reason, units, cost, balance, 0)
            outcome.used[segment] = rates.included + topped_up - balance
            outcome.topped_up[segment] = topped_up
            outcome.closing[segment] = balance
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                feature = close_cell(segments, cell, blocked, admitted)
                outcome.cell_cost[cell] = cost_served[feature]
                outcome.cell_overage[cell] = overage_served[feature]
                cost_served[feature] = 0
                overage_served[feature] = 0
    return purchases[:purchase_count].copy()

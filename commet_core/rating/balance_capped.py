"""Balance under a spend cap, and with corrections, event by event (billing-rules 6, 15.5, 15.7)."""

from __future__ import annotations

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
from commet_core.rating.balance_kernel import BalanceOutcome, BalanceRates, TopUpRule, pay_back
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
from commet_core.rating.rollover import RolloverRates, roll_over, room_for_lots
from commet_core.rating.token_costs import request_charge
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import AI_MODEL, NOT_IN_PLAN, PRICED, UNLIMITED


@compiled
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
    purchases = np.empty((16, PURCHASE_COLUMNS), np.int64)
    purchase_count, feature_count = 0, rates.kinds.shape[1]
    blocked, counts = nothing_blocked(feature_count), no_counts(feature_count)
    cost_served, overage_served = np.zeros(feature_count, np.int64), np.zeros(feature_count, np.int64)
    addition = np.searchsorted(additions.segments, segments.offsets[first_customer])
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    rolling, acts, changing = len(rollover.rolls) > 0, len(additions.segments) > 0, len(within.segments) > 0
    lots = room_for_lots(segments.offsets, first_customer, last_customer, rollover.rolls)
    for customer in range(first_customer, last_customer):
        rolled, first_lot, last_lot = 0, 0, 0
        for segment in range(segments.offsets[customer], segments.offsets[customer + 1]):
            first_event, last_event = segments.first_events[segment], segments.last_events[segment]
            stage = segments.stages[segment]
            kinds, unit_prices, blocks = rates.kinds[stage], rates.unit_prices[stage], rates.blocks[stage]
            margins, cap, free = rates.margins[stage], caps.amounts[stage], caps.free[stage]
            balance = rates.included[stage] + rolled
            topped_up, top_ups_left, reached, free_nanos = 0, 0, NEVER, 0
            of_top_ups, given = 0, 0
            tops_up = rule.amount > 0 and blocks
            if tops_up and is_buyer(rule.hashes, customer, segments.periods[segment], rule.buyers_micros):
                top_ups_left = rule.per_period
            last_addition = additions_until(additions, addition, segment) if acts else 0
            last_change = changes_until(within, change, segment) if changing else 0
            room = min(top_ups_left, last_event - first_event) + last_addition - addition
            if purchase_count + room > len(purchases):
                purchases = with_room(purchases, purchase_count, room)
            while first_event < last_event or addition < last_addition:
                until = next_stop(additions, addition, last_addition, within, change, last_change, last_event)
                for event in range(first_event, until):
                    feature, value = events.features[event], events.values[event]
                    kind = kinds[feature]
                    reason, units, cost = SERVED, value, 0
                    if value < 0:  # 15.7
                        units = -correct(counts, corrections, events, event)
                        if kind == PRICED:
                            back = min(times_half_up(-units, unit_prices[feature]), cost_served[feature])
                            relieved = min(back, max(-balance, 0))
                            of_feature = min(relieved, overage_served[feature])
                            overage_served[feature] -= of_feature
                            pay_back(overage_served, relieved - of_feature)
                            cost = -back
                    elif kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                        reason, units = refusal(kind), 0
                    elif kind != UNLIMITED:  # 3.5
                        by_tokens = kind == AI_MODEL
                        if by_tokens:
                            cost = request_charge(events.token_costs[event], margins[feature], rates.exchange)  # 11.2
                        else:
                            cost = times_half_up(value, unit_prices[feature])  # 1.2
                        in_parts = aggregate and not by_tokens  # 3.2
                        budget, capped = balance, False
                        if cost > balance and blocks:
                            beyond_limit = True
                            if top_ups_left > 0:  # 6.5
                                left = cap - topped_up if cap != NO_CAP else NEVER
                                bought, beyond_limit, capped = _top_ups_allowed(
                                    cost - balance, rule.amount, top_ups_left, left, in_parts, free
                                )
                                if bought > 0:
                                    purchases[purchase_count] = (event, segment, 0, bought)
                                    purchase_count += 1
                                    of_top_ups = min(of_top_ups, max(balance, 0)) + bought * rule.amount
                                    balance += bought * rule.amount
                                    topped_up += bought * rule.amount
                                    top_ups_left -= bought
                            capped = capped and not beyond_limit
                            budget = balance
                            if cost > balance and not capped:  # 6.3
                                reason = ALLOWANCE_EXHAUSTED
                        elif cost > balance and cost > 0 and cap != NO_CAP and topped_up + cost - balance > cap:
                            capped = True  # a balance goes below zero by at most the cap
                            budget = max(max(cap - topped_up, 0) + balance, balance, 0)
                        if capped and cost > budget:  # 15.5
                            reached = min(reached, times[event])
                            if free:
                                free_nanos += cost - budget
                                cost = budget
                            else:
                                reason = SPEND_CAP
                        if reason != SERVED:
                            units = whole_units(budget, unit_prices[feature]) if in_parts else 0
                            cost = times_half_up(units, unit_prices[feature])
                        if not blocks and cost > balance:  # 6.2
                            overage_served[feature] += cost - max(balance, 0)
                    balance -= cost
                    cost_served[feature] += cost
                    if value >= 0:
                        counts.served[feature] += units
                    if cap != NO_CAP and topped_up + max(-balance, 0) >= max(cap, 1):
                        reached = min(reached, times[event])
                    if reason != SERVED:
                        if reason == SPEND_CAP:
                            count_capped(counts, feature, value - units)
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
                    if cap != NO_CAP and topped_up + max(-balance, 0) >= max(cap, 1):
                        reached = min(reached, additions.times[addition])
                    addition += 1
                elif until < last_event:  # 8.7
                    now = within.stages[change]
                    kinds, unit_prices, margins = rates.kinds[now], rates.unit_prices[now], rates.margins[now]
                    change += 1
            change = last_change
            of_top_ups = min(of_top_ups, max(balance, 0))
            if rolling:
                if rollover.rolls[segment]:  # 15.2
                    granted = rates.included[stage] + given
                    used = granted + rolled - (max(balance, 0) - of_top_ups)
                    limits = rollover.periods[stage], rollover.amounts[stage]
                    first_lot, last_lot, rolled = roll_over(lots, first_lot, last_lot, used, granted, *limits)
                else:
                    rolled, first_lot, last_lot = 0, 0, 0
                outcome.rolled_out[segment] = rolled
            outcome.topped_up[segment] = topped_up
            outcome.of_top_ups[segment] = of_top_ups
            outcome.closing[segment] = balance
            beyond.reached_at[segment] = reached
            beyond.free[segment] = free_nanos
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                feature = close_cell(segments, cell, blocked, admitted)
                close_counts(counts, cell, feature, admitted, beyond)
                outcome.cell_cost[cell] = cost_served[feature]
                outcome.cell_overage[cell] = overage_served[feature]
                cost_served[feature] = 0
                overage_served[feature] = 0
    return purchases[:purchase_count].copy()

"""Metered under a spend cap, and with corrections, event by event (billing-rules 4, 15.1, 15.5, 15.7)."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import times_floor
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    SERVED,
    UNITS,
    Admitted,
    Events,
    Ledger,
    changes_until,
    close_cell,
    note,
    nothing_blocked,
    refusal,
    refuse,
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
from commet_core.rating.metered_rates import MeteredRates
from commet_core.rating.tiers import ONE_PRICE, VOLUME, units_in
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import LIMITED, NOT_IN_PLAN, PRICED

AT_ONCE: Final = 16
"""Events that are served together where they stay below the cap."""

MORE_THAN_ANY: Final = 2**62
"""Micros, above every value."""


@compiled
def exact_cost(rates: MeteredRates, choices, stage, feature, beyond):  # type: ignore[no-untyped-def]
    """What so many micros beyond what is included come to if the period ended now: whole nanos, and millionths of one.

    Of several sets of prices the one that costs less holds (8.7).
    """
    whole, part = _cost_at(rates, stage, feature, beyond)
    for row in range(choices[stage], choices[stage + 1]):
        other, other_part = _cost_at(rates, row, feature, beyond)
        if other < whole or (other == whole and other_part < part):
            whole, part = other, other_part
    return whole, part


@compiled
def _cost_at(rates: MeteredRates, row, feature, beyond):  # type: ignore[no-untyped-def]
    """The same at the prices of one row of the rates."""
    if beyond <= 0:
        return 0, 0
    mode = rates.tiers.modes[row, feature]
    if mode == ONE_PRICE:
        return _product(beyond, rates.unit_prices[row, feature])
    whole, part, lower = 0, 0, 0
    first = rates.tiers.firsts[row, feature]
    for tier in range(first, first + rates.tiers.counts[row, feature]):
        units = units_in(mode, lower, rates.tiers.up_to[tier], beyond)
        if units > 0:
            more, more_part = _product(units, rates.tiers.unit_prices[tier])
            whole += more + rates.tiers.flats[tier]
            part += more_part
        lower = rates.tiers.up_to[tier]
    return whole + part // MICROS, part % MICROS


@compiled
def _product(micros, price):  # type: ignore[no-untyped-def]
    return times_floor(micros, price), (micros % MICROS) * (price % MICROS) % MICROS


@compiled
def _fits(rates: MeteredRates, row, feature, beyond, others, others_part, cap):  # type: ignore[no-untyped-def]
    """Whether so many micros of a feature, and what the other features come to, are no more than the cap, exactly."""
    whole, part = _cost_at(rates, row, feature, beyond)
    whole, part = whole + others, part + others_part
    return whole + (part + MICROS - 1) // MICROS <= cap


@compiled
def _most_in(rates: MeteredRates, row, feature, base, step, low, high, others, others_part, cap):  # type: ignore[no-untyped-def]
    """The most steps, from low to high, that fit beside the others, where more of them cost more; low - 1 where none do."""
    low -= 1
    while low < high:
        middle = low + (high - low + 1) // 2
        if _fits(rates, row, feature, base + middle * step, others, others_part, cap):
            low = middle
        else:
            high = middle - 1
    return low


@compiled
def _most_at(rates: MeteredRates, row, feature, base, step, count, others, others_part, cap):  # type: ignore[no-untyped-def]
    """`most_that_fit` at the prices of one row of the rates.

    By volume a further tier may cost less in all: each tier is asked by itself, the last first.
    """
    if rates.tiers.modes[row, feature] == VOLUME:
        first = rates.tiers.firsts[row, feature]
        for tier in range(first + rates.tiers.counts[row, feature] - 1, first - 1, -1):
            lower = rates.tiers.up_to[tier - 1] if tier > first else 0
            low = max(1, (lower - base) // step + 1)
            high = count
            if rates.tiers.up_to[tier] < base + count * step:
                high = (rates.tiers.up_to[tier] - base) // step
            if low <= high:
                most = _most_in(rates, row, feature, base, step, low, high, others, others_part, cap)
                if most >= low:
                    return most
        return max(0, min(count, -base // step))
    return max(0, _most_in(rates, row, feature, base, step, 1, count, others, others_part, cap))


@compiled
def most_that_fit(rates: MeteredRates, choices, stage, feature, base, step, count, others, others_part, cap):  # type: ignore[no-untyped-def]
    """The most steps of so many micros, up to `count`, after `base` micros beyond what is included, that the cap leaves room for."""
    most = _most_at(rates, stage, feature, base, step, count, others, others_part, cap)
    for row in range(choices[stage], choices[stage + 1]):
        most = max(most, _most_at(rates, row, feature, base, step, count, others, others_part, cap))
    return most


@compiled
def _rate_anew(rates: MeteredRates, choices, stage, cap, counts, free, costs):  # type: ignore[no-untyped-def]
    """Other terms hold for the whole period (8.7): what each feature has cost so far, and what they come to: whole nanos and
    millionths. What is dearer than the cap allows is free from then on, feature after feature (14).
    """
    spent, spent_part = 0, 0
    for feature in range(len(free)):
        whole, part = 0, 0
        if rates.kinds[stage, feature] == PRICED:
            base = -rates.included[stage, feature]
            charged = counts.served[feature] - free[feature]
            if cap != NO_CAP:
                charged = most_that_fit(rates, choices, stage, feature, base, 1, charged, spent, spent_part, cap)
                free[feature] = counts.served[feature] - charged
            whole, part = exact_cost(rates, choices, stage, feature, base + charged)
        costs[0, feature], costs[1, feature] = whole, part
        spent, spent_part = spent + whole, spent_part + part
        spent, spent_part = spent + spent_part // MICROS, spent_part % MICROS
    return spent, spent_part


@compiled
def replay_capped(  # type: ignore[no-untyped-def]
    first_customer,
    last_customer,
    segments: Segments,
    events: Events,
    times,
    rates: MeteredRates,
    choices,
    caps: Caps,
    corrections: Corrections,
    within: Within,
    aggregate: bool,
    admitted: Admitted,
    free_units,
    beyond: BeyondOutcome,
    ledger: Ledger,
):
    """Replays the events of a range of customers; fills `admitted`, `beyond` and, per cell, the micros that are free.

    choices: as `metered.other_choices` has them.
    """
    feature_count = rates.kinds.shape[1]
    blocked, counts = nothing_blocked(feature_count), no_counts(feature_count)
    free, costs = np.zeros(feature_count, np.int64), np.zeros((2, feature_count), np.int64)
    refused_from = np.zeros(feature_count, np.int64)
    changing, plain = len(within.segments) > 0, len(ledger.reasons) == 0 and len(corrections.events) == 0
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    for segment in range(segments.offsets[first_customer], segments.offsets[last_customer]):
        stage, last_change = np.int64(segments.stages[segment]), 0
        if changing:
            last_change = changes_until(within, change, segment)
        kinds, includes, cap = rates.kinds[stage], rates.included[stage], caps.amounts[stage]
        spent, spent_part, reached = 0, 0, NEVER
        free[:] = 0
        costs[:] = 0
        customer = np.searchsorted(segments.offsets, segment, side="right") - 1
        first_event, in_sums = segments.first_events[segment], plain and change == last_change
        if in_sums and _all_fits(segments, segment, rates, choices, cap):
            beyond.reached_at[segment] = NEVER
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_cell(segments, cell, blocked, admitted)
            continue
        is_rising = in_sums and cap != NO_CAP and _costs_rise(segments, segment, rates, choices)
        if is_rising:
            first_event, spent, spent_part = _serve_below(
                segments, segment, events, rates, cap, counts.served, refused_from, costs
            )
        refused_from[:] = MORE_THAN_ANY
        for event in range(first_event, segments.last_events[segment]):
            while change < last_change and within.events[change] <= event:  # 8.7
                stage = within.stages[change]
                kinds, includes = rates.kinds[stage], rates.included[stage]
                spent, spent_part = _rate_anew(rates, choices, stage, cap, counts, free, costs)
                if cap != NO_CAP and spent >= max(cap, 1):
                    reached = min(reached, within.times[change])
                change += 1
            feature, value = events.features[event], events.values[event]
            kind, included = kinds[feature], includes[feature]
            reason, units, charged = SERVED, value, value
            if value < 0:  # 15.7
                units = -correct(counts, corrections, events, event)
                charged = units + min(free[feature], -units)
                free[feature] += units - charged
            elif kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
                reason, units, charged = refusal(kind), 0, 0
            elif kind == LIMITED and counts.served[feature] + value > included:  # 4.3
                reason = ALLOWANCE_EXHAUSTED
                units = max(0, included - counts.served[feature]) // MICROS * MICROS if aggregate else 0  # 3.2
                charged = units
            elif value >= refused_from[feature]:  # as one of it was before
                if caps.free[stage]:
                    charged = 0
                    free[feature] += value
                else:
                    reason, units, charged = SPEND_CAP, 0, 0
            elif kind == PRICED and cap != NO_CAP:  # 15.5
                others, others_part = spent - costs[0, feature], spent_part - costs[1, feature]
                if others_part < 0:
                    others, others_part = others - 1, others_part + MICROS
                base = counts.served[feature] - free[feature] - included
                whole, part = exact_cost(rates, choices, stage, feature, base + value)
                dearer = whole > costs[0, feature] or (whole == costs[0, feature] and part > costs[1, feature])
                if dearer and whole + others + (part + others_part + MICROS - 1) // MICROS > cap:
                    reached = min(reached, times[event])
                    room = others, others_part, cap
                    if caps.free[stage]:
                        charged = most_that_fit(rates, choices, stage, feature, base, 1, value, *room)
                        free[feature] += value - charged
                    else:
                        reason, units = SPEND_CAP, 0
                        if aggregate:
                            steps = value // MICROS
                            units = most_that_fit(rates, choices, stage, feature, base, MICROS, steps, *room) * MICROS
                        charged = units
                    if charged == 0 and is_rising:
                        refused_from[feature] = value
            if value >= 0:
                counts.served[feature] += units
            if kind == PRICED and cap != NO_CAP and charged != 0:
                beyond_included = counts.served[feature] - free[feature] - included
                whole, part = exact_cost(rates, choices, stage, feature, beyond_included)
                spent, spent_part = spent + whole - costs[0, feature], spent_part + part - costs[1, feature]
                spent, spent_part = spent + spent_part // MICROS, spent_part % MICROS
                costs[0, feature], costs[1, feature] = whole, part
                refused_from[feature] = MORE_THAN_ANY
                if spent >= max(cap, 1):
                    reached = min(reached, times[event])
            if reason != SERVED:
                if reason == SPEND_CAP:
                    count_capped(counts, feature, value - units)
                refuse(blocked, admitted, customer, event, feature, value - units, reason)
            note(ledger, event, reason, units, charged, max(0, included - counts.served[feature]), 0)
        while change < last_change:
            stage = within.stages[change]
            spent, _ = _rate_anew(rates, choices, stage, cap, counts, free, costs)
            if cap != NO_CAP and spent >= max(cap, 1):
                reached = min(reached, within.times[change])
            change += 1
        beyond.reached_at[segment] = reached
        for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
            feature = close_cell(segments, cell, blocked, admitted)
            free_units[cell] = free[feature]
            close_counts(counts, cell, feature, admitted, beyond)
        _value_free(segments, segment, rates, choices, stage, admitted, free_units, beyond)


@compiled
def _costs_rise(segments: Segments, segment, rates: MeteredRates, choices):  # type: ignore[no-untyped-def]
    """Whether more units cost no less, whatever is served: not by volume, and not where one of several sets of prices holds."""
    stage = segments.stages[segment]
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        if rates.tiers.modes[stage, segments.cell_features[cell]] == VOLUME:
            return False
    return choices[stage] == choices[stage + 1]


@compiled
def _serve_below(segments: Segments, segment, events: Events, rates: MeteredRates, cap, served, ahead, costs):  # type: ignore[no-untyped-def]
    """Serves events as long as all of them together stay below the cap, so many at once; the first that is left, and what they cost.

    Fills in what was served, and what of each feature costs. ahead: room for what would be served, one entry per feature.
    """
    stage, last_event = segments.stages[segment], segments.last_events[segment]
    kinds, spent, spent_part = rates.kinds[stage], 0, 0
    first = segments.first_events[segment]
    while first < last_event:
        until = min(first + AT_ONCE, last_event)
        ahead[:] = served
        for event in range(first, until):
            if kinds[events.features[event]] >= NOT_IN_PLAN:
                return first, spent, spent_part
            ahead[events.features[event]] += events.values[event]
        whole, part = 0, 0
        for feature in range(len(served)):
            kind, included = kinds[feature], rates.included[stage, feature]
            if kind == LIMITED and ahead[feature] > included:
                return first, spent, spent_part
            if kind == PRICED:
                more, more_part = _cost_at(rates, stage, feature, ahead[feature] - included)
                whole, part = whole + more, part + more_part
        if whole + (part + MICROS - 1) // MICROS >= cap:
            return first, spent, spent_part
        served[:] = ahead
        for feature in range(len(served)):
            if kinds[feature] == PRICED:
                costs[0, feature], costs[1, feature] = _cost_at(
                    rates, stage, feature, ahead[feature] - rates.included[stage, feature]
                )
        spent, spent_part = whole + part // MICROS, part % MICROS
        first = until
    return first, spent, spent_part


@compiled
def _all_fits(segments: Segments, segment, rates: MeteredRates, choices, cap):  # type: ignore[no-untyped-def]
    """Whether all that was demanded in a segment is served below the cap, so that the order of its events decides nothing.

    By volume a part of it may cost more than all of it, and takes the events.
    """
    stage, whole, part = segments.stages[segment], 0, 0
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature, units = segments.cell_features[cell], segments.cell_units[cell]
        kind, included = rates.kinds[stage, feature], rates.included[stage, feature]
        if kind >= NOT_IN_PLAN or (kind == LIMITED and units > included):
            return False
        if kind == PRICED and cap != NO_CAP:
            if rates.tiers.modes[stage, feature] == VOLUME or choices[stage] < choices[stage + 1]:
                return False
            more, more_part = _cost_at(rates, stage, feature, units - included)
            whole, part = whole + more, part + more_part
    return cap == NO_CAP or whole + (part + MICROS - 1) // MICROS < cap


@compiled
def _value_free(  # type: ignore[no-untyped-def]
    segments: Segments, segment, rates: MeteredRates, choices, stage, admitted: Admitted, free_units, beyond: BeyondOutcome
):
    """What a segment's free units would have cost beside those that were charged, rounded down to nanos."""
    whole, part = 0, 0
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        if free_units[cell] > 0:
            feature = segments.cell_features[cell]
            used = admitted.cells[UNITS, cell] - rates.included[stage, feature]
            all_whole, all_part = exact_cost(rates, choices, stage, feature, used)
            paid_whole, paid_part = exact_cost(rates, choices, stage, feature, used - free_units[cell])
            whole, part = whole + all_whole - paid_whole, part + all_part - paid_part
    beyond.free[segment] = max(0, whole + part // MICROS)

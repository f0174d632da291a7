"""Metered under a spend cap, and with corrections, event by event (billing-rules 4, 15.1, 15.5, 15.7)."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import times_floor
from commet_core.rating.admission import (
    ALLOWANCE_EXHAUSTED,
    SERVED,
    UNITS,
    Admitted,
    Events,
    Ledger,
    close_cell,
    left_in_units,
    nothing_blocked,
    refusal,
    tell,
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
from commet_core.rating.metered_rates import MeteredRates
from commet_core.rating.stops import changes_until
from commet_core.rating.tiers import ONE_PRICE, VOLUME, units_in
from commet_core.timeline.segments import Segments, Within
from commet_core.timeline.treatments import LIMITED, NOT_IN_PLAN, PRICED

AT_ONCE: Final = 16
"""Events that are served together where they stay below the cap."""

MORE_THAN_ANY: Final = 2**62
"""Micros, above every value."""


@step
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


@step
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


@step
def _product(micros, price):  # type: ignore[no-untyped-def]
    return times_floor(micros, price), (micros % MICROS) * (price % MICROS) % MICROS


@step
def _fits(rates: MeteredRates, row, feature, beyond, others, others_part, cap):  # type: ignore[no-untyped-def]
    """Whether so many micros of a feature, and what the other features come to, are no more than the cap, exactly."""
    whole, part = _cost_at(rates, row, feature, beyond)
    whole, part = whole + others, part + others_part
    return whole + (part + MICROS - 1) // MICROS <= cap


@step
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


@step
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


@step
def most_that_fit(rates: MeteredRates, choices, stage, feature, base, step, count, others, others_part, cap):  # type: ignore[no-untyped-def]
    """The most steps of so many micros, up to `count`, after `base` micros beyond what is included, that the cap leaves room for."""
    most = _most_at(rates, stage, feature, base, step, count, others, others_part, cap)
    for row in range(choices[stage], choices[stage + 1]):
        most = max(most, _most_at(rates, row, feature, base, step, count, others, others_part, cap))
    return most


class Spent(NamedTuple):
    """What all features of a segment have come to so far, beyond what is included: nanos, and millionths of one.

    reached_at  microseconds: when that was first as much as the cap; NEVER where it was not
    """

    nanos: int
    part: int
    reached_at: int


class Tally(NamedTuple):
    """What happened in the segment at hand, an entry per feature: int64.

    blocked       as `nothing_blocked` has it
    free          micros served beyond the cap
    costs         two rows: what each has come to so far, nanos and millionths
    refused_from  micros: so large a value does not fit below the cap, as one that was tried before did not
    """

    blocked: np.ndarray
    free: np.ndarray
    costs: np.ndarray
    refused_from: np.ndarray


@step
def _with(spent: Spent, more, more_part, cap, at):  # type: ignore[no-untyped-def]
    """What is spent with so much more, at a moment at which that may reach the cap."""
    nanos, part = spent.nanos + more, spent.part + more_part
    nanos, part = nanos + part // MICROS, part % MICROS
    is_reached = cap != NO_CAP and nanos >= max(cap, 1)
    return Spent(nanos, part, min(spent.reached_at, at) if is_reached else spent.reached_at)


@step
def _rate_anew(  # type: ignore[no-untyped-def]
    rates: MeteredRates, choices, stage, cap, counts: Counts, tally: Tally, spent: Spent, at
):
    """Other terms hold for the whole period (8.7), from a moment: what each feature has cost so far, and what they come to.

    What is dearer than the cap allows is free from then on, feature after feature (14).
    """
    anew = Spent(0, 0, spent.reached_at)
    for feature in range(len(tally.free)):
        whole, part = 0, 0
        if rates.kinds[stage, feature] == PRICED:
            base = -rates.included[stage, feature]
            charged = counts.served[feature] - tally.free[feature]
            if cap != NO_CAP:
                charged = most_that_fit(rates, choices, stage, feature, base, 1, charged, anew.nanos, anew.part, cap)
                tally.free[feature] = counts.served[feature] - charged
            whole, part = exact_cost(rates, choices, stage, feature, base + charged)
        tally.costs[0, feature], tally.costs[1, feature] = whole, part
        anew = _with(anew, whole, part, cap, at)
    return anew


@step
def _charge(  # type: ignore[no-untyped-def]
    rates: MeteredRates, choices, stage, cap, feature, counts: Counts, tally: Tally, spent: Spent, at
):
    """What is spent when a feature has come to what its units cost that are served and not free."""
    beyond_included = counts.served[feature] - tally.free[feature] - rates.included[stage, feature]
    whole, part = exact_cost(rates, choices, stage, feature, beyond_included)
    more, more_part = whole - tally.costs[0, feature], part - tally.costs[1, feature]
    tally.costs[0, feature], tally.costs[1, feature] = whole, part
    tally.refused_from[feature] = MORE_THAN_ANY
    return _with(spent, more, more_part, cap, at)


@step
def _below_cap(  # type: ignore[no-untyped-def]
    rates: MeteredRates, choices, stage, cap, free, aggregate, feature, value, counts: Counts, tally: Tally, spent: Spent
):
    """Of a value of a feature with a price, the micros that the cap leaves room for (15.5), and whether it does for all of them.

    Where the rest is refused, and the row is one request, it is all or none (3.2).
    """
    others, others_part = spent.nanos - tally.costs[0, feature], spent.part - tally.costs[1, feature]
    if others_part < 0:
        others, others_part = others - 1, others_part + MICROS
    base = counts.served[feature] - tally.free[feature] - rates.included[stage, feature]
    whole, part = exact_cost(rates, choices, stage, feature, base + value)
    dearer = whole > tally.costs[0, feature] or (whole == tally.costs[0, feature] and part > tally.costs[1, feature])
    if not dearer or whole + others + (part + others_part + MICROS - 1) // MICROS <= cap:
        return value, True
    if not (free or aggregate):
        return 0, False
    step_micros = 1 if free else MICROS
    count = value // step_micros
    fit = most_that_fit(rates, choices, stage, feature, base, step_micros, count, others, others_part, cap)
    return fit * step_micros, False


@step
def _serve(  # type: ignore[no-untyped-def]
    first_event,
    until,
    customer,
    stage,
    cap,
    free,
    is_rising,
    events: Events,
    times,
    rates: MeteredRates,
    choices,
    corrections: Corrections,
    aggregate,
    spent: Spent,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Serves events, one by one, on the terms of a stage; what is spent then."""
    for event in range(first_event, until):
        feature, value = events.features[event], events.values[event]
        kind, included = rates.kinds[stage, feature], rates.included[stage, feature]
        reason, units, charged = SERVED, value, value
        if value < 0:  # 15.7
            units = -correct(counts, corrections, events, event)
            charged = units + min(tally.free[feature], -units)
        elif kind >= NOT_IN_PLAN:  # 3.3, 8.4, 8.5
            reason, units, charged = refusal(kind), 0, 0
        elif kind == LIMITED and counts.served[feature] + value > included:  # 4.3
            reason = ALLOWANCE_EXHAUSTED
            units = charged = left_in_units(included, counts.served[feature], aggregate)
        elif value >= tally.refused_from[feature] or (kind == PRICED and cap != NO_CAP):  # 15.5
            fits = False
            charged = 0
            if value < tally.refused_from[feature]:
                terms = rates, choices, stage, cap, free, aggregate
                charged, fits = _below_cap(*terms, feature, value, counts, tally, spent)
                if not fits:
                    spent = Spent(spent.nanos, spent.part, min(spent.reached_at, times[event]))
                if charged == 0 and not fits and is_rising:
                    tally.refused_from[feature] = value
            if not fits and not free:
                reason, units = SPEND_CAP, charged
        tally.free[feature] += units - charged
        count(counts, feature, value, units, reason)
        if kind == PRICED and cap != NO_CAP and charged != 0:
            spent = _charge(rates, choices, stage, cap, feature, counts, tally, spent, times[event])
        left = max(0, included - counts.served[feature])
        tell(tally.blocked, admitted, ledger, customer, event, feature, value, reason, units, charged, left, 0)
    return spent


@step
def _replay_segment(  # type: ignore[no-untyped-def]
    segment,
    segments: Segments,
    events: Events,
    times,
    rates: MeteredRates,
    choices,
    caps: Caps,
    corrections: Corrections,
    within: Within,
    change,
    last_change,
    in_sums,
    aggregate,
    tally: Tally,
    counts: Counts,
    admitted: Admitted,
    ledger: Ledger,
):
    """Replays a segment; when the cap was reached, and the stage whose terms hold at the end."""
    stage, customer = np.int64(segments.stages[segment]), np.searchsorted(segments.offsets, segment, side="right") - 1
    first_event, last_event = segments.first_events[segment], segments.last_events[segment]
    cap, spent = caps.amounts[stage], Spent(0, 0, NEVER)
    tally.free[:] = 0
    tally.costs[:] = 0
    is_rising = in_sums and cap != NO_CAP and _costs_rise(segments, segment, rates, choices)
    if is_rising:
        ahead = tally.refused_from
        first_event, whole, part = _serve_below(segments, segment, events, rates, cap, counts.served, ahead, tally.costs)
        spent = Spent(whole, part, NEVER)
    tally.refused_from[:] = MORE_THAN_ANY
    while first_event < last_event or change < last_change:
        until = min(within.events[change], last_event) if change < last_change else last_event
        terms = stage, cap, caps.free[stage], is_rising, events, times, rates, choices, corrections, aggregate
        spent = _serve(first_event, until, customer, *terms, spent, tally, counts, admitted, ledger)
        first_event = until
        if change < last_change:  # 8.7
            stage = np.int64(within.stages[change])
            spent = _rate_anew(rates, choices, stage, cap, counts, tally, spent, within.times[change])
            change += 1
    return spent.reached_at, stage


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
    features = rates.kinds.shape[1]
    free, costs, refused_from = np.zeros(features, np.int64), np.zeros((2, features), np.int64), np.zeros(features, np.int64)
    tally, counts = Tally(nothing_blocked(features), free, costs, refused_from), no_counts(features)
    plain = len(ledger.reasons) == 0 and len(corrections.events) == 0
    change = np.searchsorted(within.segments, segments.offsets[first_customer])
    for segment in range(segments.offsets[first_customer], segments.offsets[last_customer]):
        last_change = changes_until(within, change, segment)
        in_sums = plain and change == last_change
        if in_sums and _all_fits(segments, segment, rates, choices, caps.amounts[segments.stages[segment]]):
            beyond.reached_at[segment] = NEVER
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                close_cell(segments, cell, tally.blocked, admitted)
            continue
        beyond.reached_at[segment], stage = _replay_segment(
            segment, segments, events, times, rates, choices, caps, corrections, within, change, last_change, in_sums,
            aggregate, tally, counts, admitted, ledger,
        )  # fmt: skip
        change = last_change
        for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
            feature = close_cell(segments, cell, tally.blocked, admitted)
            free_units[cell] = tally.free[feature]
            close_counts(counts, cell, feature, admitted, beyond)
        _value_free(segments, segment, rates, choices, stage, admitted, free_units, beyond)


@step
def _costs_rise(segments: Segments, segment, rates: MeteredRates, choices):  # type: ignore[no-untyped-def]
    """Whether more units cost no less, whatever is served: not by volume, and not where one of several sets of prices holds."""
    stage = segments.stages[segment]
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        if rates.tiers.modes[stage, segments.cell_features[cell]] == VOLUME:
            return False
    return choices[stage] == choices[stage + 1]


@step
def _serve_below(segments: Segments, segment, events: Events, rates: MeteredRates, cap, served, ahead, costs):  # type: ignore[no-untyped-def]
    """Serves events as long as all of them together stay below the cap, so many at once; the first that is left, and what they cost.

    Fills in what was served, and what of each feature costs. ahead: room for what would be served, one entry per feature.
    """
    stage, last_event = segments.stages[segment], segments.last_events[segment]
    kinds, spent, spent_part = rates.kinds[stage], 0, 0
    first = segments.first_events[segment]
    while first < last_event:
        until = min(first + AT_ONCE, last_event)
        for feature in range(len(served)):
            ahead[feature] = served[feature]
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
        for feature in range(len(served)):
            served[feature] = ahead[feature]
            if kinds[feature] == PRICED:
                costs[0, feature], costs[1, feature] = _cost_at(
                    rates, stage, feature, ahead[feature] - rates.included[stage, feature]
                )
        spent, spent_part = whole + part // MICROS, part % MICROS
        first = until
    return first, spent, spent_part


@step
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


@step
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

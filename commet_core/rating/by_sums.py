"""What the order of events cannot change: a segment's cost from the sums of its cells, where events cost what their sum does.

Each event's cost is rounded (billing-rules 1.2). Where every value of a feature is a multiple of g and g × the unit price is
whole, no event's cost is, and the costs add up to that of the sum. Whatever is refused, bought or priced by its tokens still
takes the events: a refusal has a first event, and an invoice a moment.

Where nobody asks for those (`Setting.in_sums`), more comes from sums (decisions.md 6.3): features that are refused whole, packs
of one size and top-ups that are bought without a limit, and a balance that goes below zero.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import per_million, times_half_up
from commet_core.rating.admission import EVENTS, FIRST, UNITS, refusal, refused_first
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import NOT_IN_PLAN, PRICED, UNLIMITED
from commet_core.usage.usage import TOTAL_MAX, Usage

BY_EVENT: Final = -1
"""The price of lots whose purchase takes the events."""


def adds_up(usage: Usage, kinds: np.ndarray, unit_prices: np.ndarray, *, in_sums: bool = False) -> np.ndarray:
    """bool, a row per stage, an entry per feature of the usage: its events cost what their sum does, and none is refused whole.

    kinds, unit_prices: as rates have them. in_sums: those that are refused whole count too, as their first refusal is not asked for.
    """
    steps = usage.derived("value_steps", lambda: value_steps(usage))
    whole = (steps % MICROS) * (unit_prices % MICROS) % MICROS == 0
    return np.where(kinds == PRICED, whole, (kinds == UNLIMITED) | (in_sums & (kinds >= NOT_IN_PLAN)))


def value_steps(usage: Usage) -> np.ndarray:
    """int64 micros, one per feature: something that divides all of its values; a whole unit where it does, else the largest."""
    steps = np.full(len(usage.features), MICROS, np.int64)
    fractional = np.zeros(len(usage.features), bool)
    _find_fractional(usage.feature_indexes.view(np.uint16), usage.values, fractional)
    for feature in np.flatnonzero(fractional).tolist():
        values = np.unique(usage.values[usage.feature_indexes == feature])
        steps[feature] = math.gcd(*values.tolist())
    return steps


@compiled
def _find_fractional(features, values, fractional):  # type: ignore[no-untyped-def]
    for event in range(len(values)):
        value = values[event]
        if value != per_million(value) * MICROS:
            fractional[features[event]] = True


@step
def demand_of(segments: Segments, segment, kinds, unit_prices, is_additive):  # type: ignore[no-untyped-def]
    """What all that is asked for in a segment and not refused whole costs; -1 where it takes the events to say."""
    total = 0
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        if not is_additive[feature]:
            return -1
        if kinds[feature] == PRICED:
            total += times_half_up(segments.cell_units[cell], unit_prices[feature])
    return total


@step
def add_demand(segments: Segments, segment, kinds, unit_prices, used):  # type: ignore[no-untyped-def]
    """Adds to `used`, one entry per feature, what it costs to serve all that is asked for in a segment."""
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        if kinds[feature] == PRICED:
            used[feature] += times_half_up(segments.cell_units[cell], unit_prices[feature])


@step
def refuse_whole(segments: Segments, segment, kinds, blocked):  # type: ignore[no-untyped-def]
    """Counts everything that is asked for in a segment of features that are refused whole (billing-rules 3.3, 8.4, 8.5)."""
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        if kinds[feature] >= NOT_IN_PLAN:
            blocked[feature, EVENTS] = segments.cell_events[cell]
            blocked[feature, UNITS] = segments.cell_units[cell]
            blocked[feature, FIRST] = refused_first(0, refusal(kinds[feature]))


@step
def lots_in_sum(shortfall, amount, price):  # type: ignore[no-untyped-def]
    """How many lots of an amount cover a shortfall that arises event by event; 0 where it takes the events to say.

    After each purchase less than a lot is left over, so that there are as many as for the whole shortfall at once. price: nanos
    a lot, in whole minor units, so that purchases cost what their sum does; `BY_EVENT` where that does not hold.
    """
    if price == BY_EVENT:
        return 0
    count = (shortfall - 1) // amount + 1
    return count if np.float64(count) * max(price, MICROS) < TOTAL_MAX else 0

"""What the order of events cannot change: a segment's cost from the sums of its cells, where events cost what their sum does.

Each event's cost is rounded (billing-rules 1.2). Where every value of a feature is a multiple of g and g × the unit price is
whole, no event's cost is, and the costs add up to that of the sum. Whatever is refused, bought or priced by its tokens still
takes the events: a refusal has a first event, and an invoice a moment.
"""

from __future__ import annotations

import math

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import per_million, times_half_up
from commet_core.timeline.segments import Segments
from commet_core.timeline.treatments import PRICED, UNLIMITED
from commet_core.usage.usage import Usage


def adds_up(usage: Usage, kinds: np.ndarray, unit_prices: np.ndarray) -> np.ndarray:
    """bool, a row per stage, an entry per feature of the usage: its events cost what their sum does, and none is refused whole.

    kinds, unit_prices: as rates have them.
    """
    steps = usage.derived("value_steps", lambda: value_steps(usage))
    whole = (steps % MICROS) * (unit_prices % MICROS) % MICROS == 0
    return np.where(kinds == PRICED, whole, kinds == UNLIMITED)


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


@compiled
def demand_of(segments: Segments, segment, kinds, unit_prices, is_additive):  # type: ignore[no-untyped-def]
    """What all that is asked for in a segment costs; -1 where it takes the events to say."""
    total = 0
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        if not is_additive[feature]:
            return -1
        if kinds[feature] != UNLIMITED:
            total += times_half_up(segments.cell_units[cell], unit_prices[feature])
    return total


@compiled
def add_demand(segments: Segments, segment, kinds, unit_prices, used):  # type: ignore[no-untyped-def]
    """Adds to `used`, one entry per feature, what it costs to serve all that is asked for in a segment."""
    for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
        feature = segments.cell_features[cell]
        if kinds[feature] != UNLIMITED:
            used[feature] += times_half_up(segments.cell_units[cell], unit_prices[feature])

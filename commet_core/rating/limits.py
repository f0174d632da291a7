"""Whether every amount of a replay will fit 64 bits, asked before anything is computed (billing-rules 1.4)."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS
from commet_core.rating.model import Rates
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.segments import Timeline
from commet_core.usage.usage import TOTAL_MAX, Usage


def check(timeline: Timeline, usage: Usage, candidate: Candidate, rates: Rates) -> None:
    """Raises InputError, naming the customer and the feature, where a period's cost could exceed what 64 bits hold."""
    per_unit = rates.unit_prices
    if len(timeline.within.segments):  # terms change inside segments: any of them may hold
        per_unit = per_unit.max(axis=0, keepdims=True)
    if float(timeline.cell_units_max) * float(per_unit.max(initial=0)) / MICROS * len(usage.features) < TOTAL_MAX:
        return
    features = timeline.segments.cell_features
    cost = timeline.cell_units.astype(np.float64) * timeline.of_cells(per_unit) / MICROS
    if cost.size == 0 or float(cost.max()) * len(usage.features) < TOTAL_MAX:
        return
    running = np.concatenate([[0.0], np.cumsum(cost)])
    offsets = timeline.segments.cell_offsets
    if float((running[offsets[1:]] - running[offsets[:-1]]).max()) < TOTAL_MAX / 2 and float(cost.max()) < TOTAL_MAX / 2:
        return
    worst = int(cost.argmax())
    customer = usage.customers[timeline.customers[timeline.segment_customers[timeline.cell_segments[worst]]]].as_py()
    raise InputError.of(
        f"candidate {candidate.name!r}, feature {usage.features[features[worst]]!r}",
        f"what customer {customer!r} used in one period costs more than can be held",
        "Check the price and the usage values; a larger unit keeps numbers smaller",
    )

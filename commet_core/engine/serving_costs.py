"""What it costs the vendor to serve a unit."""

from __future__ import annotations

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import nanos
from commet_core.foundation.rounding import times_half_up
from commet_core.timeline.add_on_spells import feature_code


def unit_costs(catalog: Catalog, features: tuple[str, ...]) -> np.ndarray:
    """int64 nanos, one per feature of the usage: what one unit costs the vendor; 0 where the catalog does not say."""
    listed = [catalog.features.get(feature_code(name)) for name in features]
    known = [None if feature is None else feature.unit_cost for feature in listed]
    return np.array([0 if cost is None else nanos(cost) for cost in known], np.int64)


@compiled
def units_times(units, prices):  # type: ignore[no-untyped-def]
    """Micros of units × nanos a unit (or micros of credits), rounded half up; one per entry."""
    amounts = np.empty(len(units), np.int64)
    for row in range(len(units)):
        amounts[row] = times_half_up(units[row], prices[row])
    return amounts

"""Who pays less, the same or more than under the baseline, and whether that is a gain: four groups of customers."""

from __future__ import annotations

import numpy as np

from commet_core.engine.run import Run
from commet_core.engine.told import told_customers
from commet_core.foundation.vocabulary import PRICE_CHANGES, PriceChange

_PLACES: dict[PriceChange, int] = {change: place for place, change in enumerate(PRICE_CHANGES)}


def customer_changes(run: Run, baseline: Run) -> np.ndarray:
    """int64, one per customer of the timeline: its place in PRICE_CHANGES. Who is refused something has not won by paying less."""
    difference = told_customers(run) - told_customers(baseline)
    less = np.where(run.customer_blocked_events > 0, _PLACES["less_refused"], _PLACES["less_served"])
    return np.where(difference < 0, less, np.where(difference == 0, _PLACES["same"], _PLACES["more"]))


def customers_by_change(run: Run, baseline: Run) -> tuple[int, ...]:
    """Customers in each of PRICE_CHANGES; together all of them."""
    return tuple(np.bincount(customer_changes(run, baseline), minlength=len(PRICE_CHANGES)).tolist())

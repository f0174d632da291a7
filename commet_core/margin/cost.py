"""Cost to serve: what the vendor pays for the usage that was served, and would have paid for what was refused."""

from __future__ import annotations

import numpy as np

from commet_core.admission import times_half_up
from commet_core.catalog import Catalog
from commet_core.compiled import compiled
from commet_core.errors import InputError
from commet_core.money import MICROS, nanos
from commet_core.run import Run
from commet_core.totals import sum_by_offsets
from commet_core.usage import TOTAL_MAX


def unit_costs(catalog: Catalog, features: tuple[str, ...]) -> np.ndarray:
    """int64 nanos, one per feature of the usage: what one unit costs the vendor; 0 where the catalog does not say."""
    known = [catalog.features[feature].unit_cost if feature in catalog.features else None for feature in features]
    return np.array([0 if cost is None else nanos(cost) for cost in known], np.int64)


def features_without_cost(catalog: Catalog, features: tuple[str, ...]) -> list[str]:
    """The features of the usage whose unit cost the catalog does not say: margins leave their cost out."""
    return [name for name in features if name not in catalog.features or catalog.features[name].unit_cost is None]


def cost_to_serve(run: Run, costs: np.ndarray, token_costs: np.ndarray | None = None) -> np.ndarray:
    """int64 nanos, one per cell: served units × unit cost, rounded half up once per cell.

    costs        int64 nanos, one per feature of the usage
    token_costs  int64 nanos, one per cell: what AI models charged for the events served (billing-rules 11.2), if any did

    Raises InputError where what a customer used in a period costs more than 64 bits hold.
    """
    found = _cost(run, run.admitted.cell_units, costs)
    return found if token_costs is None else found + token_costs


def cost_of_blocked(run: Run, costs: np.ndarray) -> np.ndarray:
    """int64 nanos, one per cell: refused units × unit cost. Arguments and errors as in `cost_to_serve`."""
    return _cost(run, run.cell_blocked_units, costs)


def _cost(run: Run, units: np.ndarray, costs: np.ndarray) -> np.ndarray:
    features = run.timeline.segments.cell_features
    _check_range(run, units, costs)
    return units_times(units, costs[features])


def _check_range(run: Run, units: np.ndarray, costs: np.ndarray) -> None:
    """Raises InputError where the cost of one customer over the whole window could exceed 64 bits."""
    segments = run.timeline.segments
    by_cell = units.astype(np.float64) * costs[segments.cell_features] / MICROS
    running = np.concatenate([[0.0], np.cumsum(by_cell)])
    by_customer = np.diff(running[segments.cell_offsets[segments.offsets]])
    if len(by_customer) == 0 or float(by_customer.max()) < TOTAL_MAX / 2:
        return
    name = run.usage.customers[run.timeline.customers[int(by_customer.argmax())]].as_py()
    what = f"what customer {name!r} used costs more to serve than can be held"
    raise InputError.of(f"candidate {run.candidate.name!r}", what, "Check unit_cost and the usage values")


def by_customer(run: Run, cells: np.ndarray) -> np.ndarray:
    """int64 sums of something that has one entry per cell."""
    return run.by_customer(sum_by_offsets(run.timeline.segments.cell_offsets, cells))


@compiled
def units_times(units, prices):  # type: ignore[no-untyped-def]
    """Micros of units × nanos a unit (or micros of credits), rounded half up; one per entry."""
    amounts = np.empty(len(units), np.int64)
    for row in range(len(units)):
        amounts[row] = times_half_up(units[row], prices[row])
    return amounts

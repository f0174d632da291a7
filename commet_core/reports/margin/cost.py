"""Cost to serve: what the vendor pays for the usage that was served, and would have paid for what was refused."""

from __future__ import annotations

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.serving_costs import unit_costs, units_times
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, nanos
from commet_core.foundation.sums import sum_by_offsets
from commet_core.rating.token_costs import NO_COST, exchanged
from commet_core.reports.margin.requests import RequestCosts, costs_of_tokens, request_costs
from commet_core.timeline.add_on_spells import feature_code
from commet_core.usage.usage import TOTAL_MAX


def features_without_cost(replayed: Replay, run: Run) -> list[str]:
    """The features of the usage of which some events have no known cost: margins leave those out.

    An event's cost is that of its tokens where its model has a price, else its units at the unit cost of its feature.
    """
    features, catalog = run.usage.features, replayed.scenario.catalog.features
    listed = dict.fromkeys(feature_code(name) for name in features)
    by_units = [name for name in listed if name not in catalog or catalog[name].unit_cost is None]
    if run.usage.tokens is None or not by_units:
        return by_units
    not_by_tokens = run.usage.feature_indexes[costs_of_tokens(replayed, run).subtotals == NO_COST]
    uncosted = {feature_code(features[index]) for index in np.unique(not_by_tokens).tolist()}
    return [name for name in by_units if name in uncosted]


def cost_to_serve(replayed: Replay, run: Run) -> np.ndarray:
    """int64 nanos, one per cell: what the usage that was served cost the vendor.

    Requests to AI models cost what their tokens do (billing-rules 11.2, without a margin), in the customer's currency (15.6); other
    units their unit cost; each rounded half up once per cell. Raises InputError where the usage of a customer costs more than 64
    bits hold.
    """
    units, requests = _served(replayed, run)
    own = _cost(replayed.scenario.catalog, run, units)
    return own if requests is None else own + _in_currency(run, requests.served)


def vendor_cost(replayed: Replay, run: Run, catalog: Catalog) -> np.ndarray:
    """The same in the currency of a catalog of which the replay's is that of a market. Otherwise as `cost_to_serve`."""
    units, requests = _served(replayed, run)
    own = _cost(catalog, run, units)
    return own if requests is None else own + requests.served


def _served(replayed: Replay, run: Run) -> tuple[np.ndarray, RequestCosts | None]:
    """int64 micros served at a unit cost, one per cell; and the requests, None where no event has tokens."""
    requests = request_costs(replayed, run)
    return run.admitted.cell_units - (0 if requests is None else requests.served_units), requests


def cost_of_blocked(replayed: Replay, run: Run) -> np.ndarray:
    """int64 nanos, one per cell: what refused usage would have cost. Otherwise as `cost_to_serve`."""
    requests = request_costs(replayed, run)
    if requests is None:
        return _cost(replayed.scenario.catalog, run, run.cell_blocked_units)
    units = run.cell_blocked_units - requests.refused_units
    return _cost(replayed.scenario.catalog, run, units) + _in_currency(run, requests.refused)


def _in_currency(run: Run, costs: np.ndarray) -> np.ndarray:
    """int64 nanos of the customers' currency, one per cell. costs: what requests cost, in the currency of the prices."""
    rate = run.catalog.token_rate
    if rate == 1:
        return costs
    if float(by_customer(run, costs).max(initial=0)) * float(rate) >= TOTAL_MAX / 2:
        what = f"what one customer used of AI models costs more in {run.currency} than can be held"
        raise InputError.of(f"candidate {run.candidate.name!r}", what, "Check the exchange_rate and the token columns")
    return exchanged(costs, nanos(rate))


def _cost(catalog: Catalog, run: Run, units: np.ndarray) -> np.ndarray:
    costs = unit_costs(catalog, run.usage.features)
    _check_range(run, units, costs)
    return units_times(units, costs[run.timeline.segments.cell_features])


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

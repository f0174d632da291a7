"""Margin: what was earned (and what was billed) less the cost to serve, by candidate, customer and feature.

Cost is that of usage that was served: what its tokens cost where it used an AI model, else units × the feature's
`unit_cost`. Where neither is known it costs nothing here, and `Margin.features_without_cost` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from commet_core.engine.markets import ReplayInMarkets
from commet_core.engine.recognition import accounts
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import PRICE_TYPE, amount_type, decimals
from commet_core.foundation.money import MICRO_DECIMALS, NANO_DECIMALS, decimal_of, minor_decimals, minor_nanos
from commet_core.foundation.sums import exact_sum
from commet_core.reports.margin.blocked import blocked_values
from commet_core.reports.margin.cost import by_customer, cost_to_serve, features_without_cost
from commet_core.reports.margin.margin import Margin
from commet_core.reports.margin.revenue import Basis, earned_by_cell, sharing_basis
from commet_core.reports.margin.told import told_margins
from commet_core.timeline.add_on_spells import feature_code


def margins(replayed: Replay) -> list[Margin]:
    """Every candidate's margin, in the scenario's order. Raises InputError where a cost would not fit (billing-rules 1.4).

    Of customers in several markets in the reporting currency, as `margin.told` has them.
    """
    if isinstance(replayed, ReplayInMarkets):
        return told_margins(replayed)
    return [_margin(replayed, run) for run in replayed.runs]


def _margin(replayed: Replay, run: Run) -> Margin:
    costs = cost_to_serve(replayed, run)
    earned = accounts(run).earned
    own = run.by_customer(earned) - by_customer(run, costs)
    return Margin(
        candidate=run.candidate.name,
        billed=decimal_of(exact_sum(run.customer_billed), minor_decimals(run.currency)),
        earned=_amount(earned),
        cost=_amount(costs),
        customers=run.customer_count,
        customers_at_loss=int(np.count_nonzero(own < 0)),
        loss=_amount(-own[own < 0]),
        blocked=tuple(blocked_values(replayed, run)),
        features_without_cost=tuple(features_without_cost(replayed, run)),
    )


def _amount(nanos: np.ndarray) -> Decimal:
    return decimal_of(exact_sum(nanos), NANO_DECIMALS)


def cost_is_known(replayed: Replay, found: Sequence[Margin]) -> bool:
    """Whether any of the usage has a cost: where none has, margins say nothing. found: as `margins`."""
    features = set(replayed.usage.features)
    return any(margin.cost or margin.blocked_cost or set(margin.features_without_cost) != features for margin in found)


def customer_margins(replayed: Replay, run: Run, *, at_loss: bool = False) -> pa.Table:
    """One row per customer, the lowest margin first; with `at_loss` only those who earned less than they cost.

    Columns: customer_id, billed, earned, cost, margin (earned − cost), billed_margin (billed − cost), outstanding (at the
    window's end).
    """
    kept, minor = accounts(run), minor_nanos(run.currency)
    cost = by_customer(run, cost_to_serve(replayed, run))
    earned, billed = run.by_customer(kept.earned), run.customer_billed
    margin = earned - cost
    rows = np.lexsort([np.arange(len(margin)), margin])
    rows = rows[margin[rows] < 0] if at_loss else rows
    columns = {
        "earned": earned,
        "cost": cost,
        "margin": margin,
        "billed_margin": billed * minor - cost,
        "outstanding": kept.closing[run.timeline.segments.offsets[1:] - 1],
    }
    return pa.table(
        {
            "customer_id": run.usage.customers.take(pa.array(run.timeline.customers[rows])),
            "billed": decimals(billed[rows], amount_type(run.currency)),
            **{name: decimals(column[rows], PRICE_TYPE) for name, column in columns.items()},
        }
    )


@dataclass(frozen=True)
class FeatureMargins:
    """A candidate's features side by side. `basis`: by what its base price was shared out (see `margin.revenue`).

    table: feature, served (units), earned, cost, margin; a last row without a feature where something was earned in
    periods without use. The columns add up to the candidate's.
    """

    basis: Basis
    table: pa.Table


def feature_margins(replayed: Replay, run: Run) -> FeatureMargins:
    """What each feature earned and cost. Only earned: a bill is for a plan, and pays ahead of any use."""
    cell_costs, kept, basis = cost_to_serve(replayed, run), accounts(run), sharing_basis(replayed, run)
    earned = earned_by_cell(run, kept, cell_costs, basis)
    codes = [feature_code(name) for name in run.usage.features]
    listed = list(dict.fromkeys(codes))
    features = np.array([listed.index(code) for code in codes], np.int64)[run.timeline.segments.cell_features]
    cells = [np.flatnonzero(features == place) for place in range(len(listed))]
    rows = [
        (code, exact_sum(run.admitted.cell_units[own]), exact_sum(earned[own]), exact_sum(cell_costs[own]))
        for code, own in zip(listed, cells, strict=True)
    ]
    unused = exact_sum(kept.earned) - exact_sum(earned)
    named: list[tuple[str | None, int, int, int]] = [*rows, *([(None, 0, unused, 0)] if unused else [])]
    names, served, gained, cost = zip(*named, strict=True)
    margin = [earned_nanos - cost_nanos for earned_nanos, cost_nanos in zip(gained, cost, strict=True)]
    return FeatureMargins(
        basis,
        pa.table(
            {
                "feature": pa.array(names, pa.string()),
                "served": _column(served, MICRO_DECIMALS),
                "earned": _column(gained, NANO_DECIMALS),
                "cost": _column(cost, NANO_DECIMALS),
                "margin": _column(margin, NANO_DECIMALS),
            }
        ),
    )


def _column(digits: Sequence[int], places: int) -> pa.Array:
    return pa.array([decimal_of(number, places) for number in digits], pa.decimal128(38, places))

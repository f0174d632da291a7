"""The tables `differences` and `weak_point` of a result folder (interfaces.md)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.decide.customer_amounts import MEASURES, CustomerAmounts, Measure
from commet_core.decide.uncertainty import LEVEL
from commet_core.engine.outcome import Outcome
from commet_core.foundation.arrow import amount_type, decimals


def decision_tables(outcome: Outcome) -> dict[str, pa.Table]:
    """The tables that say how sure the differences of a replay are, by name."""
    customers = CustomerAmounts.of_outcome(outcome)
    return {"differences": differences_table(customers), "weak_point": weak_point_table(customers)}


def differences_table(customers: CustomerAmounts) -> pa.Table:
    """A row per candidate other than the baseline and measure: the difference, its range, and in how many draws it leads."""
    rows = [_difference(customers, place, measure) for measure in MEASURES for place in customers.others]
    amount = amount_type(customers.scenario.reporting_currency)
    kinds = {
        "candidate": pa.string(),
        "measure": pa.string(),
        "difference": amount,
        "low": amount,
        "high": amount,
        "level": pa.float64(),
        "refused": pa.string(),
        "leads_share": pa.float64(),
        "beats_baseline_share": pa.float64(),
        "weak_point_customers": pa.int64(),
    }
    columns = {name: _column([row[name] for row in rows], kind) for name, kind in kinds.items()}
    return pa.table(columns)


def _difference(customers: CustomerAmounts, place: int, measure: Measure) -> dict[str, Any]:
    uncertainty, weak = customers.uncertainty(measure), customers.weak_point(place, measure)
    interval = uncertainty.interval(place)
    return {
        "candidate": customers.scenario.candidates[place].name,
        "measure": measure,
        "difference": interval.difference,
        "low": interval.low if interval.given else None,
        "high": interval.high if interval.given else None,
        "level": LEVEL,
        "refused": interval.refused or None,
        "leads_share": float(uncertainty.leads_shares[place]) if uncertainty.customers else None,
        "beats_baseline_share": float(uncertainty.beats_shares[place]) if uncertainty.customers else None,
        "weak_point_customers": len(weak.customers) if weak else None,
    }


def weak_point_table(customers: CustomerAmounts) -> pa.Table:
    """A row per customer without whom, and those before, a candidate's difference to the baseline turns."""
    names: list[str] = []
    measures: list[str] = []
    ranks: list[int] = []
    places: list[int] = []
    differences: list[int] = []
    without: list[int] = []
    for measure in MEASURES:
        for place, candidate in enumerate(customers.scenario.candidates):
            weak = None if place == customers.baseline else customers.weak_point(place, measure)
            if weak:
                names += [candidate.name] * len(weak.customers)
                measures += [measure] * len(weak.customers)
                ranks += range(1, len(weak.customers) + 1)
                places += weak.customers
                differences += weak.differences
                without += weak.without
    amount = amount_type(customers.scenario.reporting_currency)
    return pa.table(
        {
            "candidate": pa.array(names, pa.string()),
            "measure": pa.array(measures, pa.string()),
            "rank": pa.array(ranks, pa.int64()),
            "customer_id": customers.ids.take(pa.array(places, pa.int64())),
            "difference": decimals(np.array(differences, np.int64), amount),
            "difference_without": decimals(np.array(without, np.int64), amount),
        }
    )


def _column(values: list[Any], kind: pa.DataType) -> pa.Array:
    """A column; minor units become amounts of the currency without arithmetic."""
    if not pa.types.is_decimal(kind):
        return pa.array(values, kind)
    digits = decimals(np.array([value or 0 for value in values], np.int64), kind)
    missing = pa.array([value is None for value in values], pa.bool_())
    return pc.if_else(missing, pa.scalar(None, kind), digits)

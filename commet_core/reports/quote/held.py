"""Seats and quota of made-up customers: what they hold all the time, and what of it a plan refuses (billing-rules 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine.run import Run
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, plain
from commet_core.foundation.sums import sum_by_index
from commet_core.scenario.candidates import Candidate, plans_of
from commet_core.scenario.levels import LevelRow

Units = Mapping[str, Decimal]


class Held(NamedTuple):
    """Seats or quota in the first paid interval of the first customer: units."""

    feature: str
    included: Decimal
    held: Decimal
    refused: Decimal


MORE_THAN_INCLUDED: Final = Decimal(2)


def starting_levels(catalog: Catalog, candidates: Sequence[Candidate]) -> dict[str, Decimal]:
    """Seats and quota to begin with: two more than the plan that includes most of them, so that their price is seen."""
    plans = [catalog.plans[code] for candidate in candidates for code in plans_of(catalog, candidate)]
    included = {
        feature: max((plan.levels[feature].included for plan in plans if feature in plan.levels), default=Decimal(0))
        for feature in catalog.level_features
    }
    return {feature: most + MORE_THAN_INCLUDED for feature, most in included.items()}


def used_and_held(catalog: Catalog, levels: Sequence[Units]) -> tuple[list[dict[str, Decimal]], list[dict[str, Decimal]]]:
    """What customers use up, and the seats and quota that they hold; one entry each per customer."""
    held = set(catalog.level_features)
    used = [{code: units for code, units in level.items() if code not in held} for level in levels]
    return used, [{code: units for code, units in level.items() if code in held} for level in levels]


def level_rows(held: Sequence[Units], start: date) -> tuple[LevelRow, ...]:
    """Rows for customers as `made_up_usage` numbers them, who hold the same from their start on."""
    return tuple(
        LevelRow(customer_id=f"{customer:06d}", at=start.isoformat(), feature=feature, set=plain(units).replace(",", ""))
        for customer, units_held in enumerate(held)
        for feature, units in units_held.items()
        if units > 0
    )


def held_at_first(run: Run) -> list[Held]:
    """The first paid interval's seats and quota of the first customer."""
    if run.held is None:
        return []
    rows, found = run.held.rows, dict[str, Held]()
    for place in np.lexsort([rows.features, rows.first_segments, rows.customers]).tolist():
        feature = run.held.features[rows.features[place]]
        if rows.customers[place] == 0:
            micros = (int(each[place]) for each in (rows.included, rows.closings, rows.refused))
            found.setdefault(feature, Held(feature, *(decimal_of(each, MICRO_DECIMALS) for each in micros)))
    return list(found.values())


def refused_levels(run: Run) -> np.ndarray:
    """bool, one per customer: not all of the seats or quota that were asked for are held."""
    if run.held is None:
        return np.zeros(run.customer_count, bool)
    rows = run.held.rows
    return sum_by_index(rows.customers, (rows.refused > 0).astype(np.int64), run.customer_count) > 0

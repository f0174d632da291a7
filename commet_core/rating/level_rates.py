"""What seats and quota cost on each stage, as arrays (billing-rules 10.1, 15.1)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from commet_core.catalog.level_terms import LevelOverage, price_for
from commet_core.catalog.overage import Overage, Tier
from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import micros
from commet_core.foundation.rounding import times_floor
from commet_core.foundation.vocabulary import Interval
from commet_core.rating.tiers import ONE_PRICE, TierRates, cost_in_tiers, highest_unit_price, tier_rates
from commet_core.timeline.held import limit_of
from commet_core.timeline.stages import Stage, levels_on, other_choices


class LevelRates(NamedTuple):
    """A row per stage, in it an entry per seats or quota of the catalog; then rows of stages with other sets of prices in tiers.

    there        bool: the stage has billing periods, and its plan the feature
    limits       int64 micros: to which the level can rise
    included     int64 micros
    priced       bool: units above `included` are charged for
    unit_prices  int64 nanos for a unit and an interval; of prices in tiers the highest
    tiers        those of prices in tiers
    choices      int64, stages + 1: the other sets of stage s are the rows from choices[s] to choices[s + 1] (billing-rules 8.7)
    """

    there: np.ndarray
    limits: np.ndarray
    included: np.ndarray
    priced: np.ndarray
    unit_prices: np.ndarray
    tiers: TierRates
    choices: np.ndarray


def level_rates(catalog: Catalog, stages: Sequence[Stage]) -> LevelRates:
    """The terms of stages for `catalog.level_features`. In a trial nothing is charged (7.2)."""
    features = catalog.level_features
    more, choices = other_choices(catalog, stages)
    every = [*stages, *more]
    shape = (len(every), len(features))
    limits, included, unit_prices = (np.zeros(shape, np.int64) for _ in range(3))
    there, priced = (np.zeros(shape, bool) for _ in range(2))
    overages = {}
    for row, stage in enumerate(every):
        levels = levels_on(catalog, stage)
        for column, code in enumerate(features):
            limits[row, column] = limit_of(catalog, stage, code)
            if code in levels and stage.has_periods:
                there[row, column] = True
                included[row, column] = micros(levels[code].included)
                if levels[code].overage is not None and stage.state == "active" and not levels[code].unlimited:
                    overage = overage_for(levels[code].overage, stage.interval)
                    unit_prices[row, column] = highest_unit_price(overage)
                    overages[row, column], priced[row, column] = overage, True
    return LevelRates(there, limits, included, priced, unit_prices, tier_rates(overages, *shape), choices)


def overage_for(overage: LevelOverage | None, interval: Interval | None) -> Overage:
    """The prices of one interval."""
    assert overage is not None
    if overage.tiers is not None:
        tiers = tuple(
            Tier(
                up_to=tier.up_to,
                unit_price=price_for(tier.unit_price, interval),
                flat_amount=price_for(tier.flat_amount, interval),
            )
            for tier in overage.tiers
        )
        return Overage(tiers_mode=overage.tiers_mode, tiers=tiers)
    if overage.package_size is not None:
        return Overage(package_size=overage.package_size, package_price=price_for(overage.package_price, interval))
    return Overage(unit_price=price_for(overage.unit_price, interval) or Decimal(0))


@compiled
def level_cost(rates: LevelRates, stage, feature, beyond):  # type: ignore[no-untyped-def]
    """Nanos for an interval of so many units above `included`, in micros; rounded down, or with tiers half up in each."""
    if rates.tiers.modes[stage, feature] == ONE_PRICE:
        return times_floor(beyond, rates.unit_prices[stage, feature])
    return cost_in_tiers(rates.tiers, stage, feature, beyond)

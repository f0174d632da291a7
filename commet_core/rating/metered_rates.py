"""The terms of metered plans as arrays (billing-rules 4, 7, 15.1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog, MeteredPlan
from commet_core.foundation.money import micros
from commet_core.rating.tiers import TierRates, highest_unit_price, tier_rates
from commet_core.timeline.stages import Stage, kinds_of, plan_on
from commet_core.timeline.treatments import LIMITED, PRICED, UNLIMITED


class MeteredRates(NamedTuple):
    """Stages on metered plans as arrays: a row per stage, in it an entry per feature of the usage.

    kinds        int8: how the feature is treated; PRICED has an overage price, LIMITED a hard limit
    included     int64 micros per period
    unit_prices  int64 nanos per unit of overage; of prices in tiers the highest
    tiers        those of prices in tiers
    """

    kinds: np.ndarray
    included: np.ndarray
    unit_prices: np.ndarray
    tiers: TierRates


def metered_rates(catalog: Catalog, stages: Sequence[Stage], features: tuple[str, ...]) -> MeteredRates:
    """The terms of stages for the features of a usage. No overage in a trial or on a free plan (billing-rules 7.1, 7.2)."""
    kinds, shape = kinds_of(stages, len(features)), (len(stages), len(features))
    included, unit_prices = (np.zeros(shape, np.int64) for _ in range(2))
    overages = {}
    for row, stage in enumerate(stages):
        if not stage.has_periods or stage.plan is None:
            continue
        plan = plan_on(catalog, stage)
        assert isinstance(plan, MeteredPlan)
        for index, feature in enumerate(features):
            terms = plan.features.get(feature)
            if terms is None:
                continue
            overage = terms.overage if stage.charged else None
            kinds[row, index] = UNLIMITED if terms.unlimited else LIMITED if overage is None else PRICED
            included[row, index] = micros(terms.included)
            if overage is not None:
                unit_prices[row, index] = highest_unit_price(overage)
                overages[row, index] = overage
    return MeteredRates(kinds, included, unit_prices, tier_rates(overages, *shape))

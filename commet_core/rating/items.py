"""Items: the codes that invoice lines name, each with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.timeline.stages import Stage

CUSTOMER_CREDIT: Final = "customer_credit"
"""What the line of a customer credit names (billing-rules 8.9)."""


@dataclass(frozen=True)
class Items:
    """What invoice lines name: codes, and for each kind the place of its codes among them (a code may be of two kinds)."""

    codes: tuple[str, ...]
    packs: Mapping[str, int]
    plans: Mapping[str, int]
    offers: Mapping[str, int]
    promo_codes: Mapping[str, int]
    levels: Mapping[str, int]
    add_ons: Mapping[str, int]
    customer_credit: int

    @classmethod
    def of(cls, features: tuple[str, ...], catalog: Catalog) -> Items:
        """Features of the usage first, so that a feature's place is its index there."""
        codes, places = list(features), []
        kinds = catalog.credit_packs, catalog.plans, catalog.offers, catalog.promo_codes
        for kind in (*kinds, catalog.level_features, catalog.addons):
            places.append({code: place for place, code in enumerate(kind, start=len(codes))})
            codes += kind
        packs, plans, offers, promo_codes, levels, add_ons = places
        return cls((*codes, CUSTOMER_CREDIT), packs, plans, offers, promo_codes, levels, add_ons, len(codes))

    def plans_of(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64: the places of the stages' plans; 0 where there is none."""
        return np.array([0 if stage.plan is None else self.plans[stage.plan] for stage in stages], np.int64)

    def offers_of(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64: the places of the stages' promo codes, else offers; 0 where there is neither."""
        return np.array([self._offer_of(stage) for stage in stages], np.int64)

    def _offer_of(self, stage: Stage) -> int:
        if stage.promo_code is not None:
            return self.promo_codes[stage.promo_code]
        return 0 if stage.offer is None else self.offers[stage.offer]

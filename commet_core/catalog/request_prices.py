"""Which requests to AI models a catalog's plans can price, asked while usage is read (billing-rules 11.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commet_core.catalog.model_prices import PriceBook
from commet_core.catalog.plans import Catalog
from commet_core.catalog.versions import versions_of
from commet_core.foundation.derived import cached_property


@dataclass(frozen=True)
class RequestPrices:
    """What plans price by tokens. features: those whose requests need a model that has a price."""

    catalog: Catalog
    features: frozenset[str]

    @classmethod
    def of(cls, catalog: Catalog, plans: Iterable[str], add_ons: Iterable[str] = ()) -> RequestPrices | None:
        """Those of some of a catalog's plans, in any of their versions, and add-ons, given by their codes; None where none of
        them prices a feature by tokens.
        """
        versions = [version.plan for code in set(plans) & catalog.plans.keys() for version in versions_of(catalog.plans[code])]
        features = {code for plan in versions for code, terms in plan.features.items() if terms.by_tokens}
        sold = [catalog.addons[code] for code in set(add_ons) & catalog.addons.keys()]
        features |= {add_on.feature for add_on in sold if add_on.pricing == "ai_model"}
        return cls(catalog, frozenset(features)) if features else None

    @cached_property
    def book(self) -> PriceBook:
        return PriceBook.of(self.catalog)

    def is_known(self, model: str) -> bool:
        """Whether the catalog or the public list has the model."""
        return self.book.find(model) is not None

    def is_priced(self, model: str) -> bool:
        """Whether it has a price in the catalog's currency."""
        found = self.book.find(model)
        return found is not None and self.book.priced(found)

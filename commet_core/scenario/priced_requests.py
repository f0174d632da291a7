"""Which requests to AI models a scenario can price: asked while its usage is read (billing-rules 11.3)."""

from __future__ import annotations

from collections.abc import Iterable

from commet_core.catalog.plans import Catalog
from commet_core.catalog.request_prices import RequestPrices
from commet_core.scenario.candidates import Candidate, plans_of
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow


def request_prices(scenario: Scenario) -> RequestPrices | None:
    """Those of all plans and add-ons that customers can have; None where none of them has a price by tokens."""
    return prices_in_play(scenario.catalog, scenario.candidates, scenario.subscriptions)


def prices_in_play(catalog: Catalog, candidates: Iterable[Candidate], rows: Iterable[SubscriptionRow]) -> RequestPrices | None:
    """The same, of candidates and what customers do."""
    rows, candidates = list(rows), list(candidates)
    plans = {row.plan for row in rows}.union(*(plans_of(catalog, candidate) for candidate in candidates))
    activated = {row.item for row in rows if row.action == "activate_add_on"}
    return RequestPrices.of(catalog, plans, activated.union(*(candidate.addons for candidate in candidates)))

"""The most that a plan can cost over a term, whatever is used (sharing.md 1.2): where it blocks, or what may be bought is capped."""

from __future__ import annotations

from decimal import Decimal

from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan, Plan
from commet_core.scenario.scenario import Candidate


def most_beyond_floor(catalog: Catalog, candidate: Candidate, period_count: int) -> Decimal | None:
    """What may be due on top of what is due without any usage, over so many billing periods; None where there is no limit."""
    assert candidate.plan is not None
    plan = catalog.plans[candidate.plan]
    if _more_can_be_had(catalog, candidate, plan):
        return None
    match plan:
        case MeteredPlan():
            priced = (terms.overage for terms in plan.features.values() if not terms.unlimited and not plan.free)
            return None if any(overage is not None and overage.costs for overage in priced) else Decimal(0)
        case CreditsPlan():
            return _times(dearest_pack(catalog, candidate), candidate.purchases.max_packs_per_period, period_count)
        case BalancePlan():
            if not plan.blocks:
                costs = (terms.by_tokens or bool(terms.unit_price) for terms in plan.features.values() if not terms.unlimited)
                return None if any(costs) else Decimal(0)
            top_up = candidate.top_up
            return Decimal(0) if top_up is None else _times(top_up.amount, top_up.max_per_period, period_count)


def _more_can_be_had(catalog: Catalog, candidate: Candidate, plan: Plan) -> bool:
    """Whether more seats, quota or usage of an add-on cost more, without an end."""
    held = not plan.free and any(terms.overage is not None and not terms.unlimited for terms in plan.levels.values())
    added = (catalog.addons[code] for code in candidate.addons)
    return held or any(add_on.overage is not None and add_on.overage.costs for add_on in added)


def dearest_pack(catalog: Catalog, candidate: Candidate) -> Decimal:
    """The price of the dearest pack that the rule may buy; 0 where it buys none."""
    rule = candidate.purchases.pack
    if rule == "none" or candidate.plan is None:
        return Decimal(0)
    packs = catalog.packs_on(candidate.plan)
    return max((pack.price for code, pack in packs.items() if rule in ("smallest_sufficient", code)), default=Decimal(0))


def _times(price: Decimal, per_period: int | None, period_count: int) -> Decimal | None:
    if price == 0 or per_period == 0:
        return Decimal(0)
    return None if per_period is None else price * per_period * period_count

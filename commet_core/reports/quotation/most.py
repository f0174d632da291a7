"""The most that a plan can cost over a term, whatever is used (sharing.md 1.2): where it blocks, or what may be bought is capped."""

from __future__ import annotations

from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import gcd

import numpy as np

from commet_core.catalog.beyond import SpendCap
from commet_core.catalog.plans import BalancePlan, Catalog, CreditsPlan, MeteredPlan, Plan
from commet_core.engine.run import Run
from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, minor_decimals, nanos
from commet_core.rating.beyond import spend_cap_of
from commet_core.reports.quotation.quote_file import QuoteFile
from commet_core.reports.quotation.replaying import month_days
from commet_core.scenario.candidates import Candidate


def most_of(quote: QuoteFile, unused: Run) -> Decimal | None:
    """What no usage costs more than; None where there is no limit. unused: the candidate's replay without any usage.

    What usage adds to a period first makes up for what a minimum commitment was short of (billing-rules 15.4). Lines are rounded
    after a spend cap (15.5): several that each round up may come to a few minor units more than it.
    """
    per_period = _beyond_of_a_period(quote.offered, unused.candidate, cap_of(unused))
    if per_period is None:
        return None
    places = minor_decimals(quote.catalog.currency)
    beyond = int(per_period.scaleb(places).to_integral_value(ROUND_HALF_UP))
    ends = _commitment_ends(quote, unused)
    counts = np.diff(ends, prepend=-1)
    short = unused.segment_commitment[ends]
    more = sum(max(0, beyond * count - owed) for count, owed in zip(counts.tolist(), short.tolist(), strict=True))
    return decimal_of(int(unused.customer_billed[0]) + more, places)


def cap_of(run: Run) -> SpendCap | None:
    """The spend cap of the plan, or of the candidate in its place."""
    return spend_cap_of(run.catalog, run.candidate, run.stages[0])


def _commitment_ends(quote: QuoteFile, run: Run) -> np.ndarray:
    """Places of the billing periods with which a commitment ends, ascending; the last period is one of them."""
    timeline, rule = run.timeline, run.plan.minimum_commitment
    if rule is None:
        ends = np.empty(0, np.int64)
    elif rule.term_months is None:
        ends = np.flatnonzero(run.base.charged[1:])
    else:
        terms = np.array(month_days(quote)[rule.term_months :: rule.term_months]) * DAY
        ends = np.searchsorted(timeline.ends, terms)
    return np.unique(np.append(ends, timeline.segment_count - 1))


def _beyond_of_a_period(catalog: Catalog, candidate: Candidate, cap: SpendCap | None) -> Decimal | None:
    """What usage may add to a billing period, over what is due without any; None where there is no limit."""
    assert candidate.plan is not None
    plan = catalog.plans[candidate.plan]
    if not plan.free and any(terms.overage is not None and not terms.unlimited for terms in plan.levels.values()):
        return None  # seats and quota, which no cap counts
    added = (catalog.addons[code].overage for code in candidate.addons)
    if any(overage is not None and overage.costs for overage in added):
        return _amount(cap)
    return _beyond_of_plan(catalog, candidate, plan, cap)


def _amount(cap: SpendCap | None) -> Decimal | None:
    return None if cap is None else cap.amount


def _beyond_of_plan(catalog: Catalog, candidate: Candidate, plan: Plan, cap: SpendCap | None) -> Decimal | None:
    match plan:
        case MeteredPlan():
            priced = (terms.overage for terms in plan.features.values() if not terms.unlimited and not plan.free)
            costs = any(overage is not None and overage.costs for overage in priced)
            return _amount(cap) if costs else Decimal(0)
        case CreditsPlan():
            prices = pack_prices(catalog, candidate)
            return _bought(prices, candidate.purchases.max_packs_per_period, cap)
        case BalancePlan():
            if not plan.blocks:
                costs = any(
                    terms.by_tokens or bool(terms.unit_price) for terms in plan.features.values() if not terms.unlimited
                )
                return _amount(cap) if costs else Decimal(0)
            top_up = candidate.top_up
            return Decimal(0) if top_up is None else _bought([top_up.amount], top_up.max_per_period, cap)


def pack_prices(catalog: Catalog, candidate: Candidate) -> list[Decimal]:
    """The prices of the packs that the rule may buy, ascending; empty where it buys none."""
    rule = candidate.purchases.pack
    if rule == "none" or candidate.plan is None:
        return []
    packs = catalog.packs_on(candidate.plan)
    return sorted(pack.price for code, pack in packs.items() if rule in ("smallest_sufficient", code))


def _bought(prices: list[Decimal], per_period: int | None, cap: SpendCap | None) -> Decimal | None:
    """What purchases at these prices may come to: so many of the dearest, and under a cap a whole number of them."""
    prices = [price for price in prices if cap is None or price <= cap.amount]
    dearest = max(prices, default=Decimal(0))
    if dearest == 0 or per_period == 0:
        return Decimal(0)
    limits = [] if per_period is None else [dearest * per_period]
    if cap is not None:
        step = decimal_of(gcd(*map(nanos, prices)), NANO_DECIMALS)
        limits.append((cap.amount / step).to_integral_value(ROUND_FLOOR) * step)
    return min(limits, default=None)

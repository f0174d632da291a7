"""What refused usage would have cost, and what it would have earned had it been paid for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from commet_core.catalog.plans import BalancePlan, BalanceTerms, Catalog, CreditsPlan, MeteredPlan, MeteredTerms
from commet_core.engine.recognition import periods_paid_for
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, NANO_DECIMALS, NANOS, decimal_of, half_up
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import Interval
from commet_core.reports.margin.cost import cost_of_blocked
from commet_core.reports.margin.requests import request_costs
from commet_core.timeline.stages import Stage


@dataclass(frozen=True)
class BlockedValue:
    """Refused usage of one feature under one candidate.

    units     refused
    cost      what serving it would have cost the vendor
    revenue   what it would have earned at the plan's price for more: the overage price, credits, or the price on the balance;
              None where no plan that a customer was on has such a price (a hard limit, a feature that it does not have, a pause)
    """

    candidate: str
    feature: str
    units: Decimal
    cost: Decimal
    revenue: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        return None if self.revenue is None else self.revenue - self.cost


def blocked_values(replayed: Replay, run: Run) -> list[BlockedValue]:
    """The features that a candidate refused something of, in the order of the usage's features."""
    costs = cost_of_blocked(replayed, run)
    refused = np.unique(run.timeline.segments.cell_features[(run.cell_blocked_units > 0) | (costs > 0)])
    return [_blocked_value(replayed, run, feature, costs) for feature in refused.tolist()]


def _blocked_value(replayed: Replay, run: Run, feature: int, costs: np.ndarray) -> BlockedValue:
    cells = np.flatnonzero(run.timeline.segments.cell_features == feature)
    return BlockedValue(
        candidate=run.candidate.name,
        feature=run.usage.features[feature],
        units=decimal_of(exact_sum(run.cell_blocked_units[cells]), MICRO_DECIMALS),
        cost=decimal_of(exact_sum(costs[cells]), NANO_DECIMALS),
        revenue=_revenue(replayed, run, run.usage.features[feature], cells),
    )


def _revenue(replayed: Replay, run: Run, name: str, cells: np.ndarray) -> Decimal | None:
    """What the refused usage of a feature, in these cells, would have earned on the plans that customers were on."""
    refused = cells[run.cell_blocked_events[cells] > 0]
    stages = run.timeline.segments.stages[run.timeline.cell_segments[refused]]
    of_stages = [_earned_on(replayed, run, run.stages[stage], name, refused[stages == stage]) for stage in np.unique(stages)]
    known = [nanos for nanos in of_stages if nanos is not None]
    return _nanos(sum(known, Fraction(0))) if known else None


def _earned_on(replayed: Replay, run: Run, stage: Stage, name: str, cells: np.ndarray) -> Fraction | None:
    """Nanos that refused usage of a feature would have earned on one stage; None where the feature has no price there."""
    catalog = replayed.scenario.catalog
    if stage.plan is None or not stage.has_periods:
        return None
    terms = catalog.plans[stage.plan].features.get(name)
    if isinstance(terms, BalanceTerms) and terms.by_tokens:
        requests = request_costs(replayed, run)
        return None if requests is None else Fraction(exact_sum(requests.refused_charges[cells]))
    price = price_for_more(catalog, stage.plan, stage.interval, name)
    return None if price is None else price * NANOS * exact_sum(run.cell_blocked_units[cells]) / MICROS


def price_for_more(catalog: Catalog, code: str, interval: Interval | None, feature: str) -> Fraction | None:
    """What one more unit of a feature costs a customer whose allowance is used up.

    None where it is not for sale, or its price is that of each request's tokens.

    A credit costs what it does in the pack where it is cheapest, for packs are how more credits are bought; on a plan
    for which there are none, what it costs in the plan: the price of an interval ÷ the credits included in it.
    """
    plan = catalog.plans[code]
    of_model = _PRICES_FOR_MORE.get(type(plan)) if feature in plan.features else None
    return None if of_model is None else of_model(catalog, code, interval, feature)


def _overage_price(catalog: Catalog, code: str, interval: Interval | None, feature: str) -> Fraction | None:  # noqa: ARG001
    terms = catalog.plans[code].features[feature]
    assert isinstance(terms, MeteredTerms)
    return None if terms.overage is None else Fraction(terms.overage.unit_price)


def _price_in_credits(catalog: Catalog, code: str, interval: Interval | None, feature: str) -> Fraction | None:
    plan = catalog.plans[code]
    assert isinstance(plan, CreditsPlan)
    per_unit, credit_price = plan.features[feature].credits_per_unit, _credit_price(catalog, code, plan, interval)
    return None if per_unit is None or credit_price is None else Fraction(per_unit) * credit_price


def _unit_price(catalog: Catalog, code: str, interval: Interval | None, feature: str) -> Fraction | None:  # noqa: ARG001
    terms = catalog.plans[code].features[feature]
    assert isinstance(terms, BalanceTerms)
    return _fraction(terms.unit_price)


_PRICES_FOR_MORE: Final[Mapping[type, Callable[[Catalog, str, Interval | None, str], Fraction | None]]] = {
    MeteredPlan: _overage_price,
    CreditsPlan: _price_in_credits,
    BalancePlan: _unit_price,
}
"""What one more unit costs, by the class of the plan."""


def _credit_price(catalog: Catalog, code: str, plan: CreditsPlan, interval: Interval | None) -> Fraction | None:
    packs = catalog.packs_on(code).values()
    if packs:
        return min(Fraction(pack.price) / Fraction(pack.credits) for pack in packs)
    if interval is None or plan.included_credits == 0:
        return None
    return Fraction(plan.prices[interval]) / (Fraction(plan.included_credits) * periods_paid_for(interval))


def _fraction(price: Decimal | None) -> Fraction | None:
    return None if price is None else Fraction(price)


def _nanos(nanos: Fraction) -> Decimal:
    """Rounded half up once, to billionths."""
    return decimal_of(half_up(nanos.numerator, nanos.denominator), NANO_DECIMALS)

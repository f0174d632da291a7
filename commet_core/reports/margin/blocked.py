"""What refused usage would have cost, and what it would have earned had it been paid for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine.recognition import periods_paid_for
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, NANO_DECIMALS, NANOS, decimal_of, half_up
from commet_core.foundation.sums import exact_sum
from commet_core.foundation.vocabulary import Interval
from commet_core.reports.margin.cost import cost_of_blocked
from commet_core.reports.margin.requests import request_costs
from commet_core.timeline.add_on_spells import feature_code
from commet_core.timeline.stages import Stage, plan_on


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
    codes = dict.fromkeys(feature_code(run.usage.features[place]) for place in refused.tolist())
    return [_blocked_value(replayed, run, code, costs) for code in codes]


def _blocked_value(replayed: Replay, run: Run, feature: str, costs: np.ndarray) -> BlockedValue:
    places = [place for place, name in enumerate(run.usage.features) if feature_code(name) == feature]
    cells = np.flatnonzero(np.isin(run.timeline.segments.cell_features, places))
    return BlockedValue(
        candidate=run.candidate.name,
        feature=feature,
        units=decimal_of(exact_sum(run.cell_blocked_units[cells]), MICRO_DECIMALS),
        cost=decimal_of(exact_sum(costs[cells]), NANO_DECIMALS),
        revenue=_revenue(replayed, run, feature, cells),
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
    terms = plan_on(catalog, stage).features.get(name)
    if terms is not None and terms.by_tokens:
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
    terms = plan.features.get(feature)
    if terms is None:
        return None
    if terms.credits_beyond is None:
        return None if terms.price_beyond is None else Fraction(terms.price_beyond)
    credit_price = _credit_price(catalog, code, interval)
    return None if credit_price is None else Fraction(terms.credits_beyond) * credit_price


def _credit_price(catalog: Catalog, code: str, interval: Interval | None) -> Fraction | None:
    plan, packs = catalog.plans[code], catalog.packs_on(code).values()
    if packs:
        return min(Fraction(pack.price) / Fraction(pack.credits) for pack in packs)
    granted = plan.granted(interval)
    if interval is None or granted == 0:
        return None
    return Fraction(plan.prices[interval]) / (Fraction(granted) * periods_paid_for(interval))


def _nanos(nanos: Fraction) -> Decimal:
    """Rounded half up once, to billionths."""
    return decimal_of(half_up(nanos.numerator, nanos.denominator), NANO_DECIMALS)

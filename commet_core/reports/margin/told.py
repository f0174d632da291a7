"""Margins of customers in several markets, in the reporting currency (billing-rules 15.6).

What was earned has the rates of the lines it comes from. Costs are known in the catalog's currency, and never go through the
customer's: a period's come into the reporting currency at the rate of the day on which it ends, when its usage is invoiced.
"""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from commet_core.engine.markets import ReplayInMarkets
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import told_customers, told_earned
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, minor_decimals, minor_nanos
from commet_core.foundation.sums import exact_sum, sum_by_offsets
from commet_core.reports.margin.cost import features_without_cost, vendor_cost
from commet_core.reports.margin.margin import Margin
from commet_core.scenario.reporting import RatesOf, Reporting


def told_margins(replayed: ReplayInMarkets) -> list[Margin]:
    """Every candidate's margin in the reporting currency, in the scenario's order; what was refused is not valued.

    Raises InputError where a cost would not fit (billing-rules 1.4), or there is no rate for the catalog's currency.
    """
    scenario = replayed.scenario
    reporting = scenario.reporting or Reporting(currency=scenario.reporting_currency)
    rates = RatesOf.of(reporting, scenario.catalog.currency)
    if not rates.days:
        what = f"has no rate for {scenario.catalog.currency}, in which the catalog says what serving costs"
        raise InputError.of("reporting.rates", what, f"Add rows of {scenario.catalog.currency}, to have margins")
    return [_margin(replayed, place, rates) for place in range(len(scenario.candidates))]


def _margin(replayed: ReplayInMarkets, place: int, rates: RatesOf) -> Margin:
    runs = [(replay, replay.runs[part.candidates.index(place)]) for part, replay in replayed.parts if place in part.candidates]
    currency, minor = replayed.currency, minor_nanos(replayed.currency)
    earned = np.concatenate([told_earned(run) for _, run in runs])
    cost = np.concatenate([_costs(replayed, replay, run, rates) for replay, run in runs])
    own = earned * minor - cost
    without = {feature for _, run in runs for feature in features_without_cost(replayed, run)}
    return Margin(
        candidate=replayed.scenario.candidates[place].name,
        billed=decimal_of(sum(exact_sum(told_customers(run)) for _, run in runs), minor_decimals(currency)),
        earned=decimal_of(exact_sum(earned), minor_decimals(currency)),
        cost=_amount(cost),
        customers=len(earned),
        customers_at_loss=int(np.count_nonzero(own < 0)),
        loss=_amount(-own[own < 0]),
        blocked=(),
        features_without_cost=tuple(sorted(without)),
    )


def _costs(replayed: ReplayInMarkets, part: Replay, run: Run, rates: RatesOf) -> np.ndarray:
    """int64 nanos of the reporting currency, one per customer."""
    cells = vendor_cost(part, run, replayed.scenario.catalog)
    segments = sum_by_offsets(run.timeline.segments.cell_offsets, cells)
    return run.by_customer(rates.converted_nanos(segments, run.catalog.days.of(run.timeline.ends)))


def _amount(nanos: np.ndarray) -> Decimal:
    return decimal_of(exact_sum(nanos), NANO_DECIMALS)

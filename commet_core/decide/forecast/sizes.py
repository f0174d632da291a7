"""How large customers are: their mean usage a step, at the prices of the candidates (decisions.md 3.2)."""

from __future__ import annotations

import numpy as np

from commet_core.catalog.plans import Plan
from commet_core.decide.forecast.history import History
from commet_core.scenario.scenario import Scenario

LARGE_SHARE = 0.25
"""The part of all customers that counts as large."""


def feature_prices(scenario: Scenario, features: tuple[str, ...]) -> np.ndarray:
    """float64, one per feature: what a unit costs on the baseline, or on the first candidate that has a price; else 0.

    Credits count as what they are, for only how customers stand to one another matters.
    """
    baseline = scenario.candidates[scenario.baseline_index()]
    candidates = [baseline, *(candidate for candidate in scenario.candidates if candidate is not baseline)]
    plans = [scenario.plan(candidate) for candidate in candidates]
    priced = [[_price(plan, feature) for feature in features] for plan in plans]
    return np.array(next((row for row in priced if any(row)), [0.0] * len(features)))


def _price(plan: Plan, feature: str) -> float:
    terms = plan.features.get(feature)
    if terms is None:
        return 0.0
    price = terms.price_beyond if terms.overage_price is None else terms.overage_price.first_unit_price
    return float(terms.credits_beyond or 0) if price is None else float(price)


def mean_usage(history: History) -> np.ndarray:
    """float64, one per customer: usage in a step in which it is active, at prices; in mean rows where nothing has a price."""
    prices = feature_prices(history.scenario, history.usage.features)
    used = history.units @ prices if prices.any() else history.events.astype(float)
    steps = np.maximum(history.active.sum(axis=1), 1)
    mean: np.ndarray = used.sum(axis=1) / steps
    return mean


def large_customers(usage: np.ndarray) -> np.ndarray:
    """bool, one per customer: in the top quarter."""
    if len(usage) == 0:
        return np.zeros(0, bool)
    least = np.sort(usage)[-max(1, int(len(usage) * LARGE_SHARE))]
    return (usage >= least) & (usage > 0)

"""The limits of promo codes, settled over all customers before any of them is replayed (billing-rules 9.3).

What is settled is an input of each customer's replay, so that it is the same wherever the others are replayed.
"""

from __future__ import annotations

from commet_core.foundation.window import Window
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.redeeming import beyond_limits, is_limited, uses_of
from commet_core.timeline.subscribers import Subscribers, find_subscribers, subscribe
from commet_core.usage.usage import Usage


def settled(scenario: Scenario, usage: Usage, window: Window) -> Scenario:
    """The scenario with what its limited codes come to; as it is where it has none, or where that is settled.

    Of the usage only when customers use something for the first time in the window counts.
    """
    if scenario.refused_codes is not None or not has_limits(scenario):
        return scenario
    subscribers = find_subscribers(scenario, usage, window)
    return scenario.with_refused_codes(
        {candidate.name: _refused(scenario, candidate, subscribers) for candidate in scenario.candidates}
    )


def has_limits(scenario: Scenario) -> bool:
    """Whether anybody uses a promo code that runs out."""
    named = {candidate.promo_code for candidate in scenario.candidates} | {row.promo_code for row in scenario.subscriptions}
    codes = scenario.catalog.promo_codes
    return any(code in codes and is_limited(scenario.catalog, code) for code in named if code)


def _refused(scenario: Scenario, candidate: Candidate, subscribers: Subscribers) -> frozenset[str]:
    if candidate.decides:
        return frozenset()
    index = scenario.candidates.index(candidate)
    subscription = subscribe(scenario, candidate, subscribers, subscribers.lives[index])
    ids = subscribers.usage.customers
    redemptions = {ids[int(subscribers.customers[row])].as_py(): used for row, used in subscription.redemptions.items()}
    return beyond_limits(scenario.catalog, uses_of(scenario.catalog, redemptions))

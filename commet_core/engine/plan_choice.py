"""Who does not choose among a line-up's plans by what suits it best (decisions.md 4.1): who sticks to its plan, who prefers a flat bill.

One hash per customer decides each, nested: who sticks to its plan where 10 % do sticks to it where 20 % do. Of those who do not a
share prefers flat. They are on their plan for the whole window, on a line-up that customers move up in, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from commet_core.engine.run import Run
from commet_core.foundation.hashes import within_share
from commet_core.foundation.money import micros
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.subscribers import Present, Subscribers, Subscription

STICKING_SALT: Final = 0xD6E8FEB86659FD93
FLAT_SALT: Final = 0xC2B2AE3D27D4EB4F


class Habits(NamedTuple):
    """bool, one per customer: whether it sticks to its plan, and whether it prefers a flat bill; nobody does both."""

    sticks: np.ndarray
    flat: np.ndarray

    @property
    def any(self) -> bool:
        return bool(self.sticks.any() or self.flat.any())

    @classmethod
    def of(cls, scenario: Scenario, candidate: Candidate, subscribers: Subscribers) -> Habits:
        """Those of the customers of a line-up. On the baseline nobody sticks to another plan than it has there."""
        assumed, count = scenario.assumptions.plan_choice, len(subscribers.customers)
        sticks = flat = np.zeros(count, bool)
        if assumed.sticks or assumed.prefers_flat:
            hashes = subscribers.usage.customer_hashes(scenario.seed)[subscribers.customers]
            sticking = within_share(hashes, STICKING_SALT, micros(assumed.sticks))
            flat = within_share(hashes, FLAT_SALT, micros(assumed.prefers_flat)) & ~sticking
            if subscribers.present is not None and subscribers.present.baseline != candidate.name:
                sticks = sticking
        return cls(sticks, flat)


def present_on(baseline: Candidate, subscription: Subscription) -> Present:
    """The plan on which each customer of the baseline is at last; "" for who never is on one."""
    phases, count = subscription.timeline.phases, len(subscription.timeline.customers)
    codes = np.array([stage.plan if stage.has_periods else "" for stage in subscription.stages] or [""], object)
    on = codes[phases.stages]
    present = np.full(count, "", object)
    lasting = on != ""
    present[phases.customers[lasting]] = on[lasting]  # in time order: the last one stays
    return Present(baseline.name, present)


def present_levels(scenario: Scenario, candidate: Candidate, present: Present) -> np.ndarray:
    """int64, one per customer: the place in a line-up of the plan that it has today; of one that the line-up lacks, the lowest."""
    places = {code: place for place, code in enumerate(scenario.plans(candidate))}
    return np.array([places.get(code, 0) for code in present.plans.tolist()], np.int64)


def flatness(runs: Sequence[Run]) -> list[np.ndarray]:
    """int64, one array per run of the same customers: the place of the plan among all, the flattest bill first.

    Flatter is where less comes on top of the base price over the window; of equally flat plans the cheaper, then the lower.
    """
    on_top = np.stack([run.by_customer(run.segment_overage + run.segment_purchases) for run in runs])
    order = np.lexsort((np.stack([run.customer_billed for run in runs]), on_top), axis=0)
    return list(np.argsort(order, axis=0, kind="stable"))

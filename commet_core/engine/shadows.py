"""Shadows: customers of a line-up as they would be had they been on the next plan since they came to theirs (billing-rules 15.8).

Where plans have versions, which of them somebody has depends on the day on which it came to the plan (8.7): the same life is
lived on the next plan, and set against its own period by period. What a customer does may be impossible there in any case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from commet_core.engine.fit import Fit
from commet_core.foundation.derived import cached_property
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life
from commet_core.timeline.lifecycles import Move, live, not_yet, standing_of
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage
from commet_core.timeline.subscribers import Subscribers


def change_with_time(scenario: Scenario, codes: Sequence[str]) -> bool:
    """Whether some of these plans have versions."""
    return any(scenario.catalog.plans[code].versions for code in codes)


@dataclass(frozen=True)
class Shadows:
    """Customers of a line-up as they would be on the plan above a level. index: of the candidate in the scenario."""

    scenario: Scenario
    index: int
    subscribers: Subscribers
    level: int

    def lives(self, moves: Mapping[int, tuple[Move, ...]]) -> dict[int, Life]:
        """Of customers by their index, without offers: a move ends them (9.1).

        moves: of those who came to the level by moving up; at the lowest level all customers begin on the plan above.
        """
        found = {}
        for customer in range(len(self.subscribers.customers)) if self.level == 0 else moves:
            life = self.life(customer, moves.get(customer, ()))
            found[customer] = not_yet(self.scenario, self.subscribers.window) if life is None else _without_offers(life)
        return found

    def life(self, customer: int, moves: tuple[Move, ...]) -> Life | None:
        """Of one customer, with its offers; None where what it does is impossible there. moves: by which it came to the level."""
        actions = self.subscribers.actions[self.index].get(customer, ())
        if self.level == 0:
            asked = _asked_at_start(self.scenario, self._codes, actions)
            return lived(self._with_trial_of_lowest, self.index, self._codes[1], self.subscribers, customer, asked)
        *before, last = moves
        route = (*before, last._replace(plan=self._codes[self.level + 1]))
        return lived(self.scenario, self.index, self._codes[0], self.subscribers, customer, actions, route)

    @cached_property
    def _codes(self) -> Sequence[str]:
        return self.scenario.plans(self.scenario.candidates[self.index])

    @cached_property
    def _with_trial_of_lowest(self) -> Scenario:
        """The scenario in which the second plan has the trial of the lowest: it is the customer's own, on a free plan none."""
        lowest, second = self._codes[:2]
        plans, candidates = self.scenario.catalog.plans, list(self.scenario.candidates)
        tried = plans[second].model_copy(update={"trial_days": plans[lowest].trial_days})
        catalog = self.scenario.catalog.model_copy(update={"plans": {**plans, second: tried}})
        if plans[lowest].free:
            candidates[self.index] = candidates[self.index].model_copy(update={"offer": None})
        return self.scenario.model_copy(update={"catalog": catalog, "candidates": tuple(candidates)})


def lived(
    scenario: Scenario,
    index: int,
    plan: str,
    subscribers: Subscribers,
    customer: int,
    actions: Sequence[Action],
    moves: Sequence[Move] = (),
) -> Life | None:
    """The life of a customer, by its index, that starts on a plan; None where it is impossible."""
    candidate, first_use = scenario.candidates[index], subscribers.first_use(customer)
    if not actions and first_use.first is None:  # only another candidate has it as a customer
        return None
    standing = standing_of(scenario, candidate, subscribers.usage.customers[int(subscribers.customers[customer])].as_py())
    standing = standing._replace(asked=subscribers.asked_of(candidate, customer))
    try:
        life = live(scenario, candidate, plan, subscribers.window, actions, first_use, moves, standing=standing)
    except Impossible:
        return None
    return life if isinstance(life, Life) else None


def same_periods(
    timeline: Timeline, stages: Sequence[Stage], other: Timeline, other_stages: Sequence[Stage]
) -> tuple[np.ndarray, np.ndarray]:
    """Segments that are the same active period of a customer in both, in the one and in the other: int64, by place."""
    most = max(int(each.segments.periods.max(initial=0)) for each in (timeline, other)) + 1
    keys, other_keys = (each.segment_customers * most + each.segments.periods for each in (timeline, other))
    places = np.minimum(np.searchsorted(other_keys, keys), max(len(other_keys) - 1, 0))
    same = (other_keys[places] == keys) & (other.starts[places] == timeline.starts) & (other.ends[places] == timeline.ends)
    for of_timeline, of_stages, where in ((timeline, stages, slice(None)), (other, other_stages, places)):
        same &= of_timeline.of_segments(np.array([stage.state == "active" for stage in of_stages]))[where]
    return np.flatnonzero(same), places[same]


def at_places(fit: Fit, places: np.ndarray) -> Fit:
    """How plans suit in some periods alone."""
    return Fit(*(column[places] for column in fit))


def _asked_at_start(scenario: Scenario, codes: Sequence[str], actions: Sequence[Action]) -> list[Action]:
    """An interval or an offer that was asked for at the start says nothing about a free plan, and is not that of the plan above it."""
    if not scenario.catalog.plans[codes[0]].free:
        return list(actions)
    return [replace(action, interval=None, item="") if action.kind == "start" else action for action in actions]


def _without_offers(life: Life) -> Life:
    for phase in life.phases:
        phase.stage, phase.discounts = _plain(phase.stage), 0
        phase.changes = [(at, _plain(stage)) for at, stage in phase.changes]
    return life


def _plain(stage: Stage) -> Stage:
    return replace(stage, offer=None, promo_code=None)

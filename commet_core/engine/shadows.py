"""Shadows: what customers of a line-up would have had on the next plan since they came to theirs, where plans have versions.

Which version of a plan somebody has depends on the day on which it came to it (billing-rules 8.7): the same life is lived on the
next plan, from the day on which the customer came to its present one, and set against its own period by period (15.8).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from commet_core.engine.fit import Fit
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


def shadow_lives(
    scenario: Scenario, index: int, subscribers: Subscribers, moves: Mapping[int, tuple[Move, ...]], level: int
) -> dict[int, Life]:
    """The lives on the plan above a level, of customers by their index, without offers: a move ends them (9.1).

    moves: of those who came to the level by moving up; at the lowest level all customers begin on the plan above.
    """
    codes = scenario.plans(scenario.candidates[index])
    customers = range(len(subscribers.customers)) if level == 0 else moves
    first = _with_trial_of_lowest(scenario, index, codes)
    found = {}
    for customer in customers:
        actions = subscribers.actions[index].get(customer, ())
        if level == 0:
            life = lived(first, index, codes[1], subscribers, customer, _asked_at_start(scenario, codes, actions))
        else:
            *before, last = moves[customer]
            life = lived(
                scenario, index, codes[0], subscribers, customer, actions, (*before, last._replace(plan=codes[level + 1]))
            )
        found[customer] = not_yet(scenario, subscribers.window) if life is None else _without_offers(life)
    return found


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


def _with_trial_of_lowest(scenario: Scenario, index: int, codes: Sequence[str]) -> Scenario:
    """The scenario in which the second plan of a line-up has the trial of the lowest: it is the customer's own, on a free plan none."""
    plans, candidates = scenario.catalog.plans, list(scenario.candidates)
    second = plans[codes[1]].model_copy(update={"trial_days": plans[codes[0]].trial_days})
    catalog = scenario.catalog.model_copy(update={"plans": {**plans, codes[1]: second}})
    if plans[codes[0]].free:
        candidates[index] = candidates[index].model_copy(update={"offer": None})
    return scenario.model_copy(update={"catalog": catalog, "candidates": tuple(candidates)})


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

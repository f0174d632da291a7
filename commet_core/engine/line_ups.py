"""Line-ups: candidates that are a plan group, and which of its plans each customer is on.

`cheapest`: each is on the plan that suits it best over the window. `upgrade`: each begins on the lowest, and moves up when the
next plan would have suited it better for some periods running. Either is found by replaying the same usage on those plans.

    what suits better   a plan that refuses no more of the usage than is allowed before one that refuses more;
                        of two that keep within it the one that costs less; of others the one that refuses less, then costs less

On equal terms the lower plan stays. Who is assumed to choose in another way does (`plan_choice`). Customers are independent of each
other here too (billing-rules 14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine.candidate import replay_candidates
from commet_core.engine.fit import Fit, fit_by_period, fit_over_the_window, suits_better
from commet_core.engine.plan_choice import Habits, flatness, present_levels, present_on
from commet_core.engine.shadows import Shadows, at_places, change_with_time, lived, same_periods
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import micros
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.foundation.window import Window
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.life import Life
from commet_core.timeline.lifecycles import Move, not_yet
from commet_core.timeline.moving_up import move_stage
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage
from commet_core.timeline.subscribers import Subscribers, Subscription, subscribe

BEYOND_ALL: Final = 2**62
"""More than any plan refuses or costs."""


def subscriptions_of(
    scenario: Scenario, subscribers: Subscribers, tell: Progress, places: Sequence[int]
) -> list[tuple[Candidate, Subscription]]:
    """The candidates in these places, each with its customers on their stages."""
    steps = _replays_before(scenario, places)
    whole, done, settled = sum(steps) + len(steps), 0, []
    for index, count in zip(places, steps, strict=True):
        candidate = scenario.candidates[index]
        part = share_of(tell, done / whole, (done + count) / whole, f"Finding who is on which plan of {candidate.name}")
        settled.append((candidate, _subscription_of(scenario, index, subscribers, part)))
        done += count
    return settled


def replaying_from(scenario: Scenario, places: Sequence[int]) -> float:
    """Of the whole time of a replay the share that `subscriptions_of` takes."""
    steps = _replays_before(scenario, places)
    return sum(steps) / (sum(steps) + len(steps))


def _replays_before(scenario: Scenario, places: Sequence[int]) -> list[int]:
    """About how many replays of one plan each candidate needs before it is known who is on which."""
    candidates = [scenario.candidates[place] for place in places]
    return [2 * len(scenario.plans(candidate)) if candidate.decides else 0 for candidate in candidates]


def _subscription_of(scenario: Scenario, index: int, subscribers: Subscribers, tell: Progress) -> Subscription:
    candidate = scenario.candidates[index]
    if not candidate.decides or len(scenario.plans(candidate)) == 1 or len(subscribers.customers) == 0:
        return subscribe(scenario, candidate, subscribers, subscribers.lives[index])
    return {"cheapest": _cheapest, "upgrade": _upgraded}[candidate.choose](scenario, index, subscribers, tell)


# Each on the plan that suits it best.


def _cheapest(scenario: Scenario, index: int, subscribers: Subscribers, tell: Progress) -> Subscription:
    candidate = scenario.candidates[index]
    lives, fits, flat_fits = _on_every_plan(scenario, index, subscribers, tell)
    chosen = _best(fits, micros(candidate.blocked_share_max))
    habits = Habits.of(scenario, candidate, subscribers)
    _put_by_habit(scenario, candidate, subscribers, habits, (lives, flat_fits), chosen)
    acted = {customer: lives[chosen[customer]][customer] for customer in subscribers.actions[index]}
    settled = dict(subscribers.lives[index]) | {customer: life for customer, life in acted.items() if life is not None}
    return subscribe(scenario, candidate, subscribers, settled, chosen)


def _on_every_plan(
    scenario: Scenario, index: int, subscribers: Subscribers, tell: Progress
) -> tuple[list[dict[int, Life | None]], list[Fit], list[Fit]]:
    """The lives of customers on each plan of a line-up, how it suits them, and how it suits those who prefer a flat bill."""
    candidate = scenario.candidates[index]
    codes = scenario.plans(candidate)
    lives = [_lives_on(scenario, code, subscribers, index) for code in codes]
    candidates = [candidate.model_copy(update={"plan": code, "group": None}) for code in codes]
    subscribed = [
        (on_plan, subscribe(scenario, on_plan, subscribers, _with_nobody(scenario, subscribers.window, lives_on_plan)))
        for on_plan, lives_on_plan in zip(candidates, lives, strict=True)
    ]
    runs = replay_candidates(scenario, subscribers.usage, subscribed, tell)
    fits = [fit_over_the_window(scenario, run) for run in runs]
    for fit, lives_on_plan in zip(fits, lives, strict=True):
        impossible = [customer for customer, life in lives_on_plan.items() if life is None]
        fit.asked[impossible], fit.refused[impossible], fit.cost[impossible] = 1, BEYOND_ALL, BEYOND_ALL
    flat_fits = [fit._replace(cost=place) for fit, place in zip(fits, flatness(runs), strict=True)]
    return lives, fits, flat_fits


def _best(fits: Sequence[Fit], share_max_micros: int) -> np.ndarray:
    """int64, one per customer: the place of the plan that suits it best."""
    best, chosen = fits[0], np.zeros(len(fits[0].cost), np.int64)
    for step, fit in enumerate(fits[1:], 1):
        better = suits_better(fit, best, share_max_micros)
        best = Fit(*(np.where(better, new, old) for new, old in zip(fit, best, strict=True)))
        chosen[better] = step
    return chosen


# Who chooses in another way (decisions.md 4.1).


def with_present_plans(scenario: Scenario, subscribers: Subscribers) -> Subscribers:
    """The subscribers with what they are on today, on the baseline, where somebody is assumed to stick to it."""
    if not scenario.assumptions.plan_choice.sticks or not any(candidate.decides for candidate in scenario.candidates):
        return subscribers
    index = scenario.baseline_index()
    baseline = scenario.candidates[index]
    return replace(subscribers, present=present_on(baseline, _subscription_of(scenario, index, subscribers, unheard)))


def _put_by_habit(
    scenario: Scenario,
    candidate: Candidate,
    subscribers: Subscribers,
    habits: Habits,
    on_plans: tuple[Sequence[Mapping[int, Life | None]], Sequence[Fit]],
    chosen: np.ndarray,
) -> None:
    """Puts those who stick and those who prefer a flat bill on their plans; what they do has to be possible there.

    on_plans: of each plan the lives of customers, and how it suits who prefers a flat bill. chosen: int64, changed in place.
    """
    lives, flat_fits = on_plans
    if habits.flat.any():
        chosen[habits.flat] = _best(flat_fits, micros(candidate.blocked_share_max))[habits.flat]
    if habits.sticks.any():
        assert subscribers.present is not None
        levels = present_levels(scenario, candidate, subscribers.present)
        possible = np.ones(len(chosen), bool)
        for level, lives_on_plan in enumerate(lives):
            possible[[customer for customer, life in lives_on_plan.items() if life is None and levels[customer] == level]] = (
                False
            )
        chosen[habits.sticks & possible] = levels[habits.sticks & possible]


def _lives_on(scenario: Scenario, code: str, subscribers: Subscribers, index: int) -> dict[int, Life | None]:
    """What customers' actions come to on a plan; None where they are impossible on it."""
    lives: dict[int, Life | None] = dict(subscribers.lives[index])
    for customer, actions in subscribers.actions[index].items():
        lives[customer] = lived(scenario, index, code, subscribers, customer, actions)
    return lives


def _with_nobody(scenario: Scenario, window: Window, lives: Mapping[int, Life | None]) -> dict[int, Life]:
    """Those whose life is impossible are nobody's customer."""
    return {customer: life or not_yet(scenario, window) for customer, life in lives.items()}


# From the lowest upwards.


def _upgraded(scenario: Scenario, index: int, subscribers: Subscribers, tell: Progress) -> Subscription:
    candidate = scenario.candidates[index]
    lives = _moved_up(scenario, index, subscribers, tell)
    habits = Habits.of(scenario, candidate, subscribers)
    if not habits.any:
        return subscribe(scenario, candidate, subscribers, lives)
    lives_on, _, flat_fits = _on_every_plan(scenario, index, subscribers, unheard)
    chosen = np.zeros(len(subscribers.customers), np.int64)
    _put_by_habit(scenario, candidate, subscribers, habits, (lives_on, flat_fits), chosen)
    for customer in np.flatnonzero(habits.sticks | habits.flat).tolist():
        lives.pop(customer, None)
        if (life := lives_on[chosen[customer]].get(customer)) is not None:
            lives[customer] = life
    return subscribe(scenario, candidate, subscribers, lives, chosen)


def _moved_up(scenario: Scenario, index: int, subscribers: Subscribers, tell: Progress) -> dict[int, Life]:
    """The lives of customers who act or move up, by their index."""
    candidate, lives = scenario.candidates[index], dict(subscribers.lives[index])
    codes = scenario.plans(candidate)
    part, customers, subscription = (
        subscribers,
        np.arange(len(subscribers.customers)),
        subscribe(scenario, candidate, subscribers, lives),
    )
    moves: dict[int, tuple[Move, ...]] = {}
    for level, code in enumerate(codes[1:]):
        share = share_of(tell, level / len(codes), (level + 1) / len(codes), "")
        shadows = Shadows(scenario, index, subscribers, level)
        shadow = _shadow(shadows, (part, customers, subscription), moves)
        movers, times = _movers(scenario, candidate, part, (subscription, shadow), level, share)
        moved = {}
        for customer, at in zip(customers[movers].tolist(), times.tolist(), strict=True):
            before, actions = moves.get(customer, ()), subscribers.actions[index].get(customer, ())
            if actions and shadows.life(customer, before) is None:
                continue  # where what the customer does is impossible on the next plan, it stays
            upward = (*before, Move(at, code))
            life = lived(scenario, index, codes[0], subscribers, customer, actions, upward)
            if life is not None:
                moves[customer], moved[customer] = upward, life
        lives |= moved
        if not moved or level + 2 == len(codes):
            break
        customers = np.array(sorted(moved), np.int64)
        part = subscribers.some(customers)
        subscription = subscribe(scenario, candidate, part, dict(enumerate(moved[customer] for customer in customers.tolist())))
    return lives


def _movers(
    scenario: Scenario,
    candidate: Candidate,
    part: Subscribers,
    on_plans: tuple[Subscription, Subscription],
    level: int,
    tell: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Customers, by their index in the part, who move up from a level of the line-up, and when (int64 microseconds).

    on_plans: as they are, and their shadows on the plan above.
    """
    here, (subscription, shadow) = scenario.plans(candidate)[level], on_plans
    runs = replay_candidates(scenario, part.usage, [(candidate, each) for each in on_plans], tell)
    present, raised_fit = (fit_by_period(scenario, run) for run in runs)
    timeline = subscription.timeline
    counts = timeline.of_segments(np.array([stage.plan == here and stage.state == "active" for stage in subscription.stages]))
    own, others = same_periods(timeline, subscription.stages, shadow.timeline, shadow.stages)
    suited = np.zeros(timeline.segment_count, bool)
    share_max = micros(candidate.blocked_share_max)
    suited[own] = suits_better(at_places(raised_fit, others), at_places(present, own), share_max)
    better = counts & timeline.begins & suited
    goes_on = _goes_on(timeline, counts) & (timeline.ends <= timeline.of_phases(timeline.phases.canceled_at))
    last = _last_periods(timeline.segments.offsets, better, goes_on, candidate.upgrade_after_periods)
    movers = np.flatnonzero(last >= 0)
    return movers, timeline.ends[last[movers]]


def _shadow(
    shadows: Shadows, here: tuple[Subscribers, np.ndarray, Subscription], moves: Mapping[int, tuple[Move, ...]]
) -> Subscription:
    """The same customers on the plan above a level since they came to their own. here: a part, who they are, and as they are."""
    scenario, (part, customers, subscription) = shadows.scenario, here
    candidate = scenario.candidates[shadows.index]
    codes = scenario.plans(candidate)[shadows.level : shadows.level + 2]
    if subscription.spells is None and not change_with_time(scenario, codes):  # of add-ons the plan above may have the feature
        raised = tuple(_raised(scenario.catalog, candidate, stage, *codes) for stage in subscription.stages)
        return replace(subscription, stages=raised)
    lives = shadows.lives(moves)
    return subscribe(scenario, candidate, part, {row: lives[customer] for row, customer in enumerate(customers.tolist())})


def _goes_on(timeline: Timeline, counts: np.ndarray) -> np.ndarray:
    """Per segment whether the next one goes on with the same: also as another phase, where an offer begins with the renewal."""
    phases, customers = timeline.segment_phases, timeline.segment_customers
    renewed = ~timeline.closed_early[:-1] & counts[1:] & (customers[1:] == customers[:-1])
    return np.append((phases[1:] == phases[:-1]) | renewed, False)


def _raised(catalog: Catalog, candidate: Candidate, stage: Stage, here: str, above: str) -> Stage:
    """The stage of the same customer on the plan above, where it is on this one and that one has its interval."""
    return (move_stage(catalog, candidate, stage, above) or stage) if stage.plan == here else stage


@compiled
def _last_periods(offsets, better, goes_on, periods):  # type: ignore[no-untyped-def]
    """Per customer the first segment that ends so many running on which the next plan suited better, or -1.

    It has to go on: after a period that an action cuts off comes a pause or the end, on which no plan suits better, and who
    has canceled moves no more while what is paid for runs out (billing-rules 8.4).
    """
    last = np.full(len(offsets) - 1, -1, np.int64)
    for customer in range(len(offsets) - 1):
        running = 0
        for segment in range(offsets[customer], offsets[customer + 1]):
            running = running + 1 if better[segment] else 0
            if running >= periods and goes_on[segment]:
                last[customer] = segment
                break
    return last

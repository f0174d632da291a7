"""Subscribers: who the customers of a replay are, and what their actions come to under every candidate.

Actions that make no sense are reported, and their customers are left out of every candidate, so that what the candidates bring
in stays comparable; all others are replayed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.calendar import DAY, day_number
from commet_core.errors import InputError
from commet_core.lives import Impossible, Life, Stretch, act, advance, begin, discount_count, start_stage
from commet_core.scenario import Candidate, Scenario, Window
from commet_core.stages import Stage, trial_of
from commet_core.stretches import BEFORE_START, Own, StageList, Stretches, merged, own_stretches, plain_stretches
from commet_core.subscriptions import Action, RowProblem
from commet_core.subscriptions.checks import check_rows
from commet_core.timeline import Timeline, build_timeline, events_within, no_usage_within, plain_anchors
from commet_core.usage import TOTAL_MAX, Usage


@dataclass(frozen=True, eq=False)
class Subscribers:
    """The customers of a replay; every candidate has the same.

    usage      the usage, with customers who have none of their own
    customers  int64 index into the usage's customers
    spans      int64, two rows, one entry per customer: its first event in the window, and the one after its last
    lives      of each candidate: a customer's place in `customers` → what its actions come to
    problems   of rows that make no sense
    left_out   the customers of those rows; they have so many events in the window
    """

    usage: Usage
    window: Window
    customers: np.ndarray
    spans: np.ndarray
    lives: tuple[Mapping[int, Life], ...]
    problems: tuple[RowProblem, ...] = ()
    left_out: frozenset[str] = frozenset()
    events_left_out: int = 0


@dataclass(frozen=True, eq=False)
class Subscription:
    """A candidate's customers on their stages: the timeline, and what actions charge at certain moments.

    acted   credits and purchases, by the place of their stretch in the timeline; None where nobody acts
    """

    timeline: Timeline
    stages: tuple[Stage, ...]
    acted: Own | None


def find_subscribers(scenario: Scenario, usage: Usage, window: Window) -> Subscribers:
    """Who is a customer in the window (billing-rules 2.5), and what their actions come to (8). There may be nobody."""
    if scenario.subscriptions:
        return _with_actions(scenario, usage, window)
    spans = events_within(usage, window)
    customers = np.flatnonzero(spans[1] > spans[0])
    return Subscribers(usage, window, customers, spans.take(customers, axis=1), tuple({} for _ in scenario.candidates))


def nobody_left(found: Subscribers) -> InputError:
    """Why there is no customer: none has usage in the window, or what their actions say makes no sense."""
    if found.problems:
        return InputError(problem.problem for problem in found.problems)
    return no_usage_within(found.usage, found.window)


def _with_actions(scenario: Scenario, usage: Usage, window: Window) -> Subscribers:
    checked = check_rows(scenario.subscriptions, scenario.catalog, [candidate.name for candidate in scenario.candidates])
    first_times = _first_times(usage, window, checked.actions)
    found = [_lives(scenario, candidate, window, checked.actions, first_times) for candidate in scenario.candidates]
    problems = [*checked.problems, *dict.fromkeys(problem for _, impossible in found for problem in impossible)]
    left_out = frozenset(problem.row.customer_id for problem in problems)
    started = {
        customer_id
        for lives, _ in found
        for customer_id, life in lives.items()
        if customer_id not in left_out and life.present.stage != BEFORE_START
    }
    usage = usage.with_customers(started)
    spans = events_within(usage, window)
    present = spans[1] > spans[0]
    present[_places(usage, started)] = True
    without = _places(usage, left_out)
    present[without] = False
    customers = np.flatnonzero(present)
    lives_by_place = tuple(_by_place(usage, customers, lives) for lives, _ in found)
    events_left_out = int(np.sum(spans[1][without] - spans[0][without]))
    spans = spans.take(customers, axis=1)
    return Subscribers(usage, window, customers, spans, lives_by_place, tuple(problems), left_out, events_left_out)


def _first_times(usage: Usage, window: Window, customer_ids: Iterable[str]) -> dict[str, int | None]:
    """When customers have their first event in the window; None where they have none."""
    known = list(customer_ids)
    indexes = np.asarray(pc.fill_null(pc.index_in(pa.array(known, pa.string()), usage.customers), -1))
    firsts, lasts = events_within(usage, window)
    return dict.fromkeys(known) | {
        customer_id: int(usage.times[firsts[index]])
        for customer_id, index in zip(known, indexes.tolist(), strict=True)
        if index >= 0 and lasts[index] > firsts[index]
    }


def _places(usage: Usage, customer_ids: Collection[str]) -> np.ndarray:
    """Where those of the customers that the usage knows stand in it."""
    found = pc.index_in(pa.array(list(customer_ids), pa.string()), usage.customers)
    return np.asarray(found.drop_null(), np.int64)


def _by_place(usage: Usage, customers: np.ndarray, lives: Mapping[str, Life]) -> dict[int, Life]:
    """Lives by the customers' places; those of nobody who is a customer are dropped."""
    ids = list(lives)
    indexes = np.asarray(pc.fill_null(pc.index_in(pa.array(ids, pa.string()), usage.customers), -1), np.int64)
    places = np.searchsorted(customers, indexes).tolist()
    known = np.isin(indexes, customers)
    return {place: lives[ids[row]] for row, place in enumerate(places) if known[row]}


def _lives(
    scenario: Scenario,
    candidate: Candidate,
    window: Window,
    actions: Mapping[str, Sequence[Action]],
    first_times: Mapping[str, int | None],
) -> tuple[dict[str, Life], list[RowProblem]]:
    """The lives of customers with actions under one candidate, and those actions that are impossible."""
    lives, problems = {}, []
    for customer_id, of_customer in actions.items():
        own = [action for action in of_customer if action.candidate in ("", candidate.name)]
        first_time = first_times[customer_id]
        if own:
            found = _live(scenario, candidate, window, own, first_time)
            if isinstance(found, RowProblem):
                problems.append(found)
            else:
                lives[customer_id] = found
        elif first_time is None:  # only another candidate has it as a customer
            lives[customer_id] = _not_yet(scenario, window)
    return lives, problems


def _live(
    scenario: Scenario, candidate: Candidate, window: Window, actions: Sequence[Action], first_time: int | None
) -> Life | RowProblem:
    """One customer's actions, in order of time, from its start to the window's end."""
    starts = any(action.kind == "start" for action in actions)
    if not starts and first_time is None:
        fix = "Add a row with the action start, or check the customer_id"
        return RowProblem(actions[0].row, "customer_id", "there is no usage of it in the window, and no start", fix)
    life = None if starts or first_time is None else _start(scenario, candidate, window, None, first_time)
    for action in actions:
        if action.at >= day_number(window.end) * DAY:
            break
        try:
            if life is None and action.kind == "start":
                life = _start(scenario, candidate, window, action, first_time)
            else:
                _go_through(life, action)
        except Impossible as reason:
            return RowProblem(action.row, reason.column, reason.what, reason.fix)
    if life is None:
        return _not_yet(scenario, window)
    advance(life, day_number(window.end) * DAY - 1)
    return life


def _start(scenario: Scenario, candidate: Candidate, window: Window, action: Action | None, first_time: int | None) -> Life:
    """The life that starts by an action, or of itself (billing-rules 2.5); in front of it what was used too early."""
    window_start = day_number(window.start)
    if action is not None:
        day = action.at // DAY
    else:
        day = window_start if scenario.start == "window" or first_time is None else first_time // DAY
    life = begin(scenario.catalog, start_stage(scenario.catalog, candidate, action), day)
    if first_time is not None and first_time < day * DAY:
        life.stretches.insert(0, Stretch(BEFORE_START, window_start * DAY, window_start, end=day * DAY))
    return life


def _go_through(life: Life | None, action: Action) -> None:
    if life is None or action.at < life.start:
        what = "this is before the customer's start"
        raise Impossible("at", what, "Let the start come first")
    advance(life, action.at)
    act(life, action)
    if life.bought >= TOTAL_MAX // 2:
        raise Impossible("", "all that the customer buys is more than can be held", "Check the amounts")


def _not_yet(scenario: Scenario, window: Window) -> Life:
    """Nobody's customer in the window: what is used is refused."""
    start = day_number(window.start)
    return Life(scenario.catalog, start * DAY, [Stretch(BEFORE_START, start * DAY, start)])


def subscribe(scenario: Scenario, place: int, found: Subscribers) -> Subscription:
    """The stages and segments of the customers of one candidate, given by its place in the scenario."""
    candidate, lives = scenario.candidates[place], found.lives[place]
    stage = start_stage(scenario.catalog, candidate, None)
    assert stage.plan is not None
    plan = scenario.catalog.plans[stage.plan]
    plain_stages = [stage] if plan.trial_days is None else [trial_of(stage, plan), stage]
    if scenario.subscriptions:
        return _own_subscription(scenario, plain_stages, plan.trial_days, lives, found)
    shape = tuple((each.weekly, each.resets) for each in plain_stages)
    key = ("timeline", found.window.start, found.window.end, scenario.start, plan.trial_days, shape)
    timeline = found.usage.derived(key, lambda: _plain_timeline(scenario, plain_stages, plan.trial_days, found))
    return Subscription(_with_offer(timeline, scenario, stage), tuple(plain_stages), None)


def _plain_timeline(scenario: Scenario, stages: Sequence[Stage], trial_days: int | None, found: Subscribers) -> Timeline:
    everybody = np.arange(len(found.customers))
    stretches = _plain(scenario, everybody, trial_days, found)
    return build_timeline(found.usage, found.window, found.customers, found.spans, stretches, stages)


def _plain(scenario: Scenario, customers: np.ndarray, trial_days: int | None, found: Subscribers) -> Stretches:
    """Those who only start, given by their places."""
    anchors = plain_anchors(found.usage, found.window, scenario.start, found.spans[0][customers])
    return plain_stretches(customers, anchors, day_number(found.window.end), trial_days)


def _with_offer(timeline: Timeline, scenario: Scenario, stage: Stage) -> Timeline:
    """The same timeline with the candidate's offer on all base charges of everybody."""
    count = discount_count(scenario.catalog, stage)
    if count == 0:
        return timeline
    discounts = np.full(len(timeline.stretches.customers), count)
    return replace(timeline, stretches=timeline.stretches._replace(discounts=discounts))


def _own_subscription(
    scenario: Scenario,
    plain_stages: Sequence[Stage],
    trial_days: int | None,
    lives: Mapping[int, Life],
    found: Subscribers,
) -> Subscription:
    window_start, window_end = day_number(found.window.start) * DAY, day_number(found.window.end) * DAY
    stages = StageList(plain_stages)
    own = own_stretches(lives, stages, window_start, window_end)
    others = np.setdiff1d(np.arange(len(found.customers)), np.fromiter(lives, np.int64, len(lives)))
    plain = _plain(scenario, others, trial_days, found)
    offered = np.full(len(plain.customers), discount_count(scenario.catalog, plain_stages[-1]))
    together = merged(plain._replace(discounts=offered), own)
    timeline = build_timeline(found.usage, found.window, found.customers, found.spans, together.stretches, stages.stages)
    return Subscription(timeline, stages.stages, together)

"""What customers' actions come to under a candidate: a life for each, or why its actions are impossible."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from commet_core.foundation.calendar import DAY, day_number
from commet_core.foundation.window import Window
from commet_core.scenario.further_rules import LEVEL_ACTIONS
from commet_core.scenario.scenario import Candidate, Scenario
from commet_core.scenario.subscriptions import Action, RowProblem
from commet_core.timeline.held import NO_LEVELS, Asked
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.lifecycle import Life, Phase, act, advance, begin, move_up, start_stage
from commet_core.timeline.phases import BEFORE_START
from commet_core.usage.usage import TOTAL_MAX


class Move(NamedTuple):
    """A customer of a line-up moves to another plan, given by its code, at a period's end in microseconds."""

    at: int
    plan: str


class FirstUse(NamedTuple):
    """When a customer has its first event in the window, and a level above 0 first, in microseconds; None where it has none."""

    used: int | None
    held: int | None = None

    @property
    def first(self) -> int | None:
        """A level above 0 counts as use (billing-rules 10.4)."""
        return min((at for at in self if at is not None), default=None)


class Lived(NamedTuple):
    """What customers' actions come to under one candidate: lives, the actions that they follow, and those that are impossible."""

    lives: dict[str, Life]
    actions: dict[str, Sequence[Action]]
    problems: list[RowProblem]


def lived_under(
    scenario: Scenario,
    candidate: Candidate,
    window: Window,
    actions: Mapping[str, Sequence[Action]],
    first_uses: Mapping[str, FirstUse],
    asked: Mapping[str, Asked],
) -> Lived:
    """asked: of customers with levels, what they are under the candidate."""
    lived = Lived({}, {}, [])
    for customer_id, of_customer in actions.items():
        first_use = first_uses[customer_id]
        meant = followed(candidate, of_customer)
        if isinstance(meant, RowProblem):
            lived.problems.append(meant)
        elif meant := [action for action in meant if action.kind not in LEVEL_ACTIONS]:
            life = _first_possible(scenario, candidate, window, meant, first_use, asked.get(customer_id, {}))
            if isinstance(life, RowProblem):
                lived.problems.append(life)
            else:
                lived.lives[customer_id], lived.actions[customer_id] = life, meant
        elif first_use.first is None:  # only another candidate has it as a customer
            lived.lives[customer_id] = not_yet(scenario, window)
    return lived


def followed(candidate: Candidate, of_customer: Sequence[Action]) -> list[Action] | RowProblem:
    """The actions that are meant for a candidate. A line-up that decides who is on which plan follows no other word on it."""
    rows = [action for action in of_customer if action.candidate in ("", candidate.name)]
    if not candidate.decides:
        return rows
    for action in rows:
        if action.candidate and action.plan:
            what = f"candidate {candidate.name!r} decides by itself who is on which plan (choose: {candidate.choose})"
            return RowProblem(action.row, "plan", what, "Leave plan empty, remove a change_plan, or use choose: assigned")
    return [replace(action, plan="") for action in rows if action.kind != "change_plan"]


def _first_possible(
    scenario: Scenario,
    candidate: Candidate,
    window: Window,
    actions: Sequence[Action],
    first_use: FirstUse,
    asked: Asked,
) -> Life | RowProblem:
    """The life on the candidate's plan; of a line-up on the lowest, or where each is the cheapest's on any that is possible."""
    codes = scenario.plans(candidate)
    lives = [live(scenario, candidate, codes[0], window, actions, first_use, asked)]
    if candidate.decides and candidate.choose == "cheapest":
        for code in codes[1:]:
            if isinstance(lives[-1], Life):
                break
            lives.append(live(scenario, candidate, code, window, actions, first_use, asked))
    return lives[-1] if isinstance(lives[-1], Life) else lives[0]


def live(
    scenario: Scenario,
    candidate: Candidate,
    plan: str,
    window: Window,
    actions: Sequence[Action],
    first_use: FirstUse,
    asked: Asked = NO_LEVELS,
    moves: Sequence[Move] = (),
) -> Life | RowProblem:
    """One customer's actions, in order of time, from its start to the window's end.

    plan: its code, for a start that names none. moves: up a line-up, in order of time; before the actions of their moment.
    """
    starts = any(action.kind == "start" for action in actions)
    if not starts and first_use.first is None:
        fix = "Add a row with the action start, or check the customer_id"
        return RowProblem(actions[0].row, "customer_id", "there is no usage of it in the window, and no start", fix)
    begun = scenario, candidate, plan, window
    life = None if starts or first_use.first is None else _start(*begun, None, first_use, asked)
    waiting = deque(moves)
    for action in actions:
        if action.at >= day_number(window.end) * DAY:
            break
        try:
            if life is None and action.kind == "start":
                life = _start(*begun, action, first_use, asked)
            else:
                _move_up_to(candidate, life, waiting, action.at)
                _go_through(life, action)
        except Impossible as reason:
            return RowProblem(action.row, reason.column, reason.what, reason.fix)
    if life is None:
        return not_yet(scenario, window)
    _move_up_to(candidate, life, waiting, day_number(window.end) * DAY - 1)
    advance(life, day_number(window.end) * DAY - 1)
    return life


def _move_up_to(candidate: Candidate, life: Life | None, waiting: deque[Move], at: int) -> None:
    """Makes the moves up to a moment, the moment included."""
    while life is not None and waiting and waiting[0].at <= at:
        move = waiting.popleft()
        move_up(life, candidate, move.plan, move.at)


def _start(
    scenario: Scenario,
    candidate: Candidate,
    plan: str,
    window: Window,
    action: Action | None,
    first_use: FirstUse,
    asked: Asked,
) -> Life:
    """The life that starts by an action, or of itself (billing-rules 2.5); in front of it what was used too early."""
    window_start = day_number(window.start)
    if action is not None:
        day = action.at // DAY
    else:
        first = first_use.first
        day = window_start if scenario.start == "window" or first is None else first // DAY
    life = begin(scenario.catalog, start_stage(scenario.catalog, candidate, plan, action), day, asked, candidate.addons)
    if first_use.used is not None and first_use.used < day * DAY:
        life.phases.insert(0, Phase(BEFORE_START, window_start * DAY, window_start, end=day * DAY))
    return life


def _go_through(life: Life | None, action: Action) -> None:
    if life is None or action.at < life.start:
        what = "this is before the customer's start"
        raise Impossible("at", what, "Let the start come first")
    advance(life, action.at)
    act(life, action)
    if life.bought >= TOTAL_MAX // 2:
        raise Impossible("", "all that the customer buys is more than can be held", "Check the amounts")


def not_yet(scenario: Scenario, window: Window) -> Life:
    """Nobody's customer in the window: what is used is refused."""
    start = day_number(window.start)
    return Life(scenario.catalog, start * DAY, [Phase(BEFORE_START, start * DAY, start)])

"""What customers' actions come to under a candidate: a life for each, or why its actions are impossible."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from commet_core.foundation.calendar import day_number
from commet_core.foundation.window import Window
from commet_core.scenario.adoption import version_rules
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.further_rules import LEVEL_ACTIONS
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import Action, RowProblem
from commet_core.timeline.actions import act
from commet_core.timeline.adopting import adoptions_of
from commet_core.timeline.advancing import advance
from commet_core.timeline.held import NO_LEVELS, Asked
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life, Phase
from commet_core.timeline.moving_up import move_up
from commet_core.timeline.phases import BEFORE_START
from commet_core.timeline.redeeming import is_limited, redeemed
from commet_core.timeline.starting import begin, start_stage
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


class Standing(NamedTuple):
    """What of a customer itself decides how it begins, beside its actions.

    refused  its promo code has reached its limit (billing-rules 9.3)
    name     its id where a rule on versions lists customers (8.7), else ''
    asked    the levels of seats and quota that it asked for (10.4)
    """

    refused: bool = False
    name: str = ""
    asked: Asked = NO_LEVELS


NO_STANDING: Final = Standing()


def standing_of(scenario: Scenario, candidate: Candidate, customer_id: str) -> Standing:
    """A customer's standing under a candidate."""
    refused = customer_id in (scenario.refused_codes or {}).get(candidate.name, ())
    return Standing(refused, customer_id if customer_id in listed(scenario, candidate) else "")


def listed(scenario: Scenario, candidate: Candidate) -> frozenset[str]:
    """The customers whom the rules on versions list."""
    rules = version_rules(scenario.versions, candidate.versions)
    return frozenset(customer for rule in rules for customer in rule.who.customers or ())


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
            standing = standing_of(scenario, candidate, customer_id)._replace(asked=asked.get(customer_id, NO_LEVELS))
            life = _first_possible(scenario, candidate, window, meant, first_use, standing)
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
        if action.candidate and action.plan and action.kind in ("start", "change_plan"):
            what = f"candidate {candidate.name!r} decides by itself who is on which plan (choose: {candidate.choose})"
            return RowProblem(action.row, "plan", what, "Leave plan empty, remove a change_plan, or use choose: assigned")
    rest = [action for action in rows if action.kind != "change_plan"]
    return [replace(action, plan="") if action.kind == "start" else action for action in rest]


def _first_possible(
    scenario: Scenario,
    candidate: Candidate,
    window: Window,
    actions: Sequence[Action],
    first_use: FirstUse,
    standing: Standing,
) -> Life | RowProblem:
    """The life on the candidate's plan; of a line-up on the lowest, or where each is the cheapest's on any that is possible."""
    codes = scenario.plans(candidate)
    lives = [live(scenario, candidate, codes[0], window, actions, first_use, standing=standing)]
    if candidate.decides and candidate.choose == "cheapest":
        for code in codes[1:]:
            if isinstance(lives[-1], Life):
                break
            lives.append(live(scenario, candidate, code, window, actions, first_use, standing=standing))
    return lives[-1] if isinstance(lives[-1], Life) else lives[0]


def live(
    scenario: Scenario,
    candidate: Candidate,
    plan: str,
    window: Window,
    actions: Sequence[Action],
    first_use: FirstUse,
    moves: Sequence[Move] = (),
    *,
    standing: Standing = NO_STANDING,
) -> Life | RowProblem:
    """One customer's actions, in order of time, from its start to the window's end.

    plan: its code, for a start that names none. moves: up a line-up, in order of time; before the actions of their moment.
    """
    starts = any(action.kind == "start" for action in actions)
    if not starts and first_use.first is None:
        fix = "Add a row with the action start, or check the customer_id"
        return RowProblem(actions[0].row, "customer_id", "there is no usage of it in the window, and no start", fix)
    begun = scenario, candidate, plan, window
    life = None if starts or first_use.first is None else _start(*begun, None, first_use, standing)
    waiting, end = deque(moves), window.span(scenario.catalog.days)[1]
    for action in actions:
        if action.at >= end:
            break
        try:
            if life is None and action.kind == "start":
                life = _start(*begun, action, first_use, standing)
            else:
                _move_up_to(candidate, life, waiting, action.at)
                _go_through(life, action)
        except Impossible as reason:
            return RowProblem(action.row, reason.column, reason.what, reason.fix)
    if life is None:
        return not_yet(scenario, window)
    _move_up_to(candidate, life, waiting, end - 1)
    advance(life, end - 1)
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
    standing: Standing,
) -> Life:
    """The life that starts by an action, or of itself (billing-rules 2.5); in front of it what was used too early."""
    window_start, days = day_number(window.start), scenario.catalog.days
    if action is not None:
        day = days.of(action.at)
    else:
        first = first_use.first
        day = window_start if scenario.start == "window" or first is None else days.of(first)
    life = started(scenario, candidate, plan, action, day, standing)
    life.window_start = days.start(window_start)
    if first_use.used is not None and first_use.used < life.start:
        life.phases.insert(0, Phase(BEFORE_START, life.window_start, window_start, end=life.start))
    return life


def started(scenario: Scenario, candidate: Candidate, plan: str, action: Action | None, day: int, standing: Standing) -> Life:
    """A life that starts on a day, with what its promo code leads to (billing-rules 9.2), and the versions it adopts (8.7)."""
    catalog = scenario.catalog
    stage = start_stage(catalog, candidate, plan, action, day)
    adoptions = adoptions_of(catalog, version_rules(scenario.versions, candidate.versions), standing.name, day)
    code = candidate.promo_code if action is None or not action.promo_code else action.promo_code
    if code is None:
        return begin(catalog, stage, day, adoptions, standing.asked, candidate.addons)
    if candidate.decides and is_limited(catalog, code):
        what = f"promo code {code!r} has max_redemptions, and candidate {candidate.name!r} chooses plans by itself"
        raise Impossible("promo_code", what, "Remove max_redemptions, or name in `candidate` for whom the row is meant")
    stage, redemption = redeemed(catalog, stage, code, day, refused=standing.refused)
    life = begin(catalog, stage, day, adoptions, standing.asked, candidate.addons)
    life.redemption = redemption
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
    day = day_number(window.start)
    start = scenario.catalog.days.start(day)
    return Life(scenario.catalog, start, [Phase(BEFORE_START, start, day)])

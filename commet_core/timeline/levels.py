"""The levels that customers asked for, under each candidate (billing-rules 10.4): from rows of their own and from actions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from commet_core.foundation.days import Days
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.window import Window
from commet_core.scenario.further_rules import LEVEL_ACTIONS
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.levels.checks import LevelStep, checked_steps, levels_of, step_of
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import Action, RowProblem
from commet_core.timeline.held import Asked
from commet_core.timeline.lifecycles import followed
from commet_core.usage.usage import Usage


@dataclass(frozen=True)
class AskedLevels:
    """The levels of all customers.

    by_candidate  by a candidate's name and a customer's id
    first_uses    by a customer's id: microseconds of the first moment in the window with a level above 0
    rejected      rows of levels that cannot be used
    problems      actions on levels that make no sense
    """

    by_candidate: Mapping[str, Mapping[str, Asked]] = field(default_factory=dict)
    first_uses: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[RowProblem, ...] = ()
    problems: tuple[RowProblem, ...] = ()


def asked_levels(
    scenario: Scenario,
    window: Window,
    actions: Mapping[str, Sequence[Action]],
    in_usage: Mapping[str, Sequence[LevelStep]],
) -> AskedLevels:
    """What the usage, rows and actions say of levels; of the same moment they come in this order."""
    of_rows, rejected = checked_steps(scenario.levels, scenario.catalog)
    steps = {
        customer_id: [*in_usage.get(customer_id, ()), *of_rows.get(customer_id, ())]
        for customer_id in dict.fromkeys([*in_usage, *of_rows])
    }
    acting = {customer_id for customer_id, own in actions.items() if any(action.kind in LEVEL_ACTIONS for action in own)}
    if not (steps or acting):
        return AskedLevels(rejected=tuple(rejected))
    plain: dict[str, Asked] = {}
    refused: list[LevelStep] = []
    for customer_id, own in steps.items():
        if customer_id not in acting:
            plain[customer_id], below = levels_of(own)
            refused += below
    by_candidate = {}
    for candidate in scenario.candidates:
        levels = dict(plain)
        for customer_id in acting:
            meant = followed(candidate, actions[customer_id])
            moves = [step_of(action) for action in meant if action.kind in LEVEL_ACTIONS] if isinstance(meant, list) else []
            levels[customer_id], below = levels_of([*steps.get(customer_id, ()), *moves])
            refused += below
        by_candidate[candidate.name] = levels
    wrong = dict.fromkeys(map(_below_zero, refused))
    return AskedLevels(
        by_candidate,
        _first_uses(by_candidate.values(), window, scenario.catalog.days),
        (*rejected, *(problem for problem in wrong if isinstance(problem.row, LevelRow))),
        tuple(problem for problem in wrong if not isinstance(problem.row, LevelRow)),
    )


def _below_zero(step: LevelStep) -> RowProblem:
    row = step.source.row if isinstance(step.source, Action) else step.source
    column = "amount" if isinstance(step.source, Action) else "change"
    return RowProblem(row, column, "the level would come below zero", "Give back no more than is held then")


def _first_uses(levels: Iterable[Mapping[str, Asked]], window: Window, days: Days) -> dict[str, int]:
    """A level above 0 counts as use, from the window's start where it was above 0 before (10.4)."""
    start, end = window.span(days)
    firsts: dict[str, int] = {}
    for of_candidate in levels:
        for customer_id, asked in of_candidate.items():
            for history in asked.values():
                first = _first_above(history, start, end)
                if first is not None:
                    firsts[customer_id] = min(first, firsts.get(customer_id, first))
    return firsts


def _first_above(history: Sequence[tuple[int, int]], start: int, end: int) -> int | None:
    before = 0
    for at, level in history:
        if at >= end:
            break
        if at <= start:
            before = level
        elif before > 0:
            break
        elif level > 0:
            return at
    return start if before > 0 else None


def check_used_features(scenario: Scenario, usage: Usage) -> None:
    """Raises InputError for levels that a usage has as consumption: what is held is not used up (10.4)."""
    held = [code for code in scenario.catalog.level_features if code in usage.features]
    if held:
        raise InputError(
            Problem(
                f"usage, feature {code!r}",
                f"it is used up in the usage, and held by the catalog (type: {scenario.catalog.features[code].type})",
                f"Give its levels in a file of their own, named in `levels` of the scenario, or give features.{code} the type usage",
            )
            for code in held
        )

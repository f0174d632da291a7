"""Level rows → steps of levels, cell by cell: a row that cannot be used is a reject, and the others go on (billing-rules 10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.catalog.plans import Catalog
from commet_core.foundation.days import Days
from commet_core.foundation.documents import unknown_name
from commet_core.foundation.errors import Problem
from commet_core.foundation.money import micros, parse_decimal
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.subscriptions import Action, RowProblem, micros_of
from commet_core.scenario.subscriptions.cells import level_amount_problems, moment_of, time_problems


@dataclass(frozen=True, slots=True)
class LevelStep:
    """A level that is set, or changed by so much.

    at        microseconds since 1970
    set_to    micros; None where it is a change
    change    micros, below zero too; 0 where it is set
    source    the row that says so
    """

    at: int
    feature: str
    set_to: int | None
    change: int
    source: LevelRow | Action


def level_type_problems(rows: Iterable[LevelRow], catalog: Catalog) -> list[Problem]:
    """Features that are used and not held, each once: what sets them as levels is a mistake as a whole."""
    problems: dict[str, Problem] = {}
    for row in rows:
        feature = catalog.features.get(row.feature)
        if feature is not None and feature.type not in LEVEL_TYPES and row.feature not in problems:
            what = f"{row.feature!r} is no level: its type is {feature.type}"
            fix = f"Give it the type seats or quota under features.{row.feature}, or take its rows out"
            problems[row.feature] = Problem(row.where, what, fix)
    return list(problems.values())


def checked_steps(rows: Iterable[LevelRow], catalog: Catalog) -> tuple[dict[str, list[LevelStep]], list[RowProblem]]:
    """The steps of each customer, in the order of the rows, and what is wrong with the others."""
    steps: dict[str, list[LevelStep]] = {}
    problems: list[RowProblem] = []
    for row in rows:
        wrong = list(_problems_of(row, catalog))
        if wrong:
            problems += wrong[:1]
        else:
            steps.setdefault(row.customer_id, []).append(_step(row, catalog.days))
    return steps, problems


def _problems_of(row: LevelRow, catalog: Catalog) -> Iterator[RowProblem]:
    if not row.customer_id:
        yield RowProblem(row, "customer_id", "is empty", "Say whose level this is")
    yield from time_problems(row, catalog.days)
    feature = catalog.features.get(row.feature)
    if feature is None:
        unknown = unknown_name("feature", "feature", row.feature, list(catalog.features))
        yield RowProblem(row, "feature", unknown.what if row.feature else "is empty", unknown.fix)
    if bool(row.set) == bool(row.change):
        what = "has both set and change" if row.set else "has neither set nor change"
        yield RowProblem(row, "set", what, "Fill in one of them")
    elif feature is not None:
        column = "set" if row.set else "change"
        yield from (
            RowProblem(row, column, what, fix)
            for what, fix in level_amount_problems(getattr(row, column), feature.type, signed=column == "change")
        )


def _step(row: LevelRow, days: Days) -> LevelStep:
    at = micros_of(moment_of(row.at, days))
    set_to = micros(parse_decimal(row.set)) if row.set else None
    return LevelStep(at, row.feature, set_to, micros(parse_decimal(row.change)) if row.change else 0, row)


def step_of(action: Action) -> LevelStep:
    """The step of a `set_level` or `change_level`."""
    if action.kind == "set_level":
        return LevelStep(action.at, action.item, action.amount, 0, action)
    return LevelStep(action.at, action.item, None, action.amount, action)


def levels_of(steps: Iterable[LevelStep]) -> tuple[dict[str, list[tuple[int, int]]], list[LevelStep]]:
    """One customer's levels, by feature: (microseconds since 1970, micros from then on), ascending; and steps that are refused.

    Steps of one moment count as one: the last that sets, and the changes after it. What would come below zero is refused.
    """
    levels: dict[str, list[tuple[int, int]]] = {}
    refused: list[LevelStep] = []
    for feature, own in _by_feature(steps).items():
        history = levels.setdefault(feature, [])
        level = 0
        for at, together in own.items():
            sets = [place for place, step in enumerate(together) if step.set_to is not None]
            changes = together[sets[-1] + 1 :] if sets else together
            before = together[sets[-1]].set_to if sets else level
            assert before is not None
            after = before + sum(step.change for step in changes)
            if after < 0:
                refused += [step for step in changes if step.change < 0]
                after = before + sum(step.change for step in changes if step.change > 0)
            if after != level:
                level = after
                history.append((at, level))
    return levels, refused


def _by_feature(steps: Iterable[LevelStep]) -> Mapping[str, Mapping[int, list[LevelStep]]]:
    """Steps by feature and moment, in order of time and of the input."""
    found: dict[str, dict[int, list[LevelStep]]] = {}
    for step in sorted(steps, key=lambda step: step.at):
        found.setdefault(step.feature, {}).setdefault(step.at, []).append(step)
    return found

"""Levels that a usage has among its rows, where its mapping says so (billing-rules 10.4): taken out, and read as levels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from commet_core.catalog.level_terms import LEVEL_TYPES
from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICROS
from commet_core.scenario.levels import LevelRow
from commet_core.scenario.levels.checks import LevelStep
from commet_core.usage.level_marks import is_level, name_of
from commet_core.usage.usage import Usage

SOURCE: Final = LevelRow(file="usage")


@dataclass(frozen=True)
class UsageLevels:
    """What a usage says of levels.

    usage   its other rows, with all of its customers
    steps   by a customer's id: levels that are set, in order of time; one that a row before says is left out
    rows    how many rows say so
    """

    usage: Usage
    steps: Mapping[str, Sequence[LevelStep]] = field(default_factory=dict)
    rows: int = 0


def usage_levels(usage: Usage) -> UsageLevels:
    """The levels of a usage; kept with it."""
    places = [place for place, feature in enumerate(usage.features) if is_level(feature)]
    if not places:
        return UsageLevels(usage)
    return usage.derived("levels", lambda: _taken_out(usage, places))


def _taken_out(usage: Usage, places: Sequence[int]) -> UsageLevels:
    steps: dict[str, list[LevelStep]] = {}
    count = 0
    for place in places:
        rows = np.flatnonzero(usage.feature_indexes == place)
        count += len(rows)
        if len(rows) == 0:
            continue
        owners = np.searchsorted(usage.offsets, rows, side="right") - 1
        last_of_moment = np.append((owners[1:] != owners[:-1]) | (usage.times[rows][1:] != usage.times[rows][:-1]), True)
        rows, owners = rows[last_of_moment], owners[last_of_moment]
        values = usage.values[rows]
        changed = np.append(True, (owners[1:] != owners[:-1]) | (values[1:] != values[:-1]))[: len(rows)]
        rows, owners = rows[changed], owners[changed]
        ids = usage.customers.take(owners).to_pylist()
        for customer_id, at, value in zip(ids, usage.times[rows].tolist(), usage.values[rows].tolist(), strict=True):
            step = LevelStep(at, name_of(usage.features[place]), value, 0, SOURCE)
            steps.setdefault(customer_id, []).append(step)
    return UsageLevels(usage.without_features(places), steps, count)


def check_usage_levels(usage: Usage, catalog: Catalog) -> None:
    """Raises InputError for what a usage has as levels and the catalog does not, and for levels that nobody can hold."""
    problems = [problem for place in range(len(usage.features)) for problem in _problems_of(usage, place, catalog)]
    if problems:
        raise InputError(problems)


def _problems_of(usage: Usage, place: int, catalog: Catalog) -> Iterator[Problem]:
    if not is_level(usage.features[place]):
        return
    code = name_of(usage.features[place])
    where, feature = f"usage, feature {code!r}", catalog.features.get(code)
    if feature is None:
        yield Problem(
            where, "its mapping says that it is a level, and the catalog does not have it", f"Add it to features.{code}"
        )
        return
    if feature.type not in LEVEL_TYPES:
        what = f"its mapping says that it is a level, and its type in the catalog is {feature.type}"
        yield Problem(where, what, f"Give features.{code} the type seats or quota, or take it out of `levels` of the mapping")
        return
    own = usage.feature_indexes == place
    below = own & (usage.values < 0)
    if below.any():
        first = int(np.flatnonzero(below)[0])
        owner = usage.customers[int(np.searchsorted(usage.offsets, first, side="right")) - 1].as_py()
        what = f"a level is below zero, first of customer {owner!r}"
        yield Problem(where, what, "Give levels of 0 or more; changes stand in a file of levels")
    if feature.type == "seats" and (usage.values[own] % MICROS).any():
        yield Problem(where, "a level of seats is no whole number", f"Round it, or give features.{code} the type quota")

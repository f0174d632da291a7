"""The front: points that no other beats in two or three measures (decisions.md 6.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np

from commet_core.decide.points import Point
from commet_core.foundation.errors import InputError, Problem


@dataclass(frozen=True)
class Measure:
    """One of what a point has. more_is_better: so the vendor sees it, or so its customers do."""

    name: str
    of: Callable[[Point], Decimal | Fraction | None]
    more_is_better: bool


MEASURES: Final[Mapping[str, Measure]] = {
    measure.name: measure
    for measure in (
        Measure("revenue", lambda point: point.revenue, True),
        Measure("margin", lambda point: point.margin, True),
        Measure("share_paying_more", lambda point: point.share_paying_more, False),
        Measure("largest_rise", lambda point: point.largest_rise, False),
        Measure("median_cost", lambda point: point.median_cost, False),
        Measure("blocked_share", lambda point: point.blocked_share, False),
    )
}
USUAL: Final = ("revenue", "share_paying_more")


def check_measures(names: Sequence[str]) -> tuple[str, ...]:
    """Two or three different measures. Raises InputError."""
    problems = [
        Problem("measures", f"{name!r} is not a measure", f"Known here: {', '.join(MEASURES)}")
        for name in names
        if name not in MEASURES
    ]
    if not problems and (len(names) not in (2, 3) or len(set(names)) < len(names)):
        problems = [Problem("measures", f"{len(names)} are given", "Give two or three different ones")]
    if problems:
        raise InputError(problems)
    return tuple(names)


def front(points: Sequence[Point], names: Sequence[str]) -> list[bool]:
    """Of each point whether no other is at least as good in all measures and better in one; equals are on it together.

    What is not known counts as worse than all that is.
    """
    goodness = np.array([_ranks(points, MEASURES[name]) for name in names], np.int64).reshape(len(names), len(points))
    order = np.lexsort(-goodness[::-1])
    best = np.empty((len(names), 0), np.int64)
    is_on = [False] * len(points)
    for place in order.tolist():  # whoever beats a point comes before it
        own = goodness[:, place : place + 1]
        beaten = (best >= own).all(axis=0) & (best > own).any(axis=0)
        if not beaten.any():
            is_on[place] = True
            best = np.concatenate([best, own], axis=1)
    return is_on


def _ranks(points: Sequence[Point], measure: Measure) -> list[int]:
    """The place of each point's exact value among those that occur, the worst first."""
    values = [measure.of(point) for point in points]
    known = sorted({Fraction(value) for value in values if value is not None}, reverse=not measure.more_is_better)
    places = {value: place for place, value in enumerate(known, 1)}
    return [0 if value is None else places[Fraction(value)] for value in values]

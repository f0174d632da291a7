"""Quotes: what plans cost at a usage that somebody types in. Nothing is computed here; the simulator replays made-up usage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

from commet_core.catalog import Catalog
from commet_core.compare import MONTHS_IN_YEAR, WEEKS_IN_YEAR, rounded
from commet_core.money import minor_decimals
from commet_core.replay import Replay, replay
from commet_core.scenario import Candidate, Scenario, Window
from commet_core.usage import Usage

_MONTH = Window(start=date(2026, 6, 1), end=date(2026, 7, 1))
_YEAR = Window(start=date(2026, 1, 1), end=date(2027, 1, 1))
_WEEKS = Window(start=date(2026, 1, 1), end=date(2026, 12, 31))
"""52 whole weeks."""


@dataclass(frozen=True)
class CurvePoint:
    """One plan at one level of usage: units asked for, what a month costs, whether part of the usage is refused."""

    units: Decimal
    monthly_cost: Decimal
    blocked: bool


@dataclass(frozen=True)
class Crossing:
    """The level of usage at which the cheaper of two candidates changes: from there on `cheaper` costs less."""

    units: Decimal
    monthly_cost: Decimal
    cheaper: str
    dearer: str


def one_month(catalog: Catalog, candidates: Sequence[Candidate], units: Mapping[str, Decimal]) -> Replay:
    """A customer's first month on each candidate, with so many units of each feature used on its first day.

    A month of thirty days; features with no units are left out. Raises InputError as `replay`.
    """
    asked = {feature: amount for feature, amount in units.items() if amount > 0} or dict.fromkeys(list(units)[:1], Decimal(0))
    usage = _usage([asked], [datetime(2026, 6, 1, tzinfo=UTC)])
    return replay(_scenario(catalog, candidates, _MONTH), usage)


def price_curve(
    catalog: Catalog, candidates: Sequence[Candidate], levels: Sequence[Mapping[str, Decimal]], feature: str
) -> dict[str, list[CurvePoint]]:
    """What a month costs at each level of usage (units per feature and month), per candidate.

    A whole year is replayed and divided by twelve, so that intervals compare. `feature` is the one on the axis.
    """
    return {
        candidate.name: _curve(catalog, candidate, levels, [level.get(feature, Decimal(0)) for level in levels])
        for candidate in candidates
    }


def _curve(
    catalog: Catalog, candidate: Candidate, levels: Sequence[Mapping[str, Decimal]], axis: Sequence[Decimal]
) -> list[CurvePoint]:
    interval = candidate.interval or catalog.plans[candidate.plan].default_interval()
    if interval == "weekly":
        window = _WEEKS
        times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(weeks=week) for week in range(WEEKS_IN_YEAR)]
        levels = [{feature: _per_week(units) for feature, units in level.items()} for level in levels]
    else:
        window = _YEAR
        times = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, MONTHS_IN_YEAR + 1)]
    run = replay(_scenario(catalog, [candidate], window), _usage(levels, times)).runs[0]
    decimals_minor = minor_decimals(catalog.currency)
    costs = [rounded(Fraction(billed, MONTHS_IN_YEAR), decimals_minor) for billed in run.customer_billed.tolist()]
    blocked = (run.customer_blocked_events > 0).tolist()
    return [CurvePoint(*point) for point in zip(axis, costs, blocked, strict=True)]


def _per_week(units: Decimal) -> Decimal:
    return (units * MONTHS_IN_YEAR / WEEKS_IN_YEAR).quantize(Decimal(1).scaleb(-6))


def crossings(curves: Mapping[str, Sequence[CurvePoint]]) -> list[Crossing]:
    """Where one candidate overtakes another: the first level at which the cheaper of a pair is the other one."""
    found = []
    for first, second in combinations(curves, 2):
        cheaper_before = ""
        for one, other in zip(curves[first], curves[second], strict=True):
            if one.monthly_cost == other.monthly_cost:
                continue
            cheaper, dearer = (first, second) if one.monthly_cost < other.monthly_cost else (second, first)
            if cheaper_before and cheaper != cheaper_before:
                cost = min(one.monthly_cost, other.monthly_cost)
                found.append(Crossing(one.units, cost, cheaper, dearer))
            cheaper_before = cheaper
    return sorted(found, key=lambda crossing: crossing.units)


def levels_between(mix: Mapping[str, Decimal], feature: str, most: Decimal, steps: int) -> list[dict[str, Decimal]]:
    """Levels of usage from none to `most` units of one feature, the other features in the same proportion as in `mix`.

    Whole units on the axis where `most` is at least the number of steps. A feature that `mix` has none of stays at none.
    """
    quantum = Decimal(1) if most >= steps else Decimal(1).scaleb(-6)
    reference = mix.get(feature) or Decimal(1)
    levels = []
    for step in range(steps + 1):
        units = (most * step / steps).quantize(quantum)
        others = {
            name: (amount * units / reference).quantize(Decimal(1).scaleb(-6)) for name, amount in mix.items() if name != feature
        }
        levels.append({feature: units, **others})
    return levels


def _scenario(catalog: Catalog, candidates: Sequence[Candidate], window: Window) -> Scenario:
    return Scenario.model_validate(
        {
            "catalog": catalog,
            "window": window.model_dump(),
            "rows": "aggregate",
            "start": "window",
            "candidates": [candidate.model_dump() for candidate in candidates],
        }
    )


def _usage(levels: Sequence[Mapping[str, Decimal]], times: Sequence[datetime]) -> Usage:
    """A customer per level, numbered so that their order is the levels'."""
    rows = [
        (f"{customer:06d}", time, feature, units)
        for customer, level in enumerate(levels)
        for time in times
        for feature, units in level.items()
    ]
    columns = list(zip(*rows, strict=True))
    return Usage.from_events(*[list(column) for column in columns])


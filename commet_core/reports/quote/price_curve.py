"""Price curves: what a month costs at every level of usage, and exactly where one candidate overtakes another.

A level is one more made-up customer whose year is replayed. Points of interest are first seen between two levels of a grid and
then found to the unit by replaying finer grids in between.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import accumulate, combinations, pairwise
from typing import Final, Literal

import pyarrow as pa

from commet_core.catalog.plans import Catalog
from commet_core.engine.monthly_costs import MONTHS_IN_YEAR
from commet_core.foundation.arrow import UNIT_TYPE, amount_type
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of, minor_decimals
from commet_core.reports.quote import LEVEL_MAX, UNITS_MAX, last_plans, monthly_cost, one_year, refused_units, too_much
from commet_core.scenario.candidates import Candidate, features_of

STEPS: Final = 200
"""Levels of the grid between none and the most."""
FINER_STEPS: Final = 24
"""Levels of each finer grid."""
BRACKETS_MAX: Final = 60
"""Points of interest that are found to the unit; curves with more have so many that none matters."""

Others = Literal["in_proportion", "fixed"]
EXACTLY: Final = Decimal(0)
_MICRO: Final = Decimal(1).scaleb(-MICRO_DECIMALS)


@dataclass(frozen=True)
class UsageAxis:
    """Levels of usage along one feature. `mix`: units of every feature in a typical month.

    others: the other features grow in proportion to the one on the axis, or stay as in the mix.
    held: seats and quota, which nobody has more of by using more: they stay, as long as they are not on the axis.
    """

    feature: str
    mix: Mapping[str, Decimal]
    others: Others = "in_proportion"
    held: frozenset[str] = frozenset()

    @property
    def quantum(self) -> Decimal:
        """The smallest step: one unit of a feature that is counted in whole ones, else a thousandth."""
        typical = self.mix.get(self.feature, Decimal(0))
        return Decimal(1) if typical == typical.to_integral_value() else Decimal("0.001")

    def at(self, units: Decimal) -> dict[str, Decimal]:
        """Units per feature at a level. There is no proportion to a feature that the mix has none of: the others stay."""
        others = {name: amount for name, amount in self.mix.items() if name != self.feature}
        reference = self.mix.get(self.feature)
        if self.others == "in_proportion" and reference:
            others |= {name: _grown(amount * units / reference) for name, amount in others.items() if name not in self.held}
        return {self.feature: units, **others}

    def grid(self, low: Decimal, high: Decimal, steps: int) -> list[Decimal]:
        """Levels from low to high, ascending and different, all multiples of the quantum apart from low."""
        step = (high - low) / steps
        levels = [low + (step * place).quantize(self.quantum, ROUND_HALF_UP) for place in range(steps)] + [high]
        return sorted(set(levels))


def _grown(units: Decimal) -> Decimal:
    if units > LEVEL_MAX:
        raise too_much("the usage of the other features, grown in proportion,")
    return units.quantize(_MICRO)


@dataclass(frozen=True)
class CurvePoint:
    """One candidate at one level of usage.

    year_cost     twelve months of it, exact; monthly_cost: a twelfth, rounded to the minor unit
    refuses       part of the usage is refused
    plan          what it is on; of a line-up the plan that suits this usage best
    """

    units: Decimal
    year_cost: Decimal
    monthly_cost: Decimal
    refuses: bool
    plan: str


@dataclass(frozen=True)
class Crossing:
    """From `units` on `cheaper` costs less than `dearer`, which was cheaper before; both serve all of the usage there.

    leads: no other candidate that serves all of the usage costs less there.
    """

    units: Decimal
    monthly_cost: Decimal
    cheaper: str
    dearer: str
    leads: bool


@dataclass(frozen=True)
class Limit:
    """From `units` on a candidate refuses part of the usage.

    lacking  used features that its plan, of a line-up none of its plans, has
    line_up  whether it is a line-up
    """

    units: Decimal
    monthly_cost: Decimal
    candidate: str
    lacking: tuple[str, ...]
    line_up: bool = False


@dataclass(frozen=True)
class Switch:
    """From `units` on another plan of a line-up suits the usage best."""

    units: Decimal
    candidate: str
    plan: str


@dataclass(frozen=True)
class CheapestRange:
    """Between two levels, both included, these candidates cost least of those that refuse nothing; none where all refuse.

    Several where only the rounding of invoice lines tells them apart.
    """

    first_units: Decimal
    last_units: Decimal
    candidates: tuple[str, ...]


@dataclass(frozen=True)
class PriceCurves:
    """Candidates along an axis. `exact`: every crossing, limit, switch and range was found to the unit."""

    axis: UsageAxis
    points: Mapping[str, tuple[CurvePoint, ...]]
    crossings: tuple[Crossing, ...]
    limits: tuple[Limit, ...]
    switches: tuple[Switch, ...]
    cheapest: tuple[CheapestRange, ...]
    exact: bool


Level = Mapping[str, CurvePoint]
"""The candidates' points at one level."""


@dataclass(frozen=True)
class _Bracket:
    """Something that is not yet so at `low` and is so at `high`.

    candidates: those that are cheapest from there on, or of which one overtakes the other.
    """

    low: Decimal
    high: Decimal
    holds: Callable[[Level], bool]
    candidates: tuple[str, ...] = ()


def price_curves(
    catalog: Catalog, candidates: Sequence[Candidate], axis: UsageAxis, most: Decimal, steps: int = STEPS
) -> PriceCurves:
    """What a month costs each candidate from none to `most` units, a year replayed at each level and divided by twelve.

    Raises InputError where a candidate does not fit the catalog or an amount would be too large.
    """
    names = [candidate.name for candidate in candidates]
    levels = _replayed(catalog, candidates, axis, axis.grid(Decimal(0), most, steps))
    rounding = _rounding(axis, most, catalog.currency)
    changes = _cheapest_changes(levels, rounding)
    refusals = [bracket for name in names for bracket in _first_refusal(levels, name)]
    overtakings = [bracket for one, other in combinations(names, 2) for bracket in _overtakings(levels, one, other, rounding)]
    switched = [(name, bracket) for name in names for bracket in _switches(levels, name)]
    brackets = [*changes, *refusals, *overtakings, *(bracket for _, bracket in switched)]
    found = _refined(catalog, candidates, axis, brackets[:BRACKETS_MAX])
    found += [(bracket.high, levels[bracket.high]) for bracket in brackets[BRACKETS_MAX:]]
    winners = [_winners(levels[Decimal(0)], rounding), *(change.candidates for change in changes)]
    first_refusal, first_overtaking, first_switch = accumulate([len(changes), len(refusals), len(overtakings)])
    line_ups = {candidate.name for candidate in candidates if candidate.group is not None}
    had = {candidate.name: features_of(catalog, candidate) for candidate in candidates}
    lacking = {name: tuple(f for f, units in axis.at(most).items() if units and f not in had[name]) for name in names}
    refusing = [name for name in names if any(level[name].refuses for level in levels.values())]
    return PriceCurves(
        axis=axis,
        points={name: tuple(level[name] for level in levels.values()) for name in names},
        crossings=_crossings(found[first_overtaking:first_switch], overtakings),
        limits=tuple(
            Limit(units, level[name].monthly_cost, name, lacking[name], name in line_ups)
            for name, (units, level) in zip(refusing, found[first_refusal:first_overtaking], strict=True)
        ),
        switches=tuple(
            Switch(units, name, level[name].plan)
            for (name, _), (units, level) in zip(switched, found[first_switch:], strict=True)
        ),
        cheapest=tuple(_ranges(list(levels), winners, [units for units, _ in found[:first_refusal]], axis.quantum)),
        exact=len(brackets) <= BRACKETS_MAX,
    )


def _replayed(
    catalog: Catalog, candidates: Sequence[Candidate], axis: UsageAxis, units: Sequence[Decimal]
) -> dict[Decimal, dict[str, CurvePoint]]:
    """Every candidate at every level: units → candidate → point."""
    levels: dict[Decimal, dict[str, CurvePoint]] = {amount: {} for amount in units}
    mixes = [axis.at(amount) for amount in units]
    years = one_year(catalog, candidates, mixes)
    for candidate in candidates:
        run = years[candidate.name]
        columns = run.customer_billed.tolist(), refused_units(run).tolist(), last_plans(run)
        for amount, billed, refuses, plan in zip(units, *columns, strict=True):
            year = decimal_of(billed, minor_decimals(catalog.currency))
            levels[amount][candidate.name] = CurvePoint(amount, year, monthly_cost(billed, catalog.currency), refuses, plan)
    return levels


def _rounding(axis: UsageAxis, most: Decimal, currency: str) -> Decimal:
    """By how much the rounding of invoice lines alone can tell two candidates apart in a year: a minor unit a month per feature."""
    used = sum(1 for amount in axis.at(most).values() if amount)
    return Decimal(MONTHS_IN_YEAR * max(1, used)).scaleb(-minor_decimals(currency))


def _winners(level: Level, rounding: Decimal = EXACTLY) -> tuple[str, ...]:
    """The candidates that cost least of those that refuse nothing; several where only rounding tells them apart."""
    serving = {name: point.year_cost for name, point in level.items() if not point.refuses}
    least = min(serving.values(), default=Decimal(0))
    return tuple(name for name, cost in serving.items() if cost - least <= rounding)


def _cheaper(level: Level, one: str, other: str, rounding: Decimal = EXACTLY) -> str:
    """The cheaper of two candidates; none where they cost the same but for rounding, or one of them refuses usage."""
    difference = level[other].year_cost - level[one].year_cost
    if level[one].refuses or level[other].refuses or abs(difference) <= rounding:
        return ""
    return one if difference > 0 else other


def _won_by(winners: tuple[str, ...], rounding: Decimal, level: Level) -> bool:
    return _winners(level, rounding) == winners


def _refuses(name: str, level: Level) -> bool:
    return level[name].refuses


def _is_on(name: str, plan: str, level: Level) -> bool:
    return level[name].plan == plan


def _overtakes(name: str, other: str, level: Level) -> bool:
    return _cheaper(level, name, other) == name


def _cheapest_changes(levels: Mapping[Decimal, Level], rounding: Decimal) -> list[_Bracket]:
    """Where other candidates become the cheapest; where one replaces one, from the first level at which it costs less."""
    changes = []
    for (low, before), (high, after) in pairwise(
        _stretches_apart([(units, _winners(level, rounding)) for units, level in levels.items()])
    ):
        if before != after:
            allowed = EXACTLY if len(before) == len(after) == 1 else rounding
            changes.append(_Bracket(low, high, partial(_won_by, after, allowed), after))
    return changes


def _stretches_apart(winners: Sequence[tuple[Decimal, tuple[str, ...]]]) -> list[tuple[Decimal, tuple[str, ...]]]:
    """Levels and who wins there, without the single level at which two cost the same because one is overtaking the other."""
    passing = {
        place
        for place in range(1, len(winners) - 1)
        if len(winners[place][1]) == 2
        and {*winners[place - 1][1], *winners[place + 1][1]} == set(winners[place][1])
        and len(winners[place - 1][1]) == len(winners[place + 1][1]) == 1
    }
    return [level for place, level in enumerate(winners) if place not in passing]


def _first_refusal(levels: Mapping[Decimal, Level], name: str) -> list[_Bracket]:
    """Where a candidate begins to refuse usage: one bracket, or none."""
    below = next(iter(levels))
    for units, level in levels.items():
        if level[name].refuses:
            return [_Bracket(below, units, partial(_refuses, name))]
        below = units
    return []


def _switches(levels: Mapping[Decimal, Level], name: str) -> list[_Bracket]:
    """Where another plan of a line-up begins to suit best."""
    return [
        _Bracket(below, units, partial(_is_on, name, level[name].plan))
        for (below, before), (units, level) in pairwise(levels.items())
        if before[name].plan != level[name].plan
    ]


def _overtakings(levels: Mapping[Decimal, Level], one: str, other: str, rounding: Decimal) -> list[_Bracket]:
    """Where the cheaper of two candidates becomes the other one; levels at which they cost the same lie in between.

    What only rounding makes cheaper overtakes nothing; else each does so from the first level at which it costs less.
    """
    brackets, before, below = [], "", Decimal(0)
    for units, level in levels.items():
        cheaper = _cheaper(level, one, other, rounding)
        if not cheaper:
            continue
        if before and cheaper != before:
            brackets.append(_Bracket(below, units, partial(_overtakes, cheaper, before), (one, other)))
        before, below = cheaper, units
    return brackets


def _refined(
    catalog: Catalog, candidates: Sequence[Candidate], axis: UsageAxis, brackets: Sequence[_Bracket]
) -> list[tuple[Decimal, Level]]:
    """For each bracket the first level at which it holds, to the quantum, and the candidates' points there."""
    brackets = list(brackets)
    levels: dict[Decimal, dict[str, CurvePoint]] = {}
    while True:
        wide = [bracket for bracket in brackets if bracket.high - bracket.low > axis.quantum or bracket.high not in levels]
        if not wide:
            return [(bracket.high, levels[bracket.high]) for bracket in brackets]
        asked = {units for bracket in wide for units in axis.grid(bracket.low, bracket.high, FINER_STEPS)}
        levels |= _replayed(catalog, candidates, axis, sorted(asked - levels.keys()))
        brackets = [_narrowed(axis, bracket, levels) for bracket in brackets]


def _narrowed(axis: UsageAxis, bracket: _Bracket, levels: Mapping[Decimal, Level]) -> _Bracket:
    if bracket.high - bracket.low <= axis.quantum:
        return bracket
    grid = axis.grid(bracket.low, bracket.high, FINER_STEPS)
    place = next(place for place, units in enumerate(grid) if place and bracket.holds(levels[units]))
    return replace(bracket, low=grid[place - 1], high=grid[place])


def _crossings(found: Sequence[tuple[Decimal, Level]], overtakings: Sequence[_Bracket]) -> tuple[Crossing, ...]:
    crossings = []
    for (units, level), bracket in zip(found, overtakings, strict=True):
        cheaper, dearer = sorted(bracket.candidates, key=lambda name: level[name].year_cost)
        crossings.append(Crossing(units, level[cheaper].monthly_cost, cheaper, dearer, cheaper in _winners(level)))
    return tuple(sorted(crossings, key=lambda crossing: crossing.units))


def _ranges(
    units: Sequence[Decimal], winners: Sequence[tuple[str, ...]], changes: Sequence[Decimal], quantum: Decimal
) -> list[CheapestRange]:
    """The stretches between the levels at which the cheapest changes; `winners`: of each stretch."""
    lasts = [*(change - quantum for change in changes), units[-1]]
    return [CheapestRange(*stretch) for stretch in zip([units[0], *changes], lasts, winners, strict=True)]


def suggested_most(typical: Decimal) -> Decimal:
    """How far an axis goes where nobody says: ten times what is typical, a hundred where nothing is."""
    return min(typical * 10, UNITS_MAX) or Decimal(100)


def curve_table(curves: PriceCurves, currency: str) -> pa.Table:
    """The points of all candidates: candidate, units_a_month, plan, monthly_cost, refuses_usage."""
    points = [(name, point) for name, curve in curves.points.items() for point in curve]
    return pa.table(
        {
            "candidate": [name for name, _ in points],
            "units_a_month": pa.array([point.units for _, point in points], UNIT_TYPE),
            "plan": [point.plan for _, point in points],
            "monthly_cost": pa.array([point.monthly_cost for _, point in points], amount_type(currency)),
            "refuses_usage": [point.refuses for _, point in points],
        }
    )

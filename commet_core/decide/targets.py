"""What is wanted of a price: revenue, margin, how many may pay how much more, how much may be refused (decisions.md 5.1).

revenue=baseline        within 0.5 % of the baseline's; `revenue=baseline within 2%`, and `revenue=50000`, work alike
revenue>=50000          or `revenue>=baseline`
margin>=60%             of revenue, or an amount: `margin>=20000`
customers_above:20%<=5%  at most 5 % of customers pay more than 20 % more
blocked<=1%             of what is asked for
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from commet_core.decide.points import Point
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.patterns import late_pattern

Measure = Literal["revenue", "margin", "margin_share", "customers_above", "blocked"]
Relation = Literal["=", ">=", "<="]

WITHIN: Final = Decimal("0.005")
"""How near `as the baseline's` means, unless it is said."""

_NUMBER = r"(\d+(?:\.\d+)?|\.\d+)"
_FORMS: Final = {
    "revenue": late_pattern(rf"revenue(=|>=)(baseline|{_NUMBER})(?:(?:within|±|\+-|\+/-){_NUMBER}%)?"),
    "margin": late_pattern(rf"margin>={_NUMBER}(%?)"),
    "customers": late_pattern(rf"customers[_ ]?above[:_(]?{_NUMBER}%\)?<={_NUMBER}%"),
    "blocked": late_pattern(rf"blocked(?:_share)?<={_NUMBER}%"),
}
_EXAMPLES: Final = "revenue=baseline, revenue>=50000, margin>=60%, customers_above:20%<=5% or blocked<=1%"


@dataclass(frozen=True)
class Target:
    """bound: an amount, or a share; None: the baseline's revenue. within: a share of the bound, for `=`.

    rise_place: of `customers_above` the place of its rise in `Point.above`; rise: that rise, a share.
    """

    text: str
    measure: Measure
    relation: Relation
    bound: Decimal | None
    within: Decimal = Decimal(0)
    rise: Decimal | None = None
    rise_place: int = -1

    def bound_of(self, base: Point) -> Fraction:
        return Fraction(base.revenue if self.bound is None else self.bound)

    def value_of(self, point: Point) -> Fraction | None:
        """What a point has of the measure; None where it is not known."""
        match self.measure:
            case "revenue":
                return Fraction(point.revenue)
            case "margin":
                return None if point.margin is None else Fraction(point.margin)
            case "margin_share":
                return point.margin_share
            case "customers_above":
                return point.above[self.rise_place]
            case "blocked":
                return point.blocked_share

    def beyond(self, point: Point, base: Point) -> Fraction:
        """How far a point is above the bound, below 0 where below it: amounts as a share of the bound, shares as they are."""
        value, bound = self.value_of(point), self.bound_of(base)
        if value is None:
            return Fraction(-1) if self.relation != "<=" else Fraction(1)
        return (value - bound) / (bound or 1) if self.measure in ("revenue", "margin") else value - bound

    def miss(self, point: Point, base: Point) -> Fraction:
        """How far a point is from meeting it; 0 where it does."""
        beyond = self.beyond(point, base)
        match self.relation:
            case "=":
                return max(Fraction(0), abs(beyond) - Fraction(self.within))
            case ">=":
                return max(Fraction(0), -beyond)
            case "<=":
                return max(Fraction(0), beyond)


def parse_targets(texts: Sequence[str]) -> tuple[Target, ...]:
    """Targets as they are written. Raises InputError with the problems of them all."""
    problems: list[Problem] = []
    found: list[Target] = []
    for text in texts:
        target = _parsed(text, sum(other.measure == "customers_above" for other in found))
        if isinstance(target, Problem):
            problems.append(target)
        else:
            found.append(target)
    if problems:
        raise InputError(problems)
    return tuple(found)


def rises_of(targets: Sequence[Target]) -> tuple[Decimal, ...]:
    """The rises that targets name, in their order."""
    return tuple(target.rise for target in targets if target.rise is not None)


def check_targets(targets: Sequence[Target], base: Point, baseline: str, *, has_cost: bool) -> None:
    """Raises InputError where the baseline, or what is known of costs, leaves a target without meaning."""
    problems = []
    for target in targets:
        if target.bound is None and base.revenue == 0:
            what = f"the baseline {baseline!r} bills nothing in the window, so that there is nothing to meet"
            problems.append(
                Problem(f"target {target.text}", what, "Choose another baseline, or give an amount: revenue>=10000")
            )
        if target.measure in ("margin", "margin_share") and not has_cost:
            what = "what serving the usage costs is not known, so that there is no margin"
            problems.append(
                Problem(
                    f"target {target.text}",
                    what,
                    "Give features a unit_cost in the catalog; usage with tokens has no margin here yet",
                )
            )
    if problems:
        raise InputError(problems)


def _parsed(text: str, rises_before: int) -> Target | Problem:
    plain = re.sub(r"[\s,]", "", text).replace("≥", ">=").replace("≤", "<=").lower()
    if (found := _FORMS["revenue"].fullmatch(plain)) is not None:
        relation, bound, _, within = found.groups()
        if within is not None and relation != "=":
            return Problem(f"target {text}", "has a tolerance, and at least is at least", "Remove it, or write revenue=…")
        tolerance = WITHIN if within is None else Decimal(within) / 100
        return Target(
            text.strip(),
            "revenue",
            "=" if relation == "=" else ">=",
            None if bound == "baseline" else Decimal(bound),
            tolerance if relation == "=" else Decimal(0),
        )
    if (found := _FORMS["margin"].fullmatch(plain)) is not None:
        number, is_share = Decimal(found[1]), bool(found[2])
        return Target(text.strip(), "margin_share" if is_share else "margin", ">=", number / 100 if is_share else number)
    if (found := _FORMS["customers"].fullmatch(plain)) is not None:
        rise, most = Decimal(found[1]) / 100, Decimal(found[2]) / 100
        return Target(text.strip(), "customers_above", "<=", most, rise=rise, rise_place=rises_before)
    if (found := _FORMS["blocked"].fullmatch(plain)) is not None:
        return Target(text.strip(), "blocked", "<=", Decimal(found[1]) / 100)
    return Problem(f"target {text.strip()[:80]!r}", "is not one that is known", f"Write {_EXAMPLES}")

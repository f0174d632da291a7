"""The mix of methods, each weighed by its own record, and how far its range is widened (decisions.md 3.4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.decide.forecast.naive import METHODS, Method
from commet_core.decide.forecast.shocks import NORMAL_90

PRIOR_PAIRS: Final = 6
PRIOR_ERRORS: Final[Mapping[Method, float]] = {"ours": 0.12, "last_month": 0.24, "last_year": 0.24, "line": 0.24}
POWER: Final = 4
"""A method's weight falls with its error to the fourth."""

SQUARE_MAX: Final = 1.0
"""Further off than by a factor of e is as wrong as can be: one empty month does not undo a record."""

PRIOR_WIDTH: Final = 1.2
SQUARES_MAX: Final = 25.0
PAIRS_FOR_QUANTILE: Final = 30
HELD_SHARE: Final = 0.8
SPREAD_LEAST: Final = 0.005
"""The logarithmic spread of paths that hardly differ."""


@dataclass(frozen=True)
class Pair:
    """A forecast of the past and what came: the forecasts of the methods that had one, p10 and p90 of the paths (`shocks`).

    origin, horizon   steps: what was forecast lies `horizon` after the last that was known
    """

    origin: int
    horizon: int
    forecasts: Mapping[Method, float]
    low: float
    high: float
    actual: float

    @property
    def counts(self) -> bool:
        """Whether there is a logarithm of it."""
        return self.actual > 0 and self.forecasts["ours"] > 0

    @property
    def spread(self) -> float:
        """Of the paths, as the standard deviation of a logarithm."""
        return spread_of(self.low, self.high)


@dataclass(frozen=True)
class Mixed:
    """p10, p50 and p90 of the mix, in minor units."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Mix:
    """What a record makes of the methods. weights: of those that take part, adding up to 1; width: c; pairs: looked at."""

    weights: Mapping[Method, float]
    width: float
    pairs: int

    def among(self, methods: Collection[str]) -> dict[Method, float]:
        """The weights of those of the methods that take part, adding up to 1 again."""
        own = {method: weight for method, weight in self.weights.items() if method in methods}
        total = sum(own.values())
        return {method: weight / total for method, weight in own.items()} if total else {}

    def middle(self, forecasts: Mapping[Method, float]) -> float:
        """The weighted geometric mean of those methods that have a forecast."""
        weights = self.among({method for method, value in forecasts.items() if value > 0})
        if not weights:
            return max(forecasts.get("ours", 0.0), 0.0)
        return float(np.exp(sum(weight * np.log(forecasts[method]) for method, weight in weights.items() if weight)))

    def range_of(self, forecasts: Mapping[Method, float], low: float, high: float) -> Mixed:
        """The mix in place of the middle of the paths, their range around it, as wide as the record says.

        low, high: p10 and p90 of the paths. Each side is as far as that of the paths, averaged with the other.
        """
        ours, middle = forecasts["ours"], self.middle(forecasts)
        if min(ours, low, high, middle) <= 0:
            return Mixed(min(low, middle), middle, max(high, middle))
        below, above, even = np.log(ours / low), np.log(high / ours), np.log(high / low) / 2
        even = max(even, SPREAD_LEAST * NORMAL_90)
        return Mixed(
            middle * float(np.exp(-self.width * (below + even) / 2)),
            middle,
            middle * float(np.exp(self.width * (above + even) / 2)),
        )


def spread_of(low: float, high: float) -> float:
    """ln(p90 ÷ p10) ÷ 2.563."""
    if low <= 0 or high <= 0:
        return PRIOR_ERRORS["ours"]
    return max(SPREAD_LEAST, float(np.log(high / low)) / (2 * NORMAL_90))


def weights_after(pairs: Iterable[Pair], methods: Sequence[Method] = METHODS) -> dict[Method, float]:
    """The weights of methods by what they got wrong so far."""
    counted = [pair for pair in pairs if pair.counts]
    strengths = {method: _error(method, counted) ** -POWER for method in methods}
    total = sum(strengths.values())
    return {method: strength / total for method, strength in strengths.items()}


def _error(method: Method, pairs: Sequence[Pair]) -> float:
    """S of a method: a mean square of logarithmic errors, with six pairs of its own assumed before."""
    mine = [pair for pair in pairs if pair.forecasts.get(method, 0.0) > 0]
    squares = sum(min(SQUARE_MAX, np.log(pair.actual / pair.forecasts[method]) ** 2) / np.sqrt(pair.horizon) for pair in mine)
    mean: float = (PRIOR_PAIRS * PRIOR_ERRORS[method] ** 2 + squares) / (PRIOR_PAIRS + len(mine))
    return mean


def width_after(pairs: Sequence[Pair]) -> float:
    """c: by how much ranges have to be wider than those of the paths to hold what came, each by the mix known at its origin."""
    errors = []
    for pair in pairs:
        if pair.counts:
            known = [earlier for earlier in pairs if earlier.origin + earlier.horizon <= pair.origin]
            middle = Mix(weights_after(known), 1.0, len(known)).middle(pair.forecasts)
            errors.append(float(np.log(pair.actual / middle)) / pair.spread)
    if len(errors) >= PAIRS_FOR_QUANTILE:
        return float(np.quantile(np.abs(errors), HELD_SHARE)) / NORMAL_90
    squares = sum(min(SQUARES_MAX, error**2) for error in errors)
    return float(np.sqrt((PRIOR_PAIRS * PRIOR_WIDTH**2 + squares) / (PRIOR_PAIRS + len(errors))))


def mix_after(pairs: Sequence[Pair]) -> Mix:
    """The mix that a record leads to."""
    return Mix(weights_after(pairs), width_after(pairs), sum(pair.counts for pair in pairs))


def known_at(pairs: Sequence[Pair], origin: int) -> list[Pair]:
    """The pairs that had been decided at an origin."""
    return [pair for pair in pairs if pair.origin + pair.horizon <= origin]

"""Who comes: how many customers a step, and whom they are like (decisions.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from commet_core.decide.forecast.hashing import COUNT, LEVEL, TREND, key_of, normal, poisson
from commet_core.decide.forecast.history import History
from commet_core.foundation.calendar import DAY

STEPS_LOOKED_AT: Final = 6
AGE_WEIGHT: Final = 0.85
RIDGE: Final = 1.0
VARIANCE_MIN: Final = 0.25
"""Of the square root of a Poisson number."""

ROOT_SHIFT: Final = 3 / 8
DAMPING: Final = 0.8
FLOOR: Final = 0.3

DONOR_DAYS_MIN: Final = 28
DONOR_STEPS: Final = 9
DONORS_ENOUGH: Final = 20
DONORS_MIN: Final = 10


@dataclass(frozen=True, eq=False)
class Arrivals:
    """New customers a step: the square root of their number + 3/8 lies on a line.

    level, slope   at the last step of history, and a step ahead
    covariance     float64 2 × 2, of both
    donors         int64: customers whom newcomers are like
    counts         int64: newcomers in each step that was looked at, oldest first
    fixed          a number of newcomers a step in place of the line; None: the line's
    more           newcomers a step on top of it
    """

    level: float
    slope: float
    covariance: np.ndarray
    donors: np.ndarray
    counts: np.ndarray
    fixed: float | None = None
    more: float = 0.0

    def numbers(self, path_key: int, steps: int) -> np.ndarray:
        """int64: newcomers in each of the steps ahead, in the path of this key."""
        return self._drawn(path_key, self._roots(path_key, steps))

    def expected(self, steps: int) -> np.ndarray:
        """float64: newcomers in each step ahead, without chance."""
        return self._means(self._line(self.level, self.slope, steps))

    def range_of(self, step_count: int = 1, z: float = 1.2816) -> tuple[float, float]:
        """An 80 % range of the mean number of newcomers some steps ahead."""
        ahead = np.array([1.0, _damped_steps(step_count)[-1]])
        error = float(np.sqrt(ahead @ self.covariance @ ahead))
        middle = float(ahead @ np.array([self.level, self.slope]))
        low, high = (max(0.0, middle + sign * z * error) ** 2 - ROOT_SHIFT for sign in (-1, 1))
        return max(0.0, low), max(0.0, high)

    def _roots(self, path_key: int, steps: int) -> np.ndarray:
        root = np.linalg.cholesky(self.covariance + 1e-12 * np.eye(2))
        level, slope = np.array([self.level, self.slope]) + root @ np.array(
            [normal(key_of(path_key, kind, 0)) for kind in (LEVEL, TREND)]
        )
        return self._line(level, slope, steps)

    def _line(self, level: float, slope: float, steps: int) -> np.ndarray:
        return np.maximum(level + slope * _damped_steps(steps), FLOOR * max(self.level, 0.0))

    def _means(self, roots: np.ndarray) -> np.ndarray:
        means = np.maximum(roots**2 - ROOT_SHIFT, 0.0) if self.fixed is None else np.full(len(roots), self.fixed)
        return means + self.more

    def _drawn(self, key: int, roots: np.ndarray) -> np.ndarray:
        means = self._means(roots)
        return np.array([poisson(key_of(key, COUNT, step), mean) for step, mean in enumerate(means)], np.int64)

    def at(self, number: float) -> Arrivals:
        """So many newcomers a step on average."""
        return replace(self, fixed=number)


def estimate_arrivals(history: History) -> Arrivals:
    """The line through the last steps, without the first: those who are seen in it were there before."""
    counts = np.bincount(history.firsts, minlength=history.steps.count)[1 : history.steps.count][-STEPS_LOOKED_AT:]
    ages = np.arange(len(counts))[::-1]
    weights, x = AGE_WEIGHT**ages, np.stack([np.ones(len(counts)), -ages.astype(float)], axis=1)
    roots = np.sqrt(counts + ROOT_SHIFT)
    information = x.T @ (weights[:, None] * x) + np.diag([0.0, RIDGE])
    inverse = np.linalg.inv(information)
    level, slope = inverse @ (x.T @ (weights * roots))
    residuals = roots - x @ np.array([level, slope])
    freedom = max(weights.sum() - 2, 1.0)
    variance = max(VARIANCE_MIN, float((weights * residuals**2).sum() / freedom))
    return Arrivals(float(level), float(slope), variance * inverse, _donors(history), counts)


def _damped_steps(steps: int) -> np.ndarray:
    return np.cumsum(DAMPING ** np.arange(1, steps + 1))


def _donors(history: History) -> np.ndarray:
    """Past newcomers who have been seen for 28 days; those of the last 9 steps where they are enough; everybody of too few."""
    least = DONOR_DAYS_MIN if history.steps.unit == "month" else 1
    seen_days = (history.steps.edges[-1] - history.first_times) // DAY
    newcomers = (history.firsts > 0) & (seen_days >= least)
    late = newcomers & (history.firsts >= history.steps.count - DONOR_STEPS)
    if late.sum() >= DONORS_ENOUGH:
        return np.flatnonzero(late)
    if newcomers.sum() >= DONORS_MIN:
        return np.flatnonzero(newcomers)
    return np.flatnonzero(seen_days >= least) if (seen_days >= least).any() else np.arange(len(seen_days))

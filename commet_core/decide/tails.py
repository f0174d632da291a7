"""The tail of customers' differences, fitted (decisions.md 1.1, steps 2 to 4): the few who make most of a difference.

Resampling alone only ever sees the largest customers that happened to be there; intervals from it hold too rarely. The
tail says what customers of their kind might have paid.
"""

from __future__ import annotations

from math import isqrt
from typing import Final, NamedTuple

import numpy as np

K_MIN: Final = 8

MEMBERS_MIN: Final = 3
"""With fewer customers beyond the threshold there is no tail step."""

SHAPE_PRIOR: Final = 5.6
SHAPE_WEIGHT: Final = 8
SHAPE_MIN, SHAPE_MAX = 0.05, 0.8
SCALE_FACTOR: Final = 1.25
LIMIT_FACTOR: Final = 50
FEW: Final = 4


class Tail(NamedTuple):
    """A generalised Pareto tail beyond a threshold of |difference − median|.

    members    int64: customers beyond it; empty where there is no tail step
    values     int64 minor units: their differences
    median     of all customers' differences
    threshold  u: minor units
    scale      β
    shape      ξ
    limit      the most that a draw may let one deviate from the median
    """

    members: np.ndarray
    values: np.ndarray
    median: float
    threshold: float
    scale: float
    shape: float
    limit: float

    def terms(self) -> np.ndarray:
        """float64, members × (value, median, sign, threshold, scale, shape, limit)."""
        signs = np.sign(self.values - self.median)
        fixed = (self.median, self.threshold, self.scale, self.shape, self.limit)
        columns = [self.values.astype(float), np.full(len(signs), fixed[0]), signs]
        return np.column_stack([*columns, *(np.full(len(signs), number) for number in fixed[1:])])


def no_tail(median: float) -> Tail:
    return Tail(np.empty(0, np.int64), np.empty(0, np.int64), median, 0.0, 1.0, SHAPE_MIN, 0.0)


def tail_of(differences: np.ndarray, k_max: int | None = None) -> Tail:
    """The tail of int64 differences in minor units, one per customer (decisions.md 1.1, steps 2 to 4)."""
    count, median = len(differences), float(np.median(differences))
    deviations = np.abs(differences - median)
    deviating = int(np.count_nonzero(deviations))
    k = min(max(K_MIN, min(count // 10, isqrt(9 * count // 4))), deviating - 1)
    k = k if k_max is None else min(k, k_max)
    if k < 1:
        return no_tail(median)
    threshold = float(np.partition(deviations, count - k - 1)[count - k - 1])
    members = np.flatnonzero(deviations > threshold)
    if len(members) < MEMBERS_MIN:
        return no_tail(median)
    excesses = np.sort(deviations[members] - threshold)
    shape, scale = _fitted(excesses, threshold)
    return Tail(members, differences[members], median, threshold, scale, shape, LIMIT_FACTOR * float(deviations.max()))


def _fitted(excesses: np.ndarray, threshold: float) -> tuple[float, float]:
    """Shape and scale from excesses over the threshold, ascending (steps 3 and 4)."""
    m = len(excesses)
    hill = float(np.mean(np.log1p(excesses / threshold)))
    p = (np.arange(1, m + 1) - 0.35) / m
    a0, a1 = float(np.mean(excesses)), float(np.mean(excesses * (1 - p)))
    moments = min(max(2 - a0 / (a0 - 2 * a1), -0.5), 1.5) if m >= FEW and a0 != 2 * a1 else hill
    shape = min(max((m * (hill + moments) / 2 + SHAPE_PRIOR) / (m + SHAPE_WEIGHT), SHAPE_MIN), SHAPE_MAX)
    return shape, SCALE_FACTOR * a0 * (1 - shape)

"""What moves all customers together from step to step: paths, drawn customer by customer, know nothing of it.

A launch, a holiday or a price elsewhere moves everybody at once. How much so shows in how unsteadily history itself grew; a quarter of
that variance is added, in the logarithm, for each step ahead to what paths differ by. The rest is what customers' own chance explains,
which the paths have. The record is read with the same ranges, and says whether they are still too narrow, or too wide.
"""

from __future__ import annotations

from typing import Final

import numpy as np

PRIOR_STEPS: Final = 6
PRIOR_VOLATILITY: Final = 0.05
"""Of a product whose history says nothing, with so many steps of its own assumed."""

MOVE_MAX: Final = 1.5
"""A step that is a multiple of the one before is seen as no more than this, in the logarithm."""

COMMON_SHARE: Final = 0.25
NORMAL_90: Final = 1.2815515655446004
"""The 90 % quantile of a standard normal number: an 80 % range lies within so many deviations."""


def volatility_of(series: np.ndarray) -> float:
    """The standard deviation of what history grew by from one step to the next, in the logarithm.

    series: billed in each whole step of history, without closing invoices; steps in which nothing was billed are passed over.
    """
    billed = series[series > 0].astype(float)
    moves = np.diff(np.log(billed))
    if len(moves) == 0:
        return PRIOR_VOLATILITY
    moves = np.clip(moves - np.median(moves), -MOVE_MAX, MOVE_MAX)
    return float(np.sqrt((PRIOR_STEPS * PRIOR_VOLATILITY**2 + (moves**2).sum()) / (PRIOR_STEPS + len(moves))))


def steps_together(count: int) -> float:
    """For how many steps' variance the sum of `count` steps ahead stands, of which each goes on from the one before."""
    return (count + 1) * (2 * count + 1) / (6 * count)


def moved_apart(low: float, middle: float, high: float, volatility: float, steps: float) -> tuple[float, float]:
    """p10 and p90 of paths, further from their middle by what moves everybody over so many steps ahead."""
    if min(low, middle, high) <= 0:
        return low, high
    common = COMMON_SHARE * steps * (NORMAL_90 * volatility) ** 2
    below, above = (float(np.sqrt(np.log(end / middle) ** 2 + common)) for end in (low, high))
    return middle * float(np.exp(-below)), middle * float(np.exp(above))

"""A turn: usage that has lately grown, or fallen, faster than ever before. Paths go on like all of history, and do not hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History
from commet_core.decide.forecast.sizes import feature_prices

LATE: Final = 2
"""The last steps, over each of which usage has to have moved further than over any before."""

MOVES_BEFORE_MIN: Final = 3
APART_MIN: Final = 0.04
SPREAD_MIN: Final = 0.02
SPREADS_APART: Final = 2.0
"""Of logarithms: so much further, and so many standard deviations of the moves before."""


@dataclass(frozen=True)
class Turn:
    """What usage a day moved by from step to step: .12 is twelve per cent more. late: over the last steps, on average; before: over those before."""

    late: float
    before: float


def turn_of(history: History) -> Turn | None:
    """How usage has turned lately; None where it goes on as ever, or history is too short to say.

    The first step is left out: who is seen in it first was there before, or only began.
    """
    prices = feature_prices(history.scenario, history.usage.features)
    used = (history.units @ prices if prices.any() else history.events.astype(float)).sum(axis=0)
    used = (used / np.diff(history.steps.edges))[1:]  # a day, for months differ in length
    if len(used) < 1 + MOVES_BEFORE_MIN + LATE or (used <= 0).any():
        return None
    moves = np.diff(np.log(used))
    before, late = moves[:-LATE], moves[-LATE:]
    usual, spread = float(before.mean()), max(float(before.std()), SPREAD_MIN)
    apart = float(late.mean()) - usual
    is_further = late.min() > before.max() or late.max() < before.min()
    if not is_further or abs(apart) < max(APART_MIN, SPREADS_APART * spread):
        return None
    return Turn(float(np.expm1(late.mean())), float(np.expm1(usual)))

"""The season of the year: how much more or less is used in each month of it, from 24 months of history (decisions.md 3.2)."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History

MONTHS_NEEDED: Final = 24
MONTHS_IN_YEAR: Final = 12
YEARS_BELIEVED: Final = 1
"""A season is believed as if so many years without one stood beside those that were seen."""


def estimate_season(history: History, prices: np.ndarray) -> np.ndarray | None:
    """float64, January to December: a factor on usage, their product 1; None where history is too short, or steps are days.

    The mean usage of an active customer in a month, against the twelve months around it.
    """
    if history.steps.unit != "month" or history.steps.count < MONTHS_NEEDED:
        return None
    used = history.units @ prices if prices.any() else history.events.astype(float)
    logs = np.log(np.maximum(used.sum(axis=0) / np.maximum(history.active.sum(axis=0), 1), 1e-9))
    half = MONTHS_IN_YEAR // 2
    weights = np.concatenate([[0.5], np.ones(MONTHS_IN_YEAR - 1), [0.5]]) / MONTHS_IN_YEAR
    apart = logs[half:-half] - np.convolve(logs, weights, "valid")
    months = (history.steps.first + half + np.arange(len(apart))) % MONTHS_IN_YEAR
    counts = np.bincount(months, minlength=MONTHS_IN_YEAR)
    season = np.bincount(months, apart, MONTHS_IN_YEAR) / (counts + YEARS_BELIEVED)
    factors: np.ndarray = np.exp(season - season.mean())
    return factors

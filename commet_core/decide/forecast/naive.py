"""What anybody would say without a model: last month again, the same month a year ago, a straight line (decisions.md 3.3, 3.4).

They take months without closing invoices, which only a window's end issues, and add for the last month of the horizon those of a
window that ends at the origin.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

Method = Literal["ours", "last_month", "last_year", "line"]
METHODS: Final[tuple[Method, ...]] = ("ours", "last_month", "last_year", "line")

LINE_STEPS: Final = 6
LEAST_SHARE: Final = 0.05
"""A line that falls to nothing is kept at this part of the last month: there is no logarithm of nothing."""


def naive_forecasts(series: np.ndarray, closing: float, steps: int, year: int) -> dict[Method, np.ndarray]:
    """float64 by step ahead, by method. series: billed in each whole step of history, without closing invoices.

    closing: those of a window that ends at the origin. year: steps in a year, 0 where nobody would look back a year.
    """
    forecasts: dict[Method, np.ndarray] = {
        "last_month": np.full(steps, float(series[-1])),
        "line": _line(series[-LINE_STEPS:], steps),
    }
    if year and len(series) >= year and steps <= year:
        forecasts["last_year"] = series[len(series) - year :][:steps].astype(float)
    for forecast in forecasts.values():
        forecast[-1] += closing
    return forecasts


def _line(series: np.ndarray, steps: int) -> np.ndarray:
    """The least squares line, extended."""
    x = np.arange(len(series))
    slope, level = np.polyfit(x, series, 1) if len(series) > 1 else (0.0, float(series[-1]))
    ahead = level + slope * (len(series) + np.arange(steps))
    return np.maximum(ahead, LEAST_SHARE * max(float(series[-1]), 0.0))

"""Growth: the log-slope of usage per customer and feature, drawn together (decisions.md 3.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from commet_core.decide.forecast.history import History

STEPS_LOOKED_AT: Final = 8
STEPS_MIN: Final = 3
POOLED_FREEDOM: Final = 4
SPREAD_MIN, SPREAD_MAX = 0.01, 0.12
PRIOR_SPREAD: Final = 0.03
"""Standard deviation of a product's growth a month before anything is known of it."""

DAMPING: Final = 0.9
"""What is left of a slope with each step ahead."""


@dataclass(frozen=True, eq=False)
class Growth:
    """Log-slopes a step. Of each feature: float64, one per feature; of customers: float64 [customer, feature].

    mean, error   the product's slope, and the standard deviation of what is not known of it
    spread        standard deviation between customers
    customers     those whose own slope could be seen, one number per feature
    slopes        a customer's slope; others' is the mean
    slope_errors  its standard deviation, where the mean is known
    shares        how much of an error of the mean is an error of this slope
    """

    mean: np.ndarray
    error: np.ndarray
    spread: np.ndarray
    customers: np.ndarray
    slopes: np.ndarray
    slope_errors: np.ndarray
    shares: np.ndarray

    def moved_to(self, slope: float) -> Growth:
        """The same differences between customers, at another mean slope, which is then certain."""
        moved = slope - self.mean
        return replace(self, mean=self.mean + moved, error=np.zeros_like(self.error), slopes=self.slopes + moved)

    def standing_still(self) -> Growth:
        """Nobody grows or shrinks."""
        nothing, nobodys = np.zeros_like(self.mean), np.zeros_like(self.slopes)
        return replace(self, mean=nothing, error=nothing, slopes=nobodys, slope_errors=nobodys)


def estimate_growth(history: History) -> Growth:
    """Slopes from the last whole steps, without the step in which a customer was first seen."""
    by_feature = [_of_feature(history, feature) for feature in range(len(history.usage.features))]
    means, errors, spreads, counts, slopes, slope_errors, shares = zip(*by_feature, strict=True)
    return Growth(
        mean=np.array(means),
        error=np.array(errors),
        spread=np.array(spreads),
        customers=np.array(counts),
        slopes=np.stack(slopes, axis=1),
        slope_errors=np.stack(slope_errors, axis=1),
        shares=np.stack(shares, axis=1),
    )


def _of_feature(history: History, feature: int) -> tuple[float, float, float, int, np.ndarray, np.ndarray, np.ndarray]:
    fits = _fit(history, feature)
    customers = len(fits.slopes)
    seen = fits.counts >= STEPS_MIN
    if not seen.any():
        everybody = np.ones(customers)
        return 0.0, PRIOR_SPREAD, SPREAD_MIN, 0, 0 * everybody, SPREAD_MIN * everybody, everybody
    freedom = fits.counts[seen] - 2
    pooled = fits.residuals[seen].sum() / freedom.sum()
    variances = (fits.residuals[seen] + POOLED_FREEDOM * pooled) / (freedom + POOLED_FREEDOM) / fits.squares[seen]
    variances = np.maximum(variances, 1e-12)
    spread = _spread_between(fits.slopes[seen], variances)
    weights = 1 / (variances + spread**2)
    mean, mean_variance = (weights * fits.slopes[seen]).sum() / weights.sum(), 1 / weights.sum()
    believed = PRIOR_SPREAD**2 / (PRIOR_SPREAD**2 + mean_variance)
    mean, error = float(mean * believed), float(np.sqrt(mean_variance * believed))
    slopes, slope_errors, shares = np.full(customers, mean), np.full(customers, spread), np.ones(customers)
    precision = 1 / variances + 1 / spread**2
    slopes[seen] = (fits.slopes[seen] / variances + mean / spread**2) / precision
    slope_errors[seen] = np.sqrt(1 / precision)
    shares[seen] = 1 / spread**2 / precision
    return mean, error, spread, int(seen.sum()), slopes, slope_errors, shares


@dataclass(frozen=True, eq=False)
class _Fits:
    """A line through the logarithms of each customer's usage: one entry per customer. counts: steps that it goes through."""

    slopes: np.ndarray
    residuals: np.ndarray
    squares: np.ndarray
    counts: np.ndarray


def _fit(history: History, feature: int) -> _Fits:
    steps = np.arange(history.steps.count)
    used = history.units[:, :, feature]
    counted = (used > 0) & (steps[None, :] > history.firsts[:, None]) & (steps >= history.steps.count - STEPS_LOOKED_AT)
    logs = np.log(np.where(counted, used, 1.0))
    counts = counted.sum(axis=1)
    n = np.maximum(counts, 1)
    x = np.where(counted, steps[None, :] - ((counted * steps).sum(axis=1) / n)[:, None], 0.0)
    y = np.where(counted, logs - ((counted * logs).sum(axis=1) / n)[:, None], 0.0)
    squares = np.maximum((x * x).sum(axis=1), 1e-9)
    slopes = (x * y).sum(axis=1) / squares
    residuals = np.maximum((y * y).sum(axis=1) - slopes**2 * squares, 0.0)
    return _Fits(slopes, residuals, squares, counts)


def _spread_between(slopes: np.ndarray, variances: np.ndarray) -> float:
    """The standard deviation between customers' true slopes (DerSimonian and Laird), within its bounds."""
    weights = 1 / variances
    mean = (weights * slopes).sum() / weights.sum()
    heterogeneity = (weights * (slopes - mean) ** 2).sum() - (len(slopes) - 1)
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    variance = max(0.0, heterogeneity / scale) if scale > 0 else 0.0
    return float(np.clip(np.sqrt(variance), SPREAD_MIN, SPREAD_MAX))

"""How usage went month by month: its level, how it grew, and how far months lay from that course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.foundation.calendar import DAY, first_day, month_number
from commet_core.foundation.money import MICROS
from commet_core.reports.quotation.possible_usage import NINE_IN_TEN
from commet_core.usage.usage import Usage

GROWTH_MONTHS_MIN: Final = 4
"""With fewer whole months growth is not told from chance, and counts as none."""


@dataclass(frozen=True, eq=False)
class Months:
    """Units used by whole calendar month. totals: float, customers × months × features; a month before first use is NaN.

    last_day  the day number after the last of the months
    """

    customers: tuple[str, ...]
    features: tuple[str, ...]
    totals: np.ndarray
    last_day: int

    def tenures(self) -> np.ndarray:
        """int64, one per customer: whole months since first use."""
        return (~np.isnan(self.totals[:, :, 0])).sum(axis=1)


def whole_months(usage: Usage) -> Months:
    """The totals of the months that lie within the usage's span, from a customer's first whole month on."""
    days = usage.times // DAY
    months = month_number(days)
    first, last = int(months.min()), int(months.max())
    first += bool(days.min() > first_day(np.array([first]))[0])
    last += bool(days.max() >= first_day(np.array([last + 1]))[0] - 1)
    count = max(0, last - first)
    customers = np.repeat(np.arange(len(usage.customers)), np.diff(usage.offsets))
    within = (months >= first) & (months < last)
    totals = np.zeros((len(usage.customers), count, len(usage.features)))
    np.add.at(totals, (customers[within], months[within] - first, usage.feature_indexes[within]), usage.values[within] / MICROS)
    begun = np.full(len(usage.customers), np.iinfo(np.int64).max)
    np.minimum.at(begun, customers, days)
    starts = first_day(np.arange(first, first + count))
    totals[begun[:, None] > starts[None, :]] = np.nan
    return Months(tuple(usage.customers.to_pylist()), tuple(usage.features), totals, int(first_day(np.array([last]))[0]))


@dataclass(frozen=True)
class Course:
    """The course of one feature of one customer. level: units a month at its end, on the course. growth: a month, as a share.

    growth_error  the standard error of the logarithm of 1 + growth
    residuals     logarithms of a month's usage over its course
    """

    level: float
    growth: float
    growth_error: float
    residuals: tuple[float, ...]

    def growth_between(self) -> tuple[float, float]:
        """Growth that is exceeded nine times in ten, and once."""
        middle, reach = np.log1p(self.growth), NINE_IN_TEN * self.growth_error
        return float(np.expm1(middle - reach)), float(np.expm1(middle + reach))


def course(monthly: np.ndarray) -> Course:
    """The course through the months of a customer since first use: growth in proportion, where there are enough of them.

    Months without usage are left out of growth and residuals, and count in the level where there is no growth.
    """
    used = np.flatnonzero(monthly > 0)
    if len(used) < GROWTH_MONTHS_MIN:
        level = float(monthly.mean()) if len(monthly) else 0.0
        residuals = np.log(monthly[used] / level) if level > 0 and len(used) > 1 else np.zeros(0)
        return Course(level, 0.0, 0.0, tuple(residuals.tolist()))
    logs = np.log(monthly[used])
    slope, start = np.polyfit(used, logs, 1)
    residuals = logs - (start + slope * used)
    spread = float(((used - used.mean()) ** 2).sum())
    error = float(np.sqrt((residuals**2).sum() / (len(used) - 2) / spread))
    level = float(np.exp(start + slope * (len(monthly) - 1)))
    return Course(level, float(np.expm1(slope)), error, tuple(residuals.tolist()))

"""Steps of a forecast: whole calendar months, or days, of history and ahead of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import numpy as np

from commet_core.foundation.calendar import WEEK_DAYS, date_of, day_number, first_day, month_number
from commet_core.foundation.days import UTC_NAME, Days, days_in
from commet_core.foundation.derived import cached_property

Unit = Literal["month", "day"]

MONTH_DAYS: Final = 365.25 / 12

SLOPE_LIMIT: Final = 0.25
"""The most that a customer grows or shrinks in a step, as a logarithm."""


@dataclass(frozen=True)
class Steps:
    """Time, step by step. Steps are numbered: months since January 1970, or days since then.

    unit    what a step is
    first   the first whole step of history
    origin  the first step ahead: history ends where it begins
    zone    the time zone of its days, by its name
    """

    unit: Unit
    first: int
    origin: int
    zone: str = UTC_NAME

    @property
    def calendar(self) -> Days:
        """When days begin (billing-rules 2.7)."""
        return days_in(self.zone)

    @property
    def count(self) -> int:
        """Whole steps of history."""
        return max(0, self.origin - self.first)

    @property
    def days_each(self) -> float:
        """Days of a step, on average."""
        return MONTH_DAYS if self.unit == "month" else 1.0

    @property
    def block_days(self) -> int:
        """Days that are copied together: a week keeps the weekdays; with days as steps a day."""
        return WEEK_DAYS if self.unit == "month" else 1

    @cached_property
    def edges(self) -> np.ndarray:
        """int64 microseconds, count + 1: where the steps of history begin, and where the last ends."""
        return self.edges_of(self.first, self.origin)

    def edges_of(self, first: int, until: int) -> np.ndarray:
        """int64 microseconds: where steps begin, and where the last ends."""
        return self.calendar.start(day_numbers(self.unit, np.arange(first, until + 1)))

    def date(self, step: int) -> date:
        """The first day of a step."""
        return date_of(int(day_numbers(self.unit, np.array([step]))[0]))

    def of_days(self, days: np.ndarray) -> np.ndarray:
        """int64: the steps in which days lie."""
        return steps_of_days(self.unit, days)

    def up_to(self, origin: int) -> Steps:
        """The same history, ended earlier."""
        return Steps(self.unit, self.first, origin, self.zone)


def steps_between(start: date, end: date, unit: Unit, zone: str = UTC_NAME) -> Steps:
    """The whole steps from a day to before another."""
    first, origin = whole_step_after(start, unit), step_of(end, unit)
    return Steps(unit, first, max(first, origin), zone)


def step_of(day: date, unit: Unit) -> int:
    return int(month_number(np.array([day_number(day)]))[0]) if unit == "month" else day_number(day)


def whole_step_after(day: date, unit: Unit) -> int:
    """The first step that begins on a day or after it."""
    return step_of(day, unit) + (unit == "month" and day.day > 1)


def day_numbers(unit: Unit, steps: np.ndarray) -> np.ndarray:
    """int64 day numbers on which steps begin."""
    return first_day(steps) if unit == "month" else steps.astype(np.int64)


def steps_of_days(unit: Unit, days: np.ndarray) -> np.ndarray:
    """int64: the steps in which days lie."""
    return month_number(days) if unit == "month" else days

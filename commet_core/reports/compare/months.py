"""Months of a window, and amounts shared out to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from commet_core.foundation.calendar import date_of, day_number, first_day, month_number
from commet_core.foundation.money import decimal_of, half_up
from commet_core.foundation.window import Window


def rounded(minor: Fraction, decimals_minor: int) -> Decimal:
    """A fraction of minor units as an amount, rounded half up to whole minor units."""
    return decimal_of(half_up(minor.numerator, minor.denominator), decimals_minor)


def months_in(window: Window) -> Fraction:
    """Months of a window; the days of a month that is not whole count as their part of it."""
    months = Fraction(0)
    day = window.start
    while day < window.end:
        following = date_of(int(first_day(month_number(np.asarray([day_number(day)])) + 1)[0]))
        month_days = (following - day.replace(day=1)).days
        until = min(following, window.end)
        months += Fraction((until - day).days, month_days)
        day = until
    return months


def months_of(window: Window) -> list[date]:
    """The first days of the calendar months that a window touches."""
    first, last = month_number(np.array([day_number(window.start), day_number(window.end) - 1]))
    return [date_of(int(day)) for day in first_day(np.arange(first, last + 1))]

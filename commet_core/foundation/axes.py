"""Axes of money that go below zero: round ticks, written as amounts are written everywhere else, `-$500`."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import Final

from commet_core.foundation.money import symbol

TICKS_USUAL: Final = 5


def money_ticks(low: float, high: float, currency: str, count: int = TICKS_USUAL) -> list[tuple[float, str]]:
    """About so many round values from low to high, 0 among them where it lies between, with their words."""
    width = high - low
    if width <= 0:
        return [(low, _written(low, currency, 0))]
    unit = 10.0 ** floor(log10(width / count))
    step = next(unit * times for times in (1, 2, 5, 10) if width / (unit * times) <= count)
    decimals = max(0, -floor(log10(step)))
    return [
        (round(place * step, decimals), _written(place * step, currency, decimals))
        for place in range(ceil(low / step), floor(high / step) + 1)
    ]


def _written(amount: float, currency: str, decimals: int) -> str:
    sign = "-" if round(amount, decimals) < 0 else ""
    return f"{sign}{symbol(currency)}{abs(amount):,.{decimals}f}"

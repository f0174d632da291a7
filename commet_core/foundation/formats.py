"""How shares and times are written, everywhere: `2.6 %`, `5 Mar 2026`. Amounts of money: `money.format_amount`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from commet_core.foundation.money import plain
from commet_core.foundation.window import Window, window_dates

MICROS_IN_HOUR: Final = 3_600_000_000


def percent(share: Fraction | Decimal, places: int = 1) -> str:
    """A share as a percentage with one decimal, or more, rounded half up; only none at all reads 0 %, only the whole 100 %."""
    nearly_none, nearly_all = f"0.{1:0{places}} %", f"99.{'9' * places} %"
    if share < 0:
        beyond = {
            f"less than {nearly_none}": f"more than -{nearly_none}",
            f"more than {nearly_all}": f"less than -{nearly_all}",
        }
        return beyond.get(percent(-share, places), f"-{percent(-share, places)}")
    exact, scale = Fraction(share), 10**places
    parts = (200 * scale * exact.numerator + exact.denominator) // (2 * exact.denominator)
    if exact > 0 and parts == 0:
        return f"less than {nearly_none}"
    if exact < 1 and parts == 100 * scale:
        return f"more than {nearly_all}"
    decimals = f"{parts % scale:0{places}}".rstrip("0")
    return f"{parts // scale:,}{'.' if decimals else ''}{decimals} %"


def percent_of(part: int | Decimal, whole: int | Decimal) -> str:
    """A part of something as a percentage; nothing where there is no whole."""
    return percent(Fraction(part) / Fraction(whole)) if whole else ""


def percent_exact(share: Decimal) -> str:
    """A share that somebody set, with every digit of it: `60 %`, `0.25 %`."""
    return f"{plain((share * 100).normalize())} %"


def one_decimal(ratio: Fraction) -> str:
    """A ratio as `3.4`, or `3` where it is whole to a tenth; rounded half up."""
    tenths = (20 * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
    return f"{tenths // 10:,}.{tenths % 10}" if tenths % 10 else f"{tenths // 10:,}"


def day_words(day: date | datetime) -> str:
    """A date as people write it: `5 Mar 2026`."""
    return f"{day.day} {day:%b %Y}"


def month_words(month: date) -> str:
    """A calendar month: `Mar 2026`."""
    return f"{month:%b %Y}"


def moment_words(at: datetime) -> str:
    """A moment as people write it: the date, and the time where it is not midnight."""
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return day_words(at)
    return f"{day_words(at)}, {at:%H:%M}" if at.second == 0 else f"{day_words(at)}, {at:%H:%M:%S}"


def span_words(start: datetime, end: datetime) -> str:
    """The days of a half-open span of whole days, first to last."""
    last = end - timedelta(days=1)
    return day_words(start) if last <= start else f"{day_words(start)} to {day_words(last)}"


def window_words(window: Window) -> str:
    """The days of a window, first to last."""
    first, last = window_dates(window)
    return day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}"


def duration_words(micros: int) -> str:
    """A length of time: `8.6 hours`, `12 minutes`."""
    hours = Decimal(micros) / MICROS_IN_HOUR
    return f"{hours:.1f} hours" if hours >= 1 else f"{max(Decimal(1), hours * 60):.0f} minutes"

"""The billing calendar (billing-rules 2.2): where periods start, as arithmetic on arrays of days since 1970 (UTC)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled, read_only
from commet_core.foundation.vocabulary import Interval

DAY: Final = 86_400_000_000
"""Microseconds in a day."""

WEEK_DAYS: Final = 7
INTERVAL_PERIODS: Final[dict[Interval, int]] = {"weekly": 1, "monthly": 1, "quarterly": 3, "yearly": 12}
"""Billing periods in a billing interval (billing-rules 2.3, 2.4); a one-time price pays for all of them."""

EPOCH_DATE: Final = date(1970, 1, 1)

ENOUGH_TO_LOOK_UP: Final = 1_000
DAYS_TABLED: Final = 50_000
MONTHS_TABLED: Final = 1_600
"""Days and months up to the years 2106 and 2103: looking many up takes a tenth of the time that numpy's own conversion does."""


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH_DATE).days


def date_or_none(written: object) -> date | None:
    """What a document has for a date; None where that is none."""
    try:
        return written if isinstance(written, date) else date.fromisoformat(str(written))
    except ValueError:
        return None


def date_of(day: int) -> date:
    return EPOCH_DATE + timedelta(days=int(day))


def moment(micros: int) -> datetime:
    """The UTC time of a number of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))


def month_number(days: np.ndarray) -> np.ndarray:
    """Months since January 1970 of day numbers (int64)."""
    return _looked_up(days, _months_of_days) if _is_tabled(days, DAYS_TABLED) else _month_number(days)


def first_day(months: np.ndarray) -> np.ndarray:
    """The day number on which a month begins (int64)."""
    return _looked_up(months, _days_of_months) if _is_tabled(months, MONTHS_TABLED) else _first_day(months)


def _month_number(days: np.ndarray) -> np.ndarray:
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def _first_day(months: np.ndarray) -> np.ndarray:
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def _is_tabled(numbers: np.ndarray, count: int) -> bool:
    """Whether there are enough numbers to look them up, and the table has them all."""
    return numbers.size >= ENOUGH_TO_LOOK_UP and int(numbers.min()) >= 0 and int(numbers.max()) < count


def _looked_up(numbers: np.ndarray, table: Callable[[], np.ndarray]) -> np.ndarray:
    found: np.ndarray = table()[numbers]
    return found


@cache
def _months_of_days() -> np.ndarray:
    return _month_number(np.arange(DAYS_TABLED))


@cache
def _days_of_months() -> np.ndarray:
    return _first_day(np.arange(MONTHS_TABLED))


@compiled
def month_start(month):  # type: ignore[no-untyped-def]
    """The day number on which a month begins, of months since January 1970. Years are taken from March to February here."""
    marches = month + 12 * 1970 - 2
    year, month_of_year = marches // 12, marches % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * month_of_year + 2) // 5 - 719_468


@compiled
def month_of(day):  # type: ignore[no-untyped-def]
    """Months since January 1970 of a day number."""
    month = day * 4_800 // 146_097  # 4,800 months have 146,097 days
    while month_start(month) > day:
        month -= 1
    while month_start(month + 1) <= day:
        month += 1
    return month


@compiled
def start_of_period(anchor, anchor_month, index, weekly):  # type: ignore[no-untyped-def]
    """The day number on which period `index` begins of a subscription anchored on a day of a month.

    Months begin on the anchor's day, in a shorter month on its last day (billing-rules 2.2).
    """
    if weekly:
        return anchor + WEEK_DAYS * index
    month = anchor_month + index
    return min(month_start(month) + anchor - month_start(anchor_month), month_start(month + 1) - 1)


@compiled
def periods_before(anchor, anchor_month, end, weekly):  # type: ignore[no-untyped-def]
    """How many periods of a subscription anchored before day `end` begin before it."""
    if weekly:
        return -((anchor - end) // WEEK_DAYS)
    months = month_of(end) - anchor_month
    return months + (start_of_period(anchor, anchor_month, months, weekly) < end)


def period_start(anchors: np.ndarray, indexes: np.ndarray | int, weekly: np.ndarray | bool) -> np.ndarray:
    """`start_of_period` of many subscriptions (int64)."""
    each = np.broadcast_arrays(np.asarray(anchors, np.int64), np.asarray(indexes, np.int64), np.asarray(weekly))
    return _period_starts(*[read_only(np.ascontiguousarray(numbers)) for numbers in each])


@compiled
def _period_starts(anchors, indexes, weekly):  # type: ignore[no-untyped-def]
    starts = np.empty(len(anchors), np.int64)
    for row in range(len(anchors)):
        starts[row] = start_of_period(anchors[row], month_of(anchors[row]), indexes[row], weekly[row])
    return starts


def period_day(anchor: int, index: int, weekly: bool) -> int:
    """`period_start` of one subscription: plain integers, for the actions of one customer."""
    if weekly:
        return anchor + WEEK_DAYS * index
    day = date_of(anchor)
    months = day.year * 12 + day.month - 1 + index
    first = day_number(date(months // 12, months % 12 + 1, 1))
    following = day_number(date((months + 1) // 12, (months + 1) % 12 + 1, 1))
    return min(first + day.day - 1, following - 1)


def period_index(anchor: int, day: int, weekly: bool) -> int:
    """The period in which a day ≥ the anchor lies."""
    if weekly:
        return (day - anchor) // WEEK_DAYS
    began, now = date_of(anchor), date_of(day)
    months = (now.year - began.year) * 12 + now.month - began.month
    return months - (period_day(anchor, months, weekly=False) > day)


def whole_months(first: date, last: date) -> tuple[date, date]:
    """The calendar months that cover both dates, as a half-open window (billing-rules 2.5)."""
    following = last.replace(day=28) + timedelta(days=4)
    return first.replace(day=1), following.replace(day=1)

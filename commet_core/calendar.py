"""The billing calendar (billing-rules 2.2): where periods start, as arithmetic on arrays of days since 1970 (UTC)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np

from commet_core.catalog import Interval

DAY: Final = 86_400_000_000
"""Microseconds in a day."""

WEEK_DAYS: Final = 7
INTERVAL_PERIODS: Final[dict[Interval, int]] = {"weekly": 1, "monthly": 1, "quarterly": 3, "yearly": 12}
"""Billing periods in a billing interval (billing-rules 2.3, 2.4); a one-time price pays for all of them."""

EPOCH_DATE: Final = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH_DATE).days


def date_of(day: int) -> date:
    """The date of a day number."""
    return EPOCH_DATE + timedelta(days=int(day))


def moment(micros: int) -> datetime:
    """The UTC time of a number of microseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))


def month_number(days: np.ndarray) -> np.ndarray:
    """Months since January 1970 of day numbers (int64)."""
    return days.astype("M8[D]").astype("M8[M]").astype(np.int64)


def first_day(months: np.ndarray) -> np.ndarray:
    """The day number on which a month begins (int64)."""
    return months.astype("M8[M]").astype("M8[D]").astype(np.int64)


def period_start(anchors: np.ndarray, indexes: np.ndarray | int, weekly: bool) -> np.ndarray:
    """The day number on which period `indexes` begins of a subscription anchored on day `anchors` (int64).

    Months begin on the anchor's day, in a shorter month on its last day (billing-rules 2.2).
    """
    if weekly:
        return anchors + WEEK_DAYS * indexes
    anchor_months = month_number(anchors)
    days_into_month = anchors - first_day(anchor_months)
    months = anchor_months + indexes
    firsts, next_firsts = first_day(months), first_day(months + 1)
    return np.minimum(firsts + days_into_month, next_firsts - 1)


def period_count(anchors: np.ndarray, end: int, weekly: bool) -> np.ndarray:
    """How many periods of subscriptions anchored on days before `end` begin before it (int64)."""
    if weekly:
        return -((anchors - end) // WEEK_DAYS)
    months = month_number(np.asarray([end]))[0] - month_number(anchors)
    return months + (period_start(anchors, months, weekly=False) < end)


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

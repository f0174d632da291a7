"""Days of a time zone (billing-rules 2.7): a day begins with its first instant there, which is not always midnight.

Days are numbers since 1970-01-01, instants microseconds since 1970 UTC. In UTC a day has `DAY` microseconds, and nothing is looked
up; elsewhere one that begins or ends summer time has an hour less or more, and counts as one day all the same.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from commet_core.foundation.calendar import DAY, EPOCH_DATE, day_number
from commet_core.foundation.compiled import compiled, read_only

UTC_NAME: Final = "UTC"

FIRST_YEAR: Final = 1965
LAST_YEAR: Final = 2215
"""Windows lie in 1970 to 2200; intervals reach beyond. Further days have 24 hours."""

_MICROSECOND: Final = timedelta(microseconds=1)

Number = TypeVar("Number", int, np.ndarray)


class Days(NamedTuple):
    """When days begin.

    first    number of the first day that is listed
    begins   int64 instants, one per day from then on, ascending; empty in UTC
    """

    first: int
    begins: np.ndarray

    def start(self, day: Number) -> Number:
        """The instant with which days begin, given by their numbers."""
        if len(self.begins) == 0:
            return day * DAY
        place = np.clip(np.asarray(day) - self.first, 0, len(self.begins) - 1)
        return _like(day, self.begins[place] + (day - self.first - place) * DAY)

    def of(self, at: Number) -> Number:
        """The numbers of the days in which instants lie."""
        if len(self.begins) == 0:
            return at // DAY
        place = np.clip(np.searchsorted(self.begins, at, side="right") - 1, 0, len(self.begins) - 1)
        outside = np.where((at < self.begins[0]) | (at >= self.begins[-1]), (at - self.begins[place]) // DAY, 0)
        return _like(at, self.first + place + outside)

    def not_begun(self, at: Number) -> Number:
        """The numbers of the first days that have not begun before instants: one that has is used up (billing-rules 8.2)."""
        return self.of(at - 1) + 1


def _like(given: Number, found: np.ndarray) -> Number:
    return found if isinstance(given, np.ndarray) else int(found)


UTC_DAYS: Final = Days(0, read_only(np.empty(0, np.int64)))


@compiled
def day_start(days: Days, day):  # type: ignore[no-untyped-def]
    """`Days.start` of one day."""
    if len(days.begins) == 0:
        return day * DAY
    place = min(max(day - days.first, 0), len(days.begins) - 1)
    return days.begins[place] + (day - days.first - place) * DAY


@compiled
def day_of(days: Days, at):  # type: ignore[no-untyped-def]
    """`Days.of` one instant."""
    if len(days.begins) == 0:
        return at // DAY
    last = len(days.begins) - 1
    if at < days.begins[0]:
        return days.first + (at - days.begins[0]) // DAY
    if at >= days.begins[last]:
        return days.first + last + (at - days.begins[last]) // DAY
    return days.first + np.searchsorted(days.begins, at, side="right") - 1


@compiled
def day_not_begun(days: Days, at):  # type: ignore[no-untyped-def]
    """`Days.not_begun` of one instant."""
    return day_of(days, at - 1) + 1


@compiled
def whole_days(days: Days, start, end):  # type: ignore[no-untyped-def]
    """Whole days from one instant to another, by the dates and how much of each day has passed."""
    first, last = day_of(days, start), day_of(days, end)
    return last - first - (end - day_start(days, last) < start - day_start(days, first))


@compiled
def whole_days_each(days: Days, starts, ends):  # type: ignore[no-untyped-def]
    """`whole_days`, one per entry."""
    found = np.empty(len(starts), np.int64)
    for row in range(len(starts)):
        found[row] = whole_days(days, starts[row], ends[row])
    return found


@lru_cache(maxsize=8)
def days_in(zone: str) -> Days:
    """The days of a time zone, by its IANA name."""
    if zone == UTC_NAME:
        return UTC_DAYS
    there, first = ZoneInfo(zone), datetime(FIRST_YEAR, 1, 1)  # noqa: DTZ001 - a day's midnight, of no zone yet
    count = (datetime(LAST_YEAR, 1, 1) - first).days  # noqa: DTZ001
    offsets = np.array([_offset(first + timedelta(day), there) for day in range(count)])
    number = day_number(first.date())
    begins = (number + np.arange(count)) * DAY - offsets
    changes = np.flatnonzero(np.diff(offsets))
    for day in np.unique([changes, changes + 1]).tolist():  # elsewhere the clock runs on from midnight to midnight
        begins[day] = _first_instant(first + timedelta(day), there)
    return Days(number, read_only(begins))


def _offset(midnight: datetime, zone: ZoneInfo) -> int:
    """Microseconds by which a zone's clock is ahead of UTC."""
    offset = zone.utcoffset(midnight)
    assert offset is not None
    return offset // _MICROSECOND


def _first_instant(midnight: datetime, zone: ZoneInfo) -> int:
    """Microseconds since 1970 of a day's first instant. A midnight that comes twice is the first, one left out the clock's leap."""
    before = midnight.replace(tzinfo=zone).utcoffset()
    after = midnight.replace(tzinfo=zone, fold=1).utcoffset()
    assert before is not None
    assert after is not None
    at = _micros(midnight - before)
    if after <= before:  # nothing is left out: of a midnight that comes twice the first has the larger offset
        return at
    earlier, later = _micros(midnight - after) - 1, at  # the clock leaps between the two
    while later - earlier > 1:
        between = (earlier + later) // 2
        instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=between)
        earlier, later = (between, later) if instant.astimezone(zone).utcoffset() == before else (earlier, between)
    return later


def _micros(naive: datetime) -> int:
    return (naive - datetime.combine(EPOCH_DATE, datetime.min.time())) // _MICROSECOND

"""Days of a time zone: each begins with its first instant there, has one number, and counts as one (billing-rules 2.7)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from commet_core.foundation.calendar import DAY, day_number
from commet_core.foundation.days import UTC_DAYS, day_not_begun, day_of, day_start, days_in, whole_days

ZONES = (
    "America/New_York",
    "Asia/Tokyo",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "America/St_Johns",
    "Australia/Lord_Howe",
)


def instant(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


BEGINNINGS = [
    ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00"),  # a day of 23 hours
    ("America/New_York", date(2026, 3, 9), "2026-03-09T04:00"),
    ("America/New_York", date(2026, 11, 2), "2026-11-02T05:00"),  # after one of 25
    ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00"),  # the clock leaps from 00:00 to 01:00
    ("America/Sao_Paulo", date(2018, 2, 18), "2018-02-18T03:00"),  # it falls back from 00:00 to 23:00 of the day before
    ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00"),  # 00:00 comes twice: the first
    ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),  # a day that was left out has no length
    ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
]


@pytest.mark.parametrize(("zone", "day", "begins"), BEGINNINGS)
def test_a_day_begins_with_its_first_instant(zone: str, day: date, begins: str) -> None:
    assert days_in(zone).start(day_number(day)) == instant(begins)


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_before_a_day_begins_is_of_an_earlier_date(zone: str) -> None:
    days, there = days_in(zone), ZoneInfo(zone)
    for number in range(day_number(date(2010, 1, 1)), day_number(date(2030, 1, 1)), 7):
        begins = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=days.start(number))
        day = date(1970, 1, 1) + timedelta(days=number)
        assert begins.astimezone(there).date() >= day > (begins - timedelta(microseconds=1)).astimezone(there).date()


@pytest.mark.parametrize("zone", ["UTC", *ZONES])
def test_many_are_as_each_by_itself_also_where_days_are_not_listed(zone: str) -> None:
    days = days_in(zone)
    numbers = np.array([-200_000, day_number(date(2026, 3, 8)), day_number(date(2400, 1, 1))])
    starts = days.start(numbers)
    instants = np.concatenate([starts - 1, starts, starts + 1])
    assert starts.tolist() == [day_start(days, number) for number in numbers.tolist()]
    assert days.of(instants).tolist() == [day_of(days, at) for at in instants.tolist()]
    assert days.not_begun(instants).tolist() == [day_not_begun(days, at) for at in instants.tolist()]
    assert days.of(starts).tolist() == numbers.tolist()
    assert days.of(starts - 1).tolist() == (numbers - 1).tolist()
    assert days.not_begun(starts + 1).tolist() == (numbers + 1).tolist()


def test_days_of_utc_are_looked_up_nowhere() -> None:
    assert days_in("UTC") is UTC_DAYS
    assert UTC_DAYS.start(20_000) == 20_000 * DAY
    assert UTC_DAYS.of(20_000 * DAY - 1) == 19_999


def test_days_of_23_and_of_25_hours_are_one_day() -> None:
    days = days_in("America/New_York")
    assert whole_days(days, instant("2026-03-08T05:00"), instant("2026-03-09T04:00")) == 1
    assert whole_days(days, instant("2026-11-01T04:00"), instant("2026-11-02T04:59")) == 0
    assert whole_days(days, instant("2026-11-01T04:00"), instant("2026-11-02T05:00")) == 1

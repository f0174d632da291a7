"""The billing calendar's compiled arithmetic, against the calendar of Python's own dates."""

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from commet_core.foundation.calendar import (
    DAYS_TABLED,
    MONTHS_TABLED,
    day_number,
    first_day,
    month_number,
    month_of,
    month_start,
    period_day,
    period_index,
    period_start,
    periods_before,
)

FIRST, LAST = date(1969, 11, 1), date(2201, 3, 1)


def months_after(anchor: date, months: int) -> date:
    """The anchor's day so many months later; in a shorter month its last day (billing-rules 2.2)."""
    year, month0 = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month0 + 1, min(anchor.day, monthrange(year, month0 + 1)[1]))


def test_the_month_of_every_day_that_is_billed() -> None:
    for number in range(day_number(FIRST), day_number(LAST), 5):
        day = date(1970, 1, 1) + timedelta(days=number)
        assert month_of(number) == (day.year - 1970) * 12 + day.month - 1


def test_the_first_day_of_every_month_that_is_billed() -> None:
    months = np.arange(-2, 12 * 240)
    assert [month_start(int(month)) for month in months] == first_day(months).tolist()
    assert month_number(first_day(months)).tolist() == months.tolist()


def test_monthly_periods_begin_on_the_anchors_day_or_the_months_last() -> None:
    for anchor in (date(2024, 1, 31), date(2023, 12, 29), date(1999, 12, 30), date(2096, 2, 29), date(2026, 5, 1)):
        indexes = np.arange(60)
        starts = period_start(np.full(60, day_number(anchor)), indexes, weekly=False)
        assert starts.tolist() == [day_number(months_after(anchor, index)) for index in range(60)]


def test_periods_that_begin_before_a_day_are_counted() -> None:
    anchors = np.arange(day_number(date(2023, 12, 1)), day_number(date(2024, 3, 5)))
    for weekly in (False, True):
        for end in range(day_number(date(2024, 3, 5)), day_number(date(2024, 6, 2))):
            counts = np.array([periods_before(anchor, month_of(anchor), end, weekly) for anchor in anchors.tolist()])
            assert np.all(period_start(anchors, counts - 1, weekly) < end)
            assert np.all(period_start(anchors, counts, weekly) >= end)


def test_one_subscription_counts_like_many() -> None:
    for anchor in (date(2024, 1, 31), date(2023, 12, 29), date(2096, 2, 29)):
        for weekly in (False, True):
            first = day_number(anchor)
            starts = period_start(np.full(60, first), np.arange(60), weekly).tolist()
            assert [period_day(first, index, weekly) for index in range(60)] == starts
            assert [period_index(first, start, weekly) for start in starts] == list(range(60))
            assert [period_index(first, start - 1, weekly) for start in starts[1:]] == list(range(59))


def test_weeks_and_months_can_stand_beside_each_other() -> None:
    anchors = np.full(2, day_number(date(2024, 1, 31)))
    starts = period_start(anchors, np.ones(2, np.int64), np.array([False, True]))
    assert starts.tolist() == [day_number(date(2024, 2, 29)), day_number(date(2024, 2, 7))]


def test_many_days_and_months_are_looked_up_and_those_beyond_the_tables_are_worked_out() -> None:
    days = np.arange(-700, DAYS_TABLED + 700)
    parts = [days[700:-700], days, days[:500]]
    for part in parts:
        assert month_number(part).tolist() == [month_of(int(day)) for day in part]
    months = np.arange(-20, MONTHS_TABLED + 20)
    for part in (months[20:-20], months):
        assert first_day(part).tolist() == [month_start(int(month)) for month in part]

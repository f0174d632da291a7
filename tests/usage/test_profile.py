"""The profile of a usage, on usages small enough to count by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from commet_core.foundation.window import Window
from commet_core.reports.coverage import coverage
from commet_core.usage.profile import (
    Outside,
    TopShare,
    activity,
    concentration,
    customers_by_size,
    looks_aggregated,
    outside,
    profile,
    step_for,
)
from commet_core.usage.usage import Usage


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def usage_of(*rows: tuple[str, str, str, str]) -> Usage:
    customers, times, features, values = zip(*rows, strict=True)
    return Usage.from_events(customers, [at(time) for time in times], features, values)


@pytest.fixture
def usage() -> Usage:
    """Ann pauses in February, Ben comes in March, Cy goes after January."""
    return usage_of(
        ("ann", "2026-01-05T10:00:01", "call", "2"),
        ("ann", "2026-01-05T23:59:59", "call", "3.5"),
        ("ann", "2026-03-01T00:00:00", "image", "1"),
        ("ben", "2026-03-31T12:00:00", "call", "10"),
        ("cy", "2026-01-07T00:00:00", "call", "0.5"),
    )


def test_totals_are_those_of_the_rows(usage):
    found = profile(usage)
    assert (found.customers, found.events, found.first_day, found.last_day) == (3, 5, date(2026, 1, 5), date(2026, 3, 31))
    assert found.days == 27 + 28 + 31
    calls, images = found.features
    assert (calls.feature, calls.events, calls.units, calls.customers) == ("call", 4, Decimal(16), 3)
    assert calls.largest_value == Decimal(10)
    assert (images.feature, images.events, images.units, images.customers) == ("image", 1, Decimal(1), 1)


def test_features_come_most_events_first_whatever_their_names():
    found = profile(usage_of(("a", "2026-01-01", "a", "1"), ("a", "2026-01-01", "z", "1"), ("a", "2026-01-01", "z", "1")))
    assert [total.feature for total in found.features] == ["z", "a"]


def test_months_without_usage_are_those_between_two_with(usage):
    months = profile(usage).presence
    assert months.months == 3
    assert (months.every_month, months.with_gaps) == (2, 1)
    assert (months.arrived_later, months.left_before) == (1, 1)
    assert months.gap_months == ((0, 2), (1, 1))


def test_a_month_of_one_customer_does_not_count_for_the_next():
    found = profile(usage_of(("a", "2026-01-31", "f", "1"), ("b", "2026-01-01", "f", "1"), ("b", "2026-02-01", "f", "1")))
    assert found.presence.gap_months == ((0, 2),)
    assert customers_by_size(usage_of(("a", "2026-01-31", "f", "1"), ("b", "2026-01-01", "f", "1")), ["f"])[
        "months_active"
    ].to_pylist() == [1, 1]


def test_activity_shows_every_day_of_the_span_also_the_empty_ones(usage):
    table = activity(usage, "day", ["call", "image"])
    assert table.num_rows == 2 * (27 + 28 + 31)
    rows = {(row["start"], row["feature"]): (row["events"], row["units"]) for row in table.to_pylist()}
    assert rows[date(2026, 1, 5), "call"] == (2, Decimal("5.5"))
    assert rows[date(2026, 1, 6), "call"] == (0, Decimal(0))
    assert rows[date(2026, 3, 1), "image"] == (1, Decimal(1))
    assert rows[date(2026, 3, 31), "call"] == (1, Decimal(10))
    assert sum(events for events, _ in rows.values()) == usage.event_count


def test_activity_of_one_feature_leaves_the_others_out_but_keeps_the_span(usage):
    table = activity(usage, "month", ["image"])
    assert table["start"].to_pylist() == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert table["events"].to_pylist() == [0, 0, 1]


def test_weeks_begin_on_monday():
    table = activity(usage_of(("a", "2026-01-04T23:59:59", "f", "1"), ("a", "2026-01-05", "f", "2")), "week", ["f"])
    assert table["start"].to_pylist() == [date(2025, 12, 29), date(2026, 1, 5)]
    assert table["units"].to_pylist() == [Decimal(1), Decimal(2)]


def test_units_of_many_customers_may_pass_64_bits():
    large = str(4 * 10**12)
    usage = usage_of(*[(f"c{number}", "2026-01-01", "f", large) for number in range(5)])
    assert profile(usage).features[0].units == 20 * Decimal(10) ** 12
    assert activity(usage, "day", ["f"])["units"].to_pylist() == [20 * Decimal(10) ** 12]
    assert concentration(usage, "f").top[2] == TopShare(Fraction(1, 5), 1, Fraction(1, 5), Fraction(1, 5))


@pytest.mark.parametrize(("days", "step"), [(1, "day"), (400, "day"), (401, "week"), (2800, "week"), (2801, "month")])
def test_the_step_grows_with_the_span(days, step):
    assert step_for(days) == step


def test_concentration_by_units_tells_the_share_of_the_largest(usage):
    found = concentration(usage, "call")
    assert found.customers == 3
    assert found.top == (
        TopShare(Fraction(1, 100), 1, Fraction(1, 3), Fraction(10, 16)),
        TopShare(Fraction(1, 10), 1, Fraction(1, 3), Fraction(10, 16)),
        TopShare(Fraction(1, 5), 1, Fraction(1, 3), Fraction(10, 16)),
    )
    assert found.curve == (
        (Fraction(0), Fraction(0)),
        (Fraction(1, 3), Fraction(100, 160)),
        (Fraction(2, 3), Fraction(155, 160)),
        (Fraction(1), Fraction(1)),
    )


def test_concentration_by_events_counts_rows(usage):
    assert [share for _, share in concentration(usage).curve] == [0, Fraction(3, 5), Fraction(4, 5), 1]


def test_concentration_of_a_thousand_even_customers_is_the_diagonal():
    even = usage_of(*[(f"c{number:04}", "2026-01-01", "f", "1") for number in range(1000)])
    found = concentration(even)
    assert [(top.customers, top.share) for top in found.top] == [
        (10, Fraction(1, 100)),
        (100, Fraction(1, 10)),
        (200, Fraction(1, 5)),
    ]
    assert all(part == share for part, share in found.curve)
    assert len(found.curve) == 201


def test_concentration_of_a_feature_that_only_ever_counted_nothing_is_empty():
    found = concentration(usage_of(("a", "2026-01-01", "f", "0")), "f")
    assert (found.customers, found.top, found.curve) == (0, (), ())


def test_the_largest_customers_by_events_and_by_units(usage):
    by_events = customers_by_size(usage, ["call", "image"])
    assert by_events["customer_id"].to_pylist() == ["ann", "ben", "cy"]
    assert by_events.to_pylist()[0] == {
        "customer_id": "ann",
        "events": 3,
        "units of call": Decimal("5.5"),
        "units of image": Decimal(1),
        "first_day": date(2026, 1, 5),
        "last_day": date(2026, 3, 1),
        "months_active": 2,
        "months_without": 1,
    }
    by_calls = customers_by_size(usage, [], "call")
    assert by_calls["customer_id"].to_pylist() == ["ben", "ann", "cy"]
    assert by_calls["months_without"].to_pylist() == [0, 1, 0]


def test_rows_at_full_hours_with_large_values_look_like_totals():
    hourly = usage_of(*[("a", f"2026-01-01T{hour:02}:00:00", "f", "120") for hour in range(24)])
    assert looks_aggregated(hourly)


def test_single_requests_and_dated_single_rows_do_not_look_like_totals(usage):
    assert not looks_aggregated(usage)
    assert not looks_aggregated(usage_of(*[("a", f"2026-01-{day:02}", "f", "1") for day in range(1, 20)]))
    assert not looks_aggregated(usage_of(*[("a", f"2026-01-{day:02}T10:03:07", "f", "90") for day in range(1, 20)]))


def test_outside_a_window_is_counted_and_its_end_is_outside(usage):
    window = Window(start=date(2026, 1, 7), end=date(2026, 3, 1))
    assert outside(usage, window) == Outside(events_before=2, events_after=2, customers=2)
    assert outside(usage, window).events == 4
    whole = Window(start=date(2026, 1, 1), end=date(2026, 4, 1))
    assert outside(usage, whole) == Outside(0, 0, 0)


def test_a_window_of_no_days_leaves_every_event_out_once(usage):
    backwards = Window(start=date(2026, 3, 1), end=date(2026, 1, 1))
    assert outside(usage, backwards) == Outside(events_before=3, events_after=2, customers=3)


def test_no_events_have_no_profile():
    empty = Usage.from_events([], [], [], [])
    assert profile(empty) is None
    assert not looks_aggregated(empty)


def test_a_million_rows_of_a_thousand_features_are_counted_in_one_pass():
    events = 1_000_000
    offsets = np.arange(0, events + 1, 1000)
    indexes = (np.arange(events) % 1000).astype(np.int16)
    usage = Usage(
        pa.array([f"{number:04}" for number in range(1000)]),
        tuple(f"f{number:03}" for number in range(1000)),
        offsets,
        np.full(events, 10**15),
        indexes,
        np.full(events, 10**6),
    )
    assert {(total.events, total.units, total.customers) for total in profile(usage).features} == {(1000, Decimal(1000), 1000)}


class TestCoverage:
    def test_names_what_no_plan_has_what_some_lack_and_what_nobody_uses(self):
        found = coverage(["call", "image", "video"], {"A": ["call", "image"], "B": ["call", "seat"]})
        assert found.without_plan == ("video",)
        assert found.partly == {"image": ("B",)}
        assert found.unused == {"seat": ("B",)}

    def test_is_empty_where_all_fits(self):
        found = coverage(["call"], {"A": ["call"]})
        assert (found.without_plan, found.partly, found.unused) == ((), {}, {})

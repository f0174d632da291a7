"""Ranges of customers: whole, in order, none left out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from commet_core.foundation.ranges import ranges_alike, ranges_up_to

OFFSETS = st.lists(st.integers(0, 9), max_size=20).map(lambda counts: np.cumsum([3, *counts]))
"""Events of customers, some of whom have none; the first event is not that of the usage."""


def customers_in(ranges: list[tuple[int, int]]) -> list[int]:
    return [customer for first, last in ranges for customer in range(first, last)]


@given(OFFSETS, st.integers(0, 30))
def test_a_range_has_at_most_so_many_events_or_is_one_customer(offsets: np.ndarray, events_max: int) -> None:
    ranges = list(ranges_up_to(offsets, events_max))
    assert customers_in(ranges) == list(range(len(offsets) - 1))
    assert all(last == first + 1 or offsets[last] - offsets[first] <= events_max for first, last in ranges)


@given(OFFSETS, st.integers(0, 30))
def test_a_range_ends_only_where_one_customer_more_would_be_too_many(offsets: np.ndarray, events_max: int) -> None:
    ranges = list(ranges_up_to(offsets, events_max))
    assert all(offsets[last + 1] - offsets[first] > events_max for first, last in ranges[:-1])


@given(OFFSETS, st.integers(1, 7))
def test_customers_are_shared_out_in_at_most_so_many_ranges(offsets: np.ndarray, count: int) -> None:
    ranges = ranges_alike(offsets, count)
    assert len(ranges) <= count
    assert customers_in(ranges) == list(range(len(offsets) - 1))


def test_ranges_have_about_equally_many_events() -> None:
    offsets = np.arange(0, 1001, 10)
    assert ranges_alike(offsets, 4) == [(0, 25), (25, 50), (50, 75), (75, 100)]

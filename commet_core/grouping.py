"""Compiled grouping: events in input order → events by customer, each customer's in time order, ties in input order."""

from __future__ import annotations

import numpy as np

from commet_core.compiled import compiled


def group_by_customer(
    customers: np.ndarray, times: np.ndarray, features: np.ndarray, values: np.ndarray, customer_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A stable counting sort by customer; where that leaves anybody out of time order, a stable sort by time before it.

    customers: int32 index, one per event; the other columns as in `Usage`. Returns offsets (int64, customer_count + 1),
    times, features and values in the new order.
    """
    columns = [read_only(column) for column in (customers, times, features, values)]
    grouped = _counting_sort(*columns, customer_count)
    if not _in_time_order(grouped[0], grouped[1]):
        order = np.argsort(times, kind="stable")
        grouped = _counting_sort(*[read_only(column[order]) for column in columns], customer_count)
    return grouped


def read_only(column: np.ndarray) -> np.ndarray:
    """A view that cannot be written to: numba compiles one kernel for it, wherever the column came from."""
    view = column.view()
    view.flags.writeable = False
    return view


@compiled
def _counting_sort(customers, times, features, values, customer_count):  # type: ignore[no-untyped-def]
    offsets = np.zeros(customer_count + 1, np.int64)
    for customer in customers:
        offsets[customer + 1] += 1
    for customer in range(customer_count):
        offsets[customer + 1] += offsets[customer]

    next_row = offsets[:-1].copy()
    grouped_times = np.empty_like(times)
    grouped_features = np.empty_like(features)
    grouped_values = np.empty_like(values)
    for event in range(len(customers)):
        row = next_row[customers[event]]
        next_row[customers[event]] = row + 1
        grouped_times[row] = times[event]
        grouped_features[row] = features[event]
        grouped_values[row] = values[event]
    return offsets, grouped_times, grouped_features, grouped_values


@compiled
def _in_time_order(offsets, times):  # type: ignore[no-untyped-def]
    for customer in range(len(offsets) - 1):
        for event in range(offsets[customer] + 1, offsets[customer + 1]):
            if times[event] < times[event - 1]:
                return False
    return True


@compiled
def largest_customer_total(offsets, values):  # type: ignore[no-untyped-def]
    """The customer with the largest total value, and that total (float micros: it may not fit an integer)."""
    worst, worst_total = 0, 0.0
    for customer in range(len(offsets) - 1):
        total = 0.0
        for event in range(offsets[customer], offsets[customer + 1]):
            total += values[event]
        if total > worst_total:
            worst, worst_total = customer, total
    return worst, worst_total

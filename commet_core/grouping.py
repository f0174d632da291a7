"""Compiled grouping: events in input order → events by customer, each customer's in time order, ties in input order."""

from __future__ import annotations

import numpy as np

from commet_core.compiled import compiled


@compiled
def group_by_customer(customers, times, features, values, customer_count):  # type: ignore[no-untyped-def]
    """A stable counting sort by customer, then a stable sort by time of those customers that need it.

    customers: int32 index, one per event; the other columns as in `Usage`. Returns offsets (int64, customer_count + 1),
    times, features and values in the new order.
    """
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

    for customer in range(customer_count):
        first, last = offsets[customer], offsets[customer + 1]
        if not _ascending(grouped_times, first, last):
            order = np.argsort(grouped_times[first:last], kind="mergesort")
            grouped_times[first:last] = grouped_times[first:last][order]
            grouped_features[first:last] = grouped_features[first:last][order]
            grouped_values[first:last] = grouped_values[first:last][order]
    return offsets, grouped_times, grouped_features, grouped_values


@compiled
def _ascending(times, first, last):  # type: ignore[no-untyped-def]
    for event in range(first + 1, last):  # noqa: SIM110  (compiled: no generators)
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

"""Compiled grouping: events in input order → events by customer, each customer's in time order, ties in input order.

A counting sort by customer: texts and times are not sorted. Several threads each take a run of the input; since they know
how many events every customer has in the runs before their own, they write to the final places at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled_for_many, read_only
from commet_core.foundation.ranges import ranges_alike, ranges_up_to

Allocate = Callable[[str, int, type[np.generic]], np.ndarray]
"""Makes a column of the result: its name, how many entries, and their type."""

KEY_ROWS_PER_PART: Final = 1 << 21
"""Event ids are compared for some customers at a time, with about so many rows together: the hashes need memory."""


class Rows(NamedTuple):
    """Events in input order, as columns.

    customers, features  int32 and int16 codes
    times                int64 microseconds since 1970
    values               int64 micros
    """

    customers: np.ndarray
    features: np.ndarray
    times: np.ndarray
    values: np.ndarray


class EventKeys(NamedTuple):
    """Two uint64 hashes of each row's event id, and whether it has one."""

    ones: np.ndarray
    others: np.ndarray
    present: np.ndarray


class Grouped(NamedTuple):
    """Columns of `Usage`, and `duplicates`: how many rows of each of the given chunks had an event id that came before."""

    offsets: np.ndarray
    times: np.ndarray
    features: np.ndarray
    values: np.ndarray
    duplicates: np.ndarray


def in_memory(_name: str, count: int, kind: type[np.generic]) -> np.ndarray:
    """The usual way to make a column."""
    return np.empty(count, kind)


class Counted(NamedTuple):
    """Runs of chunks with about equally many rows, one per worker at most; and how many rows of each run have each code.

    runs       the first chunk of each, and the one after its last
    customers  int64, runs × customer codes
    features   int64, runs × feature codes
    """

    runs: list[tuple[int, int]]
    customers: np.ndarray
    features: np.ndarray


def count_rows(columns: Iterable[np.ndarray], code_count: int) -> np.ndarray:
    """int64, one per code: how many rows of all columns have it."""
    counts = np.zeros(code_count, np.int64)
    for codes in columns:
        _count(read_only(codes), counts)
    return counts


def count_runs(chunks: Sequence[Rows], customer_count: int, feature_count: int, workers: int = 1) -> Counted:
    """Counts the rows of so many customer and feature codes, each worker those of a run."""
    runs = _runs(chunks, workers)

    def count(run: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        own = chunks[slice(*run)]
        customers, features = (chunk.customers for chunk in own), (chunk.features for chunk in own)
        return count_rows(customers, customer_count), count_rows(features, feature_count)

    with ThreadPoolExecutor(len(runs)) as pool:
        return Counted(runs, *(np.stack(counts) for counts in zip(*pool.map(count, runs), strict=True)))


def group_by_customer(
    chunks: Sequence[Rows],
    counted: Counted,
    ranks: tuple[np.ndarray, np.ndarray],
    customer_count: int,
    keys: Sequence[EventKeys | None] = (),
    *,
    workers: int = 1,
    rows_per_part: int | None = None,
    allocate: Allocate = in_memory,
) -> Grouped:
    """Groups the rows of all chunks, in their order.

    counted        what `count_runs` made of them
    ranks          int32 and int16: the place of each customer code, and of each feature code, in the result
    keys           event ids, one entry per chunk; where they are given, the second row of a customer with the same one is left out
    rows_per_part  how many rows are put into their places at a time, where a column lies on a disk; None: all at once
    """
    chunks = [Rows(*[read_only(column) for column in chunk]) for chunk in chunks]
    customer_ranks, feature_ranks = (read_only(rank) for rank in ranks)
    runs, occurs = counted.runs, customer_ranks >= 0
    before = np.zeros((len(runs) + 1, customer_count), np.int64)
    for run in range(len(runs)):
        np.add.at(before[run + 1], customer_ranks[occurs], counted.customers[run, occurs])
    offsets = np.concatenate([[0], np.cumsum(before.sum(axis=0))])
    starts = np.cumsum(before[:-1], axis=0) + offsets[:-1]
    with ThreadPoolExecutor(len(runs)) as pool:
        rows = int(offsets[-1])
        columns = (
            allocate("times", rows, np.int64),
            allocate("features", rows, np.int16),
            allocate("values", rows, np.int64),
        )
        for first, last in ranges_up_to(offsets, rows_per_part or rows):

            def scatter(run: int, first: int = first, last: int = last) -> None:
                for chunk in chunks[slice(*runs[run])]:
                    _scatter(*chunk, customer_ranks, feature_ranks, starts[run], first, last, *columns)

            list(pool.map(scatter, range(len(runs))))
        duplicates = np.zeros(len(chunks), np.int64)
        if any(key is not None for key in keys):
            offsets, count = _without_duplicates(chunks, keys, customer_ranks, offsets, columns, duplicates)
            columns = tuple(column[:count] for column in columns)  # type: ignore[assignment]
        bounds = ranges_alike(offsets, max(1, workers))
        list(pool.map(lambda part: _sort_by_time(offsets, *part, *columns), bounds))
    return Grouped(offsets, *columns, duplicates)


def _runs(chunks: Sequence[Rows], workers: int) -> list[tuple[int, int]]:
    """Runs of chunks with about equally many rows, one per worker at most."""
    ends = np.cumsum([0, *(len(chunk.times) for chunk in chunks)])
    edges = np.searchsorted(ends, int(ends[-1]) * np.arange(1, workers) // workers)
    return list(pairwise(sorted({0, *edges.tolist(), len(chunks)}))) or [(0, 0)]


def _without_duplicates(
    chunks: Sequence[Rows],
    keys: Sequence[EventKeys | None],
    ranks: np.ndarray,
    offsets: np.ndarray,
    columns: tuple[Any, ...],
    duplicates: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Moves the rows to keep to the front of the columns; returns the new offsets and how many rows are kept."""
    kept = 0
    new_offsets = np.zeros_like(offsets)
    for first, last in ranges_up_to(offsets, KEY_ROWS_PER_PART):
        size = int(offsets[last] - offsets[first])
        part = np.empty(size, np.uint64), np.empty(size, np.uint64), np.full(size, -1, np.int32)
        starts = offsets[first:last].copy()
        for index, (chunk, key) in enumerate(zip(chunks, keys, strict=True)):
            if key is None:
                _skip(chunk.customers, ranks, starts, first, last)
            else:
                _scatter_keys(chunk.customers, ranks, *key, index, starts, first, last, int(offsets[first]), *part)
        kept = _drop_duplicates(offsets, first, last, *part, kept, new_offsets, duplicates, *columns)
    return new_offsets, kept


@compiled_for_many("codes")
def _count(codes, counts):  # type: ignore[no-untyped-def]
    for code in codes:
        counts[code] += 1


@compiled_for_many("customers")
def _scatter(  # type: ignore[no-untyped-def]
    customers,
    features,
    times,
    values,
    customer_ranks,
    feature_ranks,
    next_rows,
    first,
    last,
    all_times,
    all_features,
    all_values,
):
    """Puts the rows of customers first to last into their places; next_rows is where each customer's next one goes."""
    for row in range(len(customers)):
        customer = customer_ranks[customers[row]]
        if first <= customer < last:
            place = next_rows[customer]
            next_rows[customer] = place + 1
            all_times[place] = times[row]
            all_features[place] = feature_ranks[features[row]]
            all_values[place] = values[row]


@compiled_for_many("customers")
def _skip(customers, ranks, next_rows, first, last):  # type: ignore[no-untyped-def]
    for code in customers:
        customer = ranks[code]
        if first <= customer < last:
            next_rows[customer - first] += 1


@compiled_for_many("customers")
def _scatter_keys(  # type: ignore[no-untyped-def]
    customers, ranks, ones, others, present, chunk, next_rows, first, last, offset, all_ones, all_others, all_chunks
):
    """Puts the event ids of customers first to last into their places; a row without one keeps the chunk -1."""
    for row in range(len(customers)):
        customer = ranks[customers[row]]
        if first <= customer < last:
            place = next_rows[customer - first] - offset
            next_rows[customer - first] += 1
            if present[row]:
                all_ones[place] = ones[row]
                all_others[place] = others[row]
                all_chunks[place] = chunk


@compiled_for_many("ones")
def _drop_duplicates(  # type: ignore[no-untyped-def]
    offsets, first, last, ones, others, chunks, kept, new_offsets, duplicates, times, features, values
):
    """Moves the rows to keep of customers first to last to where the ones before them end."""
    base = offsets[first]
    longest = 1
    for customer in range(first, last):
        longest = max(longest, offsets[customer + 1] - offsets[customer])
    size = 2
    while size < 2 * longest:
        size *= 2
    slots = np.full(size, -1, np.int64)  # rows of the part; those of an earlier customer count as free
    for customer in range(first, last):
        mask = 2
        while mask < 2 * (offsets[customer + 1] - offsets[customer]):
            mask *= 2
        mask -= 1
        start = offsets[customer] - base
        for row in range(start, offsets[customer + 1] - base):
            repeated = False
            if chunks[row] >= 0:
                slot = np.int64(ones[row]) & mask
                while slots[slot] >= start and not repeated:
                    other = slots[slot]
                    repeated = ones[other] == ones[row] and others[other] == others[row]
                    slot = (slot + 1) & mask
                if not repeated:
                    slots[slot] = row
            if repeated:
                duplicates[chunks[row]] += 1
            else:
                times[kept] = times[base + row]
                features[kept] = features[base + row]
                values[kept] = values[base + row]
                kept += 1
        new_offsets[customer + 1] = kept
    return kept


@compiled_for_many("times")
def _sort_by_time(offsets, first, last, times, features, values):  # type: ignore[no-untyped-def]
    """Puts the customers first to last that are out of time order into it; ties stay in input order."""
    for customer in range(first, last):
        start, end = offsets[customer], offsets[customer + 1]
        ordered = True
        for row in range(start + 1, end):
            ordered = ordered and times[row] >= times[row - 1]
        if not ordered:
            order = np.argsort(times[start:end], kind="mergesort")
            times[start:end] = times[start:end][order]
            features[start:end] = features[start:end][order]
            values[start:end] = values[start:end][order]


@compiled_for_many("values")
def largest_customer_total(offsets, values):  # type: ignore[no-untyped-def]
    """The customer with the largest total value, and that total (float micros: it may not fit an integer)."""
    worst, worst_total = 0, 0.0
    for customer in range(len(offsets) - 1):
        total = 0.0
        for event in range(offsets[customer], offsets[customer + 1]):
            total += abs(values[event])
        if total > worst_total:
            worst, worst_total = customer, total
    return worst, worst_total

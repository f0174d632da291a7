"""Exact sums over groups of integers."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.compiled import compiled, compiled_for_many, read_only


def sum_by_offsets(offsets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64 sums of contiguous groups: group g is values[offsets[g]:offsets[g + 1]], and may be empty.

    Exact wherever every group's own sum fits 64 bits.
    """
    return _sum_by_offsets(_int64(offsets), _int64(values))


def sum_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """int64 sums of `count` groups, the group of each value given by its index."""
    sums = np.zeros(count, np.int64)
    add_by_index(sums, indexes, values)
    return sums


def add_by_index(sums: np.ndarray, indexes: np.ndarray, values: np.ndarray) -> None:
    """Adds each value to the sum of its group."""
    if len(indexes) > 0 and not 0 <= int(indexes.min()) <= int(indexes.max()) < len(sums):
        raise IndexError(f"groups are numbered from 0 to before {len(sums)}")
    _add_by_index(sums, read_only(np.ascontiguousarray(indexes)), _int64(values))


def exact_sum(values: np.ndarray) -> int:
    """The sum of int64 values as a Python integer, whatever its size."""
    high, low = _sum_halves(_int64(values))
    return (int(high) << 32) + int(low)


def exact_sums_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> list[int]:
    """`sum_by_index` as Python integers, whatever their size."""
    high = sum_by_index(indexes, values >> 32, count).tolist()
    low = sum_by_index(indexes, values & 0xFFFFFFFF, count).tolist()
    return [(above << 32) + below for above, below in zip(high, low, strict=True)]


def _int64(numbers: np.ndarray) -> np.ndarray:
    """As the compiled sums take them, whatever they were."""
    return read_only(np.ascontiguousarray(numbers, np.int64))


@compiled
def _sum_by_offsets(offsets, values):  # type: ignore[no-untyped-def]
    sums = np.empty(len(offsets) - 1, np.int64)
    for group in range(len(sums)):
        total = 0
        for row in range(offsets[group], offsets[group + 1]):
            total += values[row]
        sums[group] = total
    return sums


@compiled_for_many("indexes")
def _add_by_index(sums, indexes, values):  # type: ignore[no-untyped-def]
    for row in range(len(indexes)):
        sums[indexes[row]] += values[row]


@compiled
def _sum_halves(values):  # type: ignore[no-untyped-def]
    high, low = 0, 0
    for value in values:
        high += value >> 32
        low += value & 0xFFFFFFFF
    return high, low

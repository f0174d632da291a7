"""Exact sums over groups of integers."""

from __future__ import annotations

import numpy as np


def sum_by_offsets(offsets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64 sums of contiguous groups: group g is values[offsets[g]:offsets[g + 1]], and may be empty.

    Exact wherever every group's own sum fits 64 bits: running sums may wrap, their differences do not.
    """
    running = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=running[1:])
    return running[offsets[1:]] - running[offsets[:-1]]


def sum_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """int64 sums of `count` groups, the group of each value given by its index."""
    sums = np.zeros(count, np.int64)
    np.add.at(sums, indexes, values)
    return sums


def exact_sum(values: np.ndarray) -> int:
    """The sum of int64 values as a Python integer, whatever its size."""
    high, low = values >> 32, values & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def exact_sums_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> list[int]:
    """`sum_by_index` as Python integers, whatever their size."""
    high = sum_by_index(indexes, values >> 32, count).tolist()
    low = sum_by_index(indexes, values & 0xFFFFFFFF, count).tolist()
    return [(above << 32) + below for above, below in zip(high, low, strict=True)]

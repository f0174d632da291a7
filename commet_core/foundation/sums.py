"""Exact sums over groups of integers."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from commet_core.foundation.compiled import compiled, compiled_for_many, read_only


def sum_by_offsets(offsets: np.ndarray, values: np.ndarray) -> np.ndarray:
    """int64 sums of contiguous groups: group g is values[offsets[g]:offsets[g + 1]], and may be empty.

    Exact wherever every group's own sum fits 64 bits.
    """
    return nothing(len(offsets) - 1) if is_nothing(values) else _sum_by_offsets(_int64(offsets), _int64(values))


def sum_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """int64 sums of `count` groups, the group of each value given by its index."""
    sums = np.zeros(count, np.int64)
    add_by_index(sums, indexes, values)
    return sums


def add_by_index(sums: np.ndarray, indexes: np.ndarray, values: np.ndarray) -> None:
    """Adds each value to the sum of its group."""
    _check_groups(indexes, len(sums))
    _add_by_index(sums, read_only(np.ascontiguousarray(indexes)), _int64(values))


def nothing(count: int) -> np.ndarray:
    """So many int64 zeros, to be read only, which take no memory and which `added` and others pass over."""
    return _ZEROS[:count]


def is_nothing(column: np.ndarray | int) -> bool:
    """Whether a column is one of `nothing`, or 0 in its place; other zeros are not looked for."""
    return isinstance(column, int) or column.base is _ZERO


def added(first: np.ndarray, *others: np.ndarray | int) -> np.ndarray:
    """Columns added entry by entry: each sum in between would be memory to be fetched and given back.

    Where one alone has anything, it is that one.
    """
    some: list[Any] = [column for column in (first, *others) if not is_nothing(column)]
    if len(some) <= 1:
        return next(iter(some), first)
    total: np.ndarray = some[0] + some[1]
    for other in some[2:]:
        total += other
    return total


def less(whole: np.ndarray, *parts: np.ndarray | int) -> np.ndarray:
    """A column less others, entry by entry, likewise."""
    taken = added(nothing(len(whole)), *parts)
    return whole if is_nothing(taken) else whole - taken


def exact_sum(values: np.ndarray) -> int:
    """The sum of int64 values as a Python integer, whatever its size."""
    high, low = _sum_halves(_int64(values))
    return (int(high) << 32) + int(low)


def exact_sums_by_index(indexes: np.ndarray, values: np.ndarray, count: int) -> list[int]:
    """`sum_by_index` as Python integers, whatever their size."""
    high, low = np.zeros(count, np.int64), np.zeros(count, np.int64)
    _check_groups(indexes, count)
    _add_halves_by_index(high, low, _int64(indexes), _int64(values))
    return [(above << 32) + below for above, below in zip(high.tolist(), low.tolist(), strict=True)]


def _check_groups(indexes: np.ndarray, count: int) -> None:
    """Raises IndexError where there is no such group."""
    if len(indexes) > 0 and not 0 <= int(indexes.min()) <= int(indexes.max()) < count:
        raise IndexError(f"groups are numbered from 0 to before {count}")


def _int64(numbers: np.ndarray) -> np.ndarray:
    """As the compiled sums take them, whatever they were."""
    return read_only(np.ascontiguousarray(numbers, np.int64))


_ZERO: Final = np.zeros(1, np.int64)
_ZEROS: Final = np.broadcast_to(_ZERO, 2**48)
"""More zeros than any column has entries, all of them the same eight bytes."""


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


@compiled_for_many("indexes")
def _add_halves_by_index(high, low, indexes, values):  # type: ignore[no-untyped-def]
    for row in range(len(indexes)):
        high[indexes[row]] += values[row] >> 32
        low[indexes[row]] += values[row] & 0xFFFFFFFF


@compiled
def _sum_halves(values):  # type: ignore[no-untyped-def]
    high, low = 0, 0
    for value in values:
        high += value >> 32
        low += value & 0xFFFFFFFF
    return high, low

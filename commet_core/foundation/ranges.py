"""Ranges of customers by how many events they have: what is done for some customers at a time, or by several threads at once.

offsets: int64, customers + 1, ascending: the events of customer c are offsets[c] to offsets[c + 1]. A range is the customers
from its first to before its last; a customer is never split.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

Range = tuple[int, int]


def ranges_up_to(offsets: np.ndarray, events_max: int) -> Iterator[Range]:
    """Ranges of at most so many events each, or of one customer with more."""
    first, end = 0, len(offsets) - 1
    while first < end:
        fitting = int(np.searchsorted(offsets, offsets[first] + events_max, side="right")) - 1
        last = max(first + 1, fitting)
        yield first, last
        first = last


def ranges_alike(offsets: np.ndarray, count: int) -> list[Range]:
    """At most so many ranges, with about equally many events; none is empty, unless there is nobody."""
    first_event, events = int(offsets[0]), int(offsets[-1] - offsets[0])
    cuts = np.searchsorted(offsets, first_event + events * np.arange(1, count) // count)
    edges = sorted({0, *cuts.tolist(), len(offsets) - 1})
    return list(pairwise(edges)) or [(0, 0)]

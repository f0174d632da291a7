"""Rows that a kernel writes, of which it does not know how many there will be."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.compiled import compiled


@compiled
def with_room(rows, count, more):  # type: ignore[no-untyped-def]
    """The first `count` rows, of int64, in an array with room for so many more.

    Row by row: to assign a slice of an array to another, numba compiles what it would say of one that does not fit.
    """
    if count + more <= len(rows):
        return rows
    larger = np.empty((max(2 * len(rows), count + more), rows.shape[1]), np.int64)
    for row in range(count):
        for column in range(rows.shape[1]):
            larger[row, column] = rows[row, column]
    return larger

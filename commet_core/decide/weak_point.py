"""The weak point of a difference (decisions.md 1.3): the fewest customers without whom it turns. It is exact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class WeakPoint:
    """The customers in order, the largest difference first.

    customers    their places
    differences  int minor units of each
    without      int minor units: what is left of the difference when this and all before it are gone
    alike        how many other customers have the same difference as the last
    """

    customers: tuple[int, ...]
    differences: tuple[int, ...]
    without: tuple[int, ...]
    alike: int


def weak_point(differences: np.ndarray, ids: pa.Array) -> WeakPoint | None:
    """The fewest customers without whom the sum is no longer on its side of 0.

    differences: int64 minor units, one per customer; ids: their texts, by which ties are ordered. None where the sum is 0 or
    nobody is on the other side.
    """
    total = int(differences.sum())
    side = 1 if total > 0 else -1
    if total == 0 or not np.any(side * differences < 0):
        return None
    towards = np.flatnonzero(side * differences > 0)
    ranked = pa.table({"size": pa.array(-side * differences[towards]), "id": ids.take(pa.array(towards)).cast(pa.string())})
    order = towards[pc.sort_indices(ranked, sort_keys=[("size", "ascending"), ("id", "ascending")]).to_numpy()]
    left = total - np.cumsum(differences[order])
    count = int(np.argmax(side * left <= 0)) + 1
    taken = order[:count]
    last = int(differences[taken[-1]])
    alike = int(np.count_nonzero(differences == last)) - int(np.count_nonzero(differences[taken] == last))
    return WeakPoint(tuple(map(int, taken)), tuple(map(int, differences[taken])), tuple(map(int, left[:count])), alike)

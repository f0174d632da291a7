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


def id_ranks(ids: pa.Array) -> np.ndarray:
    """int64, one per customer: where it stands by its id."""
    ranks = np.empty(len(ids), np.int64)
    ranks[pc.sort_indices(ids).to_numpy()] = np.arange(len(ranks))
    return ranks


def weak_point(differences: np.ndarray, ranks: np.ndarray) -> WeakPoint | None:
    """The fewest customers without whom the sum is no longer on its side of 0.

    differences: int64 minor units, one per customer; ranks: `id_ranks` of them, which order ties. None where the sum is
    0 or nobody is on the other side.
    """
    total = int(differences.sum())
    side = 1 if total > 0 else -1
    if total == 0 or not np.any(side * differences < 0):
        return None
    towards = np.flatnonzero(side * differences > 0)
    order = towards[np.lexsort((ranks[towards], -side * differences[towards]))]
    left = total - np.cumsum(differences[order])
    count = int(np.argmax(side * left <= 0)) + 1
    taken = order[:count]
    last = int(differences[taken[-1]])
    alike = int(np.count_nonzero(differences == last)) - int(np.count_nonzero(differences[taken] == last))
    return WeakPoint(tuple(taken.tolist()), tuple(differences[taken].tolist()), tuple(left[:count].tolist()), alike)

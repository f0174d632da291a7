"""What every customer brought in under every candidate, as columns: what a question about customers is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.engine.told import told_customers, told_earned


@dataclass(frozen=True, eq=False)
class CustomerBills:
    """One entry per customer, in no order that matters; candidates in the scenario's order.

    ids      texts
    hashes   uint64: of (seed, customer)
    billed   int64 minor units of the reporting currency, candidates × customers
    earned   int64 minor units of it, candidates × customers: each customer's earned total, rounded half up once
    """

    ids: pa.Array
    hashes: np.ndarray
    billed: np.ndarray
    earned: np.ndarray

    @classmethod
    def of(cls, replayed: Replay) -> Self:
        """Those of a replay. Raises InputError where an earned amount would not fit (billing-rules 1.4)."""
        return cls.joined([cls._of(group, replayed.scenario.seed) for group in replayed.runs_by_customers()])

    @classmethod
    def _of(cls, runs: Sequence[Run], seed: int) -> Self:
        """Those of some customers; runs: of all candidates, in whatever currency."""
        usage, customers = runs[0].usage, runs[0].timeline.customers
        ids = usage.customers.take(pa.array(customers)).cast(pa.string())
        return cls(
            ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids,
            usage.customer_hashes(seed)[customers],
            np.stack([told_customers(run) for run in runs]),
            np.stack([told_earned(run) for run in runs]),
        )

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All customers of several parts of one replay."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            pa.concat_arrays([part.ids for part in parts]),
            np.concatenate([part.hashes for part in parts]),
            np.concatenate([part.billed for part in parts], axis=1),
            np.concatenate([part.earned for part in parts], axis=1),
        )

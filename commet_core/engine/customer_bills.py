"""What every customer brought in under every candidate, as columns: what a question about customers is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from commet_core.engine.recognition import accounts
from commet_core.engine.replay import Replay
from commet_core.foundation.money import minor_nanos


@dataclass(frozen=True, eq=False)
class CustomerBills:
    """One entry per customer, in no order that matters; candidates in the scenario's order.

    ids      texts
    hashes   uint64: of (seed, customer)
    billed   int64 minor units, candidates × customers
    earned   int64 minor units, candidates × customers: each customer's earned total, rounded half up once
    """

    ids: pa.Array
    hashes: np.ndarray
    billed: np.ndarray
    earned: np.ndarray

    @classmethod
    def of(cls, replayed: Replay) -> Self:
        """Those of a replay. Raises InputError where an earned amount would not fit (billing-rules 1.4)."""
        customers = replayed.runs[0].timeline.customers
        ids = replayed.usage.customers.take(pa.array(customers)).cast(pa.string())
        minor = minor_nanos(replayed.currency)
        earned = [(run.by_customer(accounts(run).earned) + minor // 2) // minor for run in replayed.runs]
        return cls(
            ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids,
            replayed.usage.customer_hashes(replayed.scenario.seed)[customers],
            np.stack([run.customer_billed for run in replayed.runs]),
            np.stack(earned),
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

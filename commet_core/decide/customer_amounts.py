"""What every customer brought in under every candidate: the ground of everything that asks how sure a difference is.

Customers of several parts of a replay are put together by `joined`; their order does not matter to any result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from commet_core.decide.uncertainty import Uncertainty
from commet_core.decide.weak_point import WeakPoint, weak_point
from commet_core.engine.recognition import accounts
from commet_core.engine.replay import Replay
from commet_core.foundation.money import minor_nanos
from commet_core.scenario.scenario import Scenario

Measure = Literal["billed", "earned"]
MEASURES: Final[tuple[Measure, ...]] = ("billed", "earned")


@dataclass(frozen=True, eq=False)
class CustomerAmounts:
    """One entry per customer, candidates in the scenario's order.

    ids      texts
    hashes   uint64: of (seed, customer)
    billed   int64 minor units, candidates × customers
    earned   int64 minor units, candidates × customers: each customer's earned total, rounded half up once
    """

    scenario: Scenario
    ids: pa.Array
    hashes: np.ndarray
    billed: np.ndarray
    earned: np.ndarray

    @classmethod
    def of(cls, replayed: Replay) -> CustomerAmounts:
        places = replayed.runs[0].timeline.customers
        ids = replayed.usage.customers.take(pa.array(places)).cast(pa.string())
        minor = minor_nanos(replayed.currency)
        earned = [(run.by_customer(accounts(run).earned) + minor // 2) // minor for run in replayed.runs]
        billed = [run.customer_billed for run in replayed.runs]
        return cls(
            replayed.scenario,
            ids.combine_chunks() if isinstance(ids, pa.ChunkedArray) else ids,
            replayed.usage.customer_hashes(replayed.scenario.seed)[places],
            np.stack(billed),
            np.stack(earned),
        )

    @classmethod
    def joined(cls, parts: Sequence[CustomerAmounts]) -> CustomerAmounts:
        """All customers of several parts of one replay."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            parts[0].scenario,
            pa.concat_arrays([part.ids for part in parts]),
            np.concatenate([part.hashes for part in parts]),
            np.concatenate([part.billed for part in parts], axis=1),
            np.concatenate([part.earned for part in parts], axis=1),
        )

    def amounts(self, measure: Measure) -> np.ndarray:
        return self.billed if measure == "billed" else self.earned

    @cached_property
    def billed_uncertainty(self) -> Uncertainty:
        return Uncertainty(self.hashes, self.billed, self.scenario.baseline_index())

    @cached_property
    def earned_uncertainty(self) -> Uncertainty:
        return Uncertainty(self.hashes, self.earned, self.scenario.baseline_index())

    def uncertainty(self, measure: Measure) -> Uncertainty:
        return self.billed_uncertainty if measure == "billed" else self.earned_uncertainty

    def weak_point(self, candidate: int, measure: Measure = "billed") -> WeakPoint | None:
        """The fewest customers without whom a candidate's difference to the baseline turns (decisions.md 1.3)."""
        amounts = self.amounts(measure)
        return weak_point(amounts[candidate] - amounts[self.scenario.baseline_index()], self.ids)

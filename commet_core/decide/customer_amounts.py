"""What every customer brought in under every candidate: the ground of everything that asks how sure a difference is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self

import numpy as np
import pyarrow as pa

from commet_core.decide.uncertainty import Uncertainty
from commet_core.decide.weak_point import WeakPoint, id_ranks, weak_point
from commet_core.engine.customer_bills import CustomerBills
from commet_core.engine.outcome import Outcome
from commet_core.engine.replay import Replay
from commet_core.foundation.derived import KeepsDerived, cached_property
from commet_core.scenario.scenario import Scenario

Measure = Literal["billed", "earned"]
MEASURES: Final[tuple[Measure, ...]] = ("billed", "earned")


@dataclass(frozen=True, eq=False)
class CustomerAmounts(KeepsDerived):
    """The bills of a scenario's customers, and what may be asked of them. Their order does not matter to any result."""

    scenario: Scenario
    bills: CustomerBills

    @classmethod
    def of(cls, replayed: Replay) -> Self:
        """Of a replay in memory; drawn once, however many ask."""
        return replayed.derived("customer amounts", lambda: cls(replayed.scenario, CustomerBills.of(replayed)))

    @classmethod
    def of_outcome(cls, outcome: Outcome) -> Self:
        """Of a replay of any size; drawn once, however many ask."""
        return outcome.derived("customer amounts", lambda: cls(outcome.scenario, outcome.sums.bills))

    @property
    def ids(self) -> pa.Array:
        """Texts, one per customer."""
        return self.bills.ids

    @property
    def count(self) -> int:
        return len(self.bills.billed)

    @property
    def baseline(self) -> int:
        """The place of the candidate that differences are against."""
        return self.scenario.baseline_index()

    @property
    def others(self) -> list[int]:
        """The places of all candidates but the baseline."""
        return [place for place in range(self.count) if place != self.baseline]

    @cached_property
    def shares_promo_codes(self) -> bool:
        """Whether customers share a number of redemptions, so that one without the other would pay something else."""
        codes, rows = self.scenario.catalog.promo_codes, self.scenario.subscriptions
        named = {candidate.promo_code for candidate in self.scenario.candidates} | {row.promo_code for row in rows}
        return any(code.max_redemptions is not None for name, code in codes.items() if name in named)

    def amounts(self, measure: Measure) -> np.ndarray:
        return self.bills.billed if measure == "billed" else self.bills.earned

    @cached_property
    def billed_uncertainty(self) -> Uncertainty:
        return Uncertainty(self.bills.hashes, self.bills.billed, self.baseline)

    @cached_property
    def earned_uncertainty(self) -> Uncertainty:
        return Uncertainty(self.bills.hashes, self.bills.earned, self.baseline)

    def uncertainty(self, measure: Measure) -> Uncertainty:
        return self.billed_uncertainty if measure == "billed" else self.earned_uncertainty

    def weak_point(self, candidate: int, measure: Measure = "billed", other: int | None = None) -> WeakPoint | None:
        """The fewest customers without whom a candidate's difference to another, the baseline, turns (decisions.md 1.3).

        None, too, where customers share a promo code's limit: who uses it depends on who else is there.
        """
        if self.shares_promo_codes:
            return None
        against = self.baseline if other is None else other
        amounts = self.amounts(measure)
        return self.derived(
            f"weak point {candidate} {against} {measure}",
            lambda: weak_point(amounts[candidate] - amounts[against], self._id_ranks),
        )

    @cached_property
    def _id_ranks(self) -> np.ndarray:
        return id_ranks(self.ids)

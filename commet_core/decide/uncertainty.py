"""How sure a difference is (decisions.md 1): intervals over draws of customers, who leads in how many, and who is level.

An interval means: if the next customers are like these. It is shown with a difference, never in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.decide.draws import DRAWS, SINGLES_MAX, Drawn, drawn, units_of
from commet_core.decide.tails import Tail, tail_of
from commet_core.foundation.derived import cached_property

LEVEL: Final = 0.9
CUSTOMERS_MIN: Final = 20
DIFFERENT_MIN: Final = 5
DOMINANT_SHARE: Final = 0.25
"""Who makes that much of a range is named with it."""

SINGLE_K_MAX: Final = 200
"""Customers of a tail stay single when the others are drawn in groups: at most so many a pair of candidates."""


@dataclass(frozen=True)
class Interval:
    """Where a difference lies at 90 %, in minor units. refused: why there is none, in a sentence, else empty."""

    difference: int
    low: int = 0
    high: int = 0
    refused: str = ""

    @property
    def given(self) -> bool:
        return not self.refused

    @property
    def excludes_zero(self) -> bool:
        """Whether the difference is one: both ends on one side of 0."""
        return self.given and (self.low > 0 or self.high < 0)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Candidates over the same customers, resampled together.

    hashes      uint64, one per customer: of (seed, customer)
    amounts     int64, candidates × customers: minor units billed (or earned) over the window
    baseline    the place of the candidate that differences are against
    """

    hashes: np.ndarray
    amounts: np.ndarray
    baseline: int = 0
    draws: int = DRAWS

    @property
    def customers(self) -> int:
        return len(self.hashes)

    @property
    def count(self) -> int:
        return len(self.amounts)

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of candidates that are asked about: each with the baseline, and the leader with the runner-up."""
        pairs = [(place, self.baseline) for place in range(self.count) if place != self.baseline]
        leaders = tuple(self.order[:2])
        return pairs if self.count < 2 or self.baseline in leaders else [*pairs, leaders]  # type: ignore[list-item]

    @cached_property
    def _tails(self) -> list[Tail]:
        k_max = None if self.customers <= SINGLES_MAX else SINGLE_K_MAX
        return [tail_of(self.amounts[one] - self.amounts[other], k_max) for one, other in self.pairs]

    @cached_property
    def _drawn(self) -> Drawn:
        units, unit_of = units_of(self.hashes, self.amounts, self._tails)
        return drawn(units, unit_of, self._tails, self.draws)

    @cached_property
    def totals(self) -> np.ndarray:
        """int64 minor units, one per candidate."""
        return np.array([int(row.sum()) for row in self.amounts])

    def refusal(self, one: int, other: int) -> str:
        """Why there is no interval between two candidates, in a sentence; empty where there is one (decisions.md 1.4)."""
        if self.customers < CUSTOMERS_MIN:
            return f"too few customers for a range: {self.customers}, and it needs {CUSTOMERS_MIN}"
        differences = self.amounts[one] - self.amounts[other]
        if np.all(differences == differences[0]):
            return "every customer differs by the same amount"
        different = int(np.count_nonzero(differences != np.median(differences)))
        if different < DIFFERENT_MIN:
            return f"too few customers differ from the rest for a range: {different}, and it needs {DIFFERENT_MIN}"
        return ""

    def interval(self, one: int, other: int | None = None) -> Interval:
        """The 90 % interval of `one` − `other` (the baseline), widened to hold the difference itself; see `pairs`."""
        other = self.baseline if other is None else other
        difference = int(self.totals[one] - self.totals[other])
        if refused := self.refusal(one, other):
            return Interval(difference, refused=refused)
        low, high = np.percentile(self._differences(one, other), [100 * (1 - LEVEL) / 2, 100 * (1 + LEVEL) / 2])
        return _holding(difference, low, high)

    def simultaneous(self, candidates: Sequence[int]) -> dict[int, Interval]:
        """Intervals against the baseline that hold together at 90 %: those that sentences use (decisions.md 1.5)."""
        asked = [one for one in candidates if not self.refusal(one, self.baseline)]
        if not asked:
            return {}
        rows = np.stack([self._differences(one, self.baseline) for one in asked])
        ranks = rows.argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
        extreme = np.minimum(ranks, self.draws - 1 - ranks).min(axis=0)
        cut = int(np.sort(extreme)[int(self.draws * (1 - LEVEL))])
        ordered = np.sort(rows, axis=1)
        ends = zip(asked, ordered[:, cut], ordered[:, self.draws - 1 - cut], strict=True)
        return {one: _holding(int(self.totals[one] - self.totals[self.baseline]), low, high) for one, low, high in ends}

    @cached_property
    def order(self) -> list[int]:
        """Candidates by what they bring in, the most first; ties: the baseline, then the scenario's order."""
        return sorted(range(self.count), key=lambda place: (-self.totals[place], place != self.baseline, place))

    @cached_property
    def leads(self) -> bool:
        """Whether the leader leads: the interval between it and the runner-up excludes 0 (decisions.md 1.5)."""
        return self.count > 1 and self.interval(*self.order[:2]).excludes_zero

    @cached_property
    def leads_shares(self) -> np.ndarray:
        """float64, one per candidate: the share of draws in which it brings in the most (decisions.md 1.2)."""
        turn = [self.baseline, *(place for place in range(self.count) if place != self.baseline)]
        first = np.array(turn)[self._drawn.totals[turn].argmax(axis=0)]
        return np.bincount(first, minlength=self.count) / self.draws

    @cached_property
    def beats_shares(self) -> np.ndarray:
        """float64, one per candidate: the share of draws in which it brings in more than the baseline."""
        return np.count_nonzero(self._drawn.totals > self._drawn.totals[self.baseline], axis=1) / self.draws

    def dominant(self, one: int, other: int | None = None) -> tuple[int, float] | None:
        """The customer who makes much of the range of a candidate against another, the baseline, and their share of it (decisions.md 1.4).

        The share is that of the squared deviations from the median difference.
        """
        against = self.baseline if other is None else other
        differences = (self.amounts[one] - self.amounts[against]).astype(float)
        squares = (differences - np.median(differences)) ** 2
        if not squares.any():
            return None
        customer = int(squares.argmax())
        share = float(squares[customer] / squares.sum())
        return (customer, share) if share >= DOMINANT_SHARE else None

    def _differences(self, one: int, other: int) -> np.ndarray:
        """float64 minor units, one per draw: n·Σw·d'/Σw."""
        pair, sign = ((one, other), 1) if (one, other) in self.pairs else ((other, one), -1)
        totals, tails = self._drawn.totals, self._drawn.tails[self.pairs.index(pair)]
        weighed = totals[pair[0]] - totals[pair[1]] + tails
        result: np.ndarray = sign * self.customers * (weighed / np.maximum(self._drawn.weights, 1))
        return result


def _holding(difference: int, low: float, high: float) -> Interval:
    return Interval(difference, min(difference, int(np.floor(low))), max(difference, int(np.ceil(high))))

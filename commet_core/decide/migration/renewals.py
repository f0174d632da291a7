"""When customers can move: at their renewals, and who cannot move at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from commet_core.engine.run import Run
from commet_core.foundation.calendar import period_day
from commet_core.timeline.life import NEVER
from commet_core.timeline.stages import Stage

PERIODS_AHEAD_MAX: Final = 10_000


@dataclass(frozen=True, eq=False)
class Renewals:
    """The renewals of customers who stay where they are.

    starts, ends   int64 microseconds, one per segment; charged: bool: a base price is charged at its start
    """

    run: Run
    starts: list[int]
    ends: list[int]
    charged: list[bool]
    stages: list[Stage]

    @classmethod
    def of(cls, run: Run) -> Renewals:
        timeline = run.timeline
        stages = [run.stages[place] for place in timeline.segments.stages.tolist()]
        return cls(run, timeline.starts.tolist(), timeline.ends.tolist(), run.base.charged.tolist(), stages)

    def segments(self, customer: int) -> range:
        offsets = self.run.timeline.segments.offsets
        return range(int(offsets[customer]), int(offsets[customer + 1]))

    def start(self, customer: int) -> int | None:
        """When a customer first is on a plan; None where it never is."""
        return next((self.starts[place] for place in self.segments(customer) if self.stages[place].plan is not None), None)

    def on(self, customer: int, at: int) -> int | None:
        """The segment that a customer is in at a moment, or that begins then; None where there is none."""
        return next((place for place in self.segments(customer) if self.starts[place] <= at < self.ends[place]), None)

    def next(self, customer: int, since: int, at: int) -> int | None:
        """The first renewal at a moment or after it; None where the customer stops before.

        Of a free plan it is the next reset. since: from when on it has to stay. What lies beyond the window goes on as it is.
        """
        first = self.on(customer, since)
        if first is None:
            return None
        for place in range(first, self.segments(customer).stop):
            stage = self.stages[place]
            if not stage.has_periods:
                return None
            renews = self.charged[place] or (stage.interval is None and stage.state == "active")
            if self.starts[place] >= at and renews:
                return self.starts[place]
        return self._beyond(self.segments(customer).stop - 1, at)

    def _beyond(self, last: int, at: int) -> int | None:
        """The first renewal at a moment or after it of who goes on beyond the window as in its last segment."""
        timeline, stage = self.run.timeline, self.stages[last]
        row, phases, days = int(timeline.segment_phases[last]), timeline.phases, timeline.days
        if int(phases.untils[row]) < NEVER:
            return max(int(phases.untils[row]), at)
        every, stub = stage.interval_periods or 1, int(phases.stubs[row])
        paid_for = stub + (int(timeline.cycles[last]) - stub) // every * every
        for cycle in range(paid_for + every, paid_for + PERIODS_AHEAD_MAX, every):
            day = period_day(int(phases.anchors[row]), int(phases.origins[row]) + cycle, stage.weekly)
            if (begins := days.start(day)) >= max(at, self.ends[last]):
                return int(begins)
        return None


def is_renewal(renewals: Renewals, customer: int, at: int) -> bool:
    """Whether a period begins for a customer at a moment, so that nothing paid for is unused."""
    place = renewals.on(customer, at)
    return place is not None and renewals.starts[place] == at and renewals.charged[place]


def starts_of(renewals: Renewals) -> np.ndarray:
    """int64 microseconds, one per customer; the largest number where it never starts."""
    starts = [renewals.start(customer) for customer in range(renewals.run.customer_count)]
    return np.array([NEVER if start is None else start for start in starts], np.int64)

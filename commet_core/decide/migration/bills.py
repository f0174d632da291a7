"""What customers paid before the move, and would have paid on the new candidate: of their last whole periods, never what follows (7.0)."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from commet_core.engine.fit import PARTS, Fit, fit_by_period
from commet_core.engine.monthly_costs import MONTHS_IN_YEAR, WEEKS_IN_YEAR
from commet_core.engine.run import Run
from commet_core.foundation.money import half_up
from commet_core.scenario.scenario import Scenario

PERIODS: Final = 3


class Bill(NamedTuple):
    """A customer's bill a month, in minor units, with its share of what is paid in advance; asked for and refused in those periods.

    asked: events; refused: millionths of events.
    """

    minor: int
    asked: int
    refused: int


def bills_before(scenario: Scenario, run: Run, at: int) -> list[Bill | None]:
    """One per customer: of its last three whole paid-for periods that end by a moment, in microseconds; None without any."""
    timeline, fit = run.timeline, fit_by_period(scenario, run)
    active = timeline.of_segments(np.array([stage.state == "active" and stage.plan is not None for stage in run.stages]))
    whole = active & timeline.begins & ~timeline.closed_early & (timeline.ends <= at)
    weekly = timeline.of_segments(np.array([stage.weekly for stage in run.stages]))
    offsets = timeline.segments.offsets.tolist()
    found: list[Bill | None] = []
    for first, last in pairwise(offsets):
        places = (np.flatnonzero(whole[first:last]) + first)[-PERIODS:].tolist()
        found.append(_bill(fit, places, weekly) if places else None)
    return found


def _bill(fit: Fit, places: list[int], weekly: np.ndarray) -> Bill:
    asked, refused, cost = fit.asked, fit.refused, fit.cost
    total = sum(int(cost[place]) * (WEEKS_IN_YEAR if weekly[place] else MONTHS_IN_YEAR) for place in places)
    minor = half_up(total, len(places) * PARTS * MONTHS_IN_YEAR)
    return Bill(minor, sum(int(asked[place]) for place in places), sum(int(refused[place]) for place in places))


def is_above(before: Bill | None, after: Bill | None, rise_micros: int) -> bool:
    """Whether a bill rises by more than a share, in millionths; of nothing any bill does."""
    if before is None or after is None:
        return False
    return after.minor > before.minor and (after.minor - before.minor) * 1_000_000 > before.minor * rise_micros


def gains(before: Bill | None, after: Bill | None) -> bool:
    """Whether a customer pays less, and is not refused a larger share for it. Ties stay."""
    if before is None or after is None or after.minor >= before.minor:
        return False
    return after.refused * max(before.asked, 1) <= before.refused * max(after.asked, 1)

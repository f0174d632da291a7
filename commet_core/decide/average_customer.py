"""The average customer's error (decisions.md 2.4): what a plan would bring in if every period had the mean usage of all.

The bill of the mean is not the mean of the bills: allowances and packs bend what a customer pays. Every whole customer-period gets the
mean units of all of them per feature, one total at its start, through the same engine; what that comes to stands beside the replay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from commet_core.engine.periods import whole_periods
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.money import half_up
from commet_core.foundation.sums import exact_sums_by_index
from commet_core.scenario.markets import in_several
from commet_core.usage.usage import Usage


@dataclass(frozen=True)
class AverageCustomer:
    """One candidate. periods: whole customer-periods; replayed, of_the_mean: minor units billed for them."""

    candidate: str
    periods: int
    replayed: int
    of_the_mean: int

    @property
    def error(self) -> int:
        """Minor units by which the average customer is off."""
        return self.of_the_mean - self.replayed


def average_customer(replayed: Replay, candidate: str) -> AverageCustomer | None:
    """A candidate with everybody's usage replaced by the mean; None where no period is whole, features are priced by tokens, or

    customers are in several markets, whose mean would be nobody's.
    """
    if in_several(replayed.scenario):
        return None
    run = replayed.run(candidate)
    whole = whole_periods(run)
    if not whole.any() or run.usage.tokens is not None:
        return None
    update = {"candidates": (run.candidate,), "baseline": "", "window": replayed.window, "rows": "aggregate"}
    scenario = replayed.scenario.model_copy(update=update)
    mean = replay(scenario, _usage_of_means(run, whole)).runs[0]
    billed = int(mean.segment_billed[whole_periods(mean)].sum())
    return AverageCustomer(candidate, int(whole.sum()), int(run.segment_billed[whole].sum()), billed)


def _usage_of_means(run: Run, whole: np.ndarray) -> Usage:
    """The mean units of each feature at the start of every whole period; and nothing, once, at each customer's first event, so
    that its subscription starts when it did.
    """
    timeline, segments = run.timeline, run.timeline.segments
    means = _means(run, whole)
    used, periods = np.flatnonzero(means), int(whole.sum())
    first, last = segments.first_events[segments.offsets[:-1]], segments.last_events[segments.offsets[1:] - 1]
    starting = np.flatnonzero(last > first)
    customers = np.concatenate([starting, np.repeat(timeline.segment_customers[whole], len(used))])
    times = np.concatenate([run.usage.times[first[starting]], np.repeat(timeline.starts[whole], len(used))])
    features = np.concatenate([np.zeros(len(starting), np.int64), np.tile(used, periods)])
    values = np.concatenate([np.zeros(len(starting), np.int64), np.tile(means[used], periods)])
    order = np.lexsort([times, customers])
    counts = np.bincount(customers, minlength=run.customer_count)
    return Usage(
        customers=run.usage.customers.take(pa.array(timeline.customers)),
        features=run.usage.features,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        times=times[order],
        feature_indexes=features[order].astype(np.int16),
        values=values[order],
    )


def _means(run: Run, whole: np.ndarray) -> np.ndarray:
    """int64 micros, one per feature: the mean of all whole periods, rounded half up."""
    cells = whole[run.timeline.cell_segments]
    features = run.timeline.segments.cell_features[cells].astype(np.int64)
    sums = exact_sums_by_index(features, run.cell_demanded[cells], len(run.usage.features))
    return np.array([half_up(total, int(whole.sum())) for total in sums], np.int64)

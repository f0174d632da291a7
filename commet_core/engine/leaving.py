"""Who leaves (decisions.md 4.2): judged on each whole period, at the renewal that follows the first that qualifies.

One hash per customer decides, nested: who leaves where 10 % do leaves where 20 % do.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.engine.fit import fit_by_period
from commet_core.engine.periods import renewals, whole_periods
from commet_core.engine.run import Run
from commet_core.foundation.calendar import moment
from commet_core.foundation.days import Days, whole_days_each
from commet_core.foundation.hashes import within_share
from commet_core.foundation.money import MICROS, micros
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.timeline.segments import Timeline

LEAVING_SALT: Final = 0x9FB21C651E98DF25
_SAFE: Final = 2**62


class Leavers(NamedTuple):
    """Customers who leave: their places in the timeline, ascending, and when (int64 microseconds). because_refused: bool."""

    customers: np.ndarray
    times: np.ndarray
    because_refused: np.ndarray


def leavers(scenario: Scenario, run: Run, baseline: Run, of_baseline: Scenario) -> Leavers:
    """Who leaves under a run; its bills are set against those of the baseline, period by period. of_baseline: the baseline's scenario."""
    timeline, assumed = run.timeline, scenario.assumptions
    fit, whole = fit_by_period(scenario, run), whole_periods(run)
    hashes = run.usage.customer_hashes(scenario.seed)[timeline.customers]
    price = within_share(hashes, LEAVING_SALT, micros(assumed.leaving.share))[timeline.segment_customers]
    refusal = within_share(hashes, LEAVING_SALT, micros(assumed.leaving_refused.share))[timeline.segment_customers]
    dearer = price & _above(fit.cost, _before(of_baseline, run, baseline), micros(assumed.leaving.rise))
    refused = refusal & (fit.refused > micros(assumed.leaving_refused.refused) * fit.asked) & (fit.asked > 0)
    last = _first_renewals(timeline.segments.offsets, whole & (dearer | refused), renewals(run))
    end = timeline.window.span(timeline.days)[1]
    gone = np.flatnonzero(last >= 0)
    gone = gone[timeline.ends[last[gone]] < end]
    qualifying = _firsts(timeline.segments.offsets, whole & (dearer | refused))[gone]
    return Leavers(gone, timeline.ends[last[gone]], ~dearer[qualifying])


def _above(cost: np.ndarray, before: np.ndarray, rise_micros: int) -> np.ndarray:
    """bool: cost > before × (1 + rise), exactly."""
    if max(int(cost.max(initial=0)), int(before.max(initial=0))) * (MICROS + rise_micros) >= _SAFE:
        cost, before = cost.astype(object), before.astype(object)
    return np.asarray(cost * MICROS > before * (MICROS + rise_micros), bool)


def _before(of_baseline: Scenario, run: Run, baseline: Run) -> np.ndarray:
    """int64 parts of a minor unit, as in `fit`, one per segment of the run: what the same customer costs on the baseline in that time.

    That of the period of the same start and end; where there is none, the customer's mean per day on the baseline.
    """
    ours, theirs = run.timeline, baseline.timeline
    cost = fit_by_period(of_baseline, baseline).cost
    keys, wanted = (_key(line.days, line.segment_customers, line.starts) for line in (theirs, ours))
    place = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    same = (keys[place] == wanted) & (theirs.ends[place] == ours.ends)
    days = baseline.by_customer(days_in(theirs))
    total = baseline.by_customer(cost)
    own = ours.segment_customers
    span = days_in(ours)
    mean = np.array(
        [total[c] * d // max(1, days[c]) for c, d in zip(own[~same].tolist(), span[~same].tolist(), strict=True)], np.int64
    )
    before = cost[place].copy()
    before[~same] = mean
    return before


def days_in(line: Timeline) -> np.ndarray:
    """int64, one per segment: whole days in it."""
    found: np.ndarray = whole_days_each(line.days, line.starts, line.ends)
    return found


def _key(days: Days, customers: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """int64, ascending: a customer and a day as one number."""
    return customers.astype(np.int64) * 2**24 + days.of(starts)


def _firsts(offsets: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """int64, one per customer: its first segment that is wanted; -1 where none is."""
    places = np.flatnonzero(wanted)
    nearest = np.append(places, len(wanted))[np.searchsorted(places, offsets[:-1])]
    return np.where(nearest < offsets[1:], nearest, -1)


def _first_renewals(offsets: np.ndarray, qualifies: np.ndarray, renews: np.ndarray) -> np.ndarray:
    """int64, one per customer: the segment with which it leaves, the first renewal from the first that qualifies; -1 for none."""
    first = _firsts(offsets, qualifies)
    places = np.flatnonzero(renews)
    nearest = np.append(places, len(renews))[np.searchsorted(places, np.maximum(first, 0))]
    return np.where((first >= 0) & (nearest < offsets[1:]), nearest, -1)


def cancellations(ids: list[str], times: np.ndarray) -> list[SubscriptionRow]:
    """The rows by which customers leave at moments given in microseconds: a moment before, at the end of what is paid for."""
    rows = zip(ids, times.tolist(), strict=True)
    return [
        SubscriptionRow(customer_id=customer, at=moment(at - 1).isoformat(), action="cancel", when="period_end")
        for customer, at in rows
    ]


def used_after(run: Run, gone: Leavers) -> np.ndarray:
    """bool, one per event of the usage: whether its customer has left by then."""
    usage, dropped = run.usage, np.zeros(run.usage.event_count, bool)
    for customer, at in zip(run.timeline.customers[gone.customers].tolist(), gone.times.tolist(), strict=True):
        first, last = int(usage.offsets[customer]), int(usage.offsets[customer + 1])
        dropped[first + int(np.searchsorted(usage.times[first:last], at)) : last] = True
    return dropped

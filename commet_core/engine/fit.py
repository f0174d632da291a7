"""How a plan suits customers: what it refuses, and what it costs them, over the window or period by period."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.engine.run import Run
from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import part_floor
from commet_core.rating.level_charges import LINE_KIND_OF
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.segments import Segments
from commet_core.timeline.stages import periods_paid, plan_on

PARTS: Final = 27_720
"""What each number of billing periods divides that a payment can be for, 1 to 12."""


class Fit(NamedTuple):
    """How plans suit: int64, one entry per customer or per billing period.

    asked    events asked for while subscribed
    refused  millionths of those that were refused; of totals, each feature's refused share of its units counts for all its rows
    cost     in units that are the same for all that is compared
    """

    asked: np.ndarray
    refused: np.ndarray
    cost: np.ndarray

    def within(self, share_max_micros: int) -> np.ndarray:
        """bool: no more than the share is refused."""
        return self.refused <= share_max_micros * self.asked


def suits_better(fit: Fit, present: Fit, share_max_micros: int) -> np.ndarray:
    """bool: the fit is better than the present one."""
    within, present_within = fit.within(share_max_micros), present.within(share_max_micros)
    cheaper = fit.cost < present.cost
    refuses = _compared_shares(fit.refused, fit.asked, present.refused, present.asked)
    refuses_less = (refuses < 0) | ((refuses == 0) & cheaper)
    return np.where(within, ~present_within | cheaper, ~present_within & refuses_less)


@compiled
def _compared_shares(refused, asked, other_refused, other_asked):  # type: ignore[no-untyped-def]
    """int64, one per entry: below 0 where refused ÷ asked is the smaller share, above where it is the larger, 0 where it is neither.

    A customer who is on one plan longer than it would be on another has asked for more there. Of nothing asked for nothing is refused.
    """
    signs = np.empty(len(refused), np.int64)
    for row in range(len(refused)):
        whole, other_whole = max(asked[row], 1), max(other_asked[row], 1)
        share, other_share = refused[row] // whole, other_refused[row] // other_whole
        rest, other_rest = refused[row] - share * whole, other_refused[row] - other_share * other_whole
        if share != other_share:
            signs[row] = share - other_share
        elif part_floor(other_whole, rest, whole) < other_rest:
            signs[row] = -1
        else:
            signs[row] = part_floor(whole, other_rest, other_whole) < rest
    return signs


def fit_over_the_window(scenario: Scenario, run: Run) -> Fit:
    """One entry per customer; cost: minor units billed."""
    refused = _refused(scenario, run, run.timeline.segments.offsets)
    rises, rises_refused = _rises(run)
    asked = run.by_customer(np.where(_subscribed(run), run.segment_events, 0) + rises)
    return Fit(asked, refused + run.by_customer(rises_refused), run.customer_billed.copy())


def fit_by_period(scenario: Scenario, run: Run) -> Fit:
    """One entry per segment; cost: `PARTS` of a minor unit, each period with its share of what is paid in advance (15.8)."""
    timeline = run.timeline
    refused = _refused(scenario, run, np.arange(timeline.segment_count + 1))
    periods = timeline.of_segments(np.array([periods_paid(stage) for stage in run.stages]))
    base = PARTS * (run.base.amounts + run.base.discounts) // periods
    variable = PARTS * (run.segment_overage + run.segment_purchases)
    cost = base + variable + _commitment_shares(scenario.catalog, run)
    rises, rises_refused = _rises(run)
    if run.held is not None:
        true_ups = sum(run.held.segment_true_up_minor(kind) for kind in LINE_KIND_OF.values())
        cost += run.held.segment_share_minor(PARTS) + PARTS * true_ups
    if run.add_ons is not None:
        cost += run.add_ons.segment_share_minor(run.timeline, run.stages, PARTS)
    return Fit(run.segment_events + rises, refused + rises_refused, cost)


def _commitment_shares(catalog: Catalog, run: Run) -> np.ndarray:
    """int64 `PARTS` of a minor unit, one per segment: its part of what a commitment per interval was short of (15.8)."""
    if len(run.committed.segments) == 0:
        return np.zeros(run.timeline.segment_count, np.int64)
    plans = [None if stage.plan is None else plan_on(catalog, stage) for stage in run.stages]
    per_interval = np.array([plan is not None and plan.commits_per_interval for plan in plans])
    parts = np.array([PARTS // periods_paid(stage) for stage in run.stages])
    due = np.where(run.timeline.of_segments(per_interval), run.segment_commitment, 0)
    shares: np.ndarray = _of_intervals(run.timeline.segment_phases, run.base.paid_until, due)
    return shares * run.timeline.of_segments(parts)


@compiled
def _of_intervals(phases, paid_until, due):  # type: ignore[no-untyped-def]
    """What is due at the end of the last segment of an interval, for each segment of it."""
    spread = due.copy()
    for segment in range(len(due) - 2, -1, -1):
        if phases[segment] == phases[segment + 1] and paid_until[segment] == paid_until[segment + 1]:
            spread[segment] = spread[segment + 1]
    return spread


# What is refused.


def _rises(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """How often more seats or quota were asked for while subscribed, and millionths of those refused: int64, one per segment.

    A rise that is refused counts as an event refused (billing-rules 10.4).
    """
    if run.held is None:
        return np.zeros(run.timeline.segment_count, np.int64), np.zeros(run.timeline.segment_count, np.int64)
    subscribed = _subscribed(run)
    return np.where(subscribed, run.held.rises.asked, 0), np.where(subscribed, MICROS * run.held.rises.refused, 0)


def _refused(scenario: Scenario, run: Run, offsets: np.ndarray) -> np.ndarray:
    """Millionths of events refused in groups of segments; group g is the segments offsets[g] to offsets[g + 1].

    What is refused in a pause, or before a start, is not the plan's doing.
    """
    cells = run.cell_demanded, run.cell_blocked_events, run.cell_blocked_units
    rows = *cells, len(run.usage.features), scenario.rows == "aggregate"
    refused: np.ndarray = _refused_in(offsets, run.timeline.segments, _subscribed(run), *rows)
    return refused


def _subscribed(run: Run) -> np.ndarray:
    """bool, one per segment: the customer is on a plan in it, in trial or active."""
    return run.timeline.of_segments(np.array([stage.has_periods for stage in run.stages]))


@compiled
def _refused_in(  # type: ignore[no-untyped-def]
    offsets, segments: Segments, subscribed, demanded, blocked_events, blocked_units, feature_count, totals
):
    refused = np.zeros(len(offsets) - 1, np.int64)
    rows, asked, blocked = (
        np.zeros(feature_count, np.int64),
        np.zeros(feature_count, np.int64),
        np.zeros(feature_count, np.int64),
    )
    for group in range(len(offsets) - 1):
        for segment in range(offsets[group], offsets[group + 1]):
            if not subscribed[segment]:
                continue
            for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
                feature = segments.cell_features[cell]
                rows[feature] += segments.cell_events[cell]
                asked[feature] += demanded[cell]
                blocked[feature] += blocked_units[cell]
                refused[group] += 0 if totals else MICROS * blocked_events[cell]
        for cell in range(segments.cell_offsets[offsets[group]], segments.cell_offsets[offsets[group + 1]]):
            feature = segments.cell_features[cell]
            if totals and asked[feature] > 0:  # the share, rounded up to millionths
                served = part_floor(MICROS, asked[feature] - blocked[feature], asked[feature])
                refused[group] += rows[feature] * (MICROS - served)
            rows[feature], asked[feature], blocked[feature] = 0, 0, 0
    return refused

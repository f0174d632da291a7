"""What the kernels of spend caps, packs that expire and corrections share (billing-rules 15.3, 15.5, 15.7).

A candidate that uses none of them is replayed by kernels that know nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.beyond import SpendCap
from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import nanos
from commet_core.rating.admission import UNITS, Events
from commet_core.rating.model import Setting
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.stages import Stage, plan_on
from commet_core.usage.usage import Usage

NO_CAP: Final = -1

NEVER: Final = 2**62
"""A moment, in microseconds, after every window."""

SPEND_CAP: Final = 5
"""Place of the reason in `admission.REASONS`."""


class Caps(NamedTuple):
    """Spend caps, one entry per stage.

    amounts  int64 nanos; NO_CAP where there is none
    free     bool: usage beyond it is free; else it is refused
    """

    amounts: np.ndarray
    free: np.ndarray


class Corrections(NamedTuple):
    """Usage rows below zero, ascending by event (billing-rules 15.7): int64.

    events   of the usage
    offsets  micros that each gave back, as a kernel writes it
    """

    events: np.ndarray
    offsets: np.ndarray


class BeyondBasis(NamedTuple):
    """What these kernels go by beside what the others do. times: int64 microseconds, one per event."""

    times: np.ndarray
    caps: Caps
    corrections: Corrections


class BeyondOutcome(NamedTuple):
    """What these kernels write beside what the others do; all arrays are empty where no such kernel is used.

    cell_events  int64, one per cell: events refused by the cap, whole or in part
    cell_units   int64 micros, one per cell: units refused by the cap
    corrected    int64 micros, one per cell: units given back
    reached_at   int64 microseconds, one per segment: when the cap was reached; NEVER where it was not
    free         int64 nanos, one per segment: what was free as it lay beyond the cap would have cost
    """

    cell_events: np.ndarray
    cell_units: np.ndarray
    corrected: np.ndarray
    reached_at: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, segment_count: int, cell_count: int) -> BeyondOutcome:
        """Room for so many segments and cells."""
        return cls(
            np.zeros(cell_count, np.int64),
            np.zeros(cell_count, np.int64),
            np.zeros(cell_count, np.int64),
            np.full(segment_count, NEVER, np.int64),
            np.zeros(segment_count, np.int64),
        )


@dataclass(frozen=True, eq=False)
class Beyond:
    """What a candidate's kernel is given and writes where it is one of these."""

    basis: BeyondBasis
    outcome: BeyondOutcome

    @property
    def caps(self) -> Caps:
        return self.basis.caps

    @property
    def corrections(self) -> Corrections:
        return self.basis.corrections


class Counts(NamedTuple):
    """What happened in the segment at hand, one entry per feature: int64.

    served  micros of units served and not given back
    capped  events refused by the cap
    capped_units  micros refused by it
    corrected  micros of units given back
    """

    served: np.ndarray
    capped: np.ndarray
    capped_units: np.ndarray
    corrected: np.ndarray


def spend_cap_of(catalog: Catalog, candidate: Candidate, stage: Stage) -> SpendCap | None:
    """The cap on a stage: the candidate's, in whose place it has one, else the plan's; none while paused or canceled."""
    if stage.plan is None or not stage.has_periods:
        return None
    own, of_plan = candidate.spend_cap, plan_on(catalog, stage).spend_cap
    if own is None:
        return of_plan
    return SpendCap(amount=own.amount, beyond=own.beyond or ("block" if of_plan is None else of_plan.beyond))


def caps_of(catalog: Catalog, candidate: Candidate, stages: Sequence[Stage]) -> Caps:
    """The caps of stages."""
    caps = [spend_cap_of(catalog, candidate, stage) for stage in stages]
    amounts = np.array([NO_CAP if cap is None else nanos(cap.amount) for cap in caps], np.int64)
    return Caps(amounts, np.array([cap is not None and cap.beyond == "free" for cap in caps]))


def has_corrections(usage: Usage) -> bool:
    """Whether any row is below zero."""
    found: bool = usage.derived("has corrections", lambda: bool((usage.values < 0).any()))
    return found


def corrections_of(setting: Setting) -> Corrections:
    """The usage's rows below zero. Raises InputError where a plan prices their feature by tokens (billing-rules 15.7)."""
    if not has_corrections(setting.usage):
        return Corrections(np.empty(0, np.int64), np.empty(0, np.int64))
    events = np.flatnonzero(setting.usage.values < 0)
    plans = [plan_on(setting.catalog, stage) for stage in setting.subscription.stages if stage.plan is not None]
    by_tokens = {code for plan in plans for code, terms in plan.features.items() if terms.by_tokens}
    corrected = {setting.usage.features[feature] for feature in np.unique(setting.usage.feature_indexes[events]).tolist()}
    if wrong := sorted(corrected & by_tokens):
        what = f"{', '.join(map(repr, wrong))} is priced by tokens, and takes no corrections"
        fix = "Take its rows below zero out of the usage, or give the feature a unit_price"
        raise InputError.of(f"candidate {setting.candidate.name!r}, corrections", what, fix)
    return Corrections(events, np.zeros(len(events), np.int64))


def beyond_of(setting: Setting, *, by_lots: bool = False) -> Beyond | None:
    """What it takes to replay a candidate by one of these kernels; None where the model's own does.

    by_lots: it has packs that expire. Raises InputError as `corrections_of`.
    """
    caps = caps_of(setting.catalog, setting.candidate, setting.subscription.stages)
    corrections = corrections_of(setting)
    if not (by_lots or len(corrections.events) or (caps.amounts != NO_CAP).any()):
        return None
    timeline = setting.timeline
    basis = BeyondBasis(setting.usage.times, caps, corrections)
    return Beyond(basis, BeyondOutcome.of(timeline.segment_count, len(timeline.cell_units)))


@compiled
def no_counts(feature_count):  # type: ignore[no-untyped-def]
    """Room to count in segments, of so many features."""
    zeros = np.zeros((4, feature_count), np.int64)
    return Counts(zeros[0], zeros[1], zeros[2], zeros[3])


@step
def count(counts: Counts, feature, value, units, reason):  # type: ignore[no-untyped-def]
    """Counts an event of which so many units are served, and what of it the cap refuses; with all refused that is counted as well."""
    if value >= 0:
        counts.served[feature] += units
    if reason == SPEND_CAP:
        counts.capped[feature] += 1
        counts.capped_units[feature] += value - units


@step
def correct(counts: Counts, corrections: Corrections, events: Events, event):  # type: ignore[no-untyped-def]
    """The micros that a row below zero gives back: of what was served of its feature in the segment before, at most that."""
    feature = events.features[event]
    offset = min(-events.values[event], counts.served[feature])
    corrections.offsets[np.searchsorted(corrections.events, event)] = offset
    counts.served[feature] -= offset
    counts.corrected[feature] += offset
    return offset


@step
def close_counts(counts: Counts, cell, feature, admitted, outcome: BeyondOutcome):  # type: ignore[no-untyped-def]
    """Writes what was counted of a feature in the segment that ends, after `close_cell`; counting starts anew."""
    admitted.cells[UNITS, cell] -= counts.corrected[feature]
    outcome.cell_events[cell] = counts.capped[feature]
    outcome.cell_units[cell] = counts.capped_units[feature]
    outcome.corrected[cell] = counts.corrected[feature]
    counts.served[feature] = 0
    counts.capped[feature] = 0
    counts.capped_units[feature] = 0
    counts.corrected[feature] = 0

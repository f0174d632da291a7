"""Stubs (billing-rules 2.2): periods from a start on another day up to the plan's billing day, on stages that say what part they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from commet_core.foundation.calendar import period_start
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage, Stub


def with_stubs(timeline: Timeline, stages: Sequence[Stage]) -> tuple[Timeline, tuple[Stage, ...]]:
    """The timeline with stages of their own in stubs, and all stages; as they are where there are no stubs."""
    is_stub = timeline.of_phases(timeline.phases.stubs) & (timeline.cycles == 0)
    if not is_stub.any():
        return timeline, tuple(stages)
    listed = {stage: place for place, stage in enumerate(stages)}
    segments, within = timeline.segments, timeline.within
    own_stages = segments.stages.copy()
    rows = np.flatnonzero(is_stub)
    own_stages[rows] = _moved(timeline, stages, rows, segments.stages[rows], listed)
    inside = np.flatnonzero(is_stub[within.segments])
    changed = within.stages.copy()
    changed[inside] = _moved(timeline, stages, within.segments[inside], within.stages[inside], listed)
    moved = replace(
        timeline, segments=segments._replace(stages=own_stages), within=within._replace(stages=changed), _paid_until={}
    )
    return moved, tuple(listed)


def _moved(
    timeline: Timeline, stages: Sequence[Stage], segments: np.ndarray, places: np.ndarray, listed: dict[Stage, int]
) -> np.ndarray:
    """int64: the places of stages, one per segment, as stages of those stubs; new ones come into the list."""
    every = np.array([stage.interval_periods or 1 for stage in stages], np.int64)
    phases, rows = timeline.phases, timeline.segment_phases[segments]
    anchors, periods = phases.anchors[rows], every[places]
    ends = period_start(anchors, 1, weekly=False)
    days = ends - timeline.days.not_begun(phases.starts[rows])
    columns = places.astype(np.int64), days, ends - anchors, ends - period_start(anchors, 1 - periods, weekly=False)
    kinds, which = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    found = [listed.setdefault(replace(stages[place], stub=Stub(*stub)), len(listed)) for place, *stub in kinds.tolist()]
    return np.array(found, np.int64)[which]

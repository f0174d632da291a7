"""Terms that change while phases go on (billing-rules 8.7): from a segment's start, or inside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.timeline.phases import Changes
from commet_core.timeline.segments import Segments, Timeline, Within
from commet_core.timeline.treatments import NOT_IN_PLAN
from commet_core.usage.usage import Usage


def with_terms(timeline: Timeline, changes: Changes, times: np.ndarray) -> Timeline:
    """A timeline whose phases have changes of terms. times: int64 microseconds, of the usage's events."""
    if len(changes.rows) == 0:
        return timeline
    bounds = np.searchsorted(timeline.segment_phases, np.stack([changes.rows, changes.rows + 1]))
    segments = timeline.segments
    stages, inside = segments.stages.copy(), Within(*(np.zeros(len(changes.rows), np.int64) for _ in Within._fields))
    spans = segments.first_events, segments.last_events, timeline.starts, timeline.ends
    count = _apply(*changes, *bounds, *spans, times, stages, inside)
    within = Within(*(column[:count] for column in inside))
    return replace(timeline, segments=segments._replace(stages=stages), within=within, _paid_until={})


@compiled
def _apply(  # type: ignore[no-untyped-def]
    rows, at, new_stages, firsts, lasts, first_events, last_events, starts, ends, times, stages, within: Within
):
    """Sets the stages of segments that begin at a change or after it; fills and counts those inside of one."""
    count = 0
    for change in range(len(rows)):
        for segment in range(firsts[change], lasts[change]):
            if starts[segment] >= at[change]:
                stages[segment] = new_stages[change]
            elif ends[segment] > at[change]:
                first, last = first_events[segment], last_events[segment]
                within.segments[count] = segment
                within.events[count] = first + np.searchsorted(times[first:last], at[change])
                within.stages[count] = new_stages[change]
                within.times[count] = at[change]
                count += 1
    return count


def count_not_in_plan(timeline: Timeline, kinds: np.ndarray, usage: Usage, counts: np.ndarray, units: np.ndarray) -> None:
    """Counts, in the cells of segments whose terms change inside, the events of features that the plan did not have then.

    kinds: int8, a row per stage, an entry per feature. counts: int64, one per cell; units: the same, micros asked for by them.
    """
    features = usage.feature_indexes.view(np.uint16)
    _count_not_in_plan(timeline.segments, timeline.within, kinds, features, usage.values, counts, units)


@compiled
def _count_not_in_plan(  # type: ignore[no-untyped-def]
    segments: Segments, within: Within, kinds, features, values, counts, units
):
    change = 0
    while change < len(within.segments):
        segment = within.segments[change]
        stage, event = np.int64(segments.stages[segment]), segments.first_events[segment]
        first_cell, last_cell = segments.cell_offsets[segment], segments.cell_offsets[segment + 1]
        counts[first_cell:last_cell] = 0
        units[first_cell:last_cell] = 0
        while event < segments.last_events[segment]:
            while change < len(within.segments) and within.segments[change] == segment and within.events[change] <= event:
                stage = within.stages[change]
                change += 1
            if kinds[stage, features[event]] == NOT_IN_PLAN and values[event] >= 0:  # a correction is not refused
                for cell in range(first_cell, last_cell):
                    if segments.cell_features[cell] == features[event]:
                        counts[cell] += 1
                        units[cell] += values[event]
            event += 1
        while change < len(within.segments) and within.segments[change] == segment:
            change += 1

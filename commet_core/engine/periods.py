"""Whole billing periods of a run, and where a paid interval ends."""

from __future__ import annotations

import numpy as np

from commet_core.engine.run import Run


def whole_periods(run: Run) -> np.ndarray:
    """bool, one per segment: a billing period on a plan that is paid for or free, from its start to its end."""
    timeline = run.timeline
    active = timeline.of_segments(np.array([stage.state == "active" for stage in run.stages]))
    return active & timeline.begins & ~timeline.closed_early


def renewals(run: Run) -> np.ndarray:
    """bool, one per segment: a subscription can end with it: what is paid for runs out (billing-rules 8.4); on a free plan always.

    A one-time price has no renewal.
    """
    timeline = run.timeline
    free = np.array([stage.interval is None and stage.state == "active" for stage in run.stages])
    lengths = np.array([max(stage.interval_periods, 0) for stage in run.stages], np.int64)
    length = timeline.of_segments(lengths)
    places = timeline.cycles + timeline.of_phases(timeline.phases.origins)
    ends_interval = (length > 0) & ((places + 1) % np.maximum(length, 1) == 0)
    return (timeline.of_segments(free) | ends_interval) & ~timeline.closed_early

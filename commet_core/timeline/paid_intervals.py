"""Paid intervals: from one charge in advance to the next, as seats, quota and add-ons have them (billing-rules 10.1).

They are those of the base price; on plans that are free or paid once months are intervals of their own. A trial is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage


class PaidIntervals(NamedTuple):
    """One entry per segment.

    begins               bool: an interval begins with it, or one that began before the window goes on
    charged              bool: what is paid in advance is charged at its start
    of_months            bool: its plan has months of their own
    start_days           int64 day number: the first of the interval that it lies in
    end_days             int64 day number: the one after the last, if nothing ends it early
    whole_days           int64: days of the whole interval that ends with it, of which a stub has a part (billing-rules 2.2)
    """

    begins: np.ndarray
    charged: np.ndarray
    of_months: np.ndarray
    start_days: np.ndarray
    end_days: np.ndarray
    whole_days: np.ndarray


def paid_intervals(timeline: Timeline, stages: Sequence[Stage]) -> PaidIntervals:
    """The intervals of a timeline; of a stage without billing periods nothing that counts."""
    of_months = timeline.of_segments(np.array([has_months_of_its_own(stage) for stage in stages]))
    trial = timeline.of_segments(np.array([stage.state == "trial" for stage in stages]))
    every = np.array([stage.interval_periods or 1 for stage in stages])
    starts, ends = (timeline.interval_days(stages, every, periods) for periods in (np.zeros_like(every), every))
    start_days = np.where(trial, timeline.days.of(timeline.of_phases(timeline.phases.starts)), starts)
    end_days = np.where(trial, timeline.days.of(timeline.of_phases(timeline.phases.untils)), ends)
    of_stubs = timeline.of_segments(np.array([0 if stage.stub is None else stage.stub.of_interval for stage in stages]))
    charges = timeline.charges(stages)
    first_of_phase = np.append(True, timeline.segment_phases[1:] != timeline.segment_phases[:-1])
    return PaidIntervals(
        begins=first_of_phase[: timeline.segment_count] | charges | of_months,
        charged=charges | (of_months & timeline.begins),
        of_months=of_months,
        start_days=start_days,
        end_days=end_days,
        whole_days=np.where(of_stubs > 0, of_stubs, np.maximum(end_days - start_days, 1)),
    )


def has_months_of_its_own(stage: Stage) -> bool:
    """Whether a stage is active without a base price that is charged again: free, or paid once."""
    return stage.state == "active" and stage.plan is not None and stage.interval_periods == 0

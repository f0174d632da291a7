"""Blocked usage (billing-rules 3.4): what was refused, feature by feature, and why."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyarrow as pa

from commet_core.admission import ALLOWANCE_EXHAUSTED, REASONS, REFUSED_NOT_IN_PLAN
from commet_core.money import MICRO_DECIMALS, decimal_of
from commet_core.replay import Replay
from commet_core.run import Run
from commet_core.tables import UNIT_TYPE
from commet_core.totals import exact_sum


@dataclass(frozen=True)
class BlockedFeature:
    """What one candidate refused of one feature. A plan has a feature or not, so that there is one reason for each.

    share      refused units ÷ units asked for
    customers  those that were refused the feature at least once
    """

    candidate: str
    feature: str
    reason: str
    events: int
    blocked_events: int
    demanded: Decimal
    blocked: Decimal
    share: Fraction
    customers: int


def blocked_features(replayed: Replay) -> list[BlockedFeature]:
    """The features that each candidate refused something of, in the scenario's order."""
    return [
        found
        for run in replayed.runs
        for feature in range(len(run.usage.features))
        if (found := _blocked(run, feature)).blocked_events > 0
    ]


def _blocked(run: Run, feature: int) -> BlockedFeature:
    timeline = run.timeline
    cells = timeline.segments.cell_features == feature
    refused = np.flatnonzero(cells & (run.cell_blocked_events > 0))
    demanded, blocked = exact_sum(timeline.cell_units[cells]), exact_sum(run.cell_blocked_units[cells])
    name = run.usage.features[feature]
    return BlockedFeature(
        candidate=run.candidate.name,
        feature=name,
        reason=REASONS[ALLOWANCE_EXHAUSTED if name in run.plan.features else REFUSED_NOT_IN_PLAN],
        events=int(timeline.cell_events[cells].sum()),
        blocked_events=int(run.cell_blocked_events[cells].sum()),
        demanded=decimal_of(demanded, MICRO_DECIMALS),
        blocked=decimal_of(blocked, MICRO_DECIMALS),
        share=Fraction(blocked, demanded) if demanded else Fraction(0),
        customers=len(np.unique(timeline.segment_customers[timeline.cell_segments[refused]])),
    )


def blocked_table(replayed: Replay) -> pa.Table:
    """`blocked_features` as a table; share to six decimals."""
    found = blocked_features(replayed)
    share = [Decimal(one.share.numerator) / Decimal(one.share.denominator) for one in found]
    return pa.table(
        {
            "candidate": pa.array([one.candidate for one in found], pa.string()),
            "feature": pa.array([one.feature for one in found], pa.string()),
            "reason": pa.array([one.reason for one in found], pa.string()),
            "events": pa.array([one.events for one in found], pa.int64()),
            "blocked_events": pa.array([one.blocked_events for one in found], pa.int64()),
            "demanded": pa.array([one.demanded for one in found], UNIT_TYPE),
            "blocked": pa.array([one.blocked for one in found], UNIT_TYPE),
            "blocked_share": pa.array([round(one, MICRO_DECIMALS) for one in share], UNIT_TYPE),
            "customers": pa.array([one.customers for one in found], pa.int64()),
        }
    )

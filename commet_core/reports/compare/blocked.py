"""Blocked usage (billing-rules 3.4): what was refused, feature by feature, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import UNIT_TYPE
from commet_core.foundation.money import MICRO_DECIMALS, decimal_of
from commet_core.foundation.sums import exact_sum, less
from commet_core.foundation.vocabulary import REFUSAL_REASONS, RefusalReason
from commet_core.rating.admission import ALLOWANCE_EXHAUSTED, REASONS, REFUSED_NOT_IN_PLAN
from commet_core.timeline.add_on_spells import feature_code
from commet_core.timeline.treatments import NOT_IN_PLAN


@dataclass(frozen=True)
class BlockedFeature:
    """What one candidate refused of one feature for one reason.

    events, demanded   all that was asked for of the feature
    share              units refused for this reason ÷ units asked for
    customers          those that were refused the feature for this reason at least once
    """

    candidate: str
    feature: str
    reason: RefusalReason
    events: int
    blocked_events: int
    demanded: Decimal
    blocked: Decimal
    share: Fraction
    customers: int


def blocked_features(replayed: Replay) -> list[BlockedFeature]:
    """What each candidate refused of each feature, reason by reason, in the order of the scenario and the usage."""
    return [
        found
        for runs in replayed.runs_by_candidate()
        for feature in dict.fromkeys(feature_code(name) for run in runs for name in run.usage.features)
        for reason in REFUSAL_REASONS
        if (found := _blocked(runs, feature, reason)).blocked_events > 0
    ]


def _blocked(runs: Sequence[Run], feature: str, reason: RefusalReason) -> BlockedFeature:
    """runs: of one candidate."""
    named = [[place for place, name in enumerate(run.usage.features) if feature_code(name) == feature] for run in runs]
    of_runs = [_refused(run, places, reason) for run, places in zip(runs, named, strict=True) if places]
    whole = _Refused(*map(sum, zip(*of_runs, strict=True)))
    return BlockedFeature(
        candidate=runs[0].candidate.name,
        feature=feature,
        reason=reason,
        events=whole.events,
        blocked_events=whole.blocked_events,
        demanded=decimal_of(whole.demanded_micros, MICRO_DECIMALS),
        blocked=decimal_of(whole.blocked_micros, MICRO_DECIMALS),
        share=Fraction(whole.blocked_micros, whole.demanded_micros) if whole.demanded_micros else Fraction(0),
        customers=whole.customers,
    )


class _Refused(NamedTuple):
    """Of a feature and a reason, as `BlockedFeature` has it; of customers of several runs, who are others in each, it adds up."""

    events: int
    blocked_events: int
    demanded_micros: int
    blocked_micros: int
    customers: int


def _refused(run: Run, places: Sequence[int], reason: RefusalReason) -> _Refused:
    timeline = run.timeline
    cells = np.isin(timeline.segments.cell_features, places)
    of_reason, units = _refused_for(run, reason)
    refused = np.flatnonzero(cells & (of_reason > 0))
    return _Refused(
        events=int(timeline.cell_events[cells].sum()),
        blocked_events=int(of_reason[refused].sum()),
        demanded_micros=exact_sum(run.cell_demanded[cells]),
        blocked_micros=exact_sum(units[refused]),
        customers=len(np.unique(timeline.segment_customers[timeline.cell_segments[refused]])),
    )


def _refused_for(run: Run, reason: RefusalReason) -> tuple[np.ndarray, np.ndarray]:
    """int64, one per cell: events refused for a reason, and micros of units. A cap, and a plan that has a feature only from or until
    a day of the period, refuse beside another reason.
    """
    if reason == "spend_cap":
        return run.cell_capped_events, run.cell_capped_units
    if reason == "not_in_plan":
        return run.cell_not_in_plan_events, run.cell_not_in_plan_units
    is_reason = _reasons(run) == REASONS.index(reason)
    events = less(run.cell_blocked_events, run.cell_capped_events, run.cell_not_in_plan_events)
    units = less(run.cell_blocked_units, run.cell_capped_units, run.cell_not_in_plan_units)
    return np.where(is_reason, events, 0), np.where(is_reason, units, 0)


def _reasons(run: Run) -> np.ndarray:
    """int8 index into REASONS, one per cell: why something of it is refused, if it is, those aside that stand beside another."""
    kinds = run.cell_kinds
    whole = kinds - NOT_IN_PLAN + REFUSED_NOT_IN_PLAN  # of features that the stage refuses, in the order of REASONS
    return run.derived("refusal reasons", lambda: np.where(kinds > NOT_IN_PLAN, whole, ALLOWANCE_EXHAUSTED))


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

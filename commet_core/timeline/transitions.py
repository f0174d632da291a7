"""Transitions: what it is called when a customer comes from one stage to the next (billing-rules 7, 8)."""

from __future__ import annotations

from commet_core.catalog.plans import Catalog
from commet_core.foundation.vocabulary import INTERVALS, Transition
from commet_core.timeline.stages import Stage

PLAN_CHANGES: frozenset[Transition] = frozenset({"upgrade", "downgrade", "longer", "shorter"})


def transition(catalog: Catalog, before: Stage, after: Stage) -> Transition:
    """What brought a customer from one stage to the one that follows."""
    if before.plan is None:
        return "start"
    if after.state == "paused":
        return "pause"
    if after.state == "canceled":
        return "cancel"
    if before.state == "paused":
        return "resume"
    if before.state == "canceled":
        return "reactivate"
    if (before.plan, before.interval) == (after.plan, after.interval):
        return "trial_end" if before.state == "trial" else "renewal"
    return _change(catalog, before, after)


def _change(catalog: Catalog, before: Stage, after: Stage) -> Transition:
    """Free to paid is a move up, paid to free one down; else the interval decides before the plans' order (billing-rules 8.1)."""
    if (before.interval is None) != (after.interval is None):
        return "upgrade" if before.interval is None else "downgrade"
    if before.interval is not None and after.interval is not None and before.interval != after.interval:
        return "longer" if INTERVALS.index(after.interval) > INTERVALS.index(before.interval) else "shorter"
    assert before.plan is not None
    assert after.plan is not None
    group = catalog.group_of(before.plan, after.plan)
    return "upgrade" if group.index(after.plan) > group.index(before.plan) else "downgrade"

"""What trials, changes, pauses, cancellations, offers and purchases by actions did to a customer (billing-rules 7-9)."""

from __future__ import annotations

import numpy as np

from commet_core.foundation.wording import counted_were
from commet_core.rating.admission import REASONS
from commet_core.reports.statement import Statement
from commet_core.reports.statement.reasons import Reason, refused_count, stages_of


def life_reasons(statement: Statement) -> list[Reason]:
    """What trials, changes, pauses, cancellations, offers and purchases by actions did, where there are any."""
    run, segments = statement.run, statement.segments
    states = {stage.state for stage in stages_of(statement) if stage.plan is not None}
    began = np.unique(run.timeline.segment_phases[segments])
    immediate = bool(run.timeline.phases.changed[began].any())
    reasons = {
        Reason("During the trial nothing is charged for the base, and usage stops at what is included.", "7.2"): "trial"
        in states,
        Reason(
            "An upgrade or a longer interval is immediate: the new base price in full, less the old one's unused days; "
            "allowances and the billing cycle begin anew. Purchased credits stay.",
            "8.1, 8.2, 8.3",
        ): immediate,
        Reason("A downgrade or a shorter interval takes effect at the end of what is paid for.", "8.1"): _goes_down(statement),
        Reason(
            f"While paused nothing is charged and what is asked for is refused: {counted_were(refused_count(statement, REASONS.index('paused')), 'event')} "
            "refused. Resuming begins a new billing cycle.",
            "8.5",
        ): "paused" in states,
        Reason(
            "After a cancellation plan credits and balance are lost, purchased credits are kept, and what is asked for is refused.",
            "8.4",
        ): "canceled" in states,
        Reason("An offer discounts the base price alone.", "9.1"): bool(run.segment_discount[segments].any()),
        Reason("Packs and top-ups of actions are there at once, as invoices of their own.", "8.6"): any(
            acted.adjusts is None for acted in statement.acted
        ),
        Reason(
            "Adjustments give and take without a charge, and take no more than is there; what is given to plan credits or "
            "balance lapses with them.",
            "8.6",
        ): any(acted.adjusts is not None for acted in statement.acted),
    }
    return [reason for reason, holds in reasons.items() if holds]


def _goes_down(statement: Statement) -> bool:
    """Whether a stage on another plan or interval begins without an immediate change."""
    timeline, segments = statement.run.timeline, statement.segments
    steps = np.flatnonzero(np.diff(timeline.segment_phases[segments])) + 1
    stages = [statement.run.stages[stage] for stage in statement.segment_stages.tolist()]
    kinds = [(stage.plan, stage.interval) for stage in stages]
    changed = timeline.phases.changed[timeline.segment_phases[segments]]
    return any(
        kinds[step - 1][0] is not None and kinds[step - 1] != kinds[step] and not changed[step] for step in steps.tolist()
    )

"""A customer of a line-up moves up from one of its plans to the next (billing-rules 8.2, 9.1)."""

from __future__ import annotations

from dataclasses import replace

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from commet_core.timeline.actions.changing import credit_for_unused_days
from commet_core.timeline.adopting import entered
from commet_core.timeline.advancing import advance, go_on
from commet_core.timeline.entering import enter, new_cycle
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life
from commet_core.timeline.stages import Stage


def move_stage(catalog: Catalog, candidate: Candidate, stage: Stage, plan: str) -> Stage | None:
    """The stage of a customer of a line-up on another of its plans, without an offer (billing-rules 9.1).

    None where that plan has no price for the interval.
    """
    terms = catalog.plans[plan]
    interval = (candidate.interval or terms.default_interval()) if stage.interval is None else stage.interval
    return replace(stage, plan=plan, interval=interval, offer=None, promo_code=None) if interval in terms.prices else None


def move_up(life: Life, candidate: Candidate, plan: str, at: int) -> None:
    """A customer of a line-up moves up where a period ends: at a renewal in its place, else as an immediate change (8.2).

    A cancellation that takes effect at that moment comes first, and leaves nobody to move. Raises Impossible where the plan has
    no price for the interval.
    """
    if life.offer_at == at:
        life.next_offer = life.offer_at = None
    advance(life, at)
    present = life.present
    if present.stage.state != "active":
        return
    stage = move_stage(life.catalog, candidate, present.stage, plan)
    if stage is None:
        raise Impossible(
            "interval", f"plan {plan!r} has no {present.stage.interval} price", "Add one, or start on another interval"
        )
    interval = present.paid_interval(at - 1)
    if interval is not None and life.catalog.days.start(interval[1]) == at:
        go_on(life, stage, at)
        return
    credit = credit_for_unused_days(life, at)
    present.end = at
    life.next_offer = life.offer_at = None
    enter(life, new_cycle(life, entered(life, stage, at), at, changed=True, credit=credit))

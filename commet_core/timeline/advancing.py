"""What time does to a life: it is moved from moment to moment as a live billing system would (billing-rules 3.1).

What was scheduled for a moment happens first, then the actions of that moment in the order of the file.
"""

from __future__ import annotations

from dataclasses import replace

from commet_core.foundation.calendar import period_index
from commet_core.timeline.adopting import after_trial, change_terms, entered, next_terms_at, with_present_terms
from commet_core.timeline.entering import enter, new_cycle
from commet_core.timeline.lending import end_lending
from commet_core.timeline.life import NEVER, Life, Phase, discounts_left
from commet_core.timeline.offered import check_begins, discount_count
from commet_core.timeline.stages import Stage


def advance(life: Life, at: int) -> None:
    """Lets happen what is scheduled up to a moment, the moment included (billing-rules 3.1)."""
    while (when := _next_moment(life)) is not None and when <= at:
        if life.lent is not None and life.lent.until == when:
            end_lending(life, when)
        if next_terms_at(life) == when:
            change_terms(life, when)
        if when not in (life.offer_at, life.scheduled and life.scheduled[0]):
            continue
        stage = life.present.stage
        if life.scheduled is not None and life.scheduled[0] == when:
            stage = life.scheduled[1]
            life.scheduled = None
        go_on(life, stage, when)


def _next_moment(life: Life) -> int | None:
    """When something happens by itself next."""
    scheduled = None if life.scheduled is None else life.scheduled[0]
    lent = None if life.lent is None or life.lent.until == NEVER else life.lent.until
    return min((when for when in (scheduled, life.offer_at, next_terms_at(life), lent) if when is not None), default=None)


def renewal_at(life: Life, at: int) -> int:
    """When what is scheduled takes effect (billing-rules 8.1, 8.4): at the paid interval's end, or the trial's."""
    if life.present.until is not None:
        return life.present.until
    interval = life.present.paid_interval(at)
    assert interval is not None, "what is free or paid once has no renewal to wait for"
    return life.catalog.days.start(interval[1])


def go_on(life: Life, stage: Stage, at: int) -> None:
    """What was scheduled takes effect: in place of a renewal, with the anchor that there is, save at a trial's end."""
    before = life.present
    before.end = at
    stage = _with_terms(life, before, stage, at)
    discounts = 0 if stage.offer is None else discounts_left(before, at - 1)
    if life.offer_at == at:
        stage, discounts = with_next_offer(life, stage, discounts, at)
        life.next_offer = life.offer_at = None
    phase = new_cycle(life, stage, at, discounts=discounts)
    keeps = before.until is None and stage.state == "active" and not before.stage.weekly and not stage.weekly
    if keeps and life.catalog.plans[stage.plan or ""].billing_day is None:
        phase.anchor = before.anchor
        phase.origin = period_index(phase.anchor, life.catalog.days.of(at), weekly=False)
    enter(life, phase)


def _with_terms(life: Life, before: Phase, stage: Stage, at: int) -> Stage:
    """A stage that follows another by itself, with the terms of a plan with versions (billing-rules 8.7)."""
    if not stage.has_periods:
        life.lent = None
        return replace(stage, terms=before.stage_at(at - 1).terms, lent=None)
    if (stage.plan, stage.interval) != (before.stage.plan, before.stage.interval):
        return entered(life, stage, at)
    return after_trial(life, stage, at) if before.until is not None else with_present_terms(life, stage)


def with_next_offer(life: Life, stage: Stage, discounts: int, at: int) -> tuple[Stage, int]:
    """A stage that begins with a charge, and its charges with an offer: the one that waits for it, if one does."""
    if life.next_offer is None or not stage.charged:
        return stage, discounts
    check_begins(life.catalog, life.next_offer, life.catalog.days.of(at))
    stage = replace(stage, offer=life.next_offer, promo_code=None)
    life.next_offer = life.offer_at = None
    return stage, discount_count(life.catalog, stage)

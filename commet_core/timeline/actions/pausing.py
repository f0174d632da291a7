"""Canceling, pausing, and coming back from either (billing-rules 8.4, 8.5)."""

from __future__ import annotations

from dataclasses import replace

from commet_core.scenario.subscriptions import Action
from commet_core.timeline.actions.offering import with_offer
from commet_core.timeline.adopting import entered
from commet_core.timeline.advancing import renewal_at, with_next_offer
from commet_core.timeline.entering import close, enter, new_cycle
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life, discounts_left
from commet_core.timeline.offered import discount_count
from commet_core.timeline.stages import Stage, active, standstill


def cancel(life: Life, action: Action) -> None:
    """At the end of what is paid for, or of the trial, or at once; a free plan always at once (billing-rules 8.4)."""
    stage = life.present.stage
    if stage.state == "canceled":
        raise Impossible("action", "the subscription is canceled already", "Remove the row")
    if stage.interval == "one_time" and stage.state != "trial":
        raise Impossible("action", "what is paid once cannot be canceled", "Remove the row")
    canceled = standstill(stage, "canceled")
    if not action.at_period_end or stage.state == "paused" or stage.interval is None:
        _stop(life, canceled, action.at)
    else:
        life.scheduled = renewal_at(life, action.at), canceled
        life.present.canceled_at = action.at


def pause(life: Life, action: Action) -> None:
    """Takes effect at once; nothing is refunded (billing-rules 8.5)."""
    stage = life.present.stage
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state}", "Pause one that is active")
    discounts, next_offer = discounts_left(life.present, action.at), life.next_offer
    _stop(life, standstill(stage, "paused"), action.at)
    life.present.discounts, life.next_offer = discounts, next_offer


def _stop(life: Life, stage: Stage, at: int) -> None:
    """A stage without periods begins by an action: nothing is scheduled any more."""
    stage = replace(stage, terms=life.present.stage_at(at).terms, lent=None)
    close(life, at)
    life.scheduled = life.next_offer = life.offer_at = life.lent = None
    enter(life, new_cycle(life, stage, at))


def resume(life: Life, action: Action) -> None:
    """A new period and a new cycle; what is left of an offer goes on (billing-rules 8.5)."""
    stage = life.present.stage
    if stage.state != "paused":
        raise Impossible("action", "the subscription is not paused", "Resume after a pause")
    discounts = life.present.discounts
    close(life, action.at)
    stage, discounts = with_next_offer(life, entered(life, active(stage), action.at), discounts, action.at)
    enter(life, new_cycle(life, stage, action.at, discounts=discounts))


def reactivate(life: Life, action: Action) -> None:
    """The same plan and interval at its price, in a new cycle (billing-rules 8.4)."""
    stage = life.present.stage
    if stage.state != "canceled":
        raise Impossible("action", "the subscription is not canceled", "Reactivate after a cancellation took effect")
    close(life, action.at)
    stage = entered(life, with_offer(life, Stage(stage.plan, stage.interval), action), action.at)
    discounts = discount_count(life.catalog, stage)
    enter(life, new_cycle(life, stage, action.at, discounts=discounts, reactivated=True))

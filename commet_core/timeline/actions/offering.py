"""Offers that begin in the course of a life: with the next charge, a change or a reactivation (billing-rules 9.0)."""

from __future__ import annotations

from dataclasses import replace

from commet_core.scenario.subscriptions import Action
from commet_core.timeline.advancing import renewal_at
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life
from commet_core.timeline.offered import check_begins
from commet_core.timeline.stages import Stage


def apply_offer(life: Life, action: Action) -> None:
    """It begins with the next charge of a running subscription (billing-rules 9.0)."""
    present = life.present
    if present.stage.state == "canceled":
        raise Impossible("action", "the subscription is canceled", "Name the offer on the row that reactivates it")
    _check_without_trial(life, action)
    if present.stage.interval is None or (present.stage.interval_periods == 0 and present.stage.state == "active"):
        why = "is free" if present.stage.interval is None else "is paid once"
        raise Impossible("action", f"the plan {why} and has no next charge", "Remove the row")
    life.next_offer = action.item
    life.offer_at = None if present.stage.state == "paused" else renewal_at(life, action.at)
    if life.offer_at is not None:
        check_begins(life.catalog, action.item, life.catalog.days.of(life.offer_at))


def with_offer(life: Life, stage: Stage, action: Action) -> Stage:
    """A stage with the offer that an immediate change or a reactivation carries (billing-rules 9.0)."""
    if not action.item:
        return stage
    _check_without_trial(life, action)
    check_begins(life.catalog, action.item, life.catalog.days.of(action.at))
    return replace(stage, offer=action.item)


def _check_without_trial(life: Life, action: Action) -> None:
    if life.catalog.offers[action.item].trial_days:
        raise Impossible("item", f"offer {action.item!r} begins with a free trial", "Give it with a start, or choose another")

"""Packs and top-ups bought by an action, and adjustments of credits and balance (billing-rules 8.6)."""

from __future__ import annotations

from typing import Final

from commet_core.foundation.money import micros, nanos
from commet_core.foundation.vocabulary import ADJUSTED, ADJUSTED_IN_MONEY
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life, Purchase

MEANT_FOR: Final = "Name in `candidate` for whom the row is meant"


def buy_pack(life: Life, action: Action) -> None:
    """Also while paused or canceled: purchased credits persist (billing-rules 5.3, 8.6)."""
    plan = life.present.stage.plan
    assert plan is not None
    if life.plan.sells != "packs":
        raise Impossible("action", f"plan {plan!r} is not a credits plan", MEANT_FOR)
    pack = life.catalog.credit_packs[action.item]
    if not pack.sold_on(plan):
        what = f"credit pack {action.item!r} is not sold on plan {plan!r}"
        raise Impossible("item", what, f"Add the plan to credit_packs.{action.item}.plans, or choose another pack")
    _buy(life, action.at, micros(pack.credits), nanos(pack.price), action.item)


def top_up(life: Life, action: Action) -> None:
    """Only while there is a balance: top-ups do not outlive a period (billing-rules 6.4, 8.6)."""
    stage = life.present.stage
    assert stage.plan is not None
    if life.plan.sells != "top_ups":
        raise Impossible("action", f"plan {stage.plan!r} is not a balance plan", MEANT_FOR)
    if stage.state in ("paused", "canceled"):
        raise Impossible("action", f"the subscription is {stage.state} and has no balance", "Top up one that is active")
    _buy(life, action.at, action.amount, action.amount, stage.plan)


def _buy(life: Life, at: int, amount: int, price: int, item: str) -> None:
    life.purchases.append(Purchase(at, len(life.phases) - 1, amount, price, item, life.turn))
    life.bought += max(amount, price)


def adjust(life: Life, action: Action) -> None:
    """Plan credits and balance only while there are any; purchased credits persist (billing-rules 8.6)."""
    stage, item = life.present.stage, ADJUSTED[ADJUSTED.index(action.item)]
    assert stage.plan is not None
    in_money = item in ADJUSTED_IN_MONEY
    if life.plan.sells != ("top_ups" if in_money else "packs"):
        raise Impossible("item", f"plan {stage.plan!r} has no {'balance' if in_money else 'credits'}", MEANT_FOR)
    if item != "purchased_credits" and stage.state in ("paused", "canceled"):
        what = f"the subscription is {stage.state} and has no {item.replace('_', ' ')}"
        raise Impossible("action", what, "Adjust one that is active")
    life.purchases.append(Purchase(action.at, len(life.phases) - 1, action.amount, 0, stage.plan, life.turn, item))
    life.bought += abs(action.amount)

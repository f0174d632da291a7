"""Add-ons of one customer: activated, ended, carried from phase to phase (billing-rules 10.3, 8.4, 8.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commet_core.catalog.plans import Catalog
from commet_core.foundation.vocabulary import Interval
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.stages import Stage, plan_on

if TYPE_CHECKING:
    from commet_core.scenario.subscriptions import Action
    from commet_core.timeline.life import Life, Phase


@dataclass(slots=True)
class Spell:
    """A time in which an add-on is active within a phase.

    opening   it was active when the phase began, and is charged with the phase's first base price
    turn      as in `Life.turn`
    end       microseconds; None: to the phase's end
    """

    phase: Phase
    code: str
    start: int
    opening: bool
    turn: int
    end: int | None = None


def begin_add_ons(life: Life, codes: Iterable[str]) -> None:
    """The add-ons that a candidate's customers have from their start, where the plan does not have the feature itself."""
    for code in codes:
        if not has_feature(life.catalog, life.present.stage, code):
            check_price(life.catalog, code, life.present.stage.interval)
            _open(life, code, life.present.start, opening=True)


def carry(life: Life) -> None:
    """A new phase has begun: what is active stays so, unless the customer has left."""
    phase = life.present
    active, life.active = life.active, {}
    for code in active if phase.stage.state != "canceled" else ():
        _open(life, code, phase.start, opening=True)


def leave_to_plan(life: Life, stage: Stage) -> None:
    """A customer comes to a plan: the add-ons of features that it has itself are carried no further."""
    life.active = {code: spell for code, spell in life.active.items() if not has_feature(life.catalog, stage, code)}


def activate(life: Life, action: Action) -> None:
    """Its price for the days that remain, at once."""
    stage, add_on = life.present.stage, life.catalog.addons[action.item]
    _check_there(life)
    plan = life.plan
    if life.lent is not None:
        raise Impossible("action", f"plan {life.lent.plan!r} is granted", "End the grant first, or remove the row")
    if action.item in life.active:
        raise Impossible("item", f"add-on {action.item!r} is active already", "Remove the row")
    if has_feature(life.catalog, life.present.stage_at(action.at), action.item):
        what = f"plan {stage.plan!r} has the feature {add_on.feature!r} itself"
        raise Impossible("item", what, "Remove the row, or take the feature out of the plan")
    if add_on.consumption_model not in ("boolean", plan.consumption_model):
        what = (
            f"add-on {action.item!r} is {add_on.consumption_model}, and plan {stage.plan!r} is a {plan.consumption_model} plan"
        )
        raise Impossible("item", what, "Choose an add-on of the plan's model, or name in `candidate` for whom the row is meant")
    check_price(life.catalog, action.item, stage.interval)
    _open(life, action.item, action.at, opening=False)


def end(life: Life, action: Action) -> None:
    """At once, without a refund."""
    if action.item not in life.active:
        raise Impossible("item", f"add-on {action.item!r} is not active", "Activate it first, or remove the row")
    life.active.pop(action.item).end = action.at


def check_price(catalog: Catalog, code: str, interval: Interval | None) -> None:
    """Raises Impossible where an add-on has no price for the interval of the plan."""
    if catalog.addons[code].price(interval) is None:
        what = f"add-on {code!r} has no {interval} price"
        raise Impossible("item", what, f"Add {interval} to addons.{code}.base_price")


def has_feature(catalog: Catalog, stage: Stage, code: str) -> bool:
    """Whether the plan that a customer is on has the feature of an add-on itself."""
    if stage.plan is None:
        return False
    terms, feature = plan_on(catalog, stage), catalog.addons[code].feature
    return feature in terms.features or feature in terms.switches


def _check_there(life: Life) -> None:
    state = life.present.stage.state
    if state in ("paused", "canceled"):
        first = "Resume" if state == "paused" else "Reactivate"
        raise Impossible("action", f"the subscription is {state}", f"{first} it first")


def _open(life: Life, code: str, at: int, *, opening: bool) -> None:
    spell = Spell(life.present, code, at, opening, life.turn)
    life.spells.append(spell)
    life.active[code] = spell

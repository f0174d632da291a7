"""Plan grants: a higher plan of the group is lent for a while; its limits count, and nothing else changes (billing-rules 8.8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commet_core.catalog.plans import Plan
from commet_core.catalog.versions import version_on, versions_of

if TYPE_CHECKING:
    from commet_core.timeline.life import Life


@dataclass(frozen=True, slots=True)
class Lent:
    """A plan that is lent, with its version's number; until: microseconds, NEVER where it waits for `end_grant`."""

    plan: str
    version: int
    until: int


def lend(life: Life, plan: str, at: int, until: int) -> None:
    """Lends a plan from a moment on; one that was lent before ends."""
    life.lent = Lent(plan, version_on(life.catalog.plans[plan], life.date_at(at)), until)
    _note(life, at)


def end_lending(life: Life, at: int) -> None:
    """The customer is on the base plan alone again; what it used counts on."""
    life.lent = None
    _note(life, at)


def until_cycles(life: Life, at: int, cycles: int) -> int:
    """The end of so many billing cycles, of which the first is the running paid interval; of months on free and one-time plans."""
    phase = life.present
    every = phase.stage.interval_periods or 1
    return phase.period_begins(phase.cycles_on(phase.period_at(at) - phase.origin, every, cycles))


def problem_of(life: Life, plan: str) -> tuple[str, str, str] | None:
    """Why a plan cannot be lent: the column that is wrong, what, and what would be right."""
    stage = life.present.stage
    assert stage.plan is not None
    if stage.state != "active":
        return (
            "action",
            f"the subscription is {'on trial' if stage.state == 'trial' else stage.state}",
            "Grant it while it is active",
        )
    if life.active:
        return "action", f"the subscription has the add-on {next(iter(life.active))!r}", "End it first, or remove the row"
    group = life.catalog.group_of(stage.plan, plan)
    if not group or group.index(plan) <= group.index(stage.plan):
        what = f"plan {plan!r} is not above {stage.plan!r} in a plan group"
        return "plan", what, "Name a higher plan of the group"
    for code in (stage.plan, plan):
        if not has_limits_alone(life.catalog.plans[code]):
            what = f"plan {code!r} is not metered without overage prices"
            return "plan", what, "A grant lends limits: both plans have to have limits alone"
    return None


def has_limits_alone(plan: Plan) -> bool:
    """Metered without overage prices, in all of its versions."""
    versions = [version.plan for version in versions_of(plan)]
    priced = any(terms.overage_price for version in versions for terms in version.features.values())
    priced = priced or any(terms.overage for version in versions for terms in version.levels.values())
    return plan.consumption_model == "metered" and not priced


def _note(life: Life, at: int) -> None:
    lent = None if life.lent is None else (life.lent.plan, life.lent.version)
    stage = replace(life.present.stage_at(at), lent=lent)
    life.present.changes.append((at, stage))

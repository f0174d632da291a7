"""How a life comes from one phase to the next: with a period and a cycle of its own (billing-rules 2.2)."""

from __future__ import annotations

from typing import Any

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import date_of, day_number, period_day
from commet_core.timeline.add_ons import carry
from commet_core.timeline.life import Life, Phase
from commet_core.timeline.stages import Stage


def new_cycle(life: Life, stage: Stage, at: int, **more: Any) -> Phase:
    """A phase that begins at a moment with a period and a cycle of its own, which may be a stub (billing-rules 2.2).

    more: fields of the phase.
    """
    days = life.catalog.days
    day = days.of(at)
    anchor = billing_day_before(life.catalog, stage, day)
    return Phase(stage, at, anchor, days=days, stub=anchor < day, **more)


def billing_day_before(catalog: Catalog, stage: Stage, day: int) -> int:
    """The day number of the last billing day up to a day, where a stage's plan has one; else the day itself."""
    billing_day = None if stage.plan is None else catalog.plans[stage.plan].billing_day
    if billing_day is None or stage.state != "active":
        return day
    on = date_of(day)
    this_month = day_number(on.replace(day=billing_day))
    return this_month if this_month <= day else period_day(this_month, -1, weekly=False)


def enter(life: Life, phase: Phase) -> None:
    """The life goes on with a phase."""
    phase.since = _since(life.phases[-1] if life.phases else None, phase)
    life.phases.append(phase)
    carry(life)


def _since(before: Phase | None, phase: Phase) -> int | None:
    """From when a commitment per term counts: through pauses, renewals and what changes at one, but for the plan (15.4)."""
    if phase.stage.state not in ("active", "paused"):
        return None
    stays = before is not None and before.stage.plan == phase.stage.plan and not phase.changed and not phase.reactivated
    if before is not None and before.since is not None and stays:
        return before.since
    return phase.days.of(phase.start) if phase.stage.state == "active" else None


def close(life: Life, at: int) -> None:
    """The phase that the life is in is ended by an action."""
    life.present.end = at
    life.present.cut = True

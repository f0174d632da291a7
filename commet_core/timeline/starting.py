"""How a life starts: the stage that a `start` row or the candidate names, and the plan's trial (billing-rules 2.5, 7.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.calendar import date_of
from commet_core.foundation.vocabulary import Interval
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.subscriptions import Action
from commet_core.timeline.add_ons import begin_add_ons
from commet_core.timeline.adopting import Adoption, entered
from commet_core.timeline.entering import enter, new_cycle
from commet_core.timeline.held import NO_LEVELS, Asked
from commet_core.timeline.impossible import Impossible
from commet_core.timeline.life import Life
from commet_core.timeline.offered import check_begins, discount_count, trial_days_of
from commet_core.timeline.stages import Stage, trial_of


def start_stage(catalog: Catalog, candidate: Candidate, plan: str, action: Action | None, day: int) -> Stage:
    """The stage on which a customer is active by a `start` row of a day, or without one. Raises Impossible.

    plan: the candidate's, of a line-up the one for those who name none. An interval says nothing about a line-up's free plan.
    """
    chosen = plan if action is None or not action.plan else action.plan
    _check_chosen(catalog, candidate, plan, chosen)
    terms = catalog.plans[chosen]
    named = None if action is None or (terms.free and candidate.group is not None) else action.interval
    inherited = candidate.interval if candidate.interval in terms.prices else None
    stage = Stage(chosen, chosen_interval(terms, named or inherited, named))
    if action is not None and action.item:
        check_begins(catalog, action.item, day)
        return replace(stage, offer=action.item)
    offered = candidate.offer is not None and catalog.offers[candidate.offer].may_begin(date_of(day))
    return replace(stage, offer=candidate.offer if offered else None)


def _check_chosen(catalog: Catalog, candidate: Candidate, plan: str, chosen: str) -> None:
    """A candidate's customers are on plans of its model, those of a line-up on its plans."""
    model, other_model = (catalog.plans[code].consumption_model for code in (plan, chosen))
    if model != other_model:
        what = f"plan {chosen!r} is a {other_model} plan, candidate {candidate.name!r} has a {model} plan"
        raise Impossible("plan", what, "Choose a plan of the same model, or name in `candidate` for whom the row is meant")
    if candidate.group is not None and chosen not in catalog.plan_groups[candidate.group]:
        what = f"plan {chosen!r} is not in plan group {candidate.group!r} of candidate {candidate.name!r}"
        raise Impossible(
            "plan", what, f"Choose one of {', '.join(catalog.plan_groups[candidate.group])}, or put it into the group"
        )


def chosen_interval(plan: Plan, chosen: Interval | None, named: Interval | None) -> Interval | None:
    """The interval chosen, else the plan's default; None on a free plan. Raises Impossible where a named one has no price."""
    if named is not None and named not in plan.prices:
        offered = ", ".join(plan.prices) or "none: the plan is free, leave interval empty"
        raise Impossible("interval", f"the plan has no {named} price", f"Intervals it has: {offered}")
    return chosen or plan.default_interval()


def begin(
    catalog: Catalog,
    stage: Stage,
    start_day: int,
    adoptions: tuple[Adoption, ...] = (),
    asked: Asked = NO_LEVELS,
    add_ons: Iterable[str] = (),
) -> Life:
    """A life that starts at 00:00 of a day, with the plan's trial if it has one (billing-rules 2.2, 7.2)."""
    start = catalog.days.start(start_day)
    life = Life(catalog, start, adoptions=adoptions, asked=asked)
    stage = entered(life, stage, start)
    trial_days, discounts = trial_days_of(catalog, stage), discount_count(catalog, stage)
    if trial_days is None:
        enter(life, new_cycle(life, stage, start, discounts=discounts))
        begin_add_ons(life, add_ons)
        return life
    assert stage.plan is not None
    trial = trial_of(stage, catalog.plans[stage.plan])
    until = catalog.days.start(start_day + trial_days)
    enter(life, new_cycle(life, trial, start, until=until, discounts=discounts))
    life.scheduled = until, stage
    begin_add_ons(life, add_ons)
    return life

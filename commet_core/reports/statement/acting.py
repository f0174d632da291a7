"""What a customer could do at a moment of its window: the plans, packs and add-ons that it could come to."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from commet_core.catalog.plans import Catalog, Plan
from commet_core.foundation.money import format_exact
from commet_core.foundation.vocabulary import INTERVALS, Interval
from commet_core.foundation.wording import quantity
from commet_core.reports.statement import Statement
from commet_core.reports.statement.spells import spells, stage_words
from commet_core.reports.statement.words import price_words
from commet_core.timeline.actions.changing import one_time_problem
from commet_core.timeline.add_ons import has_feature
from commet_core.timeline.lending import has_limits_alone
from commet_core.timeline.stages import Stage


def stage_at(statement: Statement, at: datetime) -> Stage:
    """What the customer is on at a moment; before its start, what it starts on."""
    stays = spells(statement)
    begun = [spell.stage for spell in stays if spell.start <= at and spell.stage.plan is not None]
    return begun[-1] if begun else next((spell.stage for spell in stays if spell.stage.plan is not None), stays[0].stage)


def changes_at(statement: Statement, at: datetime) -> list[Stage]:
    """The plans and intervals to which a customer could change: of the plan itself and of those that share a group with it."""
    catalog, present = statement.replayed.scenario.catalog, stage_at(statement, at)
    if present.plan is None:
        return []
    others = [Stage(code, interval) for code in _plans_beside(catalog, present.plan) for interval in _intervals(catalog, code)]
    return [
        stage
        for stage in others
        if (stage.plan, stage.interval) != (present.plan, present.interval)
        and stage.plan is not None
        and one_time_problem(catalog, present, stage.plan, stage.interval) is None
    ]


def starts_of(statement: Statement) -> list[Stage]:
    """The plans and intervals on which a customer could start, other than those on which it does."""
    catalog = statement.replayed.scenario.catalog
    first = next((spell.stage for spell in spells(statement) if spell.stage.plan is not None), None)
    if first is None or first.plan is None:
        return []
    every = [Stage(code, interval) for code in _plans_beside(catalog, first.plan) for interval in _intervals(catalog, code)]
    return [stage for stage in every if (stage.plan, stage.interval) != (first.plan, first.interval)]


def usual_change(statement: Statement, at: datetime) -> Stage | None:
    """The change that is likeliest to be asked for: to the next higher plan on the same interval, else the first there is."""
    catalog, present = statement.replayed.scenario.catalog, stage_at(statement, at)
    changes = changes_at(statement, at)
    if present.plan is None:
        return None
    plans = _plans_beside(catalog, present.plan)
    higher = [
        stage
        for stage in changes
        if stage.plan is not None and stage.interval == present.interval and plans.index(stage.plan) > plans.index(present.plan)
    ]
    return next(iter([*higher, *changes]), None)


def _plans_beside(catalog: Catalog, plan: str) -> list[str]:
    """A plan and all that share a group with it, each once, lowest first."""
    groups = [group for group in catalog.plan_groups.values() if plan in group]
    return list(dict.fromkeys(chain(*groups, [plan])))


def _intervals(catalog: Catalog, plan: str) -> list[Interval | None]:
    prices = catalog.plans[plan].prices
    return [interval for interval in INTERVALS if interval in prices] or [None]


def packs_at(statement: Statement, at: datetime) -> list[str]:
    """The codes of credit packs that the customer's plan sells at a moment."""
    stage = stage_at(statement, at)
    return [] if stage.plan is None else list(statement.replayed.scenario.catalog.packs_on(stage.plan))


def plan_at(statement: Statement, at: datetime) -> Plan | None:
    """The plan that the customer is on at a moment."""
    stage = stage_at(statement, at)
    return None if stage.plan is None else statement.replayed.scenario.catalog.plans[stage.plan]


def add_ons_at(statement: Statement, at: datetime) -> list[str]:
    """The codes of add-ons that fit the customer's plan at a moment (billing-rules 10.3)."""
    catalog, stage, plan = statement.replayed.scenario.catalog, stage_at(statement, at), plan_at(statement, at)
    if plan is None:
        return []
    return [
        code
        for code, add_on in catalog.addons.items()
        if add_on.consumption_model in ("boolean", plan.consumption_model)
        and not has_feature(catalog, stage, code)
        and add_on.price(stage.interval) is not None
    ]


def grants_at(statement: Statement, at: datetime) -> list[str]:
    """The codes of higher plans that could be lent to the customer at a moment (billing-rules 8.8)."""
    catalog, present = statement.replayed.scenario.catalog, stage_at(statement, at).plan
    if present is None or not has_limits_alone(catalog.plans[present]):
        return []
    groups = [group[group.index(present) + 1 :] for group in catalog.plan_groups.values() if present in group]
    return [code for code in dict.fromkeys(chain(*groups)) if has_limits_alone(catalog.plans[code])]


def change_words(catalog: Catalog, stage: Stage) -> str:
    """A plan and interval to change to, with its price: `Pro, monthly: $20.00 a month`."""
    assert stage.plan is not None
    price = catalog.plans[stage.plan].prices[stage.interval] if stage.interval is not None else None
    words = stage_words(catalog, stage)
    return words if price is None else f"{words}: {price_words(price, stage.interval, catalog.currency)}"


def pack_words(catalog: Catalog, code: str) -> str:
    """A credit pack with what it holds and costs: `Small pack: 500 credits for $6.00`."""
    pack = catalog.credit_packs[code]
    return f"{pack.name or code}: {quantity(pack.credits, 'credit')} for {format_exact(pack.price, catalog.currency)}"

"""Plan groups in a design: the plans between which customers can change, lowest to highest (billing-rules 8.1)."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.vocabulary import Interval
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.codes import free_code
from commet_core.scenario.drafts.design import Design, name_of
from commet_core.scenario.drafts.worth import number_typed


def members(design: Design, group: str) -> list[str]:
    """The plans of a group, lowest first."""
    return list(design.group("plan_groups").get(group) or [])


def model_of(design: Design, group: str) -> ConsumptionModel | None:
    """The consumption model of a group's plans; None for a group without any."""
    plans = [design.group("plans").get(plan, {}) for plan in members(design, group)]
    return next((plan["consumption_model"] for plan in plans if plan.get("consumption_model")), None)


def joinable(design: Design, group: str) -> list[str]:
    """The plans that may still join a group: of its model, and not in it."""
    model, inside = model_of(design, group), members(design, group)
    return [
        code
        for code, plan in design.group("plans").items()
        if code not in inside and model in (None, plan.get("consumption_model"))
    ]


def with_new_group(design: Design, model: ConsumptionModel) -> tuple[Design, str]:
    """The design with one more group, and its code: the plans of a model that are in no group yet, lowest price first.

    Where all of them are in one, all are taken, so that a second order of the same plans can be made of it.
    """
    of_model = [code for code, plan in design.group("plans").items() if plan.get("consumption_model") == model]
    grouped = {plan for group in design.group("plan_groups") for plan in members(design, group)}
    chosen = [code for code in of_model if code not in grouped] or of_model
    code = free_code(model, design.group("plan_groups"))
    return _with_members(design, code, sorted(chosen, key=lambda plan: _price(design, plan))), code


def with_group_of_all(design: Design, model: ConsumptionModel) -> tuple[Design, str]:
    """The design with one more group, and its code: all plans of a model, lowest price first."""
    code = free_code(model, design.group("plan_groups"))
    plans = [plan for plan, content in design.group("plans").items() if content.get("consumption_model") == model]
    return _with_members(design, code, sorted(plans, key=lambda plan: _price(design, plan))), code


def with_member(design: Design, group: str, plan: str) -> Design:
    """The design with one more plan in a group, below the first that costs more."""
    inside = members(design, group)
    place = next((at for at, other in enumerate(inside) if _price(design, other) > _price(design, plan)), len(inside))
    return _with_members(design, group, [*inside[:place], plan, *inside[place:]])


def without_member(design: Design, group: str, plan: str) -> Design:
    """The design with a plan out of a group."""
    return _with_members(design, group, [other for other in members(design, group) if other != plan])


def with_moved(design: Design, group: str, plan: str, steps: int) -> Design:
    """The design with a plan so many places higher in a group, lower where negative."""
    inside = members(design, group)
    place = inside.index(plan)
    inside.insert(max(0, place + steps), inside.pop(place))
    return _with_members(design, group, inside)


def dearer_below(design: Design, group: str) -> list[tuple[str, str]]:
    """Neighbours in a group of which the lower costs more a month: names of the lower and the higher."""
    inside = members(design, group)
    return [
        (name_of(design, "plans", lower), name_of(design, "plans", higher))
        for lower, higher in pairwise(inside)
        if _price(design, lower) > _price(design, higher)
    ]


def _with_members(design: Design, group: str, plans: list[str]) -> Design:
    document = copy.deepcopy(design.document)
    document.setdefault("plan_groups", {})[group] = plans
    return settled(replace(design, document=document, notes=()))


MONTHS: Final[dict[Interval, Decimal]] = {
    "monthly": Decimal(1),
    "weekly": Decimal(12) / 52,
    "quarterly": Decimal(3),
    "yearly": Decimal(12),
    "one_time": Decimal(12),
}
"""How many months a price pays for, the most telling interval first. It orders plans; no amount is worked out from it."""


def _price(design: Design, plan: str) -> Decimal:
    """What a plan costs a month, roughly; a free one nothing."""
    prices = design.group("plans").get(plan, {}).get("prices") or {}
    typed = [(number_typed(prices[interval]), months) for interval, months in MONTHS.items() if interval in prices]
    return next((price / months for price, months in typed if price is not None), Decimal(0))

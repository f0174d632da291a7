"""A plan's consumption model: one more plan of a model, and a plan that changes to another."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from commet_core.catalog.plans import ConsumptionModel
from commet_core.foundation.money import plain
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.codes import free_code, free_name
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_copy, with_new, with_value
from commet_core.scenario.drafts.feature_types import type_of
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS
from commet_core.scenario.drafts.plan_lists import leave_lists, return_to_lists
from commet_core.scenario.drafts.renaming import with_code
from commet_core.scenario.drafts.treatment import carried
from commet_core.scenario.drafts.worth import STARTING_PRICE

STARTING_WORTH: Final = Decimal("0.01")
"""What a unit of each feature is worth on a plan that is not made from another."""


def with_new_plan(design: Design, model: ConsumptionModel, like: str = "") -> tuple[Design, str]:
    """One more plan of a model, with the prices and features of the plan `like` carried over to it, and its code."""
    if like in design.group("plans"):
        design, code = with_copy(design, "plans", like)
        design = with_model(design, code, model)
    else:
        base, features = STARTING_PRICE, design.group("features")
        used = [feature for feature in features if type_of(design, feature) == "usage"]
        terms = {feature: DRAFT_MODELS[model].carried(STARTING_WORTH, base, len(used)) for feature in used}
        start = {"consumption_model": model, "prices": {"monthly": plain(base)}, **DRAFT_MODELS[model].starts}
        design, code = with_new(design, "plans", FIRST_NAMES["plans"], start | {"features": terms})
    name = free_name(FIRST_NAMES["plans"], [plan.get("name", "") for key, plan in design.group("plans").items() if key != code])
    design = with_value(design, ("plans", code, "name"), name)
    renamed = free_code(name, [other for other in design.group("plans") if other != code])
    return with_code(design, "plans", code, renamed), renamed


def with_model(design: Design, code: str, model: ConsumptionModel) -> Design:
    """The design with a plan on another consumption model.

    A plan that had the model before gets back what it asked for then, and its place in plan groups; else terms are carried over
    at the same worth: one price per unit, the base price buying what is included. They are a start, rounded to two digits, not
    a promise.
    """
    plan = design.group("plans")[code]
    before: ConsumptionModel = plan["consumption_model"]
    if model == before:
        return design
    kept = design.put_aside.get((code, model), {})
    own = {key: kept[key] for key in DRAFT_MODELS[model].keys if key in kept} or DRAFT_MODELS[model].starts
    of_plan = plan.get("features", {})
    features = {
        feature: (kept.get("features", {}).get(feature) or carried(plan, feature, model)) if used else terms
        for feature, terms in of_plan.items()
        for used in [type_of(design, feature) == "usage"]
    }
    changed = {key: value for key, value in plan.items() if key not in DRAFT_MODELS[before].keys}
    changed |= {"consumption_model": model, **own, "features": features}
    versions = _versions(plan, kept)
    changed |= {"versions": versions} if versions else {}
    document = copy.deepcopy(design.document)
    document["plans"][code] = changed
    left = leave_lists(document, code)
    return_to_lists(document, code, kept.get("left", {}))
    aside = {**design.put_aside, (code, before): copy.deepcopy(plan) | {"left": left}}
    fitting = settled(replace(design, document=document, put_aside=aside, notes=()))
    note = "The plan left its plan group and the packs that named it, as these are for plans of its former model."
    return replace(fitting, notes=(*([note] if left else []), *fitting.notes))


def _versions(plan: Mapping[str, Any], kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The versions of a plan on another model: their days and prices, as they were where it had that model with the same ones."""
    now, before = ([_day_and_prices(version) for version in each.get("versions", [])] for each in (plan, kept))
    return copy.deepcopy(kept["versions"]) if now and now == before else now


def _day_and_prices(version: Mapping[str, Any]) -> dict[str, Any]:
    return {key: version[key] for key in ("from", "prices", "trial_days", "name") if key in version}

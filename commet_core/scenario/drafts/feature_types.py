"""How features of a design are counted: used up, held (seats and quota), or there or not (billing-rules 10.1-10.3)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from commet_core.catalog.level_terms import LEVEL_TYPES, FeatureType
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_new, with_value
from commet_core.scenario.drafts.interval_prices import part_of_prices
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS
from commet_core.scenario.drafts.worth import number_typed, two_digits

LEVEL_SHARE: Final = Decimal(4)
"""A seat that is new to a plan costs a fourth of its base price."""

NEW_FEATURES: Final[Mapping[FeatureType, tuple[str, str]]] = {
    "usage": ("New feature", ""),
    "seats": ("Seats", "seat"),
    "quota": ("Projects", "project"),
    "boolean": ("Single sign-on", ""),
}
"""What a feature of each type is called until somebody names it, and its unit."""


def type_of(design: Design, feature: str) -> FeatureType:
    """How a feature is counted; `usage` where nothing, or nothing sensible, is said."""
    kind = (design.group("features").get(feature) or {}).get("type")
    return kind if kind in (*LEVEL_TYPES, "boolean") else "usage"


def is_level(design: Design, feature: str) -> bool:
    return type_of(design, feature) in LEVEL_TYPES


def starting_level(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan asks for seats or quota that are new to it: one included, and a price for more where the plan has one."""
    if not plan.get("prices"):
        return {"included": "1"}
    price = part_of_prices(plan["prices"], _a_fourth, "")
    return {"included": "1", "overage": {"unit_price": price}}


def _a_fourth(price: object) -> str:
    number = number_typed(price)
    return "5" if number is None else two_digits(number / LEVEL_SHARE, 2)


def with_new_feature(design: Design, kind: FeatureType, plan: str = "") -> tuple[Design, str]:
    """The design with one more feature of a type, and its code. plan: one that has it at once."""
    name, unit = NEW_FEATURES[kind]
    content: dict[str, Any] = {} if kind == "usage" else {"type": kind}
    design, code = with_new(design, "features", name, content | ({"unit": unit} if unit else {}))
    if not plan:
        return design, code
    terms = True if kind == "boolean" else starting_level(design.group("plans")[plan])
    return with_value(design, ("plans", plan, "features", code), terms), code


def with_type(design: Design, feature: str, kind: FeatureType) -> Design:
    """The design with a feature that is counted in another way.

    What plans asked for it is put aside, and is back when the type is; what still has a meaning is taken along.
    """
    before = type_of(design, feature)
    if kind == before:
        return design
    document = copy.deepcopy(design.document)
    having = {code: plan for code, plan in document.get("plans", {}).items() if feature in plan.get("features", {})}
    former = {code: {"model": plan["consumption_model"], "terms": plan["features"][feature]} for code, plan in having.items()}
    back = design.put_aside.get((f"feature {feature}", kind), {})
    for code, plan in having.items():
        kept = back.get(code, {})
        same = kept.get("model") == plan["consumption_model"] or kind != "usage"
        terms = kept["terms"] if kept and same else _converted(plan, feature, before, kind)
        plan["features"][feature] = copy.deepcopy(terms)
    content = document["features"][feature]
    content.pop("type", None)
    if kind != "usage":
        content["type"] = kind
    aside = {**design.put_aside, (f"feature {feature}", before): copy.deepcopy(former)}
    return settled(replace(design, document=document, put_aside=aside, notes=()))


def _converted(plan: Mapping[str, Any], feature: str, before: FeatureType, kind: FeatureType) -> Any:
    """What a plan asks for a feature of another type."""
    terms = plan["features"][feature]
    if kind == "boolean":
        return True
    if kind in LEVEL_TYPES:
        if before in LEVEL_TYPES or (isinstance(terms, Mapping) and terms.get("unlimited") is True):
            return terms
        return starting_level(plan)
    draft_model = DRAFT_MODELS[plan["consumption_model"]]
    if isinstance(terms, Mapping) and terms.get("unlimited") is True:
        return {"unlimited": True}
    price = number_typed((plan.get("prices") or {}).get("monthly")) or Decimal(10)
    return draft_model.carried(price / 1000, price, max(1, len(plan["features"])))

"""A design as plain values and back: plans that are not right yet can be put away, and taken up again as they were typed."""

from __future__ import annotations

from typing import Any, Final

from commet_core.catalog.plans import MODELS
from commet_core.scenario.drafts import Design

GROUPS: Final = ("plans", "features", "credit_packs", "offers", "promo_codes", "addons", "models")
"""What a document has by codes, plan groups aside."""


def as_typed(design: Design) -> dict[str, Any]:
    """The document, the candidates and the baseline; not what was put aside, and no notes."""
    return {"document": design.document, "candidates": list(design.candidates), "baseline": design.baseline}


def design_of(typed: dict[str, Any]) -> Design | None:
    """The design; None where this is none that could have been typed: values may be wrong, what holds them may not."""
    document: Any = typed.get("document")
    candidates: Any = typed.get("candidates")
    baseline: Any = typed.get("baseline")
    if not (_is_catalog(document) and _are_objects(candidates) and isinstance(baseline, str)):
        return None
    return Design(document, tuple(candidates), baseline)


def _is_catalog(document: Any) -> bool:
    """Whether an editor can walk through it: groups of objects, plans of a known model with features and prices."""
    if not isinstance(document, dict):
        return False
    groups = [document.get(kind, {}) for kind in GROUPS]
    if not all(isinstance(group, dict) and _are_objects(list(group.values())) for group in groups):
        return False
    line_ups = document.get("plan_groups", {})
    if not (isinstance(line_ups, dict) and all(_are_texts(members) for members in line_ups.values())):
        return False
    return all(_is_plan(plan) for plan in groups[0].values())


def _is_plan(plan: dict[str, Any]) -> bool:
    features, prices = plan.get("features", {}), plan.get("prices", {})
    known = plan.get("consumption_model") in MODELS
    if not (known and isinstance(prices, dict) and isinstance(features, dict)):
        return False
    return _are_objects([terms for terms in features.values() if terms is not True]) and _are_objects(plan.get("versions", []))


def _are_objects(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, dict) for value in values)


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)

"""How a plan treats a feature, and a plan that treats it in another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from commet_core.catalog.plans import ConsumptionModel
from commet_core.scenario.drafts.design import Design, Path
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.feature_types import is_level, starting_level
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS
from commet_core.scenario.drafts.worth import STARTING_PRICE, base_price

STARTING_MARGIN: Final = "0.2"

How = Literal["absent", "charged", "limited", "priced", "by_model", "unlimited", "there"]
"""How a plan can treat a feature: not have it; charge or stop beyond what is included; a price per use, or what the AI model
costs and a margin; no limit; of a boolean feature, have it."""


def default_terms(design: Design, code: str, feature: str) -> dict[str, Any]:
    """What a plan asks for a feature that is new to it: a start, to be corrected."""
    plan = design.group("plans")[code]
    if is_level(design, feature):
        return starting_level(plan)
    return carried({**plan, "consumption_model": "", "features": {feature: {}}}, feature, plan["consumption_model"])


def carried(plan: Mapping[str, Any], feature: str, model: ConsumptionModel) -> dict[str, Any]:
    """A feature's terms on another model, at the same worth."""
    terms = plan["features"][feature]
    if terms.get("unlimited") is True:
        return {"unlimited": True}
    base, before = base_price(plan) or STARTING_PRICE, DRAFT_MODELS.get(plan["consumption_model"])
    worth = (None if before is None else before.worth(plan, terms)) or base / 1000
    return DRAFT_MODELS[model].carried(worth, base, max(1, len(plan["features"])))


def how(plan: Mapping[str, Any], feature: str, *, held: bool = False) -> How:
    """How a plan treats a feature. held: it is seats or quota, which every model counts."""
    if feature not in plan.get("features", {}):
        return "absent"
    terms = plan["features"][feature]
    if not isinstance(terms, Mapping):
        return "there" if terms is True else "absent"
    if terms.get("unlimited") is True:
        return "unlimited"
    if held or DRAFT_MODELS[plan["consumption_model"]].counts:
        return "limited" if terms.get("overage") is None else "charged"
    return "by_model" if terms.get("pricing") == "ai_model" else "priced"


def with_how(design: Design, code: str, feature: str, wanted: How) -> Design:
    """The design with a plan that treats a feature in another way; what was included stays."""
    plan = design.group("plans")[code]
    path: Path = ("plans", code, "features", feature)
    before = how(plan, feature, held=is_level(design, feature))
    if wanted == before:
        return design
    if wanted == "absent":
        return with_value(design, path, None)
    if wanted == "there":
        return with_value(design, path, True)
    if wanted == "unlimited":
        return with_value(design, path, {"unlimited": True})
    if wanted == "by_model":
        return with_value(design, path, {"pricing": "ai_model", "margin": STARTING_MARGIN})
    anew = before in {"absent", "there", "unlimited", "by_model"}
    terms = default_terms(design, code, feature) if anew else dict(design.value(path))
    if wanted == "limited":
        terms.pop("overage", None)
    elif wanted == "charged":
        terms.setdefault("overage", default_terms(design, code, feature).get("overage", {"unit_price": "5"}))
    return with_value(design, path, terms)

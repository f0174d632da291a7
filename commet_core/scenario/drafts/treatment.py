"""How a plan treats a feature, and a plan that treats it in another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from commet_core.catalog.plans import ConsumptionModel
from commet_core.scenario.drafts.design import Design, Path
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.worth import default_terms

STARTING_MARGIN: Final = "0.2"


How = Literal["absent", "charged", "limited", "priced", "by_model", "unlimited"]


HOWS: Final[Mapping[ConsumptionModel, tuple[How, ...]]] = {
    "metered": ("absent", "charged", "limited", "unlimited"),
    "credits": ("absent", "priced", "unlimited"),
    "balance": ("absent", "priced", "by_model", "unlimited"),
}
"""How a plan can treat a feature: not have it; charge or stop beyond what is included; a price per use, or what the AI model
costs and a margin; no limit."""


def how(plan: Mapping[str, Any], feature: str) -> How:
    """How a plan treats a feature."""
    if feature not in plan.get("features", {}):
        return "absent"
    terms = plan["features"][feature]
    if terms.get("unlimited") is True:
        return "unlimited"
    if plan["consumption_model"] == "metered":
        return "limited" if terms.get("overage") is None else "charged"
    return "by_model" if terms.get("pricing") == "ai_model" else "priced"


def with_how(design: Design, code: str, feature: str, wanted: How) -> Design:
    """The design with a plan that treats a feature in another way; what was included stays."""
    plan = design.group("plans")[code]
    path: Path = ("plans", code, "features", feature)
    before = how(plan, feature)
    if wanted == before:
        return design
    if wanted == "absent":
        return with_value(design, path, None)
    if wanted == "unlimited":
        return with_value(design, path, {"unlimited": True})
    if wanted == "by_model":
        return with_value(design, path, {"pricing": "ai_model", "margin": STARTING_MARGIN})
    anew = before in {"absent", "unlimited", "by_model"}
    terms = default_terms(design, code, feature) if anew else dict(design.value(path))
    if wanted == "limited":
        terms.pop("overage", None)
    elif wanted == "charged":
        terms.setdefault("overage", default_terms(design, code, feature)["overage"])
    return with_value(design, path, terms)

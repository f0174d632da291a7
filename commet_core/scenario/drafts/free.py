"""A free plan in a design: the lowest step of a line-up (billing-rules 7.1)."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from commet_core.catalog.plans import ConsumptionModel
from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_new
from commet_core.scenario.drafts.groups import members
from commet_core.scenario.drafts.worth import number_typed, two_digits

FREE_SHARE: Final = Decimal(10)
"""A new free plan includes a tenth of what the plan that it is made from does."""


def with_new_free_plan(design: Design, like: str) -> tuple[Design, str]:
    """The design with a free plan below another one, and its code: its features, a part of its allowance, first in its groups."""
    plan = copy.deepcopy(design.group("plans")[like])
    kept = {key: value for key, value in plan.items() if key not in ("name", "prices", "trial_days")}
    granted = plan.get("included_balance") or plan.get("prices", {}).get("monthly")
    added, code = with_new(design, "plans", "Free", _smaller(kept, granted))
    document = copy.deepcopy(added.document)
    for group in document.get("plan_groups", {}):
        if like in members(added, group):
            document["plan_groups"][group].insert(0, code)
    return settled(replace(added, document=document)), code


def _smaller(plan: dict[str, Any], granted: object) -> dict[str, Any]:
    """A plan's terms with less included, and nothing that a free plan cannot charge. granted: its balance every month."""
    model: ConsumptionModel = plan["consumption_model"]
    if model == "credits":
        plan["included_credits"] = _part(plan.get("included_credits"))
    elif model == "balance":
        plan["included_balance"] = _part(granted)
    else:
        for terms in plan.get("features", {}).values():
            terms.pop("overage", None)
            if terms.get("unlimited") is not True:
                terms["included"] = _part(terms.get("included"))
    return plan


def _part(typed: object) -> str:
    """A tenth of a number that was typed, in two digits; where there is none, nothing."""
    number = number_typed(typed)
    return "0" if number is None else two_digits(number / FREE_SHARE, 0)

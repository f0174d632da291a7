"""A free plan in a design: the lowest step of a line-up (billing-rules 7.1)."""

from __future__ import annotations

import copy
from dataclasses import replace

from commet_core.scenario.drafts.candidates import settled
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_new
from commet_core.scenario.drafts.groups import members
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS


def with_new_free_plan(design: Design, like: str) -> tuple[Design, str]:
    """The design with a free plan below another one, and its code: its features, a part of its allowance, first in its groups."""
    plan = copy.deepcopy(design.group("plans")[like])
    DRAFT_MODELS[plan["consumption_model"]].lessen(plan)
    terms = {
        key: value
        for key, value in plan.items()
        if key not in ("name", "prices", "trial_days", "minimum_commitment", "versions")
    }
    added, code = with_new(design, "plans", "Free", terms)
    document = copy.deepcopy(added.document)
    for group in document.get("plan_groups", {}):
        if like in members(added, group):
            document["plan_groups"][group].insert(0, code)
    return settled(replace(added, document=document)), code

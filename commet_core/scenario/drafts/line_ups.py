"""Line-ups in a design: candidates on a plan group in place of one plan."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from commet_core.catalog.plans import MODELS, ConsumptionModel, model_sells
from commet_core.scenario.candidates import CHOICES
from commet_core.scenario.drafts.candidates import packs_for, plans_of, settled
from commet_core.scenario.drafts.codes import free_name
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.groups import members, model_of, with_group_of_all

GROUP_KEYS: Final = ("group", "choose", "blocked_share_max", "upgrade_after_periods")
"""What only candidates on a group have."""
PURCHASE_KEYS: Final = ("purchases", "top_up")
"""What customers of a model do when an allowance is used up."""


def with_new_line_up(design: Design, group: str) -> Design:
    """The design with one more candidate: a plan group, each customer on the plan that suits them best."""
    names = [str(candidate.get("name")) for candidate in design.candidates]
    added: dict[str, Any] = {"name": free_name(_name(group), names), "group": group, "choose": CHOICES[0]}
    if model_sells(model_of(design, group), "packs") and any(packs_for(design, plan) for plan in members(design, group)):
        added["purchases"] = {"pack": "smallest_sufficient"}
    return settled(replace(design, candidates=(*design.candidates, added), notes=()))


def _name(group: str) -> str:
    words = group.replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:80]} line-up"


def with_line_up_of(design: Design, model: ConsumptionModel) -> Design:
    """The design with a plan group of all plans of a model, and a candidate on it."""
    grouped, group = with_group_of_all(design, model)
    return with_new_line_up(grouped, group)


def line_up_groups(design: Design) -> list[str]:
    """The groups between whose plans there is something to choose: those with two or more."""
    return [group for group in design.group("plan_groups") if len(members(design, group)) > 1]


def models_to_group(design: Design) -> list[ConsumptionModel]:
    """The models with two or more plans and no group to choose in yet."""
    grouped = {model_of(design, group) for group in line_up_groups(design)}
    models = [plan.get("consumption_model") for plan in design.group("plans").values()]
    return [model for model in MODELS if models.count(model) > 1 and model not in grouped]


def line_ups_to_compare(design: Design) -> list[str]:
    """A group per model to set side by side, the first of each; none where fewer than two models have one."""
    first: dict[object, str] = {}
    for group in line_up_groups(design):
        first.setdefault(model_of(design, group), group)
    found = [first[model] for model in MODELS if model in first]
    return found if len(found) > 1 else []


def with_line_ups(design: Design) -> Design:
    """The design that compares a line-up per model in place of what it compared.

    What customers of a model do when they run out stays what it was; the baseline's model is the baseline's.
    """
    before = list(design.candidates)
    compared = replace(design, candidates=(), baseline="")
    for group in line_ups_to_compare(design):
        compared = with_new_line_up(compared, group)
        former = [one for one in before if _model(design, one) == model_of(design, group)]
        if former:
            compared = _like(compared, former, baseline=design.baseline)
    names = " and ".join(
        filter(
            None, [", ".join(f"“{one['name']}”" for one in compared.candidates[:-1]), f"“{compared.candidates[-1]['name']}”"]
        )
    )
    return replace(settled(compared), notes=(f"You now compare {names}.",))


def _like(design: Design, former: list[dict[str, Any]], baseline: str) -> Design:
    """The design whose last candidate has what a former one of its model assumed about customers."""
    last = {key: value for key, value in design.candidates[-1].items() if key != "purchases"}
    last |= {key: copy.deepcopy(former[0][key]) for key in PURCHASE_KEYS if key in former[0]}
    is_baseline = bool(baseline) and baseline in [one.get("name") for one in former]
    return replace(
        design, candidates=(*design.candidates[:-1], last), baseline=str(last["name"]) if is_baseline else design.baseline
    )


def with_candidate_on(design: Design, place: int, *, plan: str = "", group: str = "") -> Design:
    """The design with a candidate on another plan, or on a plan group."""
    candidates = copy.deepcopy(design.candidates)
    candidate = candidates[place]
    model = _model(design, candidate)
    for key in ("plan",) if group else GROUP_KEYS:
        candidate.pop(key, None)
    if group:
        candidate["group"] = group
        candidate.setdefault("choose", CHOICES[0])
    else:
        candidate["plan"] = plan
    if _model(design, candidate) != model:
        for key in PURCHASE_KEYS:
            candidate.pop(key, None)
    return settled(replace(design, candidates=candidates, notes=()))


def _model(design: Design, candidate: Mapping[str, Any]) -> object:
    plans = plans_of(design, candidate)
    return design.group("plans")[plans[0]].get("consumption_model") if plans else None

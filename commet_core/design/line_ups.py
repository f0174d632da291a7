"""Line-ups in a design: candidates on a plan group in place of one plan."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, Final

from commet_core.design import Design, free_name, packs_for, plans_of, settled
from commet_core.design.groups import members, model_of

CHOICES: Final = ("cheapest", "upgrade", "assigned")
"""Who is on which plan: what costs each least; from the lowest upwards; as the subscriptions say."""
GROUP_KEYS: Final = ("group", "choose")
"""What only candidates on a group have."""


def with_new_line_up(design: Design, group: str) -> Design:
    """The design with one more candidate: a plan group, each customer on the plan that costs them least."""
    names = [str(candidate.get("name")) for candidate in design.candidates]
    added: dict[str, Any] = {"name": free_name(_name(group), names), "group": group, "choose": CHOICES[0]}
    if model_of(design, group) == "credits" and any(packs_for(design, plan) for plan in members(design, group)):
        added["purchases"] = {"pack": "smallest_sufficient"}
    return settled(replace(design, candidates=(*design.candidates, added), notes=()))


def _name(group: str) -> str:
    words = group.replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:80]} line-up"


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
        for key in ("purchases", "top_up"):
            candidate.pop(key, None)
    return settled(replace(design, candidates=candidates, notes=()))


def _model(design: Design, candidate: dict[str, Any]) -> object:
    plans = plans_of(design, candidate)
    return design.group("plans")[plans[0]].get("consumption_model") if plans else None

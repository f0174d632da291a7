"""Names and codes change, there and wherever they are referred to."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.drafts.candidates import with_candidate_value
from commet_core.scenario.drafts.codes import free_code, free_name
from commet_core.scenario.drafts.design import CALLED, Design, Kind, name_of
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_value
from commet_core.scenario.drafts.plan_lists import plan_lists


def with_name(design: Design, kind: Kind, code: str, name: str) -> tuple[Design, str]:
    """The design with a plan, feature, pack or offer under another name, and its code.

    A code that was made for something new follows its first real name, and so do candidates that are called as their plan.
    """
    before = name_of(design, kind, code)
    others = [other for other in design.group(kind) if other != code]
    edited = with_value(design, (kind, code, "name"), name or None)
    if not name:
        return edited, code
    for place, candidate in enumerate(edited.candidates if kind == "plans" else ()):
        if candidate.get("plan") == code and candidate.get("name") == before:
            taken = [str(other.get("name")) for other in edited.candidates if other is not candidate]
            edited = with_candidate_value(edited, place, "name", free_name(name[:90], taken))
    new = before.startswith(FIRST_NAMES.get(kind, before + "?")) and code == free_code(before, others)
    if not new:
        return edited, code
    followed = free_code(name, others)
    return with_code(edited, kind, code, followed), followed


def code_problem(design: Design, kind: Kind, code: str, wanted: str) -> Problem | None:
    """Why something cannot be given another code; None where it can."""
    path = f"{kind}.{code}"
    if wanted != code and wanted in design.group(kind):
        return Problem(path, f"another {CALLED[kind]} has the code {wanted!r}", "Choose one that is free")
    try:
        Catalog.model_validate({"features": {wanted: {}}})
    except InputError as error:
        return replace(error.problems[0], where=path)
    return None


def with_code(design: Design, kind: Kind, code: str, wanted: str) -> Design:
    """The design with something under another code, there and wherever it is referred to.

    Raises InputError where the code is taken or cannot be used.
    """
    if problem := code_problem(design, kind, code, wanted):
        raise InputError([problem])
    document = copy.deepcopy(design.document)
    document[kind] = _renamed(document[kind], code, wanted)
    candidates = copy.deepcopy(design.candidates)
    match kind:
        case "features":
            for plan in document.get("plans", {}).values():
                for part in _parts_with_features(plan):
                    part["features"] = _renamed(part["features"], code, wanted)
            _refer_to(document.get("addons", {}).values(), "feature", code, wanted)
        case "plans":
            for place in plan_lists(document):
                place[:] = [wanted if plan == code else plan for plan in place]
            _refer_to(candidates, "plan", code, wanted)
            _refer_to([rule for candidate in candidates for rule in candidate.get("versions", [])], "plan", code, wanted)
        case "credit_packs":
            for rule in [candidate["purchases"] for candidate in candidates if "purchases" in candidate]:
                rule["pack"] = wanted if rule.get("pack") == code else rule.get("pack")
        case "plan_groups" | "offers" | "promo_codes":
            _refer_to(candidates, {"plan_groups": "group", "offers": "offer", "promo_codes": "promo_code"}[kind], code, wanted)
            if kind == "offers":
                _refer_to(document.get("promo_codes", {}).values(), "offer", code, wanted)
        case "addons":
            for candidate in candidates:
                if "addons" in candidate:
                    candidate["addons"] = [wanted if one == code else one for one in candidate["addons"]]
    aside_under = {"plans": code, "features": f"feature {code}"}.get(kind)
    new = {"plans": wanted, "features": f"feature {wanted}"}.get(kind, "")
    aside = {(new if what == aside_under else what, model): kept for (what, model), kept in design.put_aside.items()}
    return replace(design, document=document, candidates=candidates, put_aside=aside, notes=())


def _parts_with_features(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The plan, its versions, and its prices by currency and market: whatever of them names features."""
    parts = [plan, *plan.get("versions", [])]
    regional = [part.get(key, {}).values() for part in parts for key in ("currency_prices", "market_prices")]
    return [part for part in (*parts, *chain.from_iterable(regional)) if isinstance(part, dict) and "features" in part]


def _refer_to(candidates: Iterable[dict[str, Any]], key: str, code: str, wanted: str) -> None:
    """Lets candidates that name something by a code name it by another one."""
    for candidate in candidates:
        if candidate.get(key) == code:
            candidate[key] = wanted


def _renamed(group: Mapping[str, Any], code: str, wanted: str) -> dict[str, Any]:
    return {wanted if key == code else key: value for key, value in group.items()}

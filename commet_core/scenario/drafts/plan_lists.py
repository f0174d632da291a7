"""Lists of plan codes in a document: those of plan groups, of packs and of promo codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commet_core.scenario.drafts.design import Path


def plan_lists(document: Mapping[str, Any]) -> list[list[str]]:
    """Every list of plan codes in a document: those of plan groups, of packs and of promo codes."""
    return list(plan_lists_by_place(document).values())


def plan_lists_by_place(document: Mapping[str, Any]) -> dict[Path, list[str]]:
    lists: dict[Path, list[str]] = {("plan_groups", code): plans for code, plans in document.get("plan_groups", {}).items()}
    for kind in ("credit_packs", "promo_codes"):
        contents = document.get(kind, {}).items()
        lists |= {(kind, code): content["plans"] for code, content in contents if content.get("plans") is not None}
    return lists


def leave_lists(document: Mapping[str, Any], code: str) -> dict[Path, int]:
    """Takes a plan that changes its model out of plan groups and of the packs sold on it; returns its places in them."""
    lists = plan_lists_by_place(document).items()
    left = {path: plans.index(code) for path, plans in lists if code in plans and path[0] != "promo_codes"}
    for path in left:
        plan_lists_by_place(document)[path].remove(code)
    return left


def return_to_lists(document: Mapping[str, Any], code: str, left: Mapping[Path, int]) -> None:
    """Puts a plan that has a former model again back into the lists that it left, where they are still for that model."""
    models = {plan: content.get("consumption_model") for plan, content in document["plans"].items()}
    lists = plan_lists_by_place(document)
    for path, place in left.items():
        if path in lists and all(models.get(plan) == models[code] for plan in lists[path]):
            lists[path].insert(place, code)

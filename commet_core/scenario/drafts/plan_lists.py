"""Lists of plan codes in a document: those of plan groups and of packs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commet_core.scenario.drafts.design import Path


def plan_lists(document: Mapping[str, Any]) -> list[list[str]]:
    """Every list of plan codes in a document: those of plan groups and of packs."""
    return list(plan_lists_by_place(document).values())


def plan_lists_by_place(document: Mapping[str, Any]) -> dict[Path, list[str]]:
    lists: dict[Path, list[str]] = {("plan_groups", code): plans for code, plans in document.get("plan_groups", {}).items()}
    packs = document.get("credit_packs", {}).items()
    return lists | {("credit_packs", code): pack["plans"] for code, pack in packs if pack.get("plans") is not None}


def leave_lists(document: Mapping[str, Any], code: str) -> dict[Path, int]:
    """Takes a plan that changes its model out of plan groups and of the packs sold on it; returns its places in them."""
    left = {path: plans.index(code) for path, plans in plan_lists_by_place(document).items() if code in plans}
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

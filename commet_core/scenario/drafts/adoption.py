"""Who of the customers that are there adopts the newest version of a plan, in a candidate of a design (billing-rules 8.7)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from commet_core.scenario.drafts.candidates import with_candidate_value
from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_value

Adopters = Literal["everybody", "nobody", "started_since", "started_before", "otherwise"]
"""`otherwise`: as a file says, by a list of customers, in several rules, or on another day."""

BY_DAY: Final[tuple[Adopters, ...]] = ("started_since", "started_before")


def newest_version(design: Design, candidate: Mapping[str, Any]) -> str:
    """The day of the newest version of a candidate's plan; empty where it has none, or the candidate is a line-up."""
    versions = design.group("plans").get(candidate.get("plan", ""), {}).get("versions") or [{}]
    return str(versions[-1].get("from", ""))


def adopters_of(design: Design, candidate: Mapping[str, Any]) -> Adopters:
    """Who adopts the newest version."""
    rules = candidate.get("versions") or []
    if not rules:
        return "everybody"
    rule = rules[0]
    plain = (
        len(rules) == 1 and str(rule.get("version")) == newest_version(design, candidate) and not rule.keys() & {"adopt", "on"}
    )
    who = rule.get("who") or {}
    if not plain or not isinstance(who, Mapping) or len(who) != 1:
        return "otherwise"
    if "everybody" in who:
        return "everybody" if who["everybody"] else "nobody"
    return next((way for way in BY_DAY if way in who), "otherwise")


def day_of(candidate: Mapping[str, Any]) -> str:
    """The day since which, or before which, those started who adopt it; as typed."""
    who = (candidate.get("versions") or [{}])[0].get("who") or {}
    return str(next((who[way] for way in BY_DAY if who.get(way) is not None), ""))


def with_adopters(design: Design, place: int, wanted: Adopters, day: str = "") -> Design:
    """The design with a candidate whose newest version these adopt. day: of those by day; else that of the version."""
    candidate = design.candidates[place]
    newest = newest_version(design, candidate)
    who = {"everybody": False} if wanted == "nobody" else {wanted: day or newest}
    rules = None if wanted == "everybody" else [{"plan": candidate["plan"], "version": newest, "who": who}]
    return with_candidate_value(design, place, "versions", rules)


def with_version_day(design: Design, plan: str, place: int, day: str | None) -> Design:
    """The design with a version of a plan that begins on another day, as typed; who adopts it stays."""
    before = str(design.value(("plans", plan, "versions", str(place), "from")) or "")
    rows = copy.deepcopy(design.candidates)
    for rule in (rule for row in rows for rule in row.get("versions", [])):
        if day and rule.get("plan") == plan and str(rule.get("version")) == before:
            rule["version"] = day
    return with_value(replace(design, candidates=rows), ("plans", plan, "versions", str(place), "from"), day or "")

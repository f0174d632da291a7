"""Terms of a plan that few have: they stand in a design from when they are chosen until they are taken away again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final, Literal

from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS

MoreTerm = Literal["versions", "rollover", "minimum_commitment", "spend_cap", "billing_day"]
"""A key of a plan (billing-rules 8.7, 15.2, 15.4, 15.5, 2.2)."""

STARTS: Final[Mapping[str, Any]] = {
    "billing_day": "1",
    "rollover": {"max_periods": "1"},
    "minimum_commitment": {"amount": "100", "per": "interval"},
    "spend_cap": {"amount": "50", "beyond": "block"},
}
"""What a plan that takes up a term begins with."""

Committed = Literal["interval", "term"]
TERM_MONTHS: Final = "12"


def terms_for(plan: Mapping[str, Any]) -> tuple[MoreTerm, ...]:
    """The terms that a plan can have: only what grants something rolls over, and nobody commits to a free plan."""
    rolls: tuple[MoreTerm, ...] = ("rollover",) if "rollover" in DRAFT_MODELS[plan["consumption_model"]].keys else ()
    commits: tuple[MoreTerm, ...] = ("minimum_commitment",) if plan.get("prices") or "minimum_commitment" in plan else ()
    changes: tuple[MoreTerm, ...] = ("versions",) if plan.get("prices") or "versions" in plan else ()
    weekly = "weekly" in (plan.get("prices") or {})
    days: tuple[MoreTerm, ...] = ("billing_day",) if not weekly or "billing_day" in plan else ()
    return (*changes, *rolls, *commits, "spend_cap", *days)


def with_term(design: Design, code: str, term: MoreTerm, today: date, *, on: bool) -> Design:
    """The design with a plan that has a term, as it begins, or that has it no more."""
    if term == "versions":
        return _with_versions(design, code, today, on=on)
    return with_value(design, ("plans", code, term), copy.deepcopy(STARTS[term]) if on else None)


def with_commitment_per(design: Design, code: str, per: Committed) -> Design:
    """The design with a plan's commitment for each billing interval, or for a term of a year."""
    rule = dict(design.value(("plans", code, "minimum_commitment")) or STARTS["minimum_commitment"])
    rule.pop("term_months", None)
    further = {"term_months": TERM_MONTHS} if per == "term" else {}
    return with_value(design, ("plans", code, "minimum_commitment"), {**rule, "per": per, **further})


def next_month(day: date) -> date:
    """The first day of the month after a day: when a price that is about to change does so."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _with_versions(design: Design, code: str, today: date, *, on: bool) -> Design:
    """The design with a plan whose prices change next month, at first to what they are; or with one whose prices stay."""
    if not on:
        rows = tuple({key: value for key, value in row.items() if key != "versions"} for row in design.candidates)
        return with_value(replace(design, candidates=rows), ("plans", code, "versions"), None)
    prices = dict(design.group("plans")[code].get("prices") or {})
    first = {"from": next_month(today).isoformat(), "prices": prices}
    return with_value(design, ("plans", code, "versions"), [first])

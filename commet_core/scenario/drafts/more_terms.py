"""Terms of a plan that few have: they stand in a design from when they are chosen until they are taken away again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from commet_core.scenario.drafts.design import Design
from commet_core.scenario.drafts.edits import with_value
from commet_core.scenario.drafts.model_terms import DRAFT_MODELS

MoreTerm = Literal["rollover", "minimum_commitment", "spend_cap"]
"""A key of a plan (billing-rules 15.2, 15.4, 15.5)."""

STARTS: Final[Mapping[MoreTerm, Mapping[str, Any]]] = {
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
    return (*rolls, *commits, "spend_cap")


def with_term(design: Design, code: str, term: MoreTerm, *, on: bool) -> Design:
    """The design with a plan that has a term, as it begins, or that has it no more."""
    return with_value(design, ("plans", code, term), dict(STARTS[term]) if on else None)


def with_commitment_per(design: Design, code: str, per: Committed) -> Design:
    """The design with a plan's commitment for each billing interval, or for a term of a year."""
    rule = dict(design.value(("plans", code, "minimum_commitment")) or STARTS["minimum_commitment"])
    rule.pop("term_months", None)
    further = {"term_months": TERM_MONTHS} if per == "term" else {}
    return with_value(design, ("plans", code, "minimum_commitment"), {**rule, "per": per, **further})

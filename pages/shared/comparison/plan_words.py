"""What candidates, plans and moves between plans are called on the Compare page."""

from __future__ import annotations

from collections.abc import Mapping

from commet_core.catalog import Catalog
from commet_core.scenario import Candidate, Scenario
from pages.shared.palette import MODEL_NAMES

STATE_NAMES = {"trial": "in trial", "active": "", "paused": "paused", "canceled": "canceled"}
MOVE_NAMES = {
    "trial_end": "Trial ends",
    "upgrade": "Upgrade",
    "downgrade": "Downgrade",
    "longer": "To a longer interval",
    "shorter": "To a shorter interval",
    "pause": "Pause",
    "resume": "Resume",
    "cancel": "Cancel",
    "reactivate": "Reactivate",
    "renewal": "Offer begins or ends",
}


def candidate_in_words(scenario: Scenario, candidate: Candidate) -> str:
    """`Credits · Pro · monthly`."""
    plan, interval = scenario.plan(candidate), scenario.interval(candidate)
    return " · ".join((MODEL_NAMES[plan.consumption_model], plan.name or candidate.plan, interval_in_words(interval)))


def interval_in_words(interval: str | None) -> str:
    return interval.replace("_", "-") if interval else "free"


def plan_names(catalog: Catalog) -> dict[str, str]:
    """Code → the name shown, with the code where two plans have the same name."""
    names = {code: plan.name or code for code, plan in catalog.plans.items()}
    shown = list(names.values())
    return {code: name if shown.count(name) == 1 else f"{name} ({code})" for code, name in names.items()}


def stage_in_words(names: Mapping[str, str], plan: str | None, interval: str | None, state: str = "active") -> str:
    """`Pro, monthly`, `Pro, monthly, paused`. names: as `plan_names`."""
    if plan is None:
        return "not subscribed yet"
    return ", ".join(part for part in (names[plan], interval_in_words(interval), STATE_NAMES[state]) if part)

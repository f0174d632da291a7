"""What candidates, plans and moves between plans are called on the Compare page."""

from __future__ import annotations

from collections.abc import Mapping

from commet_core.scenario.scenario import Candidate, Scenario
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
    """`Credits · Pro · monthly`; of a line-up `Credits · line-up credits_standard · 3 plans`."""
    plan, plans = scenario.plan(candidate), scenario.plans(candidate)
    model = MODEL_NAMES[plan.consumption_model]
    if candidate.group is not None:
        count = f"{len(plans)} plan{'' if len(plans) == 1 else 's'}"
        return " · ".join((model, f"line-up {candidate.group}", count))
    return " · ".join((model, plan.name or plans[0], interval_in_words(scenario.interval(candidate))))


def interval_in_words(interval: str | None) -> str:
    return interval.replace("_", "-") if interval else "free"


def stage_in_words(names: Mapping[str, str], plan: str | None, interval: str | None, state: str = "active") -> str:
    """`Pro, monthly`, `Pro, monthly, paused`. names: as `plan_words.names_of`."""
    if plan is None:
        return "not subscribed yet"
    price = interval_in_words(interval)
    parts = (names[plan], price if price != names[plan].lower() else "", STATE_NAMES[state])
    return ", ".join(part for part in parts if part)

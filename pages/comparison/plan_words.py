"""What candidates, plans and moves between plans are called on the Compare page."""

from __future__ import annotations

from collections.abc import Mapping

from commet_core.foundation.vocabulary import Interval, State
from commet_core.foundation.wording import counted, interval_name, state_name
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from pages.shared.palette import MODEL_NAMES


def candidate_in_words(scenario: Scenario, candidate: Candidate) -> str:
    """`Credits · Pro · monthly`; of a line-up `Credits · line-up credits_standard · 3 plans`."""
    plan, plans = scenario.plan(candidate), scenario.plans(candidate)
    model = MODEL_NAMES[plan.consumption_model]
    if candidate.group is not None:
        return " · ".join((model, f"line-up {candidate.group}", counted(len(plans), "plan")))
    return " · ".join((model, plan.name or plans[0], interval_name(scenario.interval(candidate))))


def stage_in_words(names: Mapping[str, str], plan: str | None, interval: Interval | None, state: State = "active") -> str:
    """`Pro, monthly`, `Pro, monthly, paused`. names: as `plan_words.names_of`."""
    if plan is None:
        return "not subscribed yet"
    price = interval_name(interval)
    parts = (names[plan], price if price != names[plan].lower() else "", state_name(state) if state != "active" else "")
    return ", ".join(part for part in parts if part)

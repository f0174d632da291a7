"""What candidates, plans and moves between plans are called on the Compare page."""

from __future__ import annotations

from collections.abc import Mapping

from commet_core.foundation.vocabulary import Interval, State
from commet_core.foundation.wording import interval_name, state_name


def stage_in_words(names: Mapping[str, str], plan: str | None, interval: Interval | None, state: State = "active") -> str:
    """`Pro, monthly`, `Pro, monthly, paused`. names: as `plan_words.names_of`."""
    if plan is None:
        return "not subscribed yet"
    price = interval_name(interval)
    parts = (names[plan], price if price != names[plan].lower() else "", state_name(state) if state != "active" else "")
    return ", ".join(part for part in parts if part)

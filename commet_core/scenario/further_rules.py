"""The further rules: those that add columns and tables to results where a scenario uses them (interfaces.md).

Which are in use is decided once, from the whole scenario: the results of a part of its customers have the columns of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from commet_core.scenario.scenario import Scenario

FurtherRule = Literal["levels", "add_ons"]
"""One name for each rule, or for rules that share what they add."""

LEVEL_ACTIONS: Final = frozenset({"set_level", "change_level"})
"""Actions that change no plan, interval or state: they say what is held (billing-rules 10.4)."""


def _uses_levels(scenario: Scenario) -> bool:
    """Seats or quota (billing-rules 10.1, 10.2): a plan has them, or somebody asked for them."""
    asked = bool(scenario.levels) or any(row.action in LEVEL_ACTIONS for row in scenario.subscriptions)
    return asked or any(scenario.catalog.plans[code].levels for code in scenario.plans_in_play)


def _uses_add_ons(scenario: Scenario) -> bool:
    """Add-ons (10.3): a candidate's customers have some, or somebody activates one."""
    acts = any(row.action == "activate_add_on" for row in scenario.subscriptions)
    return acts or any(candidate.addons for candidate in scenario.candidates)


USED: Final[Mapping[FurtherRule, Callable[[Scenario], bool]]] = {"levels": _uses_levels, "add_ons": _uses_add_ons}
"""Whether a scenario uses a rule."""


def rules_in_use(scenario: Scenario) -> frozenset[FurtherRule]:
    """The further rules that a scenario with all of its customers uses."""
    return frozenset(rule for rule, used in USED.items() if used(scenario))

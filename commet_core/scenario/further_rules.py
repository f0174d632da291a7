"""The further rules: those that add columns and tables to results where a scenario uses them (interfaces.md).

Which are in use is decided once, from the whole scenario: the results of a part of its customers have the columns of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal

from commet_core.catalog.versions import versions_of

if TYPE_CHECKING:
    from commet_core.catalog.plans import Plan
    from commet_core.scenario.scenario import Scenario

FurtherRule = Literal[
    "levels",
    "add_ons",
    "rollover",
    "pack_expiry",
    "commitment",
    "spend_cap",
    "corrections",
    "adjustments",
    "versions",
    "promo_codes",
    "customer_credits",
    "billing_day",
    "alerts",
    "markets",
]
"""One name for each rule, or for rules that share what they add."""


LEVEL_ACTIONS: Final = frozenset({"set_level", "change_level"})
"""Actions that change no plan, interval or state: they say what is held (billing-rules 10.4)."""


def _uses_levels(scenario: Scenario, plans: Sequence[Plan]) -> bool:
    """Seats or quota (billing-rules 10.1, 10.2): a plan has them, or somebody asked for them."""
    asked = bool(scenario.levels) or any(row.action in LEVEL_ACTIONS for row in scenario.subscriptions)
    return asked or any(plan.levels for plan in plans)


def _uses_add_ons(scenario: Scenario, _: Sequence[Plan]) -> bool:
    """Add-ons (10.3): a candidate's customers have some, or somebody activates one."""
    acts = any(row.action == "activate_add_on" for row in scenario.subscriptions)
    return acts or any(candidate.addons for candidate in scenario.candidates)


def _uses_promo_codes(scenario: Scenario, _: Sequence[Plan]) -> bool:
    return any(candidate.promo_code for candidate in scenario.candidates) or any(
        row.promo_code for row in scenario.subscriptions
    )


def _uses_markets(scenario: Scenario, _: Sequence[Plan]) -> bool:
    """Currencies and markets (15.6): some customers are in one."""
    return any(candidate.market for candidate in scenario.candidates) or any(row.market for row in scenario.subscriptions)


USED: Final[Mapping[FurtherRule, Callable[[Scenario, Sequence[Plan]], bool]]] = {
    "levels": _uses_levels,
    "add_ons": _uses_add_ons,
    "rollover": lambda _, plans: any(plan.rolls_over is not None for plan in plans),
    "pack_expiry": lambda scenario, _: any(pack.expires_after_days for pack in scenario.catalog.credit_packs.values()),
    "commitment": lambda _, plans: any(plan.minimum_commitment is not None for plan in plans),
    "spend_cap": lambda scenario, plans: (
        any(candidate.spend_cap for candidate in scenario.candidates) or any(plan.spend_cap is not None for plan in plans)
    ),
    "corrections": lambda scenario, _: scenario.corrections == "net",
    "adjustments": lambda scenario, _: any(row.action == "adjust" for row in scenario.subscriptions),
    "versions": lambda _, plans: any(plan.versions for plan in plans),
    "promo_codes": _uses_promo_codes,
    "customer_credits": lambda scenario, _: any(row.action == "customer_credit" for row in scenario.subscriptions),
    "billing_day": lambda _, plans: any(plan.billing_day is not None for plan in plans),
    "alerts": lambda *_: True,  # there is always something to be told of
    "markets": _uses_markets,
}
"""Whether a scenario uses a rule, with the plans that customers can be on, in all of their versions."""


def rules_in_use(scenario: Scenario) -> frozenset[FurtherRule]:
    """The further rules that a scenario with all of its customers uses."""
    codes = scenario.plans_in_play
    plans = [version.plan for code in codes for version in versions_of(scenario.catalog.plans[code])]
    return frozenset(rule for rule, used in USED.items() if used(scenario, plans))

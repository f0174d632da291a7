"""The further rules: those that add columns and tables to results where a scenario uses them (interfaces.md).

Which are in use is decided once, from the whole scenario: the results of a part of its customers have the columns of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

from commet_core.catalog.versions import versions_of

if TYPE_CHECKING:
    from commet_core.catalog.plans import Plan
    from commet_core.scenario.scenario import Scenario

FurtherRule = Literal[
    "rollover", "pack_expiry", "commitment", "spend_cap", "corrections", "versions", "promo_codes", "customer_credits", "alerts"
]
"""One name for each rule, or for rules that share what they add."""


def _any_plan(asked: Callable[[Plan], bool]) -> Callable[[Scenario], bool]:
    """Whether a plan that customers can be on has something, in any of its versions."""

    def any_of(scenario: Scenario) -> bool:
        plans = (scenario.catalog.plans[code] for code in scenario.plans_in_play)
        return any(asked(version.plan) for plan in plans for version in versions_of(plan))

    return any_of


def _uses_promo_codes(scenario: Scenario) -> bool:
    return any(candidate.promo_code for candidate in scenario.candidates) or any(
        row.promo_code for row in scenario.subscriptions
    )


USED: Final[Mapping[FurtherRule, Callable[[Scenario], bool]]] = {
    "rollover": _any_plan(lambda plan: plan.rolls_over is not None),
    "pack_expiry": lambda scenario: any(pack.expires_after_days for pack in scenario.catalog.credit_packs.values()),
    "commitment": _any_plan(lambda plan: plan.minimum_commitment is not None),
    "spend_cap": lambda scenario: (
        any(candidate.spend_cap for candidate in scenario.candidates)
        or _any_plan(lambda plan: plan.spend_cap is not None)(scenario)
    ),
    "corrections": lambda scenario: scenario.corrections == "net",
    "versions": _any_plan(lambda plan: bool(plan.versions)),
    "promo_codes": _uses_promo_codes,
    "customer_credits": lambda scenario: any(row.action == "customer_credit" for row in scenario.subscriptions),
    "alerts": lambda _: True,  # there is always something to be told of
}
"""Whether a scenario uses a rule."""


def rules_in_use(scenario: Scenario) -> frozenset[FurtherRule]:
    """The further rules that a scenario with all of its customers uses."""
    return frozenset(rule for rule, used in USED.items() if used(scenario))

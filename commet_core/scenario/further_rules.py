"""The further rules: those that add columns and tables to results where a scenario uses them (interfaces.md).

Which are in use is decided once, from the whole scenario: the results of a part of its customers have the columns of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from commet_core.scenario.scenario import Scenario

FurtherRule = Literal["promo_codes", "versions"]
"""One name for each rule, or for rules that share what they add."""


def _uses_promo_codes(scenario: Scenario) -> bool:
    return any(candidate.promo_code for candidate in scenario.candidates) or any(
        row.promo_code for row in scenario.subscriptions
    )


USED: Final[Mapping[FurtherRule, Callable[[Scenario], bool]]] = {
    "promo_codes": _uses_promo_codes,
    "versions": lambda scenario: any(scenario.catalog.plans[code].versions for code in scenario.plans_in_play),
}
"""Whether a scenario uses a rule."""


def rules_in_use(scenario: Scenario) -> frozenset[FurtherRule]:
    """The further rules that a scenario with all of its customers uses."""
    return frozenset(rule for rule, used in USED.items() if used(scenario))

"""Who leads under some assumptions: the ground of flip points, robustness and the tornado (decisions.md 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.scenario.assumptions import NAMES
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

STEP: Final = Decimal(1).scaleb(-MICRO_DECIMALS)
"""The finest difference between two values of an assumption."""


class Range(NamedTuple):
    """An assumption, by its name, and the values that it may have."""

    name: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True)
class Standing:
    """What candidates bring in under some assumptions: int minor units billed, in the scenario's order."""

    totals: tuple[int, ...]
    baseline: int

    @property
    def order(self) -> list[int]:
        """Places of candidates, who brings in the most first; ties: the baseline, then the scenario's order."""
        return sorted(range(len(self.totals)), key=lambda place: (-self.totals[place], place != self.baseline, place))

    @property
    def leader(self) -> int:
        return self.order[0]


def standing(scenario: Scenario, usage: Usage, values: Mapping[str, Decimal]) -> Standing:
    """Where candidates stand when assumptions, by name, have these values. Raises as `replay` does."""
    assumed = scenario.model_copy(update={"assumptions": scenario.assumptions.having(values)}) if values else scenario
    return of_replay(replay(assumed, usage))


def of_replay(replayed: Replay) -> Standing:
    totals = tuple(int(run.customer_billed.sum()) for run in replayed.runs)
    return Standing(totals, replayed.scenario.baseline_index())


def is_level(replayed: Replay) -> bool:
    """Whether leader and runner-up are level (decisions.md 1.5), or nothing can be said of it."""
    return len(replayed.runs) > 1 and not CustomerAmounts.of(replayed).billed_uncertainty.leads


def today(scenario: Scenario, name: str) -> Decimal | None:
    """What is assumed today; of packs and top-ups what the candidates say who have them, None where they say different things."""
    stated = scenario.assumptions.value(name)
    if stated is not None:
        return stated
    if name == "pack_buying":
        own = {candidate.purchases.probability for candidate in scenario.candidates if candidate.purchases.pack != "none"}
    else:
        own = {candidate.top_up.probability for candidate in scenario.candidates if candidate.top_up is not None}
    return own.pop() if len(own) == 1 else None


def names_that_matter(scenario: Scenario) -> list[str]:
    """The assumptions that can change what a scenario's candidates bring in."""
    buys = any(candidate.purchases.pack != "none" for candidate in scenario.candidates)
    tops_up = any(candidate.top_up is not None for candidate in scenario.candidates)
    chooses = any(candidate.decides and len(scenario.plans(candidate)) > 1 for candidate in scenario.candidates)
    needs = {"pack_buying": buys, "top_ups": tops_up, "plan_choice.sticks": chooses, "plan_choice.prefers_flat": chooses}
    absent = {name for name, there in needs.items() if not there}
    return [name for name in NAMES if name not in absent]


def usual_range(name: str) -> Range:
    """The range of an assumption that is asked about when none is said."""
    return Range(name, NAMES[name].low, NAMES[name].high)


def _idle(name: str) -> Problem:
    """Why an assumption changes nothing in a scenario."""
    if name.startswith("plan_choice."):
        return Problem(
            name, "no candidate lets its customers choose", "Give a candidate a group of plans in place of a plan first"
        )
    return Problem(name, "no candidate buys any", "Give a candidate purchases or a top_up first")


def check_ranges(scenario: Scenario, ranges: list[Range]) -> None:
    """Raises InputError, with all problems, for names that are not known or change nothing, and ranges without a width."""
    problems = []
    matter = names_that_matter(scenario)
    for name, low, high in ranges:
        if name not in NAMES:
            problems.append(Problem(name, "is no assumption", f"Known are {', '.join(NAMES)}"))
        elif name not in matter:
            problems.append(_idle(name))
        elif not low < high:
            problems.append(Problem(name, f"the range from {low:f} to {high:f} has no width", "Let the end be above the start"))
    if problems:
        raise InputError(problems)

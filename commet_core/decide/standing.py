"""Who leads under some assumptions, or prices: the ground of flip points, robustness and the tornado (decisions.md 4.3, 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from pydantic import ValidationError

from commet_core.decide.customer_amounts import CustomerAmounts
from commet_core.decide.moved_terms import (
    base_prices_of,
    is_path,
    moved_terms,
    problems_of_terms,
    step_of,
    unknown_path,
    with_terms,
)
from commet_core.engine.plain_runs import KeptRuns
from commet_core.engine.replay import Replay, replay
from commet_core.engine.told import told_customers
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICRO_DECIMALS
from commet_core.scenario.assumptions import NAMES
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

STEP: Final = Decimal(1).scaleb(-MICRO_DECIMALS)
"""The finest difference between two values of an assumption."""


ELASTICITY_STEP: Final = Decimal("0.001")
"""As finely as an elasticity is told."""


class Range(NamedTuple):
    """An assumption by its name, or a term by its path, and the values that it may have, in steps."""

    name: str
    low: Decimal
    high: Decimal
    step: Decimal = STEP

    def at(self, value: Decimal) -> Decimal:
        """The value of the range that is nearest to one, in its steps."""
        steps = ((value - self.low) / self.step).to_integral_value()
        return min(self.high, max(self.low, self.low + steps * self.step))


@dataclass(frozen=True)
class Standing:
    """What candidates bring in under some assumptions: int minor units of the reporting currency billed, in the scenario's order."""

    totals: tuple[int, ...]
    baseline: int

    @property
    def order(self) -> list[int]:
        """Places of candidates, who brings in the most first; ties: the baseline, then the scenario's order."""
        return sorted(range(len(self.totals)), key=lambda place: (-self.totals[place], place != self.baseline, place))

    @property
    def leader(self) -> int:
        return self.order[0]


def standing(scenario: Scenario, usage: Usage, values: Mapping[str, Decimal], kept: KeptRuns | None = None) -> Standing:
    """Where candidates stand when assumptions, by name, and terms, by path, have these values. kept, and what it raises: as `replay`."""
    changed = with_terms(scenario, {name: value for name, value in values.items() if is_path(name)})
    assumed = {name: value for name, value in values.items() if not is_path(name)}
    if assumed:
        changed = changed.model_copy(update={"assumptions": scenario.assumptions.having(assumed)})
    return of_replay(replay(changed, usage, kept=kept))


def of_replay(replayed: Replay) -> Standing:
    of_groups = [[int(told_customers(run).sum()) for run in runs] for runs in replayed.runs_by_customers()]
    return Standing(tuple(map(sum, zip(*of_groups, strict=True))), replayed.scenario.baseline_index())


def is_level(replayed: Replay) -> bool:
    """Whether leader and runner-up are level (decisions.md 1.5), or nothing can be said of it."""
    return len(replayed.scenario.candidates) > 1 and not CustomerAmounts.of(replayed).billed_uncertainty.leads


def today(scenario: Scenario, name: str) -> Decimal | None:
    """What is assumed today, or a term's value; of packs and top-ups what the candidates say who have them, None where they say
    different things.
    """
    if is_path(name):
        return moved_terms(scenario)[name].term.value
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
    low, high = NAMES[name].low, NAMES[name].high
    return Range(name, low, high, ELASTICITY_STEP if name == "usage_response" else STEP)


def usual_ranges(scenario: Scenario) -> list[Range]:
    """The assumptions that matter to a scenario, over their usual ranges."""
    return [usual_range(name) for name in names_that_matter(scenario)]


def usual_price_ranges(scenario: Scenario) -> list[Range]:
    """The base prices of candidates, from half of what they are to twice as much."""
    return [
        _sold(range_of_term(scenario, moved.term.path, moved.term.value / 2, moved.term.value * 2))
        for moved in base_prices_of(scenario)
    ]


def _sold(asked: Range) -> Range:
    """The range with ends that are whole steps, so that every value of it is a price that can be sold."""
    low, high = (
        (end / asked.step).to_integral_value(way) * asked.step
        for end, way in ((asked.low, ROUND_CEILING), (asked.high, ROUND_FLOOR))
    )
    return asked._replace(low=low, high=high)


def range_of_term(scenario: Scenario, path: str, low: Decimal, high: Decimal, step: Decimal | None = None) -> Range:
    """The range of a term, by its path. step: as far apart as two values that are sold; as fine as makes sense unless given."""
    known = moved_terms(scenario).get(path)
    if known is None:
        raise InputError([unknown_path(scenario, path)])
    return Range(path, low, high, step or step_of(known.term, low, high, scenario.catalog.currency))


def _idle(name: str) -> Problem:
    """Why an assumption changes nothing in a scenario."""
    if name.startswith("plan_choice."):
        return Problem(
            name, "no candidate lets its customers choose", "Give a candidate a group of plans in place of a plan first"
        )
    return Problem(name, "no candidate buys any", "Give a candidate purchases or a top_up first")


def _beyond(scenario: Scenario, name: str, low: Decimal, high: Decimal) -> list[Problem]:
    """The ends of a range that an assumption cannot have."""
    problems = []
    for end in (low, high):
        try:
            scenario.assumptions.having({name: end})
        except ValidationError as error:
            problems.append(
                Problem(name, str(error.errors()[0]["msg"]), f"Give a range such as {NAMES[name].low:f}:{NAMES[name].high:f}")
            )
    return problems


def check_ranges(scenario: Scenario, ranges: list[Range]) -> None:
    """Raises InputError, with all problems, for names that are not known or change nothing, and ranges without a width."""
    problems = []
    matter = names_that_matter(scenario)
    for name, low, high, _ in ranges:
        if is_path(name) and low < high:
            problems += problems_of_terms(scenario, [(name, low, high)])
        elif not is_path(name) and name not in NAMES:
            problems.append(Problem(name, "is no assumption", f"Known are {', '.join(NAMES)}"))
        elif not is_path(name) and name not in matter:
            problems.append(_idle(name))
        elif not low < high:
            problems.append(Problem(name, f"the range from {low:f} to {high:f} has no width", "Let the end be above the start"))
        else:
            problems += _beyond(scenario, name, low, high)
    if problems:
        raise InputError(problems)

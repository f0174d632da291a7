"""The answer to `at what price`, in sentences (decisions.md 5.2)."""

from __future__ import annotations

from commet_core.decide.solve import Solution
from commet_core.foundation.formats import percent
from commet_core.foundation.wording import capitalized, counted, listed
from commet_core.reports.assumed_words import assumed_sentences
from commet_core.reports.price.term_words import (
    at_words,
    point_words,
    range_words,
    revenue_words,
    target_words,
    value_words,
    wanted_words,
)

TOLD_MAX = 3
NOBODY_REACTS = "Nobody reacts here: higher is always more."


def headline(solution: Solution) -> str:
    """`Credits brings in what Metered does (within 0.5 %) at $59 a month.`, or that nothing does, and what comes nearest."""
    term, currency, baseline = solution.term, solution.scenario.catalog.currency, solution.baseline.name
    wanted = wanted_words(solution.targets, baseline, currency)
    if solution.meeting:
        told = [_stretch(solution, *stretch) for stretch in solution.meeting[:TOLD_MAX]]
        more = len(solution.meeting) - TOLD_MAX
        values = " or ".join([*told, f"in {counted(more, 'further stretch')}"] if more > 0 else told)
        return (
            f"{solution.candidate.name} {wanted} {at_words(term, values)}." if wanted else f"{capitalized(values)} was tried."
        )
    tried = range_words(term, solution.value(0), solution.value(len(solution.points) - 1), currency)
    nearest = value_words(term, solution.value(solution.nearest), currency)
    return f"Nothing from {tried} has {solution.candidate.name} do this: {wanted}. The nearest is {nearest}."


def solution_words(solution: Solution) -> list[str]:
    """The answer and what stands behind it, a sentence or two each; the first is the answer."""
    base, currency, baseline = solution.base, solution.scenario.catalog.currency, solution.baseline.name
    best = solution.points[solution.best]
    value = value_words(solution.term, best.values[0], currency)
    said = [headline(solution), f"At {value} {point_words(best, base, baseline, currency, solution.rise)}"]
    if not solution.meeting:
        said.append(_in_the_way(solution))
    said += _sides(solution)
    said += [f"All from {_stretch(solution, *stretch)} come to the same." for stretch in solution.equal[:TOLD_MAX]]
    if solution.reacts:
        return [*said, *assumed_sentences(solution.scenario)]
    revenue_wanted = any(target.measure == "revenue" for target in solution.targets)
    return [*said, NOBODY_REACTS] if revenue_wanted else said


def _stretch(solution: Solution, first: int, last: int) -> str:
    return range_words(solution.term, solution.value(first), solution.value(last), solution.scenario.catalog.currency)


def _in_the_way(solution: Solution) -> str:
    """Which target no value meets, or that they cannot be met together."""
    currency, baseline = solution.scenario.catalog.currency, solution.baseline.name
    if solution.in_the_way:
        wanted = [target_words(target, baseline, currency) for target in solution.in_the_way]
        return f"What stands in the way: at no value of the range it {listed(wanted)}."
    each = []
    for target in solution.targets:
        met = [place for place, point in enumerate(solution.points) if target.miss(point, solution.base) == 0]
        each.append(
            f"it {target_words(target, baseline, currency)} {at_words(solution.term, _stretch(solution, met[0], met[-1]))}"
        )
    return f"Each can be had by itself, and not together: {listed(each)}."


def _sides(solution: Solution) -> list[str]:
    """The neighbours on both sides of what is wanted."""
    currency, baseline = solution.scenario.catalog.currency, solution.baseline.name
    said = []
    for pair in solution.sides[:TOLD_MAX]:
        sides = [
            f"{value_words(solution.term, solution.value(place), currency)} "
            f"{'meets it' if solution.meets[place] else 'does not meet it'}: "
            f"{revenue_words(solution.points[place], solution.base, baseline, currency)}, "
            f"and refuses {percent(solution.points[place].blocked_share)}"
            for place in pair
        ]
        said.append(f"{sides[0]}; {sides[1]}.")
    return said

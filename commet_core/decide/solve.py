"""At what price: the whole curve of one term, and every value that can be sold and meets what is wanted (decisions.md 5).

Every point is a replay, and no monotonicity is assumed: packs make steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from commet_core.catalog.plans import Catalog
from commet_core.decide.grids import GRID_MAX
from commet_core.decide.points import Point, Question, replayed_points
from commet_core.decide.targets import Target, check_targets, parse_targets, rises_of
from commet_core.decide.terms import Defaults, FreeTerm, Term, candidate_named, free_terms, with_values
from commet_core.engine.plan_sums import ReplayPlans
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Progress
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage


@dataclass(frozen=True, eq=False)
class Solution:
    """points: one per value of the grid, in its order. base: the baseline, with its own terms.

    rise     the share from which a customer counts as paying more
    reacts   customers reacted to each value before it was replayed
    """

    scenario: Scenario
    candidate: Candidate
    term: Term
    targets: tuple[Target, ...]
    points: tuple[Point, ...]
    base: Point
    customers: int
    rise: Decimal
    reacts: bool
    defaults: Defaults = "fixed"

    @property
    def baseline(self) -> Candidate:
        return self.scenario.candidates[self.scenario.baseline_index()]

    def value(self, place: int) -> Decimal:
        return self.points[place].values[0]

    def miss(self, place: int) -> Fraction:
        """How far a point is from meeting the target that it misses most; 0 where it meets all."""
        return max((target.miss(self.points[place], self.base) for target in self.targets), default=Fraction(0))

    @cached_property
    def meets(self) -> tuple[bool, ...]:
        """Of each point whether it meets every target."""
        return tuple(self.miss(place) == 0 for place in range(len(self.points)))

    @cached_property
    def meeting(self) -> tuple[tuple[int, int], ...]:
        """The stretches of the grid that meet the targets: the places of their first and last value."""
        return stretches(self.meets)

    @cached_property
    def equal(self) -> tuple[tuple[int, int], ...]:
        """The stretches of two or more values that all come to the same."""
        ends = [place for place, (one, next_) in enumerate(pairwise(self.points)) if one.figures != next_.figures]
        bounds = zip([0, *(end + 1 for end in ends)], [*ends, len(self.points) - 1], strict=True)
        return tuple((first, last) for first, last in bounds if last > first)

    @cached_property
    def sides(self) -> tuple[tuple[int, int], ...]:
        """Neighbours on both sides of what is wanted: where it begins or ends to be met, or is leapt over."""
        return tuple(
            (place, place + 1)
            for place in range(len(self.points) - 1)
            if self.meets[place] != self.meets[place + 1] or self._leaps(place)
        )

    def _leaps(self, place: int) -> bool:
        """Whether a target of `as much as` lies between two neighbours of which neither meets it."""
        one, other = self.points[place], self.points[place + 1]
        return any(
            target.relation == "=" and target.beyond(one, self.base) * target.beyond(other, self.base) < 0
            for target in self.targets
            if target.miss(one, self.base) and target.miss(other, self.base)
        )

    @cached_property
    def nearest(self) -> int:
        """The place whose largest miss is the smallest; of equals the lower value."""
        return min(range(len(self.points)), key=lambda place: (self.miss(place), place))

    @cached_property
    def best(self) -> int:
        """The place to take over: what meets all targets, and of that

        what comes nearest to a target of `as much as`; with a limit on customers or refusals what brings in most; else the lowest.
        Where nothing meets them, the nearest.
        """
        places = [place for place, met in enumerate(self.meets) if met]
        if not places:
            return self.nearest
        equals = [target for target in self.targets if target.relation == "="]
        if equals:
            away = lambda place: max(abs(target.beyond(self.points[place], self.base)) for target in equals)  # noqa: E731
            return min(places, key=lambda place: (away(place), place))
        if any(target.relation == "<=" for target in self.targets):
            return min(places, key=lambda place: (-self.points[place].revenue, place))
        return places[0]

    @cached_property
    def in_the_way(self) -> tuple[Target, ...]:
        """The targets that no value meets by itself; empty where each is met somewhere, and only together they are not."""
        return tuple(target for target in self.targets if all(target.miss(point, self.base) for point in self.points))

    def catalog(self, place: int) -> Catalog:
        """The catalog with the term at a value of the grid."""
        return with_values(self.scenario.catalog, [self.term], self.points[place].values, self.defaults)


def stretches(flags: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    """Where neighbouring flags are set: the first and last place of each stretch."""
    firsts = [place for place, flag in enumerate(flags) if flag and not (place and flags[place - 1])]
    lasts = [place for place, flag in enumerate(flags) if flag and not (place + 1 < len(flags) and flags[place + 1])]
    return tuple(zip(firsts, lasts, strict=True))


def solve(
    scenario: Scenario,
    usage: Usage,
    candidate: str,
    term: str,
    targets: Sequence[str] = ("revenue=baseline",),
    *,
    defaults: Defaults = "fixed",
    rise: Decimal | None = None,
    replay: ReplayPlans | None = None,
    seen: Callable[[int, Point], None] | None = None,
    progress: Progress | None = None,
) -> Solution:
    """Replays every value of a term over all customers, and says which of them meet what is wanted.

    candidate: its name. term: its path and values, `plans.pro.prices.monthly=19:99:1`. targets: as `targets` has them. rise: the
    share from which a customer counts as paying more; the first that a target names, else 0. replay: replays the catalogs, in place
    of what the scenario assumes. seen, progress: as in `replayed_points`. Raises InputError, with all that is wrong,
    and as `replay` does.
    """
    chosen = candidate_named(scenario, candidate)
    (free,), wanted = asked(scenario, chosen, [term], targets)
    if len(free.grid) > GRID_MAX:
        what = f"the range has {len(free.grid):,} values, and at most {GRID_MAX:,} are replayed"
        raise InputError.of(free.term.path, what, "Give a larger step or a shorter range")
    question = question_of(scenario, usage, chosen, wanted, rise, replay)
    values = [(value,) for value in free.grid.values]
    points = replayed_points(question, [free.term], values, defaults, seen, progress)
    reacts = replay is not None or scenario.assumptions.change_customers
    found = tuple(points), question.base, question.customers, question.rise, reacts, defaults
    return Solution(scenario, chosen, free.term, wanted, *found)


def asked(
    scenario: Scenario, candidate: Candidate, terms: Sequence[str], targets: Sequence[str]
) -> tuple[list[FreeTerm], tuple[Target, ...]]:
    """Terms and targets as they are written. Raises InputError with the problems of both."""
    problems: list[Problem] = []
    free: list[FreeTerm] = []
    wanted: tuple[Target, ...] = ()
    try:
        free = free_terms(scenario, candidate, terms)
    except InputError as error:
        problems += error.problems
    try:
        wanted = parse_targets(targets)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return free, wanted


def question_of(
    scenario: Scenario,
    usage: Usage,
    candidate: Candidate,
    targets: Sequence[Target],
    rise: Decimal | None,
    replay: ReplayPlans | None,
) -> Question:
    """What is asked, with the baseline replayed. Raises InputError where a target has no meaning here, and as `replay` does."""
    rises = rises_of(targets)
    from_rise = rise if rise is not None else rises[0] if rises else Decimal(0)
    question = Question.of(scenario, usage, candidate, from_rise, rises, replay)
    baseline = scenario.candidates[scenario.baseline_index()].name
    check_targets(targets, question.base, baseline, has_cost=question.base.margin is not None)
    return question

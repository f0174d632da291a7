"""What else is possible: several terms at once, every point a replay, and the front of those that no other beats (6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.decide.front import USUAL, check_measures, front
from commet_core.decide.grids import GRID_MAX, Grid
from commet_core.decide.points import Point, replayed_points
from commet_core.decide.solve import asked, question_of
from commet_core.decide.targets import Target
from commet_core.decide.terms import Defaults, Term, candidate_named, with_values
from commet_core.engine.plan_sums import ReplayPlans
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

POINTS_USUAL: Final = 1000
POINTS_MAX: Final = 10_000


@dataclass(frozen=True, eq=False)
class Sweep:
    """points: of the full grid in its order, the last term first to move, or as they were sampled (`whole` false).

    rise, reacts   as of a `Solution`
    grid_points    how many combinations there are
    """

    scenario: Scenario
    candidate: Candidate
    terms: tuple[Term, ...]
    targets: tuple[Target, ...]
    measures: tuple[str, ...]
    points: tuple[Point, ...]
    base: Point
    customers: int
    rise: Decimal
    reacts: bool
    whole: bool
    grid_points: int
    defaults: Defaults = "fixed"

    @property
    def baseline(self) -> Candidate:
        return self.scenario.candidates[self.scenario.baseline_index()]

    @cached_property
    def meets(self) -> tuple[bool, ...]:
        """Of each point whether it meets every target; without targets all do."""
        return tuple(all(target.miss(point, self.base) == 0 for target in self.targets) for point in self.points)

    @cached_property
    def on_front(self) -> tuple[bool, ...]:
        """Of each point whether it meets the targets, and no other that does beats it in the measures."""
        places = [place for place, met in enumerate(self.meets) if met]
        on_it = front([self.points[place] for place in places], self.measures)
        chosen = {place for place, on in zip(places, on_it, strict=True) if on}
        return tuple(place in chosen for place in range(len(self.points)))

    @cached_property
    def front(self) -> tuple[int, ...]:
        """The places of the front, the best in the first measure first."""
        places = [place for place, on in enumerate(self.on_front) if on]
        return tuple(sorted(places, key=lambda place: (-self.points[place].revenue, place)))

    @cached_property
    def best(self) -> int | None:
        """The point of the front that brings in most; None where nothing meets the targets."""
        return self.front[0] if self.front else None

    def catalog(self, place: int) -> Catalog:
        return with_values(self.scenario.catalog, self.terms, self.points[place].values, self.defaults)


def sweep(
    scenario: Scenario,
    usage: Usage,
    candidate: str,
    terms: Sequence[str],
    targets: Sequence[str] = (),
    *,
    points: int = POINTS_USUAL,
    measures: Sequence[str] = USUAL,
    defaults: Defaults = "fixed",
    rise: Decimal | None = None,
    replay: ReplayPlans | None = None,
    seen: Callable[[int, Point], None] | None = None,
    progress: Progress | None = None,
) -> Sweep:
    """Replays the full grid where it has at most 2,000 points, else so many that Sobol's sequence chooses, by the scenario's seed.

    measures: two or three of `front.MEASURES`. Otherwise as `solve`.
    """
    if not 1 <= points <= POINTS_MAX:
        raise InputError.of("points", f"{points:,} are asked for", f"Ask for 1 to {POINTS_MAX:,}")
    names, chosen = check_measures(measures), candidate_named(scenario, candidate)
    free, wanted = asked(scenario, chosen, terms, targets)
    question = question_of(scenario, usage, chosen, wanted, rise, replay)
    if "margin" in names and question.base.margin is None:
        what = "what serving the usage costs is not known, so that there is no margin"
        raise InputError.of(
            "measures",
            what,
            "Give features a unit_cost in the catalog, or choose other measures; usage with tokens has no margin here yet",
        )
    grids = [one.grid for one in free]
    count = prod(len(grid) for grid in grids)
    whole = count <= max(GRID_MAX, points)
    values = rows_of(grids) if whole else sampled_rows(grids, points, scenario.seed)
    moved = tuple(one.term for one in free)
    found = tuple(replayed_points(question, moved, values, defaults, seen, progress))
    reacts = replay is not None or scenario.assumptions.change_customers
    rest = question.base, question.customers, question.rise, reacts, whole, count, defaults
    return Sweep(scenario, chosen, moved, wanted, names, found, *rest)


def rows_of(grids: Sequence[Grid]) -> list[tuple[Decimal, ...]]:
    """Every combination of the grids' values."""
    return list(product(*(grid.values for grid in grids)))


def sampled_rows(grids: Sequence[Grid], count: int, seed: int) -> list[tuple[Decimal, ...]]:
    """So many different combinations, spread evenly over all by a scrambled Sobol sequence."""
    from scipy.stats import qmc  # noqa: PLC0415  # half a second to import

    sequence = qmc.Sobol(len(grids), rng=np.random.default_rng(seed))
    lengths = np.array([len(grid) for grid in grids])
    chosen: dict[tuple[int, ...], None] = {}
    power = max(1, (count - 1).bit_length())
    while len(chosen) < count:
        drawn = np.minimum((sequence.random_base2(power) * lengths).astype(np.int64), lengths - 1)
        chosen.update(dict.fromkeys(map(tuple, drawn.tolist())))
        power = int(sequence.num_generated).bit_length() - 1  # as many again, so that the sequence stays balanced
    places = list(chosen)[:count]
    return [tuple(grid.value(place) for grid, place in zip(grids, row, strict=True)) for row in places]

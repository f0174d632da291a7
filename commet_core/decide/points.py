"""Points: one candidate's plans under one set of terms, replayed over all customers and set against the baseline (6.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.decide.terms import Defaults, Term, with_values
from commet_core.engine.assumed_plans import AssumedPlans
from commet_core.engine.plan_sums import PlanReplays, PlanSums, ReplayPlans
from commet_core.foundation.money import NANO_DECIMALS, decimal_of, half_up, minor_decimals
from commet_core.foundation.progress import Progress, unheard
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import TOTAL_MAX, Usage


@dataclass(frozen=True)
class Point:
    """Amounts in the currency's unit, over the window unless said otherwise; exact. Shares between 0 and 1, or above.

    values             of the free terms, in their order
    revenue            what is billed
    margin             revenue less what serving costs; None where the cost of what was used is not known
    median_cost        of the customers' monthly costs, rounded to the minor unit
    share_paying_more  of customers whose bill is more than the stated rise above that on the baseline
    largest_rise       the largest rise of a bill, as a share of that on the baseline; None where the baseline bills nobody
    blocked_share      of what was asked for
    above              the share of customers above each rise that a target names
    """

    values: tuple[Decimal, ...]
    revenue: Decimal
    margin: Decimal | None
    median_cost: Decimal
    share_paying_more: Fraction
    largest_rise: Fraction | None
    blocked_share: Fraction
    above: tuple[Fraction, ...] = ()

    @property
    def margin_share(self) -> Fraction | None:
        """Of revenue; None where nothing is billed or the cost is not known."""
        return Fraction(self.margin) / Fraction(self.revenue) if self.margin is not None and self.revenue else None

    @property
    def figures(self) -> tuple[object, ...]:
        """All but the values: two points with the same figures are equal results."""
        return (self.revenue, self.margin, self.median_cost, self.share_paying_more, self.largest_rise, self.blocked_share)


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of a candidate: whose terms move, against whom, and from which rise on a customer pays more.

    replay    replays catalogs; another than `PlanReplays.each` may let customers react to the terms first
    baseline  the baseline's sums under its own terms
    base      the baseline as a point without values
    """

    scenario: Scenario
    candidate: Candidate
    replay: ReplayPlans
    baseline: PlanSums
    rise: Decimal
    rises: tuple[Decimal, ...]
    base: Point
    customers: int

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        usage: Usage,
        candidate: Candidate,
        rise: Decimal = Decimal(0),
        rises: Sequence[Decimal] = (),
        replay: ReplayPlans | None = None,
    ) -> Question:
        """rise: a share; rises: those that targets name. Where a scenario assumes that people react, they do to each plan.

        Raises InputError as `replay` does.
        """
        baseline = scenario.candidates[scenario.baseline_index()]
        kind = AssumedPlans if scenario.assumptions.change_customers else PlanReplays
        sums = kind.of(scenario, usage, baseline.name).sums(scenario.catalog)
        replay = replay or kind.of(scenario, usage, candidate.name).each
        base = point_of((), sums, sums, scenario.catalog.currency, rise, rises)
        return cls(scenario, candidate, replay, sums, rise, tuple(rises), base, len(sums.billed))

    def point(self, sums: PlanSums) -> Point:
        """What is kept of a plan's sums; its values are filled in later."""
        return point_of((), sums, self.baseline, self.scenario.catalog.currency, self.rise, self.rises)


def replayed_points(
    question: Question,
    terms: Sequence[Term],
    values: Sequence[Sequence[Decimal]],
    defaults: Defaults = "fixed",
    seen: Callable[[int, Point], None] | None = None,
    progress: Progress | None = None,
) -> list[Point]:
    """A point for each row of values, in their order.

    They are replayed so that the first few lie all over the range: seen is told each one with its place, as it comes.
    progress: told how far it is; what it raises stops the work.
    """
    tell, catalog = progress or unheard, question.scenario.catalog
    order = spread(len(values))
    catalogs: Iterator[Catalog] = (with_values(catalog, terms, values[place], defaults) for place in order)
    points: dict[int, Point] = {}
    tell(0.0, f"Replaying {len(values):,} plans")
    for place, point in zip(order, question.replay(catalogs, question.point), strict=True):
        points[place] = replace(point, values=tuple(values[place]))
        if seen is not None:
            seen(place, points[place])
        tell(len(points) / len(values), f"Replayed {len(points):,} of {len(values):,} plans")
    return [points[place] for place in range(len(values))]


def spread(count: int) -> list[int]:
    """The places 0 to count − 1, the ends first, then halves, quarters, …: the first few show the whole."""
    if count == 0:
        return []
    order, taken = [], [False] * count
    for place in (0, count - 1):
        if not taken[place]:
            order.append(place)
            taken[place] = True
    step = 1 << max(0, (count - 1).bit_length() - 1)
    while step:
        for place in range(step, count, step):
            if not taken[place]:
                order.append(place)
                taken[place] = True
        step //= 2
    return order


def point_of(
    values: tuple[Decimal, ...], sums: PlanSums, baseline: PlanSums, currency: str, rise: Decimal, rises: Sequence[Decimal]
) -> Point:
    """What a plan's sums come to beside the baseline's, of the same customers."""
    decimals = minor_decimals(currency)
    revenue = decimal_of(sums.billed_minor, decimals)
    median = sums.median_monthly_cost
    median_minor = half_up(median.numerator, median.denominator)
    return Point(
        values=values,
        revenue=revenue,
        margin=None if sums.cost_nanos is None else revenue - decimal_of(sums.cost_nanos, NANO_DECIMALS),
        median_cost=decimal_of(median_minor, decimals),
        share_paying_more=share_above(sums.billed, baseline.billed, rise),
        largest_rise=largest_rise(sums.billed, baseline.billed),
        blocked_share=sums.blocked_share,
        above=tuple(share_above(sums.billed, baseline.billed, each) for each in rises),
    )


def share_above(billed: np.ndarray, baseline: np.ndarray, rise: Decimal) -> Fraction:
    """The share of customers whose bill is more than a share above their bill on the baseline; of 0, any bill is."""
    if len(billed) == 0:
        return Fraction(0)
    parts = Fraction(rise)
    most = max(int(np.abs(billed).max()), int(np.abs(baseline).max()))
    kind = np.int64 if most * (parts.numerator + parts.denominator) < TOTAL_MAX else object
    above = billed.astype(kind) * parts.denominator > baseline.astype(kind) * (parts.denominator + parts.numerator)
    return Fraction(int(np.count_nonzero(above)), len(billed))


def largest_rise(billed: np.ndarray, baseline: np.ndarray) -> Fraction | None:
    """Of the customers whom the baseline bills, the largest rise as a share of that bill; below 0 where all pay less."""
    of = np.flatnonzero(baseline > 0)
    if len(of) == 0:
        return None
    rises = (billed[of] - baseline[of]) / baseline[of]
    close = of[rises >= rises.max() - 1e-9 * (1 + abs(rises.max()))]
    pairs = set(zip(billed[close].tolist(), baseline[close].tolist(), strict=True))
    return max(Fraction(now - before, before) for now, before in pairs)

"""Caps: a `discount` line of max(0, new − (1 + cap) × old) for every billing period while the cap holds (decisions.md 7.0).

Old is what the old plan bills for the same usage in the same period: it is replayed from the day of the move on.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from commet_core.decide.migration.ground import Ground, ids_of
from commet_core.decide.migration.moved_rows import NEVER, Move
from commet_core.decide.migration.strategies import Strategy
from commet_core.engine.fit import PARTS, fit_by_period
from commet_core.engine.replay import Replay, replay
from commet_core.engine.run import Run
from commet_core.foundation.calendar import period_day
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import half_up
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow


class Capped(NamedTuple):
    """One period of a customer; microseconds, and minor units. old, new: exact, with their shares of what is paid in advance."""

    customer: str
    starts: int
    ends: int
    old: Fraction
    new: Fraction
    discount: int


def capped_periods(ground: Ground, strategy: Strategy, moves: Mapping[str, Move], replayed: Replay) -> tuple[Capped, ...]:
    """The periods in which a bill is capped, those with a discount of 0 too. Raises InputError where periods do not match."""
    _check(ground, strategy)
    new = _costs(replayed.scenario, replayed.runs[-1])
    shadow = _shadow(ground, moves)
    old = {} if shadow is None else _costs(shadow.scenario, shadow.runs[0])
    found = []
    for customer, move in moves.items():
        until = _months_after(ground, move.at, strategy.months or 0)
        for (starts, ends), cost in new.get(customer, {}).items():
            if move.at <= starts < until and (starts, ends) in old.get(customer, {}):
                before = old[customer][starts, ends]
                beyond = max(Fraction(0), cost - (1 + Fraction(strategy.cap)) * before)
                discount = half_up(beyond.numerator, beyond.denominator)
                found.append(Capped(customer, starts, ends, before, cost, discount))
    return tuple(found)


def _costs(scenario: Scenario, run: Run) -> dict[str, dict[tuple[int, int], Fraction]]:
    """By customer and period what it costs, in minor units."""
    timeline, cost = run.timeline, fit_by_period(scenario, run).cost
    active = timeline.of_segments(np.array([stage.has_periods for stage in run.stages]))
    ids = ids_of(run)
    found: dict[str, dict[tuple[int, int], Fraction]] = {}
    for place in np.flatnonzero(active).tolist():
        customer = ids[int(timeline.segment_customers[place])]
        span = int(timeline.starts[place]), int(timeline.ends[place])
        found.setdefault(customer, {})[span] = Fraction(int(cost[place]), PARTS)
    return found


def _shadow(ground: Ground, moves: Mapping[str, Move]) -> Replay | None:
    """The old plan, without a trial or an offer, from each one's move on."""
    scenario, ways = ground.scenario, ground.ways
    candidate = Candidate.model_validate(ways.old.model_dump() | {"offer": None, "promo_code": None})
    rows = []
    for customer in ground.ids:
        move = moves.get(customer)
        day = NEVER if move is None else ways.day(move.at)
        own = [] if move is None else ways.rows_after(customer, move)
        rows += [SubscriptionRow.model_construct(None, customer_id=customer, at=day, action="start"), *own]
    if all(move.at >= ground.window_end for move in moves.values()):
        return None
    plans = {code: plan.model_copy(update={"trial_days": None}) for code, plan in scenario.catalog.plans.items()}
    catalog = scenario.catalog.model_copy(update={"plans": plans})
    numbered = tuple(row.model_copy(update={"line": line, "candidate": ""}) for line, row in enumerate(rows, start=1))
    return replay(
        scenario.model_copy(update={"catalog": catalog, "candidates": (candidate,), "subscriptions": numbered}), ground.usage
    )


def _months_after(ground: Ground, at: int, months: int) -> int:
    days = ground.scenario.catalog.days
    return int(days.start(period_day(int(days.of(at)), months, weekly=False)))


def _check(ground: Ground, strategy: Strategy) -> None:
    """A period of the one is set against the same period of the other."""
    catalog, ways = ground.scenario.catalog, ground.ways
    old, new = ([catalog.plans[code] for code in ground.scenario.plans(each)] for each in (ways.old, ways.new))
    intervals = [ground.scenario.interval(each) == "weekly" for each in (ways.old, ways.new)]
    problems = []
    where = f"strategy {strategy.text!r}"
    if intervals[0] != intervals[1]:
        problems.append(Problem(where, "one plan is billed by weeks and the other by months", "Leave the cap out"))
    if {plan.billing_day for plan in old} != {plan.billing_day for plan in new}:
        problems.append(Problem(where, "the plans have different billing days", "Give them the same, or leave the cap out"))
    if any(plan.trial_days for plan in new) or ways.new.offer:
        what = f"{ways.new.name!r} begins with a trial or an offer, so that a first bill is below its price anyway"
        problems.append(Problem(where, what, "Take it out of the candidate to move to, or leave the cap out"))
    if problems:
        raise InputError(problems)

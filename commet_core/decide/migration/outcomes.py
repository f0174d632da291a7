"""What a strategy comes to: replayed, day by day, against everybody staying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from commet_core.decide.migration.caps import Capped, capped_periods
from commet_core.decide.migration.choosing import moves_of
from commet_core.decide.migration.ground import Ground, billed_by_day, earned_by_day, ids_of
from commet_core.decide.migration.left_over import LeftOver, left_over
from commet_core.decide.migration.moved_rows import Move
from commet_core.decide.migration.strategies import Strategy
from commet_core.engine.replay import Replay, replay
from commet_core.foundation.calendar import date_of, day_number, month_number
from commet_core.foundation.derived import cached_property
from commet_core.foundation.money import minor_nanos
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow

TRIES_MAX = 5


class Costs(NamedTuple):
    """Nanos, day by day of the window.

    grandfathering  what moving at the renewal would have earned more; below zero where it would have earned less
    caps            discounts that keep rises below their cap; they are in what is billed and earned already
    unused_days     of intervals that were paid for and end early; balance: top-ups that were not used by then
    credits         purchased credits that are in hand at the move, at the price paid: never earned, so that giving them back is not either
    """

    grandfathering: list[int]
    caps: list[int]
    unused_days: list[int]
    balance: list[int]
    credits: list[int]

    @property
    def total(self) -> list[int]:
        return [sum(of_day) for of_day in zip(*self, strict=True)]


@dataclass(frozen=True, eq=False)
class Outcome:
    """One strategy. moves: of customers by id, those beyond the window too. stuck: customers who cannot move, and why.

    earned, billed   nanos, day by day of the window, capped bills as they are charged
    billed_minor     by customer, minor units: what it is billed in the window
    """

    ground: Ground
    strategy: Strategy
    moves: Mapping[str, Move]
    stuck: Mapping[str, str]
    rows: tuple[SubscriptionRow, ...]
    earned: list[int]
    billed: list[int]
    billed_minor: Mapping[str, int]
    costs: Costs
    left: LeftOver
    capped: tuple[Capped, ...]

    @property
    def scenario(self) -> Scenario:
        """The scenario that was replayed."""
        return with_rows(self.ground, self.rows)

    @cached_property
    def moved(self) -> list[str]:
        """Customers who move in the window, by id."""
        return [customer for customer, move in self.moves.items() if move.at < self.ground.window_end]

    @cached_property
    def above(self) -> list[str]:
        """Of those the ones whose bill rises by more than the stated share."""
        return [customer for customer in self.moved if self.ground.above(self.ground.places[customer])]

    @cached_property
    def months(self) -> np.ndarray:
        """int64, one per day of the window: its month, counted from January 1970."""
        window = self.ground.window
        return month_number(np.arange(day_number(window.start), day_number(window.end)))

    def by_month(self, days: Sequence[int]) -> dict[date, int]:
        """Sums by the first day of each month that the window touches."""
        found: dict[int, int] = {}
        for month, amount in zip(self.months.tolist(), days, strict=True):
            found[month] = found.get(month, 0) + amount
        return {date(1970 + month // 12, month % 12 + 1, 1): amount for month, amount in found.items()}

    def moved_in(self, month: date, customers: Sequence[str]) -> int:
        """How many of some customers move in a month, given by its first day."""
        days = self.ground.scenario.catalog.days
        dates = [date_of(int(days.of(self.moves[customer].at))) for customer in customers]
        return sum((each.year, each.month) == (month.year, month.month) for each in dates)

    @cached_property
    def gained(self) -> list[int]:
        """Nanos, by day: earned since the window's start more than if everybody stayed, less what the move costs beside it."""
        found, total = [], 0
        for mine, staying, unused, balance in zip(
            self.earned, self.ground.earned, self.costs.unused_days, self.costs.balance, strict=True
        ):
            total += mine - staying - unused - balance
            found.append(total)
        return found

    @cached_property
    def payback(self) -> date | None:
        """The first day from which on it has brought in more on every later day; None where it has not at the window's end.

        Never before the migration begins: a period that it ends has its overage on the day before, as one that goes on has later.
        """
        place, first = len(self.gained), (self.ground.at - self.ground.window.start).days
        while place > first and self.gained[place - 1] > 0:
            place -= 1
        return None if place == len(self.gained) else date_of(day_number(self.ground.window.start) + place)


def with_rows(ground: Ground, rows: Sequence[SubscriptionRow]) -> Scenario:
    return ground.scenario.model_copy(update={"candidates": ground.ways.candidates, "subscriptions": tuple(rows)})


def outcome_of(ground: Ground, strategy: Strategy, renewal: Outcome | None = None) -> Outcome:
    """renewal: of moving at the renewal, against which grandfathering is set. Raises InputError as `replay` does."""
    moves, stuck, rows, replayed = _replayed(ground, strategy)
    earned, billed = earned_by_day(replayed.scenario, replayed.runs), billed_by_day(replayed.runs)
    days, minor = len(earned), minor_nanos(ground.currency)
    left = left_over(ground, replayed, moves)
    capped = capped_periods(ground, strategy, moves, replayed) if strategy.kind == "cap" else ()
    unused, top_ups, purchased, off_earned, off_billed, early, then = (
        _on_days(ground, days, entries, minor)
        for entries in (
            [(each.at, each.unused_days) for each in left.customers],
            [(each.at, each.top_ups) for each in left.customers],
            [(each.at, each.purchased) for each in left.customers],
            [(each.ends - 1, each.discount) for each in capped],
            [(each.ends, each.discount) for each in capped],
            [(each.at - 1, each.unused_days + each.top_ups) for each in left.customers],
            [(each.at, each.unused_days + each.top_ups) for each in left.customers],
        )
    )
    # what ends early is earned at that moment (billing-rules 13), not on the day before, where the period's other sums are
    earned = [mine - off - before + now for mine, off, before, now in zip(earned, off_earned, early, then, strict=True)]
    billed = [mine - off for mine, off in zip(billed, off_billed, strict=True)]
    forgone = [0] * days
    if renewal is not None and strategy.kind == "grandfather":
        forgone = [theirs - mine for theirs, mine in zip(renewal.earned, earned, strict=True)]
    costs = Costs(forgone, off_earned, unused, top_ups, purchased)
    by_customer = _billed_by_customer(replayed)
    for each in capped:
        by_customer[each.customer] -= each.discount
    return Outcome(ground, strategy, moves, stuck, rows, earned, billed, by_customer, costs, left, capped)


def _replayed(
    ground: Ground, strategy: Strategy
) -> tuple[dict[str, Move], dict[str, str], tuple[SubscriptionRow, ...], Replay]:
    """Who cannot move because something else forbids it stays, and is named."""
    stuck: dict[str, str] = {}
    chosen = moves_of(ground, strategy)
    for _ in range(TRIES_MAX):
        moves = {customer: move for customer, move in chosen.items() if customer not in stuck}
        rows = ground.ways.rows(ground.ids, moves)
        replayed = replay(with_rows(ground, rows), ground.usage)
        new = {
            problem.row.customer_id: f"{problem.what}. {problem.fix}"
            for problem in replayed.subscribers.problems
            if problem.row.customer_id in moves and problem.row.customer_id in ground.places
        }
        if not new:
            break
        stuck |= new
    return moves, stuck, rows, replayed


def _on_days(ground: Ground, days: int, entries: Sequence[tuple[int, int]], minor: int) -> list[int]:
    """Nanos by day of amounts in minor units, each at a moment in microseconds."""
    first, calendar = day_number(ground.window.start), ground.scenario.catalog.days
    found = [0] * days
    for at, amount in entries:
        found[min(max(int(calendar.of(at)) - first, 0), days - 1)] += amount * minor
    return found


def _billed_by_customer(replayed: Replay) -> dict[str, int]:
    found: dict[str, int] = {}
    for run in replayed.runs:
        for customer, billed in zip(ids_of(run), run.customer_billed.tolist(), strict=True):
            found[customer] = found.get(customer, 0) + billed
    return found

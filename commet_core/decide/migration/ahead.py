"""Ways to move customers on the possible futures of a forecast: each path is a window of its own (decisions.md 7.0).

A path is the history and one future of everybody's usage, as `decide.forecast` draws it; on each, every way is replayed and set against
everybody staying. The migration begins where the history ends, so that bills before it, and who can move, are the same on all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from commet_core.decide.forecast.cancellations import path_rows
from commet_core.decide.forecast.forecasting import begin
from commet_core.decide.forecast.ground import check_asked
from commet_core.decide.forecast.paths import Drawing, Piece
from commet_core.decide.forecast.replayed import Replaying
from commet_core.decide.migration.migrating import RISE, Migration, migrate
from commet_core.decide.migration.outcomes import Outcome
from commet_core.decide.migration.strategies import USUAL, Strategy, parse_strategies
from commet_core.foundation.money import half_up
from commet_core.foundation.parallel import worker_pool
from commet_core.foundation.progress import Progress, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

PATHS: Final = 20
P10, P50, P90 = Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)


@dataclass(frozen=True)
class OnPath:
    """What a way comes to on one path, against everybody staying there.

    gained        nanos by month ahead: earned more than by staying, less what the move costs
    billed, cost  nanos: billed more than by staying; all that the way gives up
    payback       as an `Outcome` has it, within the months ahead
    """

    gained: tuple[int, ...]
    billed: int
    cost: int
    moved: int
    above: int
    payback: date | None


@dataclass(frozen=True)
class OutcomeAhead:
    """One way on every path, in their order."""

    strategy: Strategy
    paths: tuple[OnPath, ...]

    def gained(self, share: Fraction, month: int | None = None) -> int:
        """Nanos: a quantile over the paths of what is gained in a month ahead, from 0, or in all of them."""
        return quantile([sum(path.gained) if month is None else path.gained[month] for path in self.paths], share)

    def middle(self, name: str) -> int:
        """The median over the paths of `billed`, `cost`, `moved` or `above`."""
        return quantile([getattr(path, name) for path in self.paths], P50)

    @property
    def paid_back(self) -> int:
        """On how many paths it pays back."""
        return sum(path.payback is not None for path in self.paths)

    @property
    def payback(self) -> date | None:
        """The day by which it has paid back on half of the paths; None where it does on fewer."""
        days = sorted(path.payback for path in self.paths if path.payback is not None)
        half = -(-len(self.paths) // 2)
        return days[half - 1] if len(days) >= half else None


@dataclass(frozen=True, eq=False)
class MigrationAhead:
    """first: the migration on the first path, from which is taken what is the same on all. months: the first day of each ahead."""

    first: Migration
    months: tuple[date, ...]
    outcomes: tuple[OutcomeAhead, ...]

    @property
    def paths(self) -> int:
        return len(self.outcomes[0].paths)


def quantile(values: Sequence[int], share: Fraction) -> int:
    """Between the two nearest of the ordered values in proportion, half up."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low = place.numerator // place.denominator
    between = place - low
    above = ordered[min(low + 1, len(ordered) - 1)] - ordered[low]
    return ordered[low] + half_up(above * between.numerator, between.denominator)


def migrate_ahead(
    scenario: Scenario,
    usage: Usage,
    old: str,
    new: str,
    strategies: Sequence[str] = USUAL,
    *,
    months: int,
    paths: int = PATHS,
    rise: Decimal = RISE,
    lenient: bool = False,
    progress: Progress | None = None,
) -> MigrationAhead:
    """Moves the customers of one candidate to another, in the months that follow the history.

    months   so many ahead
    paths    possible futures, those of the forecast of the same scenario and usage: path i is the same alone and among many
    Otherwise as `migrate`. Raises InputError as that and `forecast` do.
    """
    check_asked(months, paths, "month")
    parse_strategies(strategies)
    tell, begun = progress or unheard, begin(scenario, usage, months)
    drawing = Drawing(begun.parts, months, begun.seed)
    at = begun.calendar.date(begun.calendar.origin)

    def on_path(path: int) -> Migration:
        return migrate(*path_of(drawing, path), old, new, strategies, at=at, rise=rise, lenient=lenient)

    first, found = on_path(0), []
    tell(1 / paths, f"Moved customers on 1 of {paths:,} possible futures")
    with worker_pool() as pool:
        futures = [pool.submit(lambda path: _on_path(on_path(path), months), path) for path in range(1, paths)]
        try:
            for done, future in enumerate(futures, 2):
                found.append(future.result())
                tell(done / paths, f"Moved customers on {done:,} of {paths:,} possible futures")
        except BaseException:
            for future in futures:
                future.cancel()
            raise
    return MigrationAhead(first, tuple(_months(first.outcomes[0], months)), tuple(_outcomes([_on_path(first, months), *found])))


def path_of(drawing: Drawing, path: int) -> tuple[Scenario, Usage]:
    """A path as a scenario with its window, its cancellations among the rows, and the usage of everybody."""
    scenario = Replaying(drawing).scenario
    piece = Piece(drawing, 0, drawing.parts.history.usage.customer_count)
    return scenario.with_customer_rows([*scenario.customer_rows, *path_rows(piece, path)]), piece.path(path)


def _on_path(made: Migration, months: int) -> dict[Strategy, OnPath]:
    return {outcome.strategy: _ahead(outcome, months) for outcome in made.outcomes}


def _ahead(outcome: Outcome, months: int) -> OnPath:
    days = [until - since for until, since in zip(outcome.gained, [0, *outcome.gained], strict=False)]
    gained = list(outcome.by_month(days).values())
    before, of_months = gained[:-months], gained[-months:]
    of_months[0] += sum(before)  # fractions of a cent, of what ends early at the move
    return OnPath(
        tuple(of_months),
        sum(outcome.billed) - sum(outcome.ground.billed),
        sum(outcome.costs.total),
        len(outcome.moved),
        len(outcome.above),
        outcome.payback,
    )


def _months(outcome: Outcome, months: int) -> list[date]:
    """The first day of each month ahead: the window's last ones."""
    return list(outcome.by_month(outcome.earned))[-months:]


def _outcomes(found: Sequence[dict[Strategy, OnPath]]) -> list[OutcomeAhead]:
    """Ways that are possible on every path, in the order in which they were named."""
    possible = [strategy for strategy in found[0] if all(strategy in of_path for of_path in found)]
    return [OutcomeAhead(strategy, tuple(of_path[strategy] for of_path in found)) for strategy in possible]

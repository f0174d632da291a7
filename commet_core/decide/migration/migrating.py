"""Several ways to move customers, each replayed and set against everybody staying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from commet_core.decide.migration.ground import Ground, ground_of
from commet_core.decide.migration.outcomes import Outcome, outcome_of
from commet_core.decide.migration.strategies import USUAL, Strategy, parse_strategies
from commet_core.foundation.derived import cached_property
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

RISE: Final = Decimal("0.2")
STAYING_SHARE: Final = 0.2
"""Of the whole time about what everybody staying takes."""


@dataclass(frozen=True, eq=False)
class Migration:
    """outcomes: one per strategy, in the order in which they were named. problems: of strategies that are not possible here."""

    ground: Ground
    outcomes: tuple[Outcome, ...]
    problems: tuple[Problem, ...] = ()

    @property
    def scenario(self) -> Scenario:
        return self.ground.scenario

    @property
    def old(self) -> Candidate:
        return self.ground.ways.old

    @property
    def new(self) -> Candidate:
        return self.ground.ways.new

    @property
    def currency(self) -> str:
        return self.ground.currency

    @cached_property
    def first_to_talk_to(self) -> list[int]:
        """The places of customers whose bill rises, the largest rise first."""
        rises = [(self.ground.rises(place) or 0, place) for place in self.ground.there]
        return [place for rise, place in sorted(rises, key=lambda each: (-each[0], each[1])) if rise > 0]


def migrate(
    scenario: Scenario,
    usage: Usage,
    old: str,
    new: str,
    strategies: Sequence[str] = USUAL,
    *,
    at: date | None = None,
    rise: Decimal = RISE,
    lenient: bool = False,
    progress: Progress | None = None,
) -> Migration:
    """Moves the customers of one candidate to another in several ways.

    old, new: names of candidates. strategies: as `parse_strategies` has them. at: the day on which the migration begins, inside the
    window; usually after three whole months. rise: the share from which a bill counts as risen. lenient: strategies that are not
    possible here are left out and named, where at least one is. progress: told how far it is; what it raises stops the work.
    Raises InputError, with all that is wrong, and as `replay` does.
    """
    tell, wanted = progress or unheard, parse_strategies(strategies)
    ground = ground_of(
        scenario, usage, old, new, at, rise, share_of(tell, 0.0, STAYING_SHARE, "Replaying everybody where they are")
    )
    found: list[Outcome] = []
    problems: list[Problem] = []
    renewal: Outcome | None = None
    for number, strategy in enumerate(wanted):
        share = STAYING_SHARE + (1 - STAYING_SHARE) * number / len(wanted)
        tell(share, f"Replayed {number:,} of {len(wanted):,} ways to move")
        try:
            if strategy.kind == "grandfather" and renewal is None:
                renewal = next((each for each in found if each.strategy.kind == "renewal"), None)
                renewal = renewal or outcome_of(ground, Strategy("renewal", "renewal"))
            found.append(outcome_of(ground, strategy, renewal))
        except InputError as error:
            problems += error.problems
    if problems and not (lenient and found):
        raise InputError(problems)
    tell(1.0, f"Replayed {len(wanted):,} of {len(wanted):,} ways to move")
    return Migration(ground, tuple(found), tuple(problems))

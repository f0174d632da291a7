"""Flip points (decisions.md 4.3): at which value of an assumption, or of a price, another candidate brings in the most.

The leader is found at 33 equally spaced values and at today's; every neighbouring pair with different leaders is halved until it is a
thousandth of the range. Both sides of what is told were replayed. Changes back and forth within 1/32 of the range may be missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

import pyarrow as pa

from commet_core.decide.moved_terms import FINEST, Moved, moved_terms
from commet_core.decide.standing import STEP, Range, check_ranges, is_level, standing, today
from commet_core.engine.plain_runs import KeptRuns
from commet_core.engine.replay import replay
from commet_core.foundation.arrow import PRICE_TYPE
from commet_core.foundation.progress import Progress, share_of, unheard
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage

VALUES: Final = 33
PARTS: Final = 1000
"""A flip is told to a thousandth of the range."""

HALVINGS: Final = 5
"""Of a neighbouring pair, until it is a thousandth of the range."""


@dataclass(frozen=True)
class FlipPoint:
    """A change of the leader along an assumption; flips_at None: one leads everywhere.

    assumed        what is assumed today; None where candidates say different things
    rank           from 1, the nearest to today first
    flips_at       the value nearest to today's at which another leads
    leader_below, leader_above   names, on the two sides of it
    level          leader and runner-up are level today, so that the flip is not decided
    moved          the term that moves; None of an assumption
    """

    assumption: str
    assumed: Decimal | None
    rank: int
    flips_at: Decimal | None
    leader_below: str
    leader_above: str
    level: bool
    moved: Moved | None = None


def flip_points(scenario: Scenario, usage: Usage, ranges: Sequence[Range], progress: Progress | None = None) -> list[FlipPoint]:
    """The flip points of each assumption or term. progress: what it raises stops the work. Raises InputError for ranges that make none."""
    check_ranges(scenario, list(ranges))
    tell, kept = progress or unheard, KeptRuns()
    level = is_level(replay(scenario, usage, kept=kept))
    found: list[FlipPoint] = []
    for place, asked in enumerate(ranges):
        part = share_of(tell, place / len(ranges), (place + 1) / len(ranges), "Looking for flip points")
        found += _along(scenario, usage, asked, part, level, kept)
    return found


def _along(scenario: Scenario, usage: Usage, asked: Range, tell: Progress, level: bool, kept: KeptRuns) -> list[FlipPoint]:
    now = today(scenario, asked.name)
    leaders: dict[Decimal, int] = {}

    def leader(value: Decimal) -> int:
        if value not in leaders:
            leaders[value] = standing(scenario, usage, {asked.name: value}, kept).leader
            tell(min(1.0, len(leaders) / (VALUES + HALVINGS)), "")
        return leaders[value]

    width, moved = asked.high - asked.low, moved_terms(scenario).get(asked.name)
    values = {asked.at(asked.low + width * step / (VALUES - 1)) for step in range(VALUES)}
    if now is not None and asked.low <= now <= asked.high:
        values.add(now if moved is not None else now.quantize(STEP))
    names = [candidate.name for candidate in scenario.candidates]
    sides = [_halved(low, high, leader, asked) for low, high in pairwise(sorted(values)) if leader(low) != leader(high)]
    if not sides:
        name = names[leader(min(values))]
        return [FlipPoint(asked.name, now, 1, None, name, name, level, moved)]
    told = [(_nearer(low, high, now), names[leader(low)], names[leader(high)]) for low, high in sides]
    told.sort(key=lambda flip: abs(flip[0] - now) if now is not None else flip[0])
    return [FlipPoint(asked.name, now, rank, *flip, level, moved) for rank, flip in enumerate(told, 1)]


def _halved(low: Decimal, high: Decimal, leader: Callable[[Decimal], int], asked: Range) -> tuple[Decimal, Decimal]:
    """Two values a thousandth of the range, or a step, apart with different leaders, the lower one's that of `low`."""
    while high - low > max((asked.high - asked.low) / PARTS, asked.step):
        middle = asked.at((low + high) / 2)
        if not low < middle < high:
            break
        if leader(middle) == leader(low):
            low = middle
        else:
            high = middle
    return low, high


def _nearer(low: Decimal, high: Decimal, now: Decimal | None) -> Decimal:
    """Of two values on both sides of a flip the one beyond it, as seen from today."""
    return low if now is not None and now >= high else high


_FIELDS: Final = {"today": "assumed"}


def flip_table(found: Sequence[FlipPoint]) -> pa.Table:
    """The table `flip_points` of interfaces.md."""
    number = PRICE_TYPE
    kinds = {
        "assumption": pa.string(),
        "today": number,
        "rank": pa.int64(),
        "flips_at": number,
        "leader_below": pa.string(),
        "leader_above": pa.string(),
        "level": pa.bool_(),
    }
    return pa.table(
        {
            name: pa.array([_cell(getattr(flip, _FIELDS.get(name, name))) for flip in found], kind)
            for name, kind in kinds.items()
        }
    )


def _cell(value: object) -> object:
    return value.quantize(FINEST) if isinstance(value, Decimal) else value

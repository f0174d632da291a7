"""Who moves when under each strategy (decisions.md 7.1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from commet_core.decide.migration.bills import gains
from commet_core.decide.migration.ground import Ground
from commet_core.decide.migration.moved_rows import Move
from commet_core.decide.migration.renewals import is_renewal
from commet_core.decide.migration.strategies import Strategy
from commet_core.foundation.errors import InputError


def moves_of(ground: Ground, strategy: Strategy) -> dict[str, Move]:
    """By customer id; who is not named stays. Raises InputError where an order is not possible here."""
    match strategy.kind:
        case "now":
            return {ground.ids[place]: _at_once(ground, place) for place in ground.there}
        case "renewal" | "cap":
            return _at_renewals(ground, lambda _: ground.moment)
        case "waves":
            wave_of = dict(_waves(ground, strategy))
            months = strategy.months or 0
            return _at_renewals(ground, lambda place: ground.months_later(months * wave_of[place]))
        case "grandfather":
            if strategy.months is None:
                return {}
            later = ground.months_later(strategy.months)
            return _at_renewals(ground, lambda _: later)
        case "opt_in":
            return _at_renewals(
                ground, lambda place: ground.moment if gains(ground.before[place], ground.after[place]) else None
            )


def _at_once(ground: Ground, place: int) -> Move:
    return Move(ground.moment, cut=not is_renewal(ground.renewals, place, ground.moment))


def _at_renewals(ground: Ground, since: Callable[[int], int | None]) -> dict[str, Move]:
    """Each at its first renewal from a moment on; a free plan, which has none, ends at its reset."""
    found = {}
    for place in ground.there:
        at = since(place)
        renewal = None if at is None else ground.renewals.next(place, ground.moment, at)
        if renewal is not None:
            found[ground.ids[place]] = Move(renewal, cut=False)
    return found


def _waves(ground: Ground, strategy: Strategy) -> Iterator[tuple[int, int]]:
    """Customers by their place, each with its wave from 0: of about equal size, in order."""
    ordered = sorted(ground.there, key=lambda place: (_rank(ground, strategy, place), ground.ids[place].encode()))
    if strategy.order == "segment":
        segments = list(dict.fromkeys(_segment(ground, place) for place in ordered))
        if len(segments) < 2:
            what = "customers are in no segments: all of them are on the same plan"
            raise InputError.of(f"strategy {strategy.text!r}", what, "Use smallest_rise or newest")
        for place in ordered:
            yield place, min(segments.index(_segment(ground, place)), strategy.waves - 1)
        return
    for number, place in enumerate(ordered):
        yield place, number * strategy.waves // len(ordered)


def _rank(ground: Ground, strategy: Strategy, place: int) -> tuple[int, int | str]:
    """What customers are ordered by; of whom nothing is known comes last."""
    if strategy.order == "newest":
        return 0, -int(ground.starts[place])
    if strategy.order == "segment":
        return 0, _segment(ground, place)
    rise = ground.rises(place)
    return (1, 0) if rise is None else (0, rise)


def _segment(ground: Ground, place: int) -> str:
    """The plan that a customer is on: the one thing that parts customers into segments here."""
    segment = ground.renewals.on(place, ground.moment)
    return "" if segment is None else str(ground.renewals.stages[segment].plan)

"""Strategies and customers as rows, with figures as they are read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from commet_core.decide.migration import Migration, Outcome
from commet_core.decide.migration.tables import minor, nano
from commet_core.foundation.calendar import date_of, day_number
from commet_core.foundation.formats import day_words, month_words, percent_of
from commet_core.foundation.money import format_amount, format_signed
from commet_core.reports.move.words import strategy_name

NOT_YET = "not yet"
UNKNOWN = "not known"


class StrategyRow(NamedTuple):
    """name: in words; earned, billed: against staying, earned after what the move costs; all as texts."""

    text: str
    name: str
    earned: str
    billed: str
    moved: str
    above: str
    cost: str
    payback: str


class TalkRow(NamedTuple):
    """One customer to talk to; bills a month, as texts."""

    customer_id: str
    before: str
    after: str
    rise: str
    share: str


def strategy_rows(made: Migration) -> list[StrategyRow]:
    """One for each strategy, in the order in which they were asked for."""
    return [_row(made, outcome) for outcome in made.outcomes]


def _row(made: Migration, outcome: Outcome) -> StrategyRow:
    signed: Callable[[int], str] = lambda amount: format_signed(nano(amount), made.currency)  # noqa: E731
    return StrategyRow(
        outcome.strategy.text,
        strategy_name(outcome.strategy),
        signed(outcome.gained[-1]),
        signed(sum(outcome.billed) - sum(made.ground.billed)),
        f"{len(outcome.moved):,}",
        f"{len(outcome.above):,}",
        _costs(made, outcome),
        NOT_YET if outcome.payback is None else day_words(outcome.payback),
    )


COST_WORDS = {
    "grandfathering": "forgone",
    "caps": "caps",
    "unused_days": "unused days",
    "balance": "unused top-ups",
    "credits": "credits in hand",
}


def _costs(made: Migration, outcome: Outcome) -> str:
    parts = []
    for name, days in outcome.costs._asdict().items():
        amount = nano(sum(days))
        if format_amount(abs(amount), made.currency) == format_amount(Decimal(0), made.currency):
            continue
        words = "saved" if name == "grandfathering" and amount < 0 else COST_WORDS[name]
        parts.append(f"{format_amount(abs(amount), made.currency)} {words}")
    return ", ".join(parts) or "none"


def talk_rows(made: Migration, most: int | None = None) -> list[TalkRow]:
    """Customers whose bill rises, the largest rise first."""
    ground = made.ground
    found = []
    for place in made.first_to_talk_to[:most]:
        before, after, rise = ground.before[place], ground.after[place], ground.rises(place)
        assert before is not None
        assert after is not None
        assert rise is not None
        was, will, more = (format_amount(minor(ground, each), made.currency) for each in (before.minor, after.minor, rise))
        found.append(TalkRow(ground.ids[place], was, will, more, percent_of(rise, before.minor) or UNKNOWN))
    return found


class GainPoint(NamedTuple):
    """What a way has earned more than staying, after what it costs: in the currency's unit, in a month or up to a day."""

    day: date
    amount: float


def gains_by_month(outcome: Outcome) -> list[GainPoint]:
    """In each month, by its first day."""
    before = [0, *outcome.gained[:-1]]
    steps = [until - since for until, since in zip(outcome.gained, before, strict=True)]
    return [GainPoint(month, float(nano(amount))) for month, amount in outcome.by_month(steps).items()]


def gains_by_day(outcome: Outcome) -> list[GainPoint]:
    """Up to the end of each day of the window."""
    first = day_number(outcome.ground.window.start)
    return [GainPoint(date_of(first + place), float(nano(amount))) for place, amount in enumerate(outcome.gained)]


MONTH_HEADS = ("Month", "Billed", "Billed, all staying", "Earned", "Earned, all staying", "Moved", "Above", "Cost")


def month_rows(made: Migration, outcome: Outcome) -> list[tuple[str, ...]]:
    """The months of a way, as texts under MONTH_HEADS."""
    columns = [
        outcome.by_month(days)
        for days in (outcome.billed, made.ground.billed, outcome.earned, made.ground.earned, outcome.costs.total)
    ]
    found: list[tuple[str, ...]] = []
    for month in columns[0]:
        billed, billed_staying, earned, earned_staying, cost = (
            format_amount(nano(column[month]), made.currency) for column in columns
        )
        moved, above = (f"{outcome.moved_in(month, who):,}" for who in (outcome.moved, outcome.above))
        found.append((month_words(month), billed, billed_staying, earned, earned_staying, moved, above, cost))
    return found

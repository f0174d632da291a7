"""Cells that rows of subscriptions and of levels share: times, and amounts of seats and quota."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from commet_core.foundation.calendar import day_number
from commet_core.foundation.calendar import moment as moment_at
from commet_core.foundation.days import Days
from commet_core.foundation.money import MICRO_DECIMALS, decimal_places, parse_decimal, plain
from commet_core.scenario.subscriptions import RowProblem

if TYPE_CHECKING:
    from commet_core.scenario.subscriptions import Row

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)

LEVEL_MAX: Final = Decimal(10) ** 12
"""Units that a level may have: a terabyte in bytes."""


def time_problems(row: Row, days: Days) -> Iterator[RowProblem]:
    fix = "Write a date or a time in UTC, for example 2026-01-31 or 2026-01-31T15:30:00"
    try:
        moment = moment_of(row.at, days)
    except ValueError:
        yield RowProblem(row, "at", f"{row.at!r} is not a time" if row.at else "is empty", fix)
    else:
        if not EARLIEST <= moment < LATEST:
            yield RowProblem(row, "at", f"{row.at!r} is out of range", "Give a time between 1970 and 2200")


def moment_of(text: str, days: Days) -> datetime:
    """A time as it is written, in UTC; a date is its first instant where days begin so (billing-rules 2.7).

    Raises ValueError where it is none.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None and not any(sign in text for sign in ":T "):
        moment = moment.replace(tzinfo=UTC)
        return moment if len(days.begins) == 0 else moment_at(days.start(day_number(moment.date())))
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)


def level_amount_problems(text: str, kind: str, *, signed: bool) -> Iterator[tuple[str, str]]:
    """What is wrong with an amount of seats or quota, and what would be right."""
    whole = kind == "seats"
    fix = f"Give {'whole seats' if whole else 'a number with at most 6 decimals'}{'' if signed else ', 0 or more'}"
    try:
        number = parse_decimal(text)
    except ValueError as error:
        yield str(error), fix
        return
    if number < 0 and not signed:
        yield f"{plain(number)} is negative", fix
    elif whole and number != number.to_integral_value():
        yield f"{plain(number)} is not a whole number, and seats are", fix
    elif decimal_places(number) > MICRO_DECIMALS:
        yield f"{number:f} has {decimal_places(number)} decimals", fix
    elif abs(number) > LEVEL_MAX:
        yield f"{plain(number)} is too large", f"Give at most {plain(LEVEL_MAX)}"

"""Minimum commitments (billing-rules 15.4), kept while a subscription is lived through."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .amounts import ONE, ZERO, rounded_share
from .line import Line
from .periods import day_at, first_day_after, midnight, months_after, whole_days

if TYPE_CHECKING:
    from .records import Record

SAME, RENEWAL, OTHER_PLAN, CHANGE, PAUSE, RESUME, CANCEL, WINDOW = (
    "same",
    "renewal",
    "other plan",
    "change",
    "pause",
    "resume",
    "cancel",
    "window",
)
"""What comes after a period that ends."""


@dataclass
class PriceInAdvance:
    """A base price before discounts, or what is paid beside it; ``counted``: what of it has counted for a commitment that is over.

    ``of``: an add-on's, which may end before its days are over, and counts in full from then on.
    """

    amount: Decimal = ZERO
    start: date = date.min
    end: date = date.max
    counted: Decimal = ZERO
    of: Any = None

    def by_day(self, day: date, minor_digits: int) -> Decimal:
        days = max(1, (self.end - self.start).days)
        return rounded_share(self.amount, max(0, min((day - self.start).days, days)), days, minor_digits)


@dataclass
class Commitment:
    """One that runs: for an interval, or for a term of so many ``months`` from its ``anchor``."""

    plan: str
    amount: Decimal
    months: int | None
    anchor: date
    start: date
    end: date
    before: int = 0
    paused: int = 0
    term: int = 0
    counted: Decimal = ZERO
    whole_days: int | None = None
    periods: list["Record"] = field(default_factory=list)

    @property
    def days(self) -> int:
        return (self.end - self.start).days


def begun(plan: str, amount: Decimal, months: int | None, start: date, end: date | None, day: date) -> Commitment:
    """At ``day``, in an interval from ``start`` to ``end``, or in a term counted from ``start``; days before do not count."""
    if months is None:
        assert end is not None
        return Commitment(plan, amount, None, start, start, end, before=max(0, (day - start).days))
    commitment = Commitment(plan, amount, months, start, start, months_after(start, months))
    while commitment.end <= day:
        next_term(commitment)
    commitment.before = max(0, (day - commitment.start).days)
    return commitment


def next_term(commitment: Commitment) -> None:
    assert commitment.months is not None
    commitment.term += 1
    commitment.start = commitment.end
    commitment.end = months_after(commitment.anchor, (commitment.term + 1) * commitment.months)
    commitment.before, commitment.paused, commitment.counted = 0, 0, ZERO


def pause_counted(commitment: Commitment, start: datetime, end: datetime) -> None:
    """15.4: days of a pause are taken out of a term."""
    commitment.paused += whole_days(max(start, midnight(commitment.start)), min(end, midnight(commitment.end)))


def is_over(commitment: Commitment, after: str) -> bool:
    if commitment.months is None:
        return after != SAME
    return after in (OTHER_PLAN, CHANGE, CANCEL, WINDOW)


def due_line(
    commitment: Commitment, prices: Sequence[PriceInAdvance], end: datetime, after: str, credit: Decimal, digits: int
) -> Line | None:
    """The difference that is due when a commitment ends at ``end``; marks what of prices has counted."""
    naturally = end >= midnight(commitment.end)
    whole = naturally or (commitment.months is not None and after == CANCEL)
    elapsed = commitment.days if whole else commitment.days - (commitment.end - first_day_after(end)).days
    of_days = commitment.whole_days or commitment.days
    due = rounded_share(commitment.amount, elapsed - commitment.before - commitment.paused, of_days, digits)
    short = due - commitment.counted - credit
    for price in prices:
        part = price.amount - price.counted
        if price.of is not None and price.of.ended_in is not None:
            pass
        elif after == WINDOW and not naturally:
            part = price.by_day(day_at(end), digits) - price.counted
        elif (after == WINDOW or not is_over(commitment, after)) and price.end > commitment.end:
            part = price.by_day(commitment.end, digits) - price.counted
        price.counted += part
        short -= part
    return Line("commitment", commitment.plan, ONE, short) if short > ZERO else None

"""Subscriptions (interfaces.md): what customers did and when. Rows as they were written; the actions that they mean.

Rows are read by `files`, checked one by one by `checks`. Whether a customer's actions make a possible life together is the
business of `phases`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Protocol

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from commet_core.foundation.documents import Document
from commet_core.foundation.errors import Problem
from commet_core.foundation.vocabulary import ActionKind, Interval

COLUMNS = (
    "customer_id",
    "at",
    "action",
    "plan",
    "interval",
    "item",
    "amount",
    "when",
    "candidate",
    "promo_code",
    "until",
    "cycles",
    "market",
)
REQUIRED_COLUMNS = ("customer_id", "at", "action")


def text_of(cell: object) -> object:
    """What a cell says, as text; an empty one is ''."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, int | Decimal) and not isinstance(cell, bool):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    if not isinstance(cell, str):
        what = f"{cell!r} is not a text"
        raise PydanticCustomError("wrong", "{what}", {"what": what, "fix": "Put it in quotes"})
    return cell.strip()


Cell = Annotated[str, BeforeValidator(text_of)]


class WrittenRow(Document):
    """A row about a customer as it was written; empty cells are ''.

    list_name   what the rows of a scenario stand under
    file        the file's name; '' where the row stands in the scenario itself
    line        the line in the file, or the row's place in the scenario, from 1
    """

    list_name: ClassVar[str]

    file: str = ""
    line: Annotated[int, Field(ge=0)] = 0
    customer_id: Cell = ""
    at: Cell = ""

    @property
    def where(self) -> str:
        """The row's place, as problems name it."""
        return f"{self.file}, line {self.line}" if self.file else f"{self.list_name}, row {self.line}"


class SubscriptionRow(WrittenRow):
    """A row of subscriptions: what a customer did."""

    list_name = "subscriptions"

    action: Cell = ""
    plan: Cell = ""
    interval: Cell = ""
    item: Cell = ""
    amount: Cell = ""
    when: Cell = ""
    candidate: Cell = ""
    promo_code: Cell = ""
    until: Cell = ""
    cycles: Cell = ""
    market: Cell = ""


@dataclass(frozen=True, slots=True)
class Action:
    """A row whose cells are sound by themselves.

    at             microseconds since 1970; of a start 00:00 of its date (billing-rules 2.2)
    plan           '' where none is named: at a start the candidate's
    interval       None where none is named
    item           the offer of a start, a change or a reactivation, the pack of a purchase, seats or quota, an add-on, what is adjusted; '' for none
    amount         nanos of a top-up; micros of seats or quota, below zero too where they are changed; of an adjustment either,
                   below zero where it takes
    at_period_end  a cancellation waits for the end of what is paid for (billing-rules 8.4)
    candidate      the one that the row is meant for; '' for all
    promo_code     of a start; '' for none
    until, cycles  microseconds, or billing cycles, up to which something lasts; None where that is not said
    adopts_now     what a version makes worse holds at once (billing-rules 8.7)
    """

    at: int
    kind: ActionKind
    plan: str
    interval: Interval | None
    item: str
    amount: int
    at_period_end: bool
    candidate: str
    row: SubscriptionRow
    promo_code: str = ""
    adopts_now: bool = False
    until: int | None = None
    cycles: int | None = None


class Row(Protocol):
    """A row of subscriptions or of levels."""

    @property
    def file(self) -> str: ...

    @property
    def line(self) -> int: ...

    @property
    def customer_id(self) -> str: ...

    @property
    def at(self) -> str: ...

    @property
    def where(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row: in which column ('' where it is the row), and what would be right."""

    row: Row
    column: str
    what: str
    fix: str

    @property
    def value(self) -> str:
        """What the row says there."""
        return str(getattr(self.row, self.column)) if self.column else ""

    @property
    def problem(self) -> Problem:
        """The same for a person to read."""
        place = f"{self.row.where}, {self.column}" if self.column else self.row.where
        of_whom = f"customer {self.row.customer_id!r}: " if self.row.customer_id else ""
        return Problem(place, of_whom + self.what, self.fix)


def micros_of(moment: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    since = moment - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

"""What comes in: rows of usage, and rows of the subscriptions file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from .amounts import decimal
from .periods import Window, day_at, midnight

Row = dict[str, Any]


class Tokens(NamedTuple):
    """11.1: the tokens of one request to an AI model; those of the cache are part of ``input_tokens``."""

    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0


class Event(NamedTuple):
    """One row of usage; in input order."""

    customer_id: str
    timestamp: datetime
    feature: str
    value: Decimal
    tokens: Tokens | None = None


class Action(NamedTuple):
    """One row of the subscriptions file; what was left empty is None."""

    customer_id: str
    at: datetime
    action: str
    plan: str | None = None
    interval: str | None = None
    item: str | None = None
    amount: Decimal | None = None
    when: str | None = None
    promo_code: str | None = None
    until: datetime | None = None
    cycles: int | None = None


def moment(written: Any) -> datetime:
    """A date, which means its first instant, or a time; UTC unless it says otherwise."""
    if isinstance(written, str):
        is_date = len(written) == len("2026-01-31")
        written = date.fromisoformat(written) if is_date else datetime.fromisoformat(written)
    if not isinstance(written, datetime):
        return midnight(written)
    return written.astimezone(UTC) if written.tzinfo else written.replace(tzinfo=UTC)


def action_from(row: Mapping[str, Any]) -> Action:
    """2.2: a subscription starts at 00:00 on its start date; everything else happens at its very time."""
    at = moment(row["at"])
    amount = row.get("amount")
    return Action(
        customer_id=str(row["customer_id"]),
        at=midnight(day_at(at)) if row["action"] == "start" else at,
        action=row["action"],
        plan=row.get("plan") or None,
        interval=row.get("interval") or None,
        item=row.get("item") or None,
        amount=None if amount in (None, "") else decimal(amount),
        when=row.get("when") or None,
        promo_code=row.get("promo_code") or None,
        until=moment(row["until"]) if row.get("until") else None,
        cycles=int(row["cycles"]) if row.get("cycles") else None,
    )


def actions_by_customer(rows: Sequence[Mapping[str, Any]], candidate: str) -> dict[str, list[Action]]:
    """Those meant for this candidate or for all, in time order; at the same time in the order of the file (3.1)."""
    meant = [action_from(row) for row in rows if (row.get("candidate") or candidate) == candidate]
    customers: dict[str, list[Action]] = {}
    for action in sorted(meant, key=lambda action: action.at):
        customers.setdefault(action.customer_id, []).append(action)
    return customers


def events_by_customer(events: Sequence[Event], window: Window) -> dict[str, list[Event]]:
    """2.5, 3.1: those inside the window, by customer, in time order; at the same time in the order of the input."""
    inside = [event for event in events if window.start <= event.timestamp < window.end]
    customers: dict[str, list[Event]] = {}
    for event in sorted(inside, key=lambda event: event.timestamp):
        customers.setdefault(event.customer_id, []).append(event)
    return customers

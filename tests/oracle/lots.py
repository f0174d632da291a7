"""Purchased credits, lot by lot (billing-rules 5.2, 15.3), and plan allowances that roll over (15.2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from .amounts import ZERO


@dataclass
class PackLot:
    """Credits that one line was paid for. ``used`` and ``expired`` since it was bought, ``used_now`` in this period."""

    credits: Decimal
    price: Decimal
    expires: datetime | None = None
    used: Decimal = ZERO
    used_now: Decimal = ZERO
    last_use: int = 0
    expired: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        return self.credits - self.used - self.expired


class LotState(NamedTuple):
    """What had become of a lot by the end of a period."""

    lot: PackLot
    used: Decimal
    expired: Decimal


def expiry_of(days: int | None, bought_at: datetime) -> datetime | None:
    """15.3: n x 24 hours after the purchase."""
    return None if days is None else bought_at + timedelta(hours=24 * days)


def in_order_of_use(lots: Sequence[PackLot]) -> list[PackLot]:
    """15.3: soonest expiry, then oldest; those without an expiry last."""
    return sorted(lots, key=lambda lot: (lot.expires is None, lot.expires.timestamp() if lot.expires else 0))


def take_from_lots(lots: Sequence[PackLot], wanted: Decimal) -> None:
    number = max((lot.last_use for lot in lots), default=0)
    for lot in in_order_of_use(lots):
        taken = min(wanted, lot.left)
        if taken > ZERO:
            number += 1
            lot.used, lot.used_now, lot.last_use = lot.used + taken, lot.used_now + taken, number
            wanted -= taken
    assert wanted == ZERO


def give_back_to_lots(lots: Sequence[PackLot], credit: Decimal, at: datetime) -> Decimal:
    """15.7: the lot used last first, what of it was used in this period; an expired one gets nothing. What was given back."""
    given = ZERO
    for lot in sorted(lots, key=lambda lot: -lot.last_use):
        if lot.expires is not None and lot.expires <= at:
            continue
        back = min(credit - given, lot.used_now)
        lot.used, lot.used_now = lot.used - back, lot.used_now - back
        given += back
    return given


def expire_until(lots: Sequence[PackLot], at: datetime) -> Decimal:
    """15.3: an event at that moment comes too late. What expired."""
    gone = ZERO
    for lot in lots:
        if lot.expires is not None and lot.expires <= at and lot.left > ZERO:
            gone += lot.left
            lot.expired += lot.left
    return gone


# --- Rollover (15.2) -------------------------------------------------------------------------------------------------


class Rollover(NamedTuple):
    max_periods: int | None
    max_amount: Decimal | None


def rolled_over(into: Sequence[Decimal], granted: Decimal, used: Decimal, rule: Rollover) -> list[Decimal]:
    """15.2: what is left goes on, oldest first: of as many periods as it may be used for, and at most so much of it."""
    left = []
    for lot in [*into, granted]:
        taken = min(lot, used)
        left.append(lot - taken)
        used -= taken
    if rule.max_periods is not None:
        left = left[-rule.max_periods :]
    if rule.max_amount is not None:
        left = newest(left, rule.max_amount)
    return left


def newest(lots: Sequence[Decimal], most: Decimal) -> list[Decimal]:
    """Together at most so much; the oldest is forfeited first."""
    chosen: list[Decimal] = []
    for lot in reversed(lots):
        part = min(lot, most)
        chosen.append(part)
        most -= part
    return chosen[::-1]


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)

"""Adjustments (billing-rules 8.6): what is given and taken without a charge."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from .admission import Stock
from .alerts import fallen, topped_up
from .amounts import ZERO
from .lots import PackLot
from .records import Record


class Note(NamedTuple):
    """An adjustment that found less than it was to take."""

    at: datetime
    item: str
    asked: Decimal
    applied: Decimal


def take_of_the_oldest(lots: Sequence[PackLot], wanted: Decimal) -> None:
    """The oldest first, whatever expires sooner; nothing of it was used."""
    for lot in lots:
        taken = min(wanted, lot.left)
        lot.used += taken
        wanted -= taken
    assert wanted == ZERO


def there_to_be_taken(item: str, stock: Stock) -> Decimal:
    there = {"plan_credits": stock.plan_credits, "purchased_credits": stock.purchased_credits, "balance": stock.balance}
    return max(there[item], ZERO)


def adjust_stock(item: str, asked: Decimal, at: datetime, stock: Stock, record: Record) -> Decimal:
    """What the adjustment came to."""
    amount = max(asked, -there_to_be_taken(item, stock))
    if item == "purchased_credits":
        record.purchased_adjusted += amount
        if asked < ZERO:
            take_of_the_oldest(stock.lots, -amount)
        else:
            stock.lots.append(PackLot(amount, ZERO))
    else:
        record.given += max(amount, ZERO)
        record.taken += max(-amount, ZERO)
    if item == "plan_credits":
        stock.plan_credits += amount
        stock.plan_granted += amount
    if item == "balance":
        stock.settle_top_ups()
        pay_back(record.below_zero, min(amount, max(-stock.balance, ZERO)))
        stock.balance += amount
        if amount > ZERO:
            topped_up(stock, amount)
    if amount != asked:
        record.notes.append(Note(at, item, asked, amount))
    return amount


def pay_back(below_zero: dict[str, Decimal], relief: Decimal) -> None:
    """6.2: feature after feature."""
    for code in sorted(below_zero):
        relieved = min(max(relief, ZERO), below_zero[code])
        below_zero[code] -= relieved
        relief -= relieved


def tell_of_a_fall(at: datetime, amount: Decimal, stock: Stock, record: Record) -> None:
    """15.5: what falls by an adjustment is told as what falls by use."""
    if amount < ZERO and record.terms is not None and record.due is not None:
        record.alerts += [(at, None, alert) for alert in fallen(record.terms, stock)]

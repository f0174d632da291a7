"""Purchased credits lot by lot at a moment (billing-rules 5.2, 15.3): what is left of each pack, and until when it can be used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICRO_DECIMALS, MICROS, decimal_of
from commet_core.rating.beyond import NEVER
from commet_core.rating.invoices import CREDIT_PACK
from commet_core.reports.statement.statement import Statement


@dataclass(frozen=True)
class PackLeft:
    """A pack that was bought, or credits that were given (`name` is '' then): what is left of it, and when it expires."""

    name: str
    left: Decimal
    expires_at: datetime | None


@dataclass
class _Lot:
    name: str
    event: int
    at: int
    expires: int
    left: int


def packs_left(statement: Statement, micros: int, event: int) -> tuple[PackLeft, ...]:
    """What is left just before a moment, in the order in which it is used. event: the first of the customer from then on."""
    lots = [lot for lot in _bought(statement) if lot.at < micros]
    _use(statement, lots, micros, event)
    there = sorted((lot for lot in lots if lot.left and lot.expires >= micros), key=_order)
    return tuple(
        PackLeft(lot.name, decimal_of(lot.left, MICRO_DECIMALS), None if lot.expires == NEVER else statement.time(lot.expires))
        for lot in there
    )


def _order(lot: _Lot) -> tuple[int, int]:
    """Soonest expiry, then oldest."""
    return lot.expires, lot.at


def _bought(statement: Statement) -> list[_Lot]:
    """The customer's lots as they were bought, whole."""
    bought, packs = statement.run.charged.lots, statement.replayed.scenario.catalog.credit_packs
    own = np.flatnonzero((statement.segments.start <= bought.segments) & (bought.segments < statement.segments.stop))
    codes = _codes(statement)
    found = []
    for row in own.tolist():
        at, quantity = int(bought.times[row]), int(bought.quantities[row])
        code = codes.get((at, quantity), "")
        lasting = packs[code].expires_after_days if code else None
        expires = NEVER if lasting is None else min(at + lasting * DAY, NEVER)
        name = packs[code].name or code if code else ""
        found.append(_Lot(name, int(bought.events[row]) - statement.events.start, at, expires, quantity))
    return found


def _codes(statement: Statement) -> dict[tuple[int, int], str]:
    """The pack of each purchase, by its moment and its credits, as the invoice lines name it."""
    bill, packs = statement.own.bill, statement.replayed.scenario.catalog.credit_packs
    found = {}
    for row in np.flatnonzero(bill.lines.kinds == CREDIT_PACK).tolist():
        code, count = bill.items[bill.lines.items[row]], int(bill.lines.quantities[row]) // MICROS
        credits_bought = int(packs[code].credits * MICROS) * count
        found[int(bill.invoices.issued_at[bill.lines.invoices[row]]), credits_bought] = code
    return found


def _use(statement: Statement, lots: list[_Lot], micros: int, event: int) -> None:
    """Takes from lots what events used and adjustments took; what corrections gave back goes to the lot used last (15.7)."""
    used = statement.moves.from_purchased[:event]
    steps = [(place, 1, int(used[place])) for place in np.flatnonzero(used).tolist()]
    steps += [
        (acted.event, 0, -acted.amount)
        for acted in statement.acted
        if acted.adjusts == "purchased_credits" and acted.amount < 0 and acted.at < micros
    ]
    uses: list[tuple[int, _Lot, int]] = []
    for place, is_event, amount in sorted(steps, key=lambda step: step[:2]):
        if not is_event:
            _take(sorted((lot for lot in lots if lot.event <= place), key=lambda lot: lot.at), amount)
            continue
        at, segment = int(statement.times[place]), int(statement.event_segments[place])
        if amount < 0:
            _give_back([(lot, much) for where, lot, much in uses if where == segment and lot.expires > at], -amount)
            continue
        there = sorted((lot for lot in lots if lot.event <= place and lot.expires > at), key=_order)
        uses += [(segment, lot, much) for lot, much in _take(there, amount)]


def _take(lots: list[_Lot], amount: int) -> list[tuple[_Lot, int]]:
    found = []
    for lot in lots:
        much = min(lot.left, amount)
        if much:
            lot.left -= much
            amount -= much
            found.append((lot, much))
    return found


def _give_back(uses: list[tuple[_Lot, int]], amount: int) -> None:
    for lot, much in reversed(uses):
        back = min(much, amount)
        lot.left += back
        amount -= back

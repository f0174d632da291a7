"""Invoices (billing-rules 12): what was charged, given back, bought and used beyond the allowance → numbered invoices of lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS
from commet_core.foundation.rounding import times_floor
from commet_core.timeline.segments import Segments, Timeline

RECURRING: Final = 0
OVERAGE: Final = 1
CLOSING: Final = 2
CREDIT_PURCHASE: Final = 3
BALANCE_TOPUP: Final = 4
PLAN_CHANGE: Final = 5
"""Places in `vocabulary.INVOICE_KINDS`."""

PLAN_BASE: Final = 0
FEATURE_OVERAGE: Final = 1
BALANCE_OVERAGE: Final = 2
CREDIT_PACK: Final = 3
TOP_UP: Final = 4
DISCOUNT: Final = 5
CREDIT: Final = 6
"""Places in `vocabulary.LINE_KINDS`."""


class Charges(NamedTuple):
    """Things to be invoiced, ascending by segment; within one in the order in which they are to stand.

    segments     int64: the segment that each belongs to
    events       int64: what each was bought for or by: an event, or -1 - an action's place; for others unused
    times        int64 microseconds: when each was bought; for others unused
    kind         the line kind of all of them
    items        int64: the code of the feature, pack or plan, as its place in `Bill.items`
    quantities   int64 micros
    unit_prices  int64 nanos
    amounts      int64 minor units, rounded
    """

    segments: np.ndarray
    events: np.ndarray
    times: np.ndarray
    kind: int
    items: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray


class Lines(NamedTuple):
    """Invoice lines, one entry each: by customer, invoice and line number.

    invoices     int32: the line's invoice, as its place in `Invoices`
    numbers      int32, from 1 within an invoice
    kinds        int8 index into LINE_KINDS
    items        int32 index into `Bill.items`
    segments     int32: the segment in which it was used, bought, begun to be paid for, or given back
    quantities   int64 micros
    unit_prices  int64 nanos
    amounts      int64 minor units
    """

    invoices: np.ndarray
    numbers: np.ndarray
    kinds: np.ndarray
    items: np.ndarray
    segments: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray


class Invoices(NamedTuple):
    """Invoices, one entry each: by customer and number.

    customers      int32 index into the timeline's customers
    numbers        int32, from 1 within a customer, in order of time
    kinds          int8 index into INVOICE_KINDS
    issued_at, period_starts, period_ends   int64 microseconds since 1970
    totals         int64 minor units: the sum of the lines, below zero too
    carried_in     int64 minor units ≤ 0: what earlier invoices left below zero (billing-rules 8.2)
    """

    customers: np.ndarray
    numbers: np.ndarray
    kinds: np.ndarray
    issued_at: np.ndarray
    period_starts: np.ndarray
    period_ends: np.ndarray
    totals: np.ndarray
    carried_in: np.ndarray

    @property
    def due(self) -> np.ndarray:
        """int64 minor units to be paid."""
        return np.maximum(self.totals + self.carried_in, 0)


COLUMN_TYPES: Final = {
    "invoices": np.int32,
    "customers": np.int32,
    "numbers": np.int32,
    "kinds": np.int8,
    "items": np.int32,
    "segments": np.int32,
}
"""The columns of lines and invoices that are not int64: there is a line for every few dozen events."""


@dataclass(frozen=True, eq=False)
class Bill:
    """Every invoice of one candidate. `items`: the codes of features, packs, plans and offers that lines name."""

    invoices: Invoices
    lines: Lines
    items: tuple[str, ...]


class BasePrice(NamedTuple):
    """Base prices and what they are charged with.

    charged      bool, one per segment: its stage's price is charged at its start
    discounted   bool, one per segment: such a charge has the stage's offer
    opening      int8, one per segment: the kind of the invoice on which its start puts what is due
    paid_until   int64 microseconds since 1970, one per segment: until when the charge pays

    items, offers        int64, one per stage: the codes of plan and offer, as their places in `Bill.items`
    prices               int64 nanos, one per stage
    amounts, discounts   int64 minor units, one per stage, rounded; discounts are below zero
    minor_nanos          nanos in a minor unit
    """

    charged: np.ndarray
    discounted: np.ndarray
    opening: np.ndarray
    paid_until: np.ndarray
    items: np.ndarray
    offers: np.ndarray
    prices: np.ndarray
    amounts: np.ndarray
    discounts: np.ndarray
    minor_nanos: int


@compiled
def to_minor(nanos, minor_nanos):  # type: ignore[no-untyped-def]
    """Nanos ≥ 0, a number or an array, in minor units, rounded half up (billing-rules 1.3)."""
    whole = nanos // minor_nanos
    return whole + (2 * (nanos - whole * minor_nanos) >= minor_nanos)


@compiled
def amounts_minor(micros, unit_prices, minor_nanos):  # type: ignore[no-untyped-def]
    """micros × unit price, one per entry, each rounded half up once to minor units (billing-rules 1.3)."""
    amounts = np.empty(len(micros), np.int64)
    for row in range(len(micros)):
        amounts[row] = to_minor(times_floor(micros[row], unit_prices[row]), minor_nanos)
    return amounts


@compiled
def rounded_shares(offsets, parts, minor_nanos):  # type: ignore[no-untyped-def]
    """Parts in nanos as minor units that add up, within each group, to the group's own rounded sum.

    Each part is the rounded running sum less the one before it.
    """
    shares = np.empty(len(parts), np.int64)
    for group in range(len(offsets) - 1):
        running = 0
        rounded = 0
        for part in range(offsets[group], offsets[group + 1]):
            running += parts[part]
            shares[part] = to_minor(running, minor_nanos) - rounded
            rounded += shares[part]
    return shares


def issue_invoices(
    timeline: Timeline, base: BasePrice, credited: Charges, overage: Charges, purchases: Charges, items: tuple[str, ...]
) -> Bill:
    """Puts all that is charged on numbered invoices."""
    base_lines = np.count_nonzero(base.charged) + np.count_nonzero(base.charged & base.discounted)
    line_count = int(base_lines) + sum(len(charges.segments) for charges in (credited, overage, purchases))
    lines = Lines(*(np.empty(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Lines._fields))
    invoices = Invoices(*(np.zeros(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Invoices._fields))
    counts = _issue(timeline.segments, timeline.starts, timeline.ends, base, credited, overage, purchases, lines, invoices)
    issued, written = Invoices(*(column[: counts[0]] for column in invoices)), Lines(*(column[: counts[1]] for column in lines))
    return Bill(issued, written, items)


@compiled
def _issue(  # type: ignore[no-untyped-def]
    segments: Segments,
    starts,
    ends,
    base: BasePrice,
    credited: Charges,
    overage: Charges,
    purchases: Charges,
    lines: Lines,
    invoices: Invoices,
):
    """Fills lines and invoices; returns how many invoices and lines there are."""
    invoice = -1
    line = 0
    given = 0  # the next credit to invoice
    due = 0  # the next overage to invoice
    bought = 0  # the next purchase to invoice
    for customer in range(len(segments.offsets) - 1):
        number = 0
        carried = 0
        first, last = segments.offsets[customer], segments.offsets[customer + 1]
        for segment in range(first, last + 1):
            closing = segment == last
            charged = not closing and base.charged[segment]
            has_credit = not closing and given < len(credited.segments) and credited.segments[given] == segment
            has_overage = segment > first and due < len(overage.segments) and overage.segments[due] == segment - 1
            if charged or has_credit or has_overage:
                invoice += 1
                number += 1
                invoices.customers[invoice] = customer
                invoices.numbers[invoice] = number
                invoices.kinds[invoice] = CLOSING if closing else base.opening[segment]
                if charged:
                    invoices.issued_at[invoice] = starts[segment]
                    invoices.period_starts[invoice] = starts[segment]
                    invoices.period_ends[invoice] = base.paid_until[segment]
                else:
                    invoices.issued_at[invoice] = ends[segment - 1]
                    invoices.period_starts[invoice] = starts[segment - 1]
                    invoices.period_ends[invoice] = ends[segment - 1]
                line_number = 0
                if charged:
                    stage = segments.stages[segment]
                    line_number += 1
                    price, amount = base.prices[stage], base.amounts[stage]
                    _write_line(lines, line, invoice, line_number, PLAN_BASE, base.items[stage], segment, MICROS, price, amount)
                    invoices.totals[invoice] += amount
                    line += 1
                    discount = base.discounts[stage]
                    if base.discounted[segment] and discount < 0:
                        line_number += 1
                        offer, price = base.offers[stage], discount * base.minor_nanos
                        _write_line(lines, line, invoice, line_number, DISCOUNT, offer, segment, MICROS, price, discount)
                        invoices.totals[invoice] += discount
                        line += 1
                if has_credit:
                    line_number += 1
                    _write_charge(lines, line, invoice, line_number, credited, given)
                    invoices.totals[invoice] += credited.amounts[given]
                    line += 1
                    given += 1
                while due < len(overage.segments) and overage.segments[due] == segment - 1:
                    line_number += 1
                    _write_charge(lines, line, invoice, line_number, overage, due)
                    invoices.totals[invoice] += overage.amounts[due]
                    line += 1
                    due += 1
                carried = _carry(invoices, invoice, carried)
            if closing:
                break
            while bought < len(purchases.segments) and purchases.segments[bought] == segment:
                event = purchases.events[bought]
                invoice += 1
                number += 1
                invoices.customers[invoice] = customer
                invoices.numbers[invoice] = number
                invoices.kinds[invoice] = CREDIT_PURCHASE if purchases.kind == CREDIT_PACK else BALANCE_TOPUP
                invoices.issued_at[invoice] = purchases.times[bought]
                invoices.period_starts[invoice] = starts[segment]
                invoices.period_ends[invoice] = ends[segment]
                line_number = 0
                while bought < len(purchases.segments) and purchases.events[bought] == event:
                    line_number += 1
                    _write_charge(lines, line, invoice, line_number, purchases, bought)
                    invoices.totals[invoice] += purchases.amounts[bought]
                    line += 1
                    bought += 1
                carried = _carry(invoices, invoice, carried)
    return invoice + 1, line


@compiled
def _carry(invoices: Invoices, invoice, carried):  # type: ignore[no-untyped-def]
    """Writes what earlier invoices left below zero; returns what this one leaves (billing-rules 8.2)."""
    invoices.carried_in[invoice] = carried
    return min(0, carried + invoices.totals[invoice])


@compiled
def _write_charge(lines: Lines, line, invoice, number, charges: Charges, row):  # type: ignore[no-untyped-def]
    _write_line(
        lines,
        line,
        invoice,
        number,
        charges.kind,
        charges.items[row],
        charges.segments[row],
        charges.quantities[row],
        charges.unit_prices[row],
        charges.amounts[row],
    )


@compiled
def _write_line(  # type: ignore[no-untyped-def]
    lines: Lines, line, invoice, number, kind, item, segment, quantity, unit_price, amount
):
    lines.invoices[line] = invoice
    lines.numbers[line] = number
    lines.kinds[line] = kind
    lines.items[line] = item
    lines.segments[line] = segment
    lines.quantities[line] = quantity
    lines.unit_prices[line] = unit_price
    lines.amounts[line] = amount

"""Invoices (billing-rules 12): what was charged, bought and used beyond the allowance → numbered invoices of rounded lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from commet_core.admission import times_floor
from commet_core.compiled import compiled
from commet_core.money import MICROS
from commet_core.timeline import Segments, Timeline

RECURRING: Final = 0
OVERAGE: Final = 1
CLOSING: Final = 2
CREDIT_PURCHASE: Final = 3
BALANCE_TOPUP: Final = 4
INVOICE_KINDS: Final = ("recurring", "overage", "closing", "credit_purchase", "balance_topup")

PLAN_BASE: Final = 0
FEATURE_OVERAGE: Final = 1
BALANCE_OVERAGE: Final = 2
CREDIT_PACK: Final = 3
TOP_UP: Final = 4
LINE_KINDS: Final = ("plan_base", "feature_overage", "balance_overage", "credit_pack", "top_up")


class Charges(NamedTuple):
    """Things to be invoiced, ascending by segment; within one in the order in which they are to stand.

    segments     int64: the segment that each belongs to
    events       int64: the event that each was bought for; for overage unused
    kind         the line kind of all of them
    items        int64: the code of the feature, pack or plan, as its place in `Bill.items`
    quantities   int64 micros
    unit_prices  int64 nanos
    amounts      int64 minor units, rounded
    """

    segments: np.ndarray
    events: np.ndarray
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
    segments     int32: the segment in which it was used, bought or begun to be paid for
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
    totals         int64 minor units
    """

    customers: np.ndarray
    numbers: np.ndarray
    kinds: np.ndarray
    issued_at: np.ndarray
    period_starts: np.ndarray
    period_ends: np.ndarray
    totals: np.ndarray


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
    """Every invoice of one candidate. `items`: the codes of features, packs and the plan that lines name."""

    invoices: Invoices
    lines: Lines
    items: tuple[str, ...]


class BasePrice(NamedTuple):
    """The base price.

    charged      bool, one per segment: it is charged at the segment's start
    paid_until   int64 microseconds since 1970, one per segment: until when it then pays
    item         the plan's code, as its place in `Bill.items`
    price        nanos
    amount       minor units, rounded
    """

    charged: np.ndarray
    paid_until: np.ndarray
    item: int
    price: int
    amount: int


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
    timeline: Timeline, times: np.ndarray, base: BasePrice, overage: Charges, purchases: Charges, items: tuple[str, ...]
) -> Bill:
    """Puts all that is charged on numbered invoices. times: int64 microseconds, one per event of the usage."""
    line_count = int(np.count_nonzero(base.charged)) + len(overage.segments) + len(purchases.segments)
    lines = Lines(*(np.empty(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Lines._fields))
    invoices = Invoices(*(np.zeros(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Invoices._fields))
    count = _issue(timeline.segments, timeline.starts, timeline.ends, times, base, overage, purchases, lines, invoices)
    return Bill(Invoices(*(column[:count] for column in invoices)), lines, items)


@compiled
def _issue(  # type: ignore[no-untyped-def]
    segments: Segments,
    starts,
    ends,
    times,
    base: BasePrice,
    overage: Charges,
    purchases: Charges,
    lines: Lines,
    invoices: Invoices,
):
    """Fills lines and invoices; returns how many invoices there are."""
    invoice = -1
    line = 0
    due = 0  # the next overage to invoice
    bought = 0  # the next purchase to invoice
    for customer in range(len(segments.offsets) - 1):
        number = 0
        first, last = segments.offsets[customer], segments.offsets[customer + 1]
        for segment in range(first, last + 1):
            closing = segment == last
            charged = not closing and base.charged[segment]
            has_overage = segment > first and due < len(overage.segments) and overage.segments[due] == segment - 1
            if charged or has_overage:
                invoice += 1
                number += 1
                invoices.customers[invoice] = customer
                invoices.numbers[invoice] = number
                if charged:
                    invoices.kinds[invoice] = RECURRING
                    invoices.issued_at[invoice] = starts[segment]
                    invoices.period_starts[invoice] = starts[segment]
                    invoices.period_ends[invoice] = base.paid_until[segment]
                else:
                    invoices.kinds[invoice] = CLOSING if closing else OVERAGE
                    invoices.issued_at[invoice] = ends[segment - 1]
                    invoices.period_starts[invoice] = starts[segment - 1]
                    invoices.period_ends[invoice] = ends[segment - 1]
            line_number = 0
            if charged:
                line_number += 1
                _write_line(lines, line, invoice, line_number, PLAN_BASE, base.item, segment, MICROS, base.price, base.amount)
                invoices.totals[invoice] += base.amount
                line += 1
            while has_overage and due < len(overage.segments) and overage.segments[due] == segment - 1:
                line_number += 1
                _write_charge(lines, line, invoice, line_number, overage, due)
                invoices.totals[invoice] += overage.amounts[due]
                line += 1
                due += 1
            if closing:
                break
            while bought < len(purchases.segments) and purchases.segments[bought] == segment:
                event = purchases.events[bought]
                invoice += 1
                number += 1
                invoices.customers[invoice] = customer
                invoices.numbers[invoice] = number
                invoices.kinds[invoice] = CREDIT_PURCHASE if purchases.kind == CREDIT_PACK else BALANCE_TOPUP
                invoices.issued_at[invoice] = times[event]
                invoices.period_starts[invoice] = starts[segment]
                invoices.period_ends[invoice] = ends[segment]
                line_number = 0
                while bought < len(purchases.segments) and purchases.events[bought] == event:
                    line_number += 1
                    _write_charge(lines, line, invoice, line_number, purchases, bought)
                    invoices.totals[invoice] += purchases.amounts[bought]
                    line += 1
                    bought += 1
    return invoice + 1


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

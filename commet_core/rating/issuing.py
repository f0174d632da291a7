"""What was charged, given back, bought and used beyond the allowance → numbered invoices of lines (billing-rules 12)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.rating.base_prices import BasePrice
from commet_core.rating.charges import Charges
from commet_core.rating.invoices import (
    BALANCE_TOPUP,
    CLOSING,
    COLUMN_TYPES,
    CREDIT_PACK,
    CREDIT_PURCHASE,
    Bill,
    Invoices,
    Lines,
)
from commet_core.timeline.segments import Segments, Timeline


class Due(NamedTuple):
    """What goes on an invoice where one segment ends and the next begins, in the order of the lines.

    base, credits, discounts   of the segment that begins
    overage                    of the one that ends
    """

    base: Charges
    overage: Charges
    credits: Charges
    discounts: Charges


def issue_invoices(
    timeline: Timeline, base: BasePrice, credits_back: Charges, overage: Charges, purchases: Charges, items: tuple[str, ...]
) -> Bill:
    """Puts all that is charged on numbered invoices."""
    due = Due(base=base.charges(), discounts=base.discount_charges(), credits=credits_back, overage=overage)
    line_count = sum(len(charges.segments) for charges in (*due, purchases))
    lines = Lines(*(np.empty(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Lines._fields))
    invoices = Invoices(*(np.zeros(line_count, COLUMN_TYPES.get(name, np.int64)) for name in Invoices._fields))
    spans = timeline.starts, timeline.ends, base.paid_until
    counts = _issue(timeline.segments, *spans, base.opening, due, purchases, lines, invoices)
    issued, written = Invoices(*(column[: counts[0]] for column in invoices)), Lines(*(column[: counts[1]] for column in lines))
    return Bill(issued, written, items)


@compiled
def _issue(  # type: ignore[no-untyped-def]
    segments: Segments, starts, ends, paid_until, opening, due: Due, purchases: Charges, lines: Lines, invoices: Invoices
):
    """Fills lines and invoices; returns how many invoices and lines there are."""
    invoice, line = 0, 0
    base, discount, credit, overage, bought = 0, 0, 0, 0, 0  # what is to be invoiced next
    for customer in range(len(segments.offsets) - 1):
        number, carried = 0, 0
        first, last = segments.offsets[customer], segments.offsets[customer + 1]
        for segment in range(first, last + 1):
            begins = segment < last  # after the last one only what it owes is due
            charged = begins and _is_next(due.base, base, segment)
            first_line = line
            if begins:
                base, line = _write(lines, line, first_line, invoice, due.base, base, segment)
            if segment > first:
                overage, line = _write(lines, line, first_line, invoice, due.overage, overage, segment - 1)
            if begins:
                credit, line = _write(lines, line, first_line, invoice, due.credits, credit, segment)
                discount, line = _write(lines, line, first_line, invoice, due.discounts, discount, segment)
            if line > first_line:
                number += 1
                kind = opening[segment] if begins else CLOSING
                if charged:
                    at, span_start, span_end = starts[segment], starts[segment], paid_until[segment]
                else:
                    at, span_start, span_end = ends[segment - 1], starts[segment - 1], ends[segment - 1]
                carried = _enter(
                    invoices, invoice, customer, number, kind, at, span_start, span_end, lines, first_line, line, carried
                )
                invoice += 1
            while begins and _is_next(purchases, bought, segment):
                first_line, at = line, purchases.times[bought]
                bought, line = _write_purchase(lines, line, invoice, purchases, bought)
                number += 1
                kind = CREDIT_PURCHASE if purchases.kind == CREDIT_PACK else BALANCE_TOPUP
                span_start, span_end = starts[segment], ends[segment]
                carried = _enter(
                    invoices, invoice, customer, number, kind, at, span_start, span_end, lines, first_line, line, carried
                )
                invoice += 1
    return invoice, line


@compiled
def _is_next(charges: Charges, row, segment):  # type: ignore[no-untyped-def]
    """Whether the next of some charges belongs to a segment."""
    return row < len(charges.segments) and charges.segments[row] == segment


@compiled
def _write(lines: Lines, line, first_line, invoice, charges: Charges, row, segment):  # type: ignore[no-untyped-def]
    """Writes the lines of a segment's charges; returns the charge and the line that come next."""
    while _is_next(charges, row, segment):
        _write_line(lines, line, line - first_line + 1, invoice, charges, row)
        row += 1
        line += 1
    return row, line


@compiled
def _write_purchase(lines: Lines, line, invoice, purchases: Charges, row):  # type: ignore[no-untyped-def]
    """Writes the lines of all that was bought at once; returns the purchase and the line that come next."""
    event, first_line = purchases.events[row], line
    while row < len(purchases.segments) and purchases.events[row] == event:
        _write_line(lines, line, line - first_line + 1, invoice, purchases, row)
        row += 1
        line += 1
    return row, line


@compiled
def _write_line(lines: Lines, line, number, invoice, charges: Charges, row):  # type: ignore[no-untyped-def]
    lines.invoices[line] = invoice
    lines.numbers[line] = number
    lines.kinds[line] = charges.kind
    lines.items[line] = charges.items[row]
    lines.segments[line] = charges.segments[row]
    lines.quantities[line] = charges.quantities[row]
    lines.unit_prices[line] = charges.unit_prices[row]
    lines.amounts[line] = charges.amounts[row]


@compiled
def _enter(  # type: ignore[no-untyped-def]
    invoices: Invoices, invoice, customer, number, kind, at, span_start, span_end, lines: Lines, first_line, end_line, carried
):
    """Writes an invoice over its lines and what earlier ones left below zero; returns what this one leaves (8.2)."""
    total = lines.amounts[first_line:end_line].sum()
    invoices.customers[invoice] = customer
    invoices.numbers[invoice] = number
    invoices.kinds[invoice] = kind
    invoices.issued_at[invoice] = at
    invoices.period_starts[invoice] = span_start
    invoices.period_ends[invoice] = span_end
    invoices.totals[invoice] = total
    invoices.carried_in[invoice] = carried
    return min(0, carried + total)

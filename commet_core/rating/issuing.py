"""What was charged, given back, bought and used beyond the allowance → numbered invoices of lines (billing-rules 12)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled, step
from commet_core.rating.base_prices import BasePrice
from commet_core.rating.charges import Charges
from commet_core.rating.invoices import (
    ADDON_ACTIVATION,
    ADDON_BASE,
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
    """Lines in the order in which they stand on invoices, one entry each: int64.

    invoices   what stands on one invoice has the same number here, ascending: of what is due where a segment begins or
               ends its boundary (segment s of customer c begins at boundary s + c), of purchases what they were bought for
    others     as in `Charges`
    """

    invoices: np.ndarray
    kinds: np.ndarray
    segments: np.ndarray
    items: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray
    parts: np.ndarray


class Spans(NamedTuple):
    """When segments start and end, and until when what is charged in advance at the start pays: int64 microseconds since 1970.

    charged   bool: something is
    opening   int8: the kind of the invoice on which a segment's start puts what is due
    """

    starts: np.ndarray
    ends: np.ndarray
    paid_until: np.ndarray
    charged: np.ndarray
    opening: np.ndarray


def issue_invoices(
    timeline: Timeline,
    dues: Sequence[tuple[Charges, bool]],
    base: BasePrice,
    purchases: Sequence[tuple[Charges, np.ndarray]],
    items: tuple[str, ...],
) -> Bill:
    """Puts all that is charged on numbered invoices.

    purchases: what has invoices of its own, at its time; and the turn of each line, int64: its order among those of one moment.
    dues: what is due where segments begin, or with True where they end, in the order in which lines stand (billing-rules 12).
    """
    begins, ends = timeline.segment_customers, timeline.segment_customers + 1  # after the last segment comes one more boundary
    placed = [(charges, ends if at_end else begins) for charges, at_end in dues]
    due = _in_order([_lines(charges, charges.segments + after[charges.segments]) for charges, after in placed])
    bought, bought_at = _by_time(purchases)
    count = len(due.kinds) + len(bought.kinds)
    lines = Lines(*(np.empty(count, COLUMN_TYPES.get(name, np.int64)) for name in Lines._fields))
    invoices = Invoices(*(np.zeros(count, COLUMN_TYPES.get(name, np.int64)) for name in Invoices._fields))
    spans = Spans(timeline.starts, timeline.ends, base.paid_until, base.opens_interval, base.opening)
    counts = _issue(timeline.segments, spans, due, bought, bought_at, lines, invoices)
    issued, written = Invoices(*(column[: counts[0]] for column in invoices)), Lines(*(column[: counts[1]] for column in lines))
    charged = [*(charges for charges, _ in dues), *(charges for charges, _ in purchases)]
    return Bill(issued, written, items, frozenset(charges.kind for charges in charged if len(charges.segments)))


def _lines(charges: Charges, invoices: np.ndarray) -> Due:
    kinds = np.full(len(charges.segments), charges.kind, np.int64)
    columns = charges.items, charges.quantities, charges.unit_prices, charges.amounts, charges.parts
    return Due(invoices, kinds, charges.segments, *columns)


def _by_time(purchases: Sequence[tuple[Charges, np.ndarray]]) -> tuple[Due, np.ndarray]:
    """What was bought, by segment, time and turn, and when: int64 microseconds."""
    some = [(charges, turns) for charges, turns in purchases if len(charges.segments)]
    if len(some) <= 1:
        only, _ = next(iter(some), purchases[0])
        return _lines(only, only.events), only.times
    parts = [_lines(charges, charges.events) for charges, _ in some]
    due, times = Due(*map(np.concatenate, zip(*parts, strict=True))), np.concatenate([charges.times for charges, _ in some])
    order = np.lexsort([np.concatenate([turns for _, turns in some]), times, due.segments])
    return Due(*(column[order] for column in due)), times[order]


def _in_order(parts: Sequence[Due]) -> Due:
    """All lines by invoice, in one as the parts come. Each part is by invoice already."""
    some = [part for part in parts if len(part.invoices)]
    if len(some) <= 1:
        return next(iter(some), parts[0])
    together = [np.concatenate(columns) for columns in zip(*some, strict=True)]
    order = np.argsort(together[0], kind="stable")
    return Due(*(column[order] for column in together))


@compiled
def _issue(  # type: ignore[no-untyped-def]
    segments: Segments, spans: Spans, due: Due, bought: Due, bought_at, lines: Lines, invoices: Invoices
):
    """Fills lines and invoices; returns how many invoices and lines there are."""
    invoice, line, next_due, next_bought = 0, 0, 0, 0
    for customer in range(len(segments.offsets) - 1):
        number, carried = 0, 0
        last = segments.offsets[customer + 1]
        for segment in range(segments.offsets[customer], last + 1):
            boundary, first_due = segment + customer, next_due
            total = 0
            while next_due < len(due.invoices) and due.invoices[next_due] == boundary:
                _write_line(lines, line, invoice, next_due - first_due + 1, due, next_due)
                total += due.amounts[next_due]
                next_due += 1
                line += 1
            if next_due > first_due:
                number += 1
                begins = segment < last  # at the last boundary only what the last segment owes is due
                kind = spans.opening[segment] if begins else CLOSING
                if begins and spans.charged[segment]:
                    at, start, end = spans.starts[segment], spans.starts[segment], spans.paid_until[segment]
                else:
                    at, start, end = spans.ends[segment - 1], spans.starts[segment - 1], spans.ends[segment - 1]
                _write_invoice(invoices, invoice, customer, number, kind, at, start, end)
                carried = _carry(invoices, invoice, total, carried)
                invoice += 1
            while segment < last and next_bought < len(bought.segments) and bought.segments[next_bought] == segment:
                first_bought, at = next_bought, bought_at[next_bought]
                kind = _kind_of(bought.kinds[first_bought])
                total = 0
                while next_bought < len(bought.invoices) and bought.invoices[next_bought] == bought.invoices[first_bought]:
                    _write_line(lines, line, invoice, next_bought - first_bought + 1, bought, next_bought)
                    total += bought.amounts[next_bought]
                    next_bought += 1
                    line += 1
                number += 1
                _write_invoice(invoices, invoice, customer, number, kind, at, spans.starts[segment], spans.ends[segment])
                carried = _carry(invoices, invoice, total, carried)
                invoice += 1
    return invoice, line


@step
def _kind_of(line_kind):  # type: ignore[no-untyped-def]
    """The kind of the invoice that what is bought has for itself."""
    if line_kind == ADDON_BASE:
        return ADDON_ACTIVATION
    return CREDIT_PURCHASE if line_kind == CREDIT_PACK else BALANCE_TOPUP


@step
def _write_line(lines: Lines, line, invoice, number, due: Due, row):  # type: ignore[no-untyped-def]
    lines.invoices[line] = invoice
    lines.numbers[line] = number
    lines.kinds[line] = due.kinds[row]
    lines.items[line] = due.items[row]
    lines.segments[line] = due.segments[row]
    lines.quantities[line] = due.quantities[row]
    lines.unit_prices[line] = due.unit_prices[row]
    lines.amounts[line] = due.amounts[row]
    lines.parts[line] = due.parts[row]


@step
def _write_invoice(invoices: Invoices, invoice, customer, number, kind, at, start, end):  # type: ignore[no-untyped-def]
    invoices.customers[invoice] = customer
    invoices.numbers[invoice] = number
    invoices.kinds[invoice] = kind
    invoices.issued_at[invoice] = at
    invoices.period_starts[invoice] = start
    invoices.period_ends[invoice] = end


@step
def _carry(invoices: Invoices, invoice, total, carried):  # type: ignore[no-untyped-def]
    """Writes what an invoice comes to and what earlier ones left below zero; returns what this one leaves (8.2)."""
    invoices.totals[invoice] = total
    invoices.carried_in[invoice] = carried
    return min(0, carried + total)

"""Customer credits: money that is taken off recurring invoices, the oldest grant first (billing-rules 8.9).

invoice $99.00, carried in −$15.00, credit $100.00   →   line −$84.00, due $0.00, $16.00 left
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.foundation.money import MICROS
from commet_core.foundation.sums import nothing
from commet_core.rating.invoices import CREDIT, RECURRING, Bill, Invoices, Lines
from commet_core.timeline.life import CustomerCredit
from commet_core.timeline.segments import Timeline

Granted = Sequence[tuple[int, CustomerCredit]]
"""Grants by the row of the phase in which each was made, by customer and in order of time."""


class CreditTaken(NamedTuple):
    """What became of customer credits.

    bill      with a line for every invoice that a credit was taken off
    by_segment  int64 minor units ≤ 0, one per segment: taken off the invoice that its start brings
    granted, used, expired, left   int64 minor units, one per customer: granted = used + expired + left
    """

    bill: Bill
    by_segment: np.ndarray
    granted: np.ndarray
    used: np.ndarray
    expired: np.ndarray
    left: np.ndarray


class _Taken(NamedTuple):
    """A credit line: the invoice, the segment whose start brings it, and minor units above 0."""

    invoice: int
    segment: int
    amount: int


def without_credits(bill: Bill, segment_count: int, customer_count: int) -> CreditTaken:
    """Nobody was granted any."""
    of_customers = nothing(customer_count)
    return CreditTaken(bill, nothing(segment_count), of_customers, of_customers, of_customers, of_customers)


def take_credits(bill: Bill, timeline: Timeline, granted: Granted, item: int, minor_nanos: int) -> CreditTaken:
    """Takes customer credits off invoices. item: the place of the code that lines name.

    At most what is still to be paid after what is carried in (8.2), so that what invoices carry on stays as it is.
    """
    taken_of = without_credits(bill, timeline.segment_count, len(timeline.customers))
    if not granted:
        return taken_of
    of_customers: dict[int, list[tuple[int, CustomerCredit]]] = {}
    for row, credit in granted:
        of_customers.setdefault(int(timeline.phases.customers[row]), []).append((row, credit))
    counts = [np.zeros(len(timeline.customers), np.int64) for _ in range(4)]
    taken: list[_Taken] = []
    window_end = int(timeline.ends.max(initial=0))
    for customer, grants in sorted(of_customers.items()):
        left = [credit.amount for _, credit in grants]
        first, last = np.searchsorted(bill.invoices.customers, [customer, customer + 1]).tolist()
        for invoice in range(first, last):
            if bill.invoices.kinds[invoice] == RECURRING:
                taken += _take_off(bill, timeline, invoice, grants, left)
        for count, amount in zip(counts, _became(grants, left, window_end), strict=True):
            count[customer] = amount
    by_segment = np.zeros(timeline.segment_count, np.int64)
    for line in taken:
        by_segment[line.segment] -= line.amount
    return CreditTaken(_with_lines(bill, taken, item, minor_nanos), by_segment, *counts)


def _take_off(bill: Bill, timeline: Timeline, invoice: int, grants: Granted, left: list[int]) -> list[_Taken]:
    """The credit line of one invoice, if it has one; takes from `left`."""
    due = int(bill.invoices.totals[invoice] + bill.invoices.carried_in[invoice])
    at = int(bill.invoices.issued_at[invoice])
    first, last = np.searchsorted(bill.lines.invoices, [invoice, invoice + 1]).tolist()
    segment = int(bill.lines.segments[first:last].max())
    phase, wanted = int(timeline.segment_phases[segment]), max(0, due)
    for place, (row, credit) in enumerate(grants):
        is_there = credit.at < at or (credit.at == at and row < phase)
        if is_there and at < credit.until:
            now = min(wanted, left[place])
            left[place] -= now
            wanted -= now
    amount = max(0, due) - wanted
    return [_Taken(invoice, segment, amount)] if amount else []


def _became(grants: Granted, left: Sequence[int], window_end: int) -> tuple[int, int, int, int]:
    """What one customer was granted, used, what expired and what is left at the window's end."""
    granted = sum(credit.amount for _, credit in grants)
    expired = sum(rest for rest, (_, credit) in zip(left, grants, strict=True) if credit.until <= window_end)
    return granted, granted - sum(left), expired, sum(left) - expired


def _with_lines(bill: Bill, taken: Sequence[_Taken], item: int, minor_nanos: int) -> Bill:
    """The bill with a line for each, the last of its invoice."""
    if not taken:
        return bill
    invoices = np.array([line.invoice for line in taken], np.int64)
    amounts = -np.array([line.amount for line in taken], np.int64)
    places = np.searchsorted(bill.lines.invoices, invoices, side="right")
    numbers = bill.lines.numbers[places - 1] + 1
    columns = {
        "invoices": invoices,
        "numbers": numbers,
        "kinds": np.full(len(taken), CREDIT),
        "items": np.full(len(taken), item),
        "segments": np.array([line.segment for line in taken]),
        "quantities": np.full(len(taken), MICROS),
        "unit_prices": amounts * minor_nanos,
        "amounts": amounts,
        "parts": np.zeros(len(taken)),
    }
    lines = Lines(
        *(
            np.insert(column, places, columns[name].astype(column.dtype))
            for name, column in zip(Lines._fields, bill.lines, strict=True)
        )
    )
    totals = bill.invoices.totals.copy()
    totals[invoices] += amounts
    return Bill(Invoices(*bill.invoices)._replace(totals=totals), lines, bill.items, bill.line_kinds | {CREDIT})

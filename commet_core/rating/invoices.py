"""Invoices and their lines (billing-rules 12), as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

RECURRING: Final = 0
OVERAGE: Final = 1
CLOSING: Final = 2
CREDIT_PURCHASE: Final = 3
BALANCE_TOPUP: Final = 4
PLAN_CHANGE: Final = 5
REACTIVATION: Final = 6
ADDON_ACTIVATION: Final = 7
"""Places in `vocabulary.INVOICE_KINDS`."""

PLAN_BASE: Final = 0
FEATURE_OVERAGE: Final = 1
BALANCE_OVERAGE: Final = 2
CREDIT_PACK: Final = 3
TOP_UP: Final = 4
DISCOUNT: Final = 5
CREDIT: Final = 6
COMMITMENT: Final = 7
PROMO_CODE_DISCOUNT: Final = 8
ADDON_BASE: Final = 9
FEATURE_SEATS: Final = 10
FEATURE_QUOTA: Final = 11
"""Places in `vocabulary.LINE_KINDS`."""


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
    parts        int16, as `Charges.parts`: the tier, or minus the tier for its flat fee
    """

    invoices: np.ndarray
    numbers: np.ndarray
    kinds: np.ndarray
    items: np.ndarray
    segments: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray
    parts: np.ndarray


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
    "parts": np.int16,
}
"""The columns of lines and invoices that are not int64: there is a line for every few dozen events."""


@dataclass(frozen=True, eq=False)
class Bill:
    """Every invoice of one candidate.

    items       the codes of features, packs, plans and offers that lines name
    line_kinds  all kinds of lines that there are
    """

    invoices: Invoices
    lines: Lines
    items: tuple[str, ...]
    line_kinds: frozenset[int]

"""A customer's window in figures, and whether its sums are one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.rating.admission import SERVED
from commet_core.rating.invoices import FEATURE_QUOTA, FEATURE_SEATS
from commet_core.reports.statement.statement import Statement


def features_used(statement: Statement) -> list[str]:
    """The features that the customer asked for in the window, the one with most events first."""
    counts = np.bincount(statement.feature_codes, minlength=len(statement.codes))
    order = np.argsort(-counts, kind="stable")
    return [statement.codes[feature] for feature in order.tolist() if counts[feature] > 0]


def largest_invoice(statement: Statement) -> int:
    """The place of the customer's largest invoice, of equal ones the first."""
    return int(np.argmax(statement.own.bill.invoices.totals))


@dataclass(frozen=True)
class TieOut:
    """Three sums that must be one: the customer's invoice lines, its invoices, and `billed` in the table of customers."""

    lines: Decimal
    invoices: Decimal
    billed: Decimal

    @property
    def holds(self) -> bool:
        return self.lines == self.invoices == self.billed


def tie_out(statement: Statement) -> TieOut:
    """The customer's sums, each added up from its own table."""
    places = minor_decimals(statement.currency)
    bill = statement.own.bill
    return TieOut(
        lines=decimal_of(int(bill.lines.amounts.sum()), places),
        invoices=decimal_of(int(bill.invoices.totals.sum()), places),
        billed=decimal_of(int(statement.run.customer_billed[statement.customer]), places),
    )


@dataclass(frozen=True)
class Totals:
    """A customer's window in figures. Amounts in the currency's unit, exact; discount and the two credits are 0 or below.

    billed = base + seats + quota + add_ons + discount + credit + customer_credit + overage + commitment + purchases.
    """

    billed: Decimal
    base: Decimal
    discount: Decimal
    credit: Decimal
    overage: Decimal
    commitment: Decimal
    purchases: Decimal
    seats: Decimal
    quota: Decimal
    add_ons: Decimal
    customer_credit: Decimal
    events: int
    refused_events: int
    first_refused: int | None


def totals(statement: Statement) -> Totals:
    """What was billed and refused. `first_refused`: microseconds since 1970."""
    run, segments = statement.run, statement.segments
    places = minor_decimals(statement.currency)
    refused = np.flatnonzero(statement.ledger.reasons != SERVED)
    return Totals(
        billed=decimal_of(int(run.customer_billed[statement.customer]), places),
        base=decimal_of(int(run.segment_base[segments].sum()), places),
        discount=decimal_of(int(run.segment_discount[segments].sum()), places),
        credit=decimal_of(int(run.segment_credit[segments].sum()), places),
        overage=decimal_of(int(run.segment_overage[segments].sum()), places),
        commitment=decimal_of(int(run.segment_commitment[segments].sum()), places),
        purchases=decimal_of(int(run.segment_purchases[segments].sum()), places),
        seats=decimal_of(int(run.segment_held(FEATURE_SEATS)[segments].sum()), places),
        quota=decimal_of(int(run.segment_held(FEATURE_QUOTA)[segments].sum()), places),
        add_ons=decimal_of(int(run.segment_add_ons[segments].sum()), places),
        customer_credit=decimal_of(int(run.segment_customer_credit[segments].sum()), places),
        events=statement.event_count,
        refused_events=len(refused),
        first_refused=int(statement.times[refused[0]]) if len(refused) else None,
    )

"""What a run comes to in the currency in which sums over customers are told (billing-rules 15.6).

Each line of an invoice is converted by itself, at the rate of its invoice's day; everything else adds up such lines. Without
markets these are the run's own amounts, as they are.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final

import numpy as np

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.payments import HeldPayments, Payments, goes_on, payments
from commet_core.engine.recognition import Accounts, accounts, accounts_of
from commet_core.engine.run import Run
from commet_core.foundation.money import NANOS, minor_decimals, minor_nanos
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.rating.charges import TRUE_UP
from commet_core.rating.in_advance import PaidAhead
from commet_core.rating.invoices import (
    BALANCE_OVERAGE,
    COMMITMENT,
    CREDIT,
    DISCOUNT,
    FEATURE_OVERAGE,
    PLAN_BASE,
    PROMO_CODE_DISCOUNT,
)
from commet_core.rating.level_charges import LINE_KIND_OF

BEFORE_ALL: Final = np.iinfo(np.int32).min
"""A day number before every day."""


def told_lines(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, one per invoice line."""
    lines, rates = run.bill.lines, run.into_reporting
    if rates is None:
        return lines.amounts
    days = run.catalog.days.of(run.bill.invoices.issued_at[lines.invoices])
    return run.derived("told lines", lambda: rates.converted(lines.amounts, days))


def told_by_kind(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, kinds of `LINE_KINDS` × customers: what each was billed on lines of each kind."""
    return by_kind(run, told_lines(run))


def by_kind(run: Run, amounts: np.ndarray) -> np.ndarray:
    """Sums of amounts of lines, one per invoice line: kinds of `LINE_KINDS` × customers."""
    lines, count = run.bill.lines, run.customer_count
    places = lines.kinds.astype(np.int64) * count + run.bill.invoices.customers[lines.invoices]
    return sum_by_index(places, amounts, len(LINE_KINDS) * count).reshape(len(LINE_KINDS), count)


def told_invoices(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, one per invoice: the sum of its lines."""
    return sum_by_index(run.bill.lines.invoices, told_lines(run), len(run.bill.invoices.totals))


def told_customers(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, one per customer: the sum of its lines."""
    if run.into_reporting is None:
        return run.customer_billed
    return sum_by_index(run.bill.invoices.customers, told_invoices(run), run.customer_count)


def told_segments(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, one per segment: lines where they are billed, true-ups by their days."""
    if run.into_reporting is None:
        return run.segment_billed
    lines, told = run.bill.lines, told_lines(run)
    at_once = lines.parts != TRUE_UP
    found = sum_by_index(lines.segments[at_once], told[at_once], run.timeline.segment_count)
    return sum((_told_true_ups(run, kind) for kind in LINE_KIND_OF.values()), found)


def _told_true_ups(run: Run, kind: int) -> np.ndarray:
    """int64 minor units of the reporting currency, one per segment: lines of true-ups shared among the segments of their days.

    Rounded running sums, so that they add up to the line.
    """
    found = np.zeros(run.timeline.segment_count, np.int64)
    lines, offsets, told = run.bill.lines, run.timeline.segments.offsets, told_lines(run)
    customers = run.bill.invoices.customers[lines.invoices]
    own = np.flatnonzero((lines.parts == TRUE_UP) & (lines.kinds == kind))
    if run.held is None or len(own) == 0:
        return found
    shares = run.held.segment_true_up_minor(kind)
    segment, before = -1, -1
    for line in own[np.flatnonzero(np.diff(lines.invoices[own], prepend=-1))].tolist():
        of_invoice = own[lines.invoices[own] == lines.invoices[line]]
        if customers[line] != before:
            before, segment = customers[line], int(offsets[customers[line]])
        whole, amount, gone, given = int(lines.amounts[of_invoice].sum()), int(told[of_invoice].sum()), 0, 0
        while gone < whole:
            gone += int(shares[segment])
            until = (2 * amount * gone + whole) // (2 * whole)
            found[segment] += until - given
            given, segment = until, segment + 1
    return found


def told_earned(run: Run) -> np.ndarray:
    """int64 minor units of the reporting currency, one per customer: what was earned (13), at the rates of the lines it comes from."""
    minor = minor_nanos(run.currency if run.into_reporting is None else run.into_reporting.reporting)
    return (run.by_customer(told_accounts(run).earned) + minor // 2) // minor


def told_accounts(run: Run) -> Accounts:
    """The accounts of a run in the reporting currency, segment by segment; kept with it.

    Raises InputError where an amount would not fit (billing-rules 1.4).
    """
    if run.into_reporting is None:
        return accounts(run)
    return run.derived("told accounts", lambda: _told_accounts(run))


def _told_accounts(run: Run) -> Accounts:
    assert run.into_reporting is not None
    found = accounts_of(run, told_payments(run))
    days = run.catalog.days.of(run.timeline.starts)
    return found._replace(forfeited=run.into_reporting.converted_nanos(found.forfeited, _rated(run, days)))


def told_payments(run: Run) -> Payments:
    """What a run's customers pay, in the reporting currency: each line as it comes into it, and what is earned from them.

    What was paid before the window has the first rate.
    """
    rates, own = run.into_reporting, payments(run)
    if rates is None:
        return own
    minor, days = minor_nanos(rates.reporting), run.catalog.days
    lines, told = run.bill.lines, told_lines(run)
    is_credit = lines.kinds == CREDIT
    is_customers = is_credit & (lines.items == len(run.bill.items) - 1)  # a customer credit's is the last of all items

    def of_lines(which: np.ndarray) -> np.ndarray:
        return sum_by_index(lines.segments[which], told[which], run.timeline.segment_count) * minor

    def of_kinds(*kinds: int) -> np.ndarray:
        return of_lines(np.isin(lines.kinds, kinds))

    def before_window(amounts: np.ndarray) -> np.ndarray:
        return rates.converted_nanos(amounts, _rated(run, np.full(len(amounts), BEFORE_ALL)))

    def ahead(paid: PaidAhead, at: np.ndarray) -> PaidAhead:
        at_once = rates.converted(paid.amounts // minor_nanos(run.currency), _rated(run, days.of(at))) * minor
        return paid._replace(amounts=np.where(paid.before, before_window(paid.amounts), at_once))

    base, given_back = of_kinds(PLAN_BASE, DISCOUNT, PROMO_CODE_DISCOUNT), of_lines(is_credit & ~is_customers)
    going_on, starts = goes_on(run), run.timeline.starts
    prices = np.where(going_on, before_window(np.where(going_on, own.intervals.prices, 0)), base)
    return Payments(
        billed=told_segments(run) * minor,
        intervals=own.intervals._replace(prices=prices, credits=given_back),
        billed_base=base + given_back,
        overage=of_kinds(FEATURE_OVERAGE, BALANCE_OVERAGE),
        commitment=of_kinds(COMMITMENT),
        customer_credit=of_lines(is_customers),
        lots=rates.converted(run.charged.lots.amounts, days.of(run.charged.lots.times)) * minor,
        held={
            kind: HeldPayments(
                ahead(held.advance, starts[held.advance.segments]),
                of_lines((lines.kinds == kind) & (lines.parts != TRUE_UP)),
                _told_true_ups(run, kind) * minor,
            )
            for kind, held in own.held.items()
        },
        add_ons=None if run.add_ons is None or own.add_ons is None else ahead(own.add_ons, run.add_ons.paid_at(run.timeline)),
    )


def _rated(run: Run, days: np.ndarray) -> np.ndarray:
    """Days, those before the first rate as its day: nothing is invoiced on them."""
    assert run.into_reporting is not None
    return np.maximum(days, run.into_reporting.days[0]) if run.into_reporting.days else days


def _rate(run: Run, day: int) -> int:
    """Nanos of the reporting currency for 1 of the run's on a day; before the first day the first."""
    rates = run.into_reporting
    assert rates is not None
    before = sum(first <= day for first in rates.days)
    return rates.nanos[max(0, before - 1)] if rates.nanos else NANOS


def told_monthly_costs(run: Run) -> np.ndarray:
    """`monthly_costs` in millionths of a minor unit of the reporting currency: as a customer's lines, taken together, come into it."""
    costs, rates = monthly_costs(run), run.into_reporting
    if rates is None:
        return costs
    last = Fraction(_rate(run, run.catalog.days.of(int(run.timeline.ends.max(initial=0)))), NANOS)
    last *= Fraction(10 ** minor_decimals(rates.reporting), 10 ** minor_decimals(run.currency))
    whole = zip(costs.tolist(), run.customer_billed.tolist(), told_customers(run).tolist(), strict=True)
    told = [int(cost * (Fraction(into, billed) if billed else last)) for cost, billed, into in whole]
    return np.array(told, np.int64)

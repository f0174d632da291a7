"""What a run comes to in the currency in which sums over customers are told (billing-rules 15.6).

Each line of an invoice is converted by itself, at the rate of its invoice's day; everything else adds up such lines. Without
markets these are the run's own amounts, as they are.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.recognition import Accounts, accounts
from commet_core.engine.run import Run
from commet_core.foundation.money import NANOS, minor_decimals, minor_nanos
from commet_core.foundation.sums import sum_by_index
from commet_core.foundation.vocabulary import LINE_KINDS
from commet_core.rating.charges import TRUE_UP
from commet_core.rating.invoices import CREDIT_PACK, FEATURE_QUOTA, FEATURE_SEATS, PLAN_BASE, TOP_UP


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
    by_days = lines.parts == TRUE_UP
    found = sum_by_index(lines.segments[~by_days], told[~by_days], run.timeline.segment_count)
    return found + _true_ups(run, told, by_days) if by_days.any() else found


def _true_ups(run: Run, told: np.ndarray, by_days: np.ndarray) -> np.ndarray:
    """The lines of true-ups shared among the segments of their days: rounded running sums, so that they add up to the line."""
    found = np.zeros(run.timeline.segment_count, np.int64)
    lines, offsets = run.bill.lines, run.timeline.segments.offsets
    customers = run.bill.invoices.customers[lines.invoices]
    for kind in (FEATURE_SEATS, FEATURE_QUOTA):
        own = np.flatnonzero(by_days & (lines.kinds == kind))
        if run.held is None or len(own) == 0:
            continue
        shares = run.held.segment_true_up_minor(kind)
        firsts = own[np.flatnonzero(np.diff(lines.invoices[own], prepend=-1))]
        segment, before = -1, -1
        for line in firsts.tolist():
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
    """int64 minor units of the reporting currency, one per customer: what was earned (13), at the rates of the lines it comes from.

    What is outstanding at the end is of the last base price, and of the purchases made last.
    """
    kept, rates = accounts(run), run.into_reporting
    if rates is None:
        minor = minor_nanos(run.currency)
        return (run.by_customer(kept.earned) + minor // 2) // minor
    minor = minor_nanos(rates.reporting)
    offsets = run.timeline.segments.offsets
    firsts, lasts = offsets[:-1], offsets[1:] - 1
    billed, closing = told_customers(run), _outstanding(run, kept, lasts)
    opening = [_share(int(amount), _rate(run, 0)) for amount in kept.opening[firsts].tolist()]
    earned = [
        (int(whole) * minor - end + begin + minor // 2) // minor
        for whole, end, begin in zip(billed.tolist(), closing, opening, strict=True)
    ]
    return np.array(earned, np.int64)


def _outstanding(run: Run, kept: Accounts, lasts: np.ndarray) -> list[int]:
    """Nanos of the reporting currency outstanding at the end, one per customer."""
    lines, invoices = run.bill.lines, run.bill.invoices
    customers, days = invoices.customers[lines.invoices], run.catalog.days.of(invoices.issued_at[lines.invoices])
    found = []
    for customer, last in enumerate(lasts.tolist()):
        own = np.flatnonzero(customers == customer) if kept.closing[last] else np.empty(0, np.int64)
        bought = [line for line in own[::-1].tolist() if lines.kinds[line] in (CREDIT_PACK, TOP_UP)]
        prepaid, total = int(kept.credits[last] + kept.top_ups[last]), 0
        rest = int(kept.closing[last]) - prepaid
        for line in bought:
            part = min(prepaid, int(lines.amounts[line]) * minor_nanos(run.currency))
            total += _share(part, _rate(run, int(days[line])))
            prepaid -= part
        based = own[lines.kinds[own] == PLAN_BASE]
        day = int(days[based[-1]]) if len(based) else run.catalog.days.of(int(run.timeline.starts[last]))
        found.append(total + _share(rest + prepaid, _rate(run, day)))
    return found


def _rate(run: Run, day: int) -> int:
    """Nanos of the reporting currency for 1 of the run's on a day; before the first day the first."""
    rates = run.into_reporting
    assert rates is not None
    before = sum(first <= day for first in rates.days)
    return rates.nanos[max(0, before - 1)] if rates.nanos else NANOS


def _share(nanos: int, rate: int) -> int:
    return (nanos * rate + NANOS // 2) // NANOS


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

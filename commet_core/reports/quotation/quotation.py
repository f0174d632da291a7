"""A quote worked out: of every plan the schedule of invoices, the floor, the expected bill, the range and the most (sharing.md 1.2)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Final

from commet_core.catalog.beyond import SpendCap
from commet_core.engine import tables
from commet_core.engine.run import Run
from commet_core.foundation.errors import InputError, LawViolation
from commet_core.foundation.money import decimal_of, minor_decimals
from commet_core.foundation.vocabulary import Interval, LineKind, RefusalReason
from commet_core.reports.compare import rounded
from commet_core.reports.quotation.most import cap_of, most_of
from commet_core.reports.quotation.possible_usage import PossibleUsage, possible_usage
from commet_core.reports.quotation.quote_file import QuoteFile
from commet_core.reports.quotation.replaying import assumed_run, bills, unused_run
from commet_core.reports.quote.held import held_at_first
from commet_core.scenario.candidates import Candidate

PERCENTS: Final = (10, 50, 90, 99)

USAGE_LINES: Final[frozenset[LineKind]] = frozenset({"feature_overage", "balance_overage"})
BOUGHT_LINES: Final[frozenset[LineKind]] = frozenset({"credit_pack", "top_up"})
DISCOUNT_LINES: Final[frozenset[LineKind]] = frozenset({"discount", "promo_code_discount"})
HELD_LINES: Final[frozenset[LineKind]] = frozenset({"feature_seats", "feature_quota"})


@dataclass(frozen=True)
class Due:
    """What is due on one day, of one or several invoices. The parts add up to the total.

    held        seats and quota, in advance and trued up
    commitment  what a minimum commitment was short of
    """

    day: date
    base: Decimal
    discount: Decimal
    usage: Decimal
    bought: Decimal
    held: Decimal
    add_ons: Decimal
    commitment: Decimal
    total: Decimal


@dataclass(frozen=True)
class Refused:
    """Units of a feature that the plan does not serve over the term, of the assumed ones; of seats and quota those at its start."""

    feature: str
    asked_units: Decimal
    refused_units: Decimal
    reason: RefusalReason


@dataclass(frozen=True)
class Bill:
    """One plan over the term. Amounts are those of invoices, in the catalog's currency.

    schedule  what is due by day, for the assumed usage; it adds up to `assumed`
    floor     due whatever is used
    p10, expected, p90, p99  of the bills of the possible usage, each one of them: so many percent are no higher
    mean      of them, rounded to the minor unit
    most      no bill of any usage is higher, but for rounding of the lines under a cap; None where there is no limit
    cap       the spend cap that it is under
    """

    candidate: Candidate
    plan: str
    interval: Interval | None
    period_count: int
    schedule: tuple[Due, ...]
    refused: tuple[Refused, ...]
    assumed: Decimal
    floor: Decimal
    p10: Decimal
    expected: Decimal
    p90: Decimal
    p99: Decimal
    mean: Decimal
    most: Decimal | None
    cap: SpendCap | None = None

    @property
    def mean_is_said(self) -> bool:
        """Where a few large bills pull the mean above the range, it is given beside the middle."""
        return self.mean > self.p90


@dataclass(frozen=True)
class Quotation:
    """A quote with its bills, in the order of its candidates.

    digest  of all that they were worked out from
    source  where figures came from that nobody typed, in a sentence; empty where all were
    """

    quote: QuoteFile
    possible: PossibleUsage
    bills: tuple[Bill, ...]
    digest: str
    source: str = ""

    @property
    def currency(self) -> str:
        return self.quote.catalog.currency


def quotation(quote: QuoteFile, source: str = "") -> Quotation:
    """Works a quote out, by replays alone. Raises InputError where an amount is more than can be held.

    A quote whose figures come from usage is `derived` first.
    """
    if quote.look_alikes is not None or quote.own_usage is not None:
        where = "look_alikes" if quote.look_alikes is not None else "own_usage"
        raise InputError.of(where, "the quote takes figures from usage, and none was named", "Name it with --usage")
    possible = possible_usage(quote)
    worked_out = tuple(_bill(quote, possible, candidate) for candidate in quote.offered_candidates)
    return Quotation(quote, possible, worked_out, digest_of(quote), source)


def digest_of(quote: QuoteFile) -> str:
    """SHA-256 of everything in the quote but its logo's place, as 64 hexadecimal digits."""
    document = quote.model_dump(mode="json", exclude={"logo"})
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def _bill(quote: QuoteFile, possible: PossibleUsage, candidate: Candidate) -> Bill:
    places = minor_decimals(quote.catalog.currency)
    assumed, floor, *drawn = bills(quote, possible, candidate).tolist()
    run = assumed_run(quote, possible, candidate)
    period_count = run.timeline.segment_count
    drawn.sort()
    p10, expected, p90, p99 = (decimal_of(_percentile(drawn, percent), places) for percent in PERCENTS)
    unused = unused_run(quote, possible, candidate)
    most, cap = most_of(quote, unused), cap_of(unused)
    bill = Bill(
        candidate=candidate,
        plan=run.plan_code,
        interval=run.interval,
        period_count=period_count,
        schedule=_schedule(run),
        refused=_refused(run),
        assumed=decimal_of(assumed, places),
        floor=decimal_of(floor, places),
        p10=p10,
        expected=expected,
        p90=p90,
        p99=p99,
        mean=rounded(Fraction(sum(drawn), len(drawn)), places),
        most=most if most is None or cap is None else max(most, decimal_of(max(assumed, drawn[-1]), places)),
        cap=cap,
    )
    _check(bill)
    return bill


def _percentile(ascending: list[int], percent: int) -> int:
    """The lowest of these numbers that at least so many percent of them do not exceed."""
    return ascending[-(-len(ascending) * percent // 100) - 1]


def _check(bill: Bill) -> None:
    """What must hold of every quote."""
    order = [bill.floor, bill.p10, bill.expected, bill.p90, bill.p99]
    if bill.most is not None:
        order.append(bill.most)
    if order != sorted(order):
        raise LawViolation(f"floor ≤ p10 ≤ expected ≤ p90 ≤ p99 ≤ most does not hold for {bill.candidate.name!r}: {order}")
    if sum((due.total for due in bill.schedule), Decimal(0)) != bill.assumed:
        raise LawViolation(f"the schedule of {bill.candidate.name!r} does not add up to {bill.assumed}")


def _schedule(run: Run) -> tuple[Due, ...]:
    """By day of issue, in order."""
    lines: dict[int, list[tuple[LineKind, Decimal]]] = {}
    for line in tables.invoice_lines(run).to_pylist():
        lines.setdefault(line["invoice_number"], []).append((line["kind"], line["amount"]))
    invoices = sorted(tables.invoices(run).to_pylist(), key=lambda invoice: invoice["issued_at"])
    days = groupby(invoices, key=lambda invoice: invoice["issued_at"].date())
    return tuple(_due(day, [line for invoice in of_day for line in lines[invoice["invoice_number"]]]) for day, of_day in days)


def _due(day: date, lines: list[tuple[LineKind, Decimal]]) -> Due:
    def added(kinds: frozenset[LineKind]) -> Decimal:
        return sum((amount for kind, amount in lines if kind in kinds), Decimal(0))

    base, discount = added(frozenset({"plan_base"})), added(DISCOUNT_LINES)
    usage, bought, held = added(USAGE_LINES), added(BOUGHT_LINES), added(HELD_LINES)
    add_ons, commitment = added(frozenset({"addon_base"})), added(frozenset({"commitment"}))
    total = sum((amount for _, amount in lines), Decimal(0))
    if base + discount + usage + bought + held + add_ons + commitment != total:
        raise LawViolation(f"lines of {day} are of no known part of a schedule")
    return Due(day, base, discount, usage, bought, held, add_ons, commitment, total)


def _refused(run: Run) -> tuple[Refused, ...]:
    asked: dict[str, Decimal] = {}
    refused: dict[str, tuple[Decimal, RefusalReason]] = {}
    for cell in tables.feature_periods(run).to_pylist():
        feature = cell["feature"]
        asked[feature] = asked.get(feature, Decimal(0)) + cell["demanded"]
        if cell["blocked"] > 0:
            units, reason = refused.get(feature, (Decimal(0), cell["blocked_reason"]))
            refused[feature] = units + cell["blocked"], reason
    levels = (held for held in held_at_first(run) if held.refused > 0)
    return (
        *(Refused(feature, asked[feature], units, reason) for feature, (units, reason) in refused.items()),
        *(Refused(each.feature, each.held + each.refused, each.refused, "allowance_exhausted") for each in levels),
    )


def per_month(amount: Decimal, quote: QuoteFile) -> Decimal:
    """An amount of the term as that of a month, rounded half up."""
    places = minor_decimals(quote.catalog.currency)
    return rounded(Fraction(amount.scaleb(places)) / quote.term_months, places)

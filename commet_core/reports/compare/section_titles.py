"""What the charts of Compare's further sections show, each in a sentence made of its figures: customers, margin, outstanding, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar

import pyarrow as pa

from commet_core.foundation.formats import month_words, percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import counted, listed
from commet_core.reports.compare.blocked import BlockedFeature
from commet_core.reports.compare.plans import Held
from commet_core.reports.compare.summary import Summary
from commet_core.reports.margin import Margin

NAMED_MAX: Final = 3
"""So many different figures stand in a title; of more, the least and the most."""

LARGEST_TENTH: Final = 10

Figure = TypeVar("Figure", Decimal, Fraction)


def costs_title(summaries: Sequence[Summary], currency: str) -> str:
    """`The customer in the middle pays $20.18 a month under Metered, $20.00 under Credits and Balance`."""
    if not any(summary.customers for summary in summaries):
        return "There are no customers"
    medians = {summary.name: summary.median_monthly_cost for summary in summaries}
    return f"The customer in the middle pays {_under(medians, lambda amount: f'{format_amount(amount, currency)} a month')}"


def largest_title(table: pa.Table) -> str:
    """`The largest 10 % of customers (15) bring in 25.3 % under Metered, 22 % under Credits`. table: as `shares_of_largest`."""
    rows = [row for row in table.to_pylist() if row["percent"] == LARGEST_TENTH and row["total"]]
    if not rows:
        return "No customer brings in anything"
    shares = {row["candidate"]: Fraction(row["billed"]) / Fraction(row["total"]) for row in rows}
    count = rows[0]["customers"]
    return f"The largest 10 % of customers ({count:,}) bring in {_under(shares, percent)}"


def _under(figures: Mapping[str, Figure], said: Callable[[Figure], str]) -> str:
    """Figures with their candidates, the largest first: `$3 under A, $2 under B and C`; of many, the least and the most."""
    sharing: dict[Figure, list[str]] = {}
    for name, figure in sorted(figures.items(), key=lambda each: -each[1]):
        sharing.setdefault(figure, []).append(name)
    if len(sharing) == 1 and len(figures) > 1:
        return f"{said(next(iter(sharing)))} under every candidate"
    if len(sharing) > NAMED_MAX:
        (most, first), *_, (least, last) = sharing.items()
        return f"between {said(least)} under {listed(last)} and {said(most)} under {listed(first)}"
    return ", ".join(f"{said(figure)} under {listed(names)}" for figure, names in sharing.items())


def margins_title(found: Sequence[Margin], currency: str) -> str:
    """Who leaves most over the window: `Metered leaves the most: $18,514.87, 89.1 % of what it earns`."""
    most = max(one.margin for one in found)
    first = [one for one in found if one.margin == most]
    names, amount = listed([one.candidate for one in first]), format_amount(abs(most), currency)
    if most < 0:
        own = f"{names} {'cost' if len(first) > 1 else 'costs'} {amount} more than earned"
        return own if len(first) == len(found) else f"No candidate earns its cost: {own}, the others miss it by more"
    share = f", {percent(first[0].share)} of what it earns" if len(first) == 1 and first[0].share is not None else ""
    if len(first) == len(found):
        return f"{names} {'all leave' if len(first) > 1 else 'leaves'} {amount}{share}"
    return f"{names} {'leave' if len(first) > 1 else 'leaves'} the most: {amount}{share}"


def outstanding_title(table: pa.Table, candidate: str, currency: str) -> str:
    """When most is owed to customers: `Credits owes most at the end of May 2026, $410.00`. table: as `earned_by_month`."""
    owed = {row["month"]: row["outstanding"] for row in table.to_pylist() if row["candidate"] == candidate}
    most = max(owed.values(), default=Decimal(0))
    if not most:
        return f"{candidate} owes nothing at any month's end"
    amount, peaks = format_amount(most, currency), sorted(month for month, amount in owed.items() if amount == most)
    if len(peaks) == len(owed):
        return f"{candidate} owes {amount} at the end of {'every month' if len(owed) > 1 else month_words(peaks[0])}"
    if len(peaks) > NAMED_MAX:
        return f"{candidate} owes most at the end of {counted(len(peaks), 'month')}, {amount}"
    return f"{candidate} owes most at the end of {listed([month_words(month) for month in peaks])}, {amount}"


def refusals_title(found: Sequence[BlockedFeature], names: Mapping[str, str]) -> str:
    """Who refuses the largest share of a feature: `Only Credits refuses anything, most of Video: 45.2 % of its units`.

    names: feature code → the name shown.
    """
    shares: dict[tuple[str, str], Fraction] = {}
    for one in found:
        place = (one.candidate, names.get(one.feature, one.feature))
        shares[place] = shares.get(place, Fraction(0)) + one.share
    if not shares:
        return "No candidate refuses anything"
    most = max(shares.values())
    first = list(dict.fromkeys(candidate for (candidate, _), share in shares.items() if share == most))
    features = list(dict.fromkeys(feature for (_, feature), share in shares.items() if share == most))
    of = listed(features) if len(features) <= NAMED_MAX else counted(len(features), "feature")
    if len({candidate for candidate, _ in shares}) == 1:
        return f"Only {first[0]} refuses anything, most of {of}: {percent(most)} of units"
    return f"{listed(first)} {'refuse' if len(first) > 1 else 'refuses'} most: {percent(most)} of the units of {of}"


def holdings_title(found: Sequence[Held], names: Mapping[str, str], candidate: str) -> str:
    """On which plan most customers of a candidate end: `Under Scale most end on Pro: 60 of 142, 12 more than at the start`.

    names: plan → the name shown.
    """
    customers, most = sum(one.customers_last for one in found), max((one.customers_last for one in found), default=0)
    first = [one for one in found if one.customers_last == most]
    if not customers:
        return f"Under {candidate} nobody ends on a plan"
    where = listed([names.get(one.what, one.what) for one in first])
    if len(first) > 1:
        return f"Under {candidate} most end on {where}: {most:,} of {customers:,} each"
    moved = most - first[0].customers_first
    change = f"{abs(moved):,} {'more' if moved > 0 else 'fewer'} than at the start" if moved else "as many as at the start"
    return f"Under {candidate} most end on {where}: {most:,} of {customers:,}, {change}"

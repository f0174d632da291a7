"""What the charts of a comparison show, each in a sentence made of its figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, Literal

import numpy as np
import pyarrow as pa

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import month_words, percent_of
from commet_core.foundation.money import decimal_of, minor_decimals, more_or_less
from commet_core.foundation.vocabulary import RevenuePart
from commet_core.foundation.wording import listed, part_name

Seen = Literal["billed", "earned"]

EXCEPTIONS_NAMED: Final = 2
EDGE_PART: Final = 10
"""One in so many customers lies beyond each end of the range that is told."""

_VERBS: Final[dict[str, str]] = {"billed": "bills", "earned": "earns"}


def month_title(table: pa.Table, seen: Seen) -> str:
    """Who brings in most, month by month: `Metered earns most in every month but Mar 2026`.

    table: candidate, month, amount, in any number of parts, as `compare.revenue_by_month`.
    """
    months, names, verb = _by_month(table), table["candidate"].unique().to_pylist(), _VERBS[seen]
    if len(names) == 1:
        return _alone(months, names[0], verb)
    if all(len(set(own.values())) == 1 for own in months.values()):
        return f"All candidates {verb.removesuffix('s')} the same in every month"
    leaders = {month: _leader(own) for month, own in months.items()}
    led = {name: [month for month, leader in leaders.items() if leader == name] for name in names}
    ranked = sorted(led, key=lambda name: -len(led[name]))
    first, others = ranked[0], [month for month in months if leaders[month] != ranked[0]]
    if not led[first]:
        return f"In no month one candidate {verb} more than all others"
    if not others:
        return f"{first} {verb} most in {'every month' if len(months) > 1 else month_words(next(iter(months)))}"
    if len(others) <= EXCEPTIONS_NAMED and len(others) < len(led[first]):
        return f"{first} {verb} most in every month but {listed([month_words(month) for month in others])}"
    further = "".join(f", {name} in {len(led[name])}" for name in ranked[1:] if led[name])
    return f"{first} {verb} most in {len(led[first])} of {len(months)} months{further}"


def _by_month(table: pa.Table) -> dict[date, dict[str, Decimal]]:
    found: dict[date, dict[str, Decimal]] = {}
    for row in sorted(table.to_pylist(), key=lambda row: row["month"]):
        own = found.setdefault(row["month"], {})
        own[row["candidate"]] = own.get(row["candidate"], Decimal(0)) + row["amount"]
    return found


def _leader(own: dict[str, Decimal]) -> str | None:
    """Who brings in more than all others; None where two bring in the most."""
    most = max(own.values())
    names = [name for name, amount in own.items() if amount == most]
    return names[0] if len(names) == 1 else None


def _alone(months: dict[date, dict[str, Decimal]], name: str, verb: str) -> str:
    most, least = (pick(months, key=lambda month: months[month][name]) for pick in (max, min))
    if months[most][name] == months[least][name]:
        return f"{name} {verb} the same in every month"
    return f"{name} {verb} most in {month_words(most)}, least in {month_words(least)}"


def parts_title(table: pa.Table, candidate: str, seen: Seen) -> str:
    """What a candidate's revenue is made of, its two largest parts: `Metered earns 72.1 % as base, 27.9 % as overage`."""
    sums: dict[RevenuePart, Decimal] = {}
    for row in table.to_pylist():
        if row["candidate"] == candidate:
            sums[row["part"]] = sums.get(row["part"], Decimal(0)) + row["amount"]
    whole, verb = sum(sums.values(), Decimal(0)), _VERBS[seen]
    largest = sorted((part for part in sums if sums[part]), key=lambda part: -sums[part])
    if whole <= 0:
        return f"{candidate} {verb} nothing"
    if len(largest) == 1:
        return f"{candidate} {verb} all as {part_name(largest[0])}"
    shares = [f"{percent_of(sums[part], whole)} as {part_name(part)}" for part in largest[:2]]
    return f"{candidate} {verb} {', '.join(shares)}"


def differences_title(replayed: Replay, candidate: str) -> str:
    """What customers pay more or less than under the baseline over the window: the one in the middle, and the range of 8 in 10.

    With an even number of customers the lower of the two in the middle counts.
    """
    ordered = np.sort(replayed.run(candidate).customer_billed - replayed.baseline.customer_billed)
    if not len(ordered):
        return "There are no customers"
    last, beyond, places = len(ordered) - 1, len(ordered) // EDGE_PART, minor_decimals(replayed.currency)
    middle, low, high = (
        more_or_less(decimal_of(int(ordered[place]), places), replayed.currency) for place in (last // 2, beyond, last - beyond)
    )
    if low == high:
        return f"{'At least 8 in 10' if beyond else 'All'} customers pay {middle} under {candidate}"
    return (
        f"Under {candidate} the customer in the middle pays {middle}, {'8 in 10' if beyond else 'all'} between {low} and {high}"
    )

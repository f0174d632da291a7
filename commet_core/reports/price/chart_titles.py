"""What the curve of a term and the front of several show, in a sentence made of their figures."""

from __future__ import annotations

from commet_core.decide.solve import Solution
from commet_core.decide.sweep import Sweep
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount
from commet_core.reports.price.term_words import range_words, value_words


def curve_title(found: Solution) -> str:
    """Where a candidate bills most and least: `Credits bills most at $60 a month, $49,432.00, and least at $5 a month, $7,970.00`."""
    amounts, currency = [point.revenue for point in found.points], found.scenario.catalog.currency
    most, least = max(amounts), min(amounts)
    if most == least:
        tried = range_words(found.term, found.value(0), found.value(len(amounts) - 1), currency)
        return f"{found.candidate.name} bills {format_amount(most, currency)} at every value tried: {tried}"
    ends = [
        f"{where} at {_places(found, amount)}, {format_amount(amount, currency)}"
        for where, amount in (("most", most), ("least", least))
    ]
    return f"{found.candidate.name} bills {', and '.join(ends)}"


def _places(found: Solution, amount: object) -> str:
    """The values at which an amount is billed: one, a stretch, or how many."""
    places, currency = (
        [place for place, point in enumerate(found.points) if point.revenue == amount],
        found.scenario.catalog.currency,
    )
    if places[-1] - places[0] + 1 == len(places):
        return range_words(found.term, found.value(places[0]), found.value(places[-1]), currency)
    return f"{len(places):,} values, first at {value_words(found.term, found.value(places[0]), currency)}"


def front_title(found: Sweep) -> str:
    """`Of 200 plans 12 are beaten by no other: from $18,000.00 with 5 % of customers paying more to $31,000.00 with 80 %`."""
    currency, count = found.scenario.catalog.currency, f"{len(found.points):,} plans"
    if not found.front:
        return f"None of {count} is as wanted"
    ends = [found.points[place] for place in (found.front[-1], found.front[0])]
    low, high = (f"{format_amount(point.revenue, currency)} with {percent(point.share_paying_more)}" for point in ends)
    if len(found.front) == 1:
        return f"Of {count} one is beaten by no other: {low} of customers paying more"
    span = f"from {low} of customers paying more to {high}" if low != high else f"all {low} of customers paying more"
    return f"Of {count} {len(found.front):,} are beaten by no other: {span}"

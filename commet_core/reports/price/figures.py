"""A point beside what it is set against: figure by figure, as they are read."""

from __future__ import annotations

from commet_core.decide.points import Point
from commet_core.decide.solve import Solution
from commet_core.decide.sweep import Sweep
from commet_core.foundation.formats import percent, percent_exact
from commet_core.foundation.money import format_amount
from commet_core.reports.price.term_words import change_words

UNKNOWN = "not known"


def figure_rows(found: Solution | Sweep, place: int) -> list[tuple[str, str, str]]:
    """What it is, the point's, and the baseline's."""
    currency, point, base = found.scenario.catalog.currency, found.points[place], found.base
    more = "Customers who pay more" if found.rise == 0 else f"Customers who pay over {percent_exact(found.rise)} more"
    rise = UNKNOWN if point.largest_rise is None else percent(point.largest_rise)
    return [
        ("Billed in the window", format_amount(point.revenue, currency), format_amount(base.revenue, currency)),
        (f"Against {found.baseline.name}", change_words(point, base), ""),
        ("Margin", _margin(point, currency), _margin(base, currency)),
        ("Median customer, a month", format_amount(point.median_cost, currency), format_amount(base.median_cost, currency)),
        (more, percent(point.share_paying_more), ""),
        ("Largest rise of a bill", rise, ""),
        ("Usage refused", percent(point.blocked_share), percent(base.blocked_share)),
    ]


def _margin(point: Point, currency: str) -> str:
    if point.margin is None:
        return UNKNOWN
    share = point.margin_share
    return format_amount(point.margin, currency) + (f" ({percent(share)})" if share is not None else "")

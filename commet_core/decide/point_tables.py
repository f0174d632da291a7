"""The table `points` of interfaces.md: a row for every plan that was tried, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa

from commet_core.decide.front import USUAL, front
from commet_core.decide.solve import Solution
from commet_core.decide.sweep import Sweep
from commet_core.foundation.arrow import PRICE_TYPE, amount_type

SHARES = ("margin_share", "share_paying_more", "largest_rise", "blocked_share")


def points_table(found: Solution | Sweep) -> pa.Table:
    """One column per term, under its path; then the figures, whether it meets the targets, and whether no other beats it.

    Amounts are decimals; shares are floats. on_front: of a solution in revenue and in the share of customers who pay more.
    """
    points = found.points
    terms = found.terms if isinstance(found, Sweep) else (found.term,)
    amount = amount_type(found.scenario.catalog.currency)
    columns = {
        "candidate": pa.array([found.candidate.name] * len(points), pa.string()),
        **{term.path: pa.array([point.values[place] for point in points], PRICE_TYPE) for place, term in enumerate(terms)},
        "revenue": pa.array([point.revenue for point in points], amount),
        "margin": pa.array([point.margin for point in points], PRICE_TYPE),
        "median_cost": pa.array([point.median_cost for point in points], amount),
        **{name: _shares([getattr(point, name) for point in points]) for name in SHARES},
        "meets": pa.array(found.meets, pa.bool_()),
        "on_front": pa.array(on_front(found), pa.bool_()),
    }
    return pa.table(columns)


def _shares(shares: Sequence[Fraction | Decimal | None]) -> pa.Array:
    return pa.array([None if share is None else float(share) for share in shares], pa.float64())


def on_front(found: Solution | Sweep) -> list[bool]:
    """Of each point whether it meets the targets and no other that does beats it."""
    if isinstance(found, Sweep):
        return list(found.on_front)
    places = [place for place, met in enumerate(found.meets) if met]
    chosen = front([found.points[place] for place in places], USUAL)
    on_it = {place for place, on in zip(places, chosen, strict=True) if on}
    return [place in on_it for place in range(len(found.points))]

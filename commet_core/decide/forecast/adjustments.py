"""What a reader changes about a forecast: parts in place of those that the usage shows, and what-ifs (decisions.md 3.2)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import Field

from commet_core.decide.forecast.steps import SLOPE_LIMIT
from commet_core.foundation.documents import Document

Switch = Literal["activity", "growth", "season", "arrivals", "pattern"]

ARRIVALS_MAX: Final = 100_000


class Leaving(Document):
    """In a month, a share of the customers who are there today stops using anything, for good."""

    month: date
    share: Annotated[float, Field(ge=0, le=1)]


class Adjustments(Document):
    """Everything as the usage shows it, unless said.

    arrivals        new customers a month; more_arrivals: so many more than otherwise
    silent_share    the share of active customers that uses nothing in the next month
    growth          what customers' usage grows by in a month: .05 is five per cent
    leaving         shares of all customers who leave in certain months
    largest_leaves  the month in which the largest customer stops
    without         parts that are left out: nobody falls silent or comes back, nobody grows, no season, nobody comes, and the
                    last four weeks repeat as they were
    """

    arrivals: Annotated[float, Field(ge=0, le=ARRIVALS_MAX)] | None = None
    more_arrivals: Annotated[float, Field(ge=0, le=ARRIVALS_MAX)] = 0.0
    silent_share: Annotated[float, Field(ge=0, le=1)] | None = None
    growth: Annotated[float, Field(ge=-SLOPE_LIMIT, le=SLOPE_LIMIT)] | None = None
    leaving: tuple[Leaving, ...] = ()
    largest_leaves: date | None = None
    without: frozenset[Switch] = frozenset()

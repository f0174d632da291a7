"""Base prices: what is charged in advance at the start of segments, less offers and unused days (billing-rules 2.4, 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.calendar import DAY
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.rating.charges import Charges, amounts_minor, charges_of
from commet_core.rating.invoices import CLOSING, CREDIT, DISCOUNT, OVERAGE, PLAN_BASE, PLAN_CHANGE, REACTIVATION, RECURRING
from commet_core.rating.items import Items
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage, base_nanos, discount_minor
from commet_core.timeline.subscribers import Subscription


class BasePrice(NamedTuple):
    """Base prices and what they are charged with, one entry per segment.

    charged              bool: the price is charged at its start
    opens_interval       bool: with or without the price, something is charged there for an interval (billing-rules 12)
    discounted           bool: such a charge has the stage's offer
    opening              int8: the kind of the invoice on which its start puts what is due
    paid_until           int64 microseconds since 1970: until when the charge pays
    items, offers        int64: the codes of plan and offer, as their places in `Bill.items`
    quantities           int64 micros: how many of the plan are paid for
    prices               int64 nanos for one
    amounts, discounts   int64 minor units, rounded; discounts are below zero
    minor_nanos          nanos in a minor unit
    """

    charged: np.ndarray
    opens_interval: np.ndarray
    discounted: np.ndarray
    opening: np.ndarray
    paid_until: np.ndarray
    items: np.ndarray
    offers: np.ndarray
    quantities: np.ndarray
    prices: np.ndarray
    amounts: np.ndarray
    discounts: np.ndarray
    minor_nanos: int

    def charges(self) -> Charges:
        """A line for every base price charged."""
        rows = np.flatnonzero(self.charged)
        columns = self.items, self.quantities, self.prices, self.amounts
        return charges_of(rows, PLAN_BASE, *(column[rows] for column in columns))

    def with_months(self, intervals: PaidIntervals, due: np.ndarray) -> BasePrice:
        """With `recurring` invoices at resets of free and one-time plans where seats, quota or add-ons are due (12).

        due: bool, one per segment: they are, at its start.
        """
        opens = due & intervals.of_months & ~self.charged & (self.opening == OVERAGE)
        return self._replace(
            opens_interval=self.charged | opens,
            opening=np.where(opens, RECURRING, self.opening).astype(np.int8),
            paid_until=np.where(opens, intervals.end_days * DAY, self.paid_until),
        )

    def discount_charges(self) -> Charges:
        """A line for every discount of one (billing-rules 9.1)."""
        rows = np.flatnonzero(self.charged & self.discounted & (self.discounts < 0))
        one, amounts = np.full(len(rows), MICROS, np.int64), self.discounts[rows]
        return charges_of(rows, DISCOUNT, self.offers[rows], one, amounts * self.minor_nanos, amounts)


def base_prices(subscription: Subscription, catalog: Catalog, items: Items) -> BasePrice:
    """What is charged at the start of segments (billing-rules 2.4, 8, 9), and on which invoice (12)."""
    timeline, stages = subscription.timeline, subscription.stages
    charged, minor = timeline.charges(stages), minor_nanos(catalog.currency)
    quantities = timeline.of_phases(timeline.phases.quantities)
    prices = timeline.of_segments(np.array([base_nanos(catalog, stage) for stage in stages], np.int64))
    return BasePrice(
        charged=charged,
        opens_interval=charged,
        discounted=timeline.discounted(stages),
        opening=_openings(timeline, stages, charged),
        paid_until=timeline.paid_until(stages),
        items=timeline.of_segments(items.plans_of(stages)),
        offers=timeline.of_segments(items.offers_of(stages)),
        quantities=quantities,
        prices=prices,
        amounts=amounts_minor(quantities, prices, minor),
        discounts=_discounts(timeline, catalog, stages, quantities),
        minor_nanos=minor,
    )


def _discounts(timeline: Timeline, catalog: Catalog, stages: Sequence[Stage], quantities: np.ndarray) -> np.ndarray:
    """int64 minor units, one per segment: what the stage's offer takes off a base price (billing-rules 9.1)."""
    discounts = np.zeros(timeline.segment_count, np.int64)
    for place, stage in enumerate(stages):
        if stage.offer is not None:
            on_stage = np.flatnonzero(timeline.segments.stages == place)
            found, which = np.unique(quantities[on_stage], return_inverse=True)
            each = [-discount_minor(catalog, stage, quantity) for quantity in found.tolist()]
            discounts[on_stage] = np.array(each, np.int64)[which]
    return discounts


def _openings(timeline: Timeline, stages: Sequence[Stage], charged: np.ndarray) -> np.ndarray:
    """int8, one per segment: the kind of the invoice that its start brings, if it brings one (billing-rules 12)."""
    kinds = np.where(charged, RECURRING, OVERAGE).astype(np.int8)
    stopped = np.array([not stage.has_periods for stage in stages])
    if stopped.any():
        kinds[stopped[timeline.segments.stages]] = CLOSING
    for began, kind in ((timeline.phases.changed, PLAN_CHANGE), (timeline.phases.reactivated, REACTIVATION)):
        if began.any():
            kinds[timeline.of_phases(began) & (timeline.cycles == 0)] = kind
    return kinds


def credits_back(subscription: Subscription, items: Items) -> Charges:
    """A line per credit for the unused days of the old plan (billing-rules 8.2)."""
    timeline = subscription.timeline
    credited = () if subscription.acted is None else subscription.acted.credited
    firsts = np.searchsorted(timeline.segment_phases, [row for row, _ in credited])
    given = [phase.credit for _, phase in credited if phase.credit is not None]
    columns = [
        [items.plans[credit.plan] for credit in given],
        [credit.days * MICROS for credit in given],
        [credit.per_day for credit in given],
        [credit.amount for credit in given],
    ]
    return charges_of(firsts, CREDIT, *(np.array(column, np.int64) for column in columns))

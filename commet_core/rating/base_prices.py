"""Base prices: what is charged in advance at the start of segments, less offers and unused days (billing-rules 2.4, 8, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.days import Days
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.foundation.sums import is_nothing, nothing
from commet_core.rating.charges import Charges, amounts_minor, charges_of, no_charges, parts_minor, times_micros
from commet_core.rating.invoices import (
    CLOSING,
    CREDIT,
    DISCOUNT,
    OVERAGE,
    PLAN_BASE,
    PLAN_CHANGE,
    PROMO_CODE_DISCOUNT,
    REACTIVATION,
    RECURRING,
)
from commet_core.rating.items import Items
from commet_core.timeline.offered import base_charge, discount_count, offer_of, step_ends
from commet_core.timeline.paid_intervals import PaidIntervals
from commet_core.timeline.segments import Timeline
from commet_core.timeline.stages import Stage, base_nanos
from commet_core.timeline.subscribers import Subscription


class BasePrice(NamedTuple):
    """Base prices and what they are charged with, one entry per segment.

    charged              bool: the price is charged at its start
    opens_interval       bool: with or without the price, something is charged there for an interval (billing-rules 12)
    discounted           bool: the charge that pays for the segment has an offer
    opening              int8: the kind of the invoice on which its start puts what is due
    paid_until           int64 microseconds since 1970: until when the charge pays
    items, offers        int64: the codes of plan and offer or promo code, as their places in `Bill.items`
    by_promo_code        bool: a discount is a promo code's (billing-rules 9.2)
    quantities           int64 micros: how many of the plan are paid for
    list_prices          int64 nanos for one and a whole interval, without an offer
    prices               int64 nanos for one, likewise: an offer's fixed price where it has one
    amounts, discounts   int64 minor units, rounded, of the charge that pays for the segment; discounts are below zero
    minor_nanos          nanos in a minor unit
    """

    charged: np.ndarray
    opens_interval: np.ndarray
    discounted: np.ndarray
    opening: np.ndarray
    paid_until: np.ndarray
    items: np.ndarray
    offers: np.ndarray
    by_promo_code: np.ndarray
    quantities: np.ndarray
    list_prices: np.ndarray
    prices: np.ndarray
    amounts: np.ndarray
    discounts: np.ndarray
    minor_nanos: int

    def charges(self) -> Charges:
        """A line for every base price charged."""
        rows = np.flatnonzero(self.charged)
        columns = self.items, self.quantities, self.prices, self.amounts
        return charges_of(rows, PLAN_BASE, *(column[rows] for column in columns))

    def with_months(self, intervals: PaidIntervals, days: Days, due: np.ndarray) -> BasePrice:
        """With invoices for the month that begins where on free and one-time plans seats, quota or add-ons are due: at resets `recurring` (12).

        due: bool, one per segment: they are, at its start.
        """
        opens = due & intervals.of_months & ~self.charged
        return self._replace(
            opens_interval=self.charged | opens,
            opening=np.where(opens & (self.opening == OVERAGE), RECURRING, self.opening).astype(np.int8),
            paid_until=np.where(opens, days.start(intervals.end_days), self.paid_until),
        )

    def discount_charges(self) -> Charges:
        """A line for every discount of one (billing-rules 9.1)."""
        return self._discounts_of(DISCOUNT, by_promo_code=False)

    def promo_code_charges(self) -> Charges:
        """A line for every discount by a promo code (billing-rules 9.2)."""
        return self._discounts_of(PROMO_CODE_DISCOUNT, by_promo_code=True)

    def _discounts_of(self, kind: int, *, by_promo_code: bool) -> Charges:
        if is_nothing(self.discounts):
            return no_charges(kind)
        rows = np.flatnonzero(self.charged & (self.by_promo_code == by_promo_code) & (self.discounts < 0))
        one, amounts = np.full(len(rows), MICROS, np.int64), self.discounts[rows]
        return charges_of(rows, kind, self.offers[rows], one, amounts * self.minor_nanos, amounts)


def base_prices(subscription: Subscription, catalog: Catalog, items: Items) -> BasePrice:
    """What is charged at the start of segments (billing-rules 2.4, 8, 9), and on which invoice (12)."""
    timeline, stages = subscription.timeline, subscription.stages
    charged, minor = timeline.charges(stages), minor_nanos(catalog.currency)
    quantities = timeline.of_phases(timeline.phases.quantities)
    list_prices = timeline.of_segments(np.array([base_nanos(catalog, stage) for stage in stages], np.int64))
    discounted, prices, discounts = _offered(timeline, catalog, stages, quantities, list_prices)
    return BasePrice(
        charged=charged,
        opens_interval=charged,
        discounted=discounted,
        opening=_openings(timeline, stages, charged),
        paid_until=timeline.paid_until(stages),
        items=timeline.of_segments(items.plans_of(stages)),
        offers=timeline.of_segments(items.offers_of(stages)),
        by_promo_code=timeline.of_segments(np.array([stage.promo_code is not None for stage in stages])),
        quantities=quantities,
        list_prices=list_prices,
        prices=prices,
        amounts=_amounts(timeline, stages, quantities, prices, minor),
        discounts=discounts,
        minor_nanos=minor,
    )


def _amounts(timeline: Timeline, stages: Sequence[Stage], quantities: np.ndarray, prices: np.ndarray, minor: int) -> np.ndarray:
    """int64 minor units, one per segment: what a base charge comes to, of a stub its days' part (billing-rules 2.2)."""
    amounts: np.ndarray = amounts_minor(quantities, prices, minor)
    shares = np.array([stage.base_share for stage in stages], np.int64)
    in_part = shares[:, 0] < shares[:, 1]
    if in_part.any():
        parts = np.flatnonzero(timeline.of_segments(in_part))
        days, of_days = shares[timeline.segments.stages[parts]].T
        amounts[parts] = parts_minor(times_micros(quantities[parts], prices[parts]), days, of_days, minor)
    return amounts


def _offered(
    timeline: Timeline, catalog: Catalog, stages: Sequence[Stage], quantities: np.ndarray, list_prices: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the stages' offers make of base prices (billing-rules 9.1), one entry per segment.

    bool: it has one; prices in int64 nanos; and int64 minor units taken off them, below zero.
    """
    if not timeline.phases.discounts.any():
        return np.zeros(timeline.segment_count, bool), list_prices, nothing(timeline.segment_count)
    discounts, prices, before = np.zeros(timeline.segment_count, np.int64), list_prices.copy(), timeline.charges_before(stages)
    has_offer = before < timeline.of_phases(timeline.phases.discounts)
    for place, stage in enumerate(stages):
        offer = offer_of(catalog, stage)
        if offer is None:
            continue
        on_stage = np.flatnonzero((timeline.segments.stages == place) & has_offer)
        used = discount_count(catalog, stage) - timeline.phases.discounts[timeline.segment_phases[on_stage]] + before[on_stage]
        steps = np.searchsorted(step_ends(catalog, stage)[1:], used, side="right")
        for number, step in enumerate(offer.steps(catalog.currency)):
            in_step = on_stage[steps == number]
            for quantity in np.unique(quantities[in_step]).tolist():
                charge = base_charge(catalog, stage, step, quantity)
                rows = in_step[quantities[in_step] == quantity]
                prices[rows], discounts[rows] = charge.price, -charge.discount
    return has_offer, prices, discounts


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

"""Purchases: packs and top-ups that the rule or an action bought → invoice charges, and lots to be used up (5.5, 6.5, 8.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS
from commet_core.foundation.sums import nothing, sum_by_index
from commet_core.foundation.vocabulary import Adjusted
from commet_core.rating.admission import ALLOWANCE_ADJUSTED, BOUGHT, PURCHASE_COLUMNS, PURCHASED_ADJUSTED, Additions
from commet_core.rating.charges import Charges, Lots, amounts_minor
from commet_core.timeline.segments import Timeline
from commet_core.timeline.subscribers import Subscription
from commet_core.usage.usage import TOTAL_MAX

ADDED_BY: Final[Mapping[Adjusted | None, int]] = {
    None: BOUGHT,
    "plan_credits": ALLOWANCE_ADJUSTED,
    "balance": ALLOWANCE_ADJUSTED,
    "purchased_credits": PURCHASED_ADJUSTED,
}
"""The kind of `Additions` by what an action adjusts; None: a purchase."""


class ForSale(NamedTuple):
    """What can be bought: int64, one entry per thing.

    amounts      micros of credits, or nanos of balance
    unit_prices  nanos
    items        its code, as its place in `Bill.items`
    """

    amounts: np.ndarray
    unit_prices: np.ndarray
    items: np.ndarray


class BoughtByAction(NamedTuple):
    """Purchases and adjustments that actions make (billing-rules 8.6), one entry each: what is added, and what it is."""

    additions: Additions
    things: ForSale

    def adjusted(self, kind: int, segment_count: int) -> tuple[np.ndarray, np.ndarray]:
        """int64, one per segment: what adjustments of a kind gave, and what they took, when all customers are replayed."""
        own = np.flatnonzero(self.additions.kinds == kind)
        if len(own) == 0:
            return nothing(segment_count), nothing(segment_count)
        segments, applied = self.additions.segments[own], self.additions.applied[own]
        given = sum_by_index(segments, np.maximum(applied, 0), segment_count)
        return given, sum_by_index(segments, np.maximum(-applied, 0), segment_count)


def bought_by_action(subscription: Subscription, times: np.ndarray, items: Mapping[str, int]) -> BoughtByAction:
    """Packs and top-ups bought by actions, and adjustments, each with its segment and the event that comes after it.

    times: int64 microseconds, of the usage's events. items: the place of a pack or a plan in `Bill.items`.
    """
    timeline = subscription.timeline
    purchases = () if subscription.acted is None else subscription.acted.purchases
    moments = np.array([bought.at for _, bought in purchases], np.int64)
    segments = np.array([_segment_at(timeline, row, bought.at) for row, bought in purchases], np.int64)
    firsts, lasts = timeline.segments.first_events[segments], timeline.segments.last_events[segments]
    events = [
        first + int(np.searchsorted(times[first:last], at))
        for first, last, at in zip(firsts.tolist(), lasts.tolist(), moments.tolist(), strict=True)
    ]
    amounts = np.array([bought.amount for _, bought in purchases], np.int64)
    prices = np.array([bought.price for _, bought in purchases], np.int64)
    places = np.array([0 if bought.adjusts else items[bought.item] for _, bought in purchases], np.int64)
    kinds = np.array([ADDED_BY[bought.adjusts] for _, bought in purchases], np.int64)
    additions = Additions(segments, np.array(events, np.int64), moments, amounts, kinds, amounts.copy(), np.zeros_like(amounts))
    return BoughtByAction(additions, ForSale(amounts, prices, places))


def _segment_at(timeline: Timeline, row: int, at: int) -> int:
    """The segment of a phase in which an action takes place: the last that has begun."""
    first, following = np.searchsorted(timeline.segment_phases, [row, row + 1]).tolist()
    return first + int(np.searchsorted(timeline.starts[first:following], at, side="right")) - 1


def no_purchases() -> np.ndarray:
    """The purchases of a model that sells nothing on the way."""
    return np.empty((0, PURCHASE_COLUMNS), np.int64)


def purchase_charges(
    kind: int, times: np.ndarray, purchases: np.ndarray, of_rule: ForSale, acted: BoughtByAction, minor_nanos: int
) -> tuple[Charges, Lots]:
    """Purchases of the rule, by the thing's place in `of_rule`, and those that actions made.

    times: of the usage's events. purchases: rows of `admission.PURCHASE_COLUMNS`, in order.
    """
    events, segments, _, counts = (column.copy() for column in purchases.T)
    things, moments, there_for = _what_and_when(times, purchases, of_rule, acted)
    if np.any(counts.astype(np.float64) * np.maximum(things.unit_prices, MICROS) >= TOTAL_MAX):
        raise InputError.of("purchases", "a single purchase is too large to be held", "Use larger packs or top-ups")
    amounts = amounts_minor(counts * MICROS, things.unit_prices, minor_nanos)
    shown = _in_the_catalogs_order(events, segments, things.items)
    shown = shown[amounts[shown] > 0]
    columns = (things.items, counts * MICROS, things.unit_prices, amounts, np.zeros_like(amounts))
    charges = Charges(segments[shown], events[shown], moments[shown], kind, *(column[shown] for column in columns))
    return charges, Lots(segments, there_for, moments, counts * things.amounts, amounts)


def _in_the_catalogs_order(events: np.ndarray, segments: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Purchases as they stand on invoices: of the two kinds of pack bought for one event the catalog's first (12)."""
    order = np.arange(len(events))
    together = (events[1:] == events[:-1]) & (segments[1:] == segments[:-1])
    first = np.flatnonzero(together & (items[1:] < items[:-1]))
    order[first], order[first + 1] = first + 1, first
    return order


def _what_and_when(
    times: np.ndarray, purchases: np.ndarray, of_rule: ForSale, acted: BoughtByAction
) -> tuple[ForSale, np.ndarray, np.ndarray]:
    """Of each purchase what was bought, when (int64 microseconds), and the first event that it is there for."""
    events, _, places, _ = purchases.T
    by_rule, actions = events >= 0, -1 - events[events < 0]
    things = ForSale(*(np.empty(len(events), np.int64) for _ in ForSale._fields))
    for column, rule_column, action_column in zip(things, of_rule, acted.things, strict=True):
        column[by_rule] = rule_column[places[by_rule]]
        column[~by_rule] = action_column[actions]
    moments, there_for = np.empty(len(events), np.int64), events.copy()
    moments[by_rule], moments[~by_rule] = times[events[by_rule]], acted.additions.times[actions]
    there_for[~by_rule] = acted.additions.events[actions]
    return things, moments, there_for

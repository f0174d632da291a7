"""What each model charges beside the base price: overage in arrears, packs and top-ups when bought (billing-rules 4-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from commet_core.catalog.plans import Catalog
from commet_core.foundation.compiled import compiled
from commet_core.foundation.errors import InputError
from commet_core.foundation.money import MICROS, minor_nanos
from commet_core.foundation.rounding import times_floor
from commet_core.foundation.sums import sum_by_index
from commet_core.rating.admission import PURCHASE_COLUMNS, Additions, Admitted
from commet_core.rating.balance import BalanceOutcome
from commet_core.rating.invoices import (
    BALANCE_OVERAGE,
    CLOSING,
    CREDIT,
    CREDIT_PACK,
    FEATURE_OVERAGE,
    OVERAGE,
    PLAN_CHANGE,
    RECURRING,
    TOP_UP,
    BasePrice,
    Charges,
    amounts_minor,
    rounded_shares,
    to_minor,
)
from commet_core.rating.metered import MeteredRates
from commet_core.timeline.segments import Segments, Timeline
from commet_core.timeline.stages import Stage, base_minor, base_nanos, discount_minor
from commet_core.timeline.subscribers import Subscription
from commet_core.timeline.treatments import PRICED
from commet_core.usage.usage import TOTAL_MAX


class Lots(NamedTuple):
    """Purchases in the order in which they were made, int64: what is bought first is used first (billing-rules 13).

    segments     ascending
    events       ascending: the first event that each is there for; of an action the one after it, in its segment or beyond
    times        int64 microseconds: when it was made
    quantities   micros of credits, or nanos of a top-up
    amounts      minor units paid, as on the invoice line; zero where the line was left out
    """

    segments: np.ndarray
    events: np.ndarray
    times: np.ndarray
    quantities: np.ndarray
    amounts: np.ndarray


class Charged(NamedTuple):
    """What a candidate's customers owe beside the base price, and the stocks they bought.

    overage, purchases   what goes on invoices
    lots                 the purchases again, as stocks to be used up
    bought               int64, one per segment: micros of purchased credits, or nanos topped up
    overage_units        int64 micros, one per cell: units beyond what is included
    overage_shares       int64 minor units, one per cell: the feature's part of the overage invoiced
    """

    overage: Charges
    purchases: Charges
    lots: Lots
    bought: np.ndarray
    overage_units: np.ndarray
    overage_shares: np.ndarray


class Bought(NamedTuple):
    """What can be bought: int64, one entry per thing.

    amounts      micros of credits, or nanos of balance
    unit_prices  nanos
    items        its code, as its place in `Bill.items`
    """

    amounts: np.ndarray
    unit_prices: np.ndarray
    items: np.ndarray

    def rows(self, places: np.ndarray) -> Bought:
        """The things at these places."""
        return Bought(*(column[places] for column in self))


class Acted(NamedTuple):
    """Purchases that actions make (billing-rules 8.6), one entry each: what is added, what it is, int64 microseconds when."""

    additions: Additions
    bought: Bought
    times: np.ndarray


def metered_charges(timeline: Timeline, rates: MeteredRates, admitted: Admitted, minor_nanos: int) -> Charged:
    """A line per feature and period for the units beyond what is included (billing-rules 4.2)."""
    units, amounts = _overage(timeline.segments, admitted.cell_units, rates, minor_nanos)
    due = np.flatnonzero(amounts)
    segments, features = timeline.cell_segments[due], timeline.segments.cell_features[due].astype(np.int64)
    prices = rates.prices[timeline.segments.stages[segments], features]
    overage = _charges_of(segments, FEATURE_OVERAGE, features, units[due], prices, amounts[due])
    return Charged(overage, _nothing(CREDIT_PACK), no_lots(), np.zeros(timeline.segment_count, np.int64), units, amounts)


@compiled
def _overage(segments: Segments, served_units, rates: MeteredRates, minor_nanos):  # type: ignore[no-untyped-def]
    """Per cell the units beyond what is included (int64 micros), where they have a price, and their amount in minor units."""
    units = np.zeros(len(served_units), np.int64)
    amounts = np.zeros(len(served_units), np.int64)
    for segment in range(len(segments.stages)):
        stage = segments.stages[segment]
        for cell in range(segments.cell_offsets[segment], segments.cell_offsets[segment + 1]):
            feature = segments.cell_features[cell]
            beyond = served_units[cell] - rates.included[stage, feature]
            if beyond > 0 and rates.kinds[stage, feature] == PRICED:
                units[cell] = beyond
                amounts[cell] = to_minor(times_floor(beyond, rates.prices[stage, feature]), minor_nanos)
    return units, amounts


def credits_charges(
    timeline: Timeline, times: np.ndarray, purchases: np.ndarray, packs: Bought, acted: Acted, minor_nanos: int
) -> Charged:
    """A purchase line per kind of pack (billing-rules 5.5). times: of the usage's events; packs: those of the rule."""
    sold, lots = _purchase_charges(CREDIT_PACK, times, purchases, packs, acted, minor_nanos)
    bought = sum_by_index(lots.segments, lots.quantities, timeline.segment_count)
    no_cells = np.zeros(len(timeline.cell_units), np.int64)
    return Charged(_nothing(FEATURE_OVERAGE), sold, lots, bought, no_cells, no_cells)


def balance_charges(
    timeline: Timeline,
    times: np.ndarray,
    purchases: np.ndarray,
    outcome: BalanceOutcome,
    top_ups: Bought,
    acted: Acted,
    minor_nanos: int,
) -> Charged:
    """A line per period for the balance below zero (billing-rules 6.2), and one per top-up (6.5). top_ups: of each stage."""
    below_zero = np.maximum(-outcome.closing, 0)
    owing = np.flatnonzero(below_zero)
    amounts = to_minor(below_zero[owing], minor_nanos)
    owing, amounts = owing[amounts > 0], amounts[amounts > 0]
    one = np.full(len(owing), MICROS, np.int64)
    stages = timeline.segments.stages
    overage = _charges_of(owing, BALANCE_OVERAGE, top_ups.items[stages[owing]], one, below_zero[owing], amounts)
    of_stages = purchases.copy()
    of_stages[:, 2] = stages[purchases[:, 1]]
    sold, lots = _purchase_charges(TOP_UP, times, of_stages, top_ups, acted, minor_nanos)
    shares = rounded_shares(timeline.segments.cell_offsets, outcome.cell_overage, minor_nanos)
    return Charged(overage, sold, lots, outcome.topped_up, np.zeros(len(timeline.cell_units), np.int64), shares)


@dataclass(frozen=True)
class Items:
    """What invoice lines name: codes, and for each kind the place of its codes among them (a code may be of two kinds)."""

    codes: tuple[str, ...]
    packs: Mapping[str, int]
    plans: Mapping[str, int]
    offers: Mapping[str, int]

    @classmethod
    def of(cls, features: tuple[str, ...], catalog: Catalog) -> Items:
        """Features of the usage first, so that a feature's place is its index there."""
        codes, places = list(features), []
        for kind in (catalog.credit_packs, catalog.plans, catalog.offers):
            places.append({code: place for place, code in enumerate(kind, start=len(codes))})
            codes += kind
        return cls(tuple(codes), *places)

    def plans_of(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64: the places of the stages' plans; 0 where there is none."""
        return np.array([0 if stage.plan is None else self.plans[stage.plan] for stage in stages], np.int64)

    def offers_of(self, stages: Sequence[Stage]) -> np.ndarray:
        """int64: the places of the stages' offers; 0 where there is none."""
        return np.array([0 if stage.offer is None else self.offers[stage.offer] for stage in stages], np.int64)


def base_prices(subscription: Subscription, catalog: Catalog, items: Items) -> BasePrice:
    """What is charged at the start of segments (billing-rules 2.4, 8, 9), and on which invoice (12)."""
    timeline, stages = subscription.timeline, subscription.stages
    charged = timeline.charges(stages)
    return BasePrice(
        charged=charged,
        discounted=timeline.discounted(stages),
        opening=_openings(timeline, stages, charged),
        paid_until=timeline.paid_until(stages),
        items=items.plans_of(stages),
        offers=items.offers_of(stages),
        prices=np.array([base_nanos(catalog, stage) for stage in stages], np.int64),
        amounts=np.array([base_minor(catalog, stage) for stage in stages], np.int64),
        discounts=np.array([-discount_minor(catalog, stage) for stage in stages], np.int64),
        minor_nanos=minor_nanos(catalog.currency),
    )


def _openings(timeline: Timeline, stages: Sequence[Stage], charged: np.ndarray) -> np.ndarray:
    """int8, one per segment: the kind of the invoice that its start brings, if it brings one (billing-rules 12)."""
    kinds = np.where(charged, RECURRING, OVERAGE).astype(np.int8)
    stopped = np.array([not stage.has_periods for stage in stages])
    if stopped.any():
        kinds[stopped[timeline.segments.stages]] = CLOSING
    if timeline.stretches.changed.any():
        kinds[timeline.stretches.changed[timeline.segment_stretches] & (timeline.cycles == 0)] = PLAN_CHANGE
    return kinds


def credits_back(subscription: Subscription, items: Items) -> Charges:
    """A line per credit for the unused days of the old plan (billing-rules 8.2)."""
    timeline = subscription.timeline
    credited = () if subscription.acted is None else subscription.acted.credited
    firsts = np.searchsorted(timeline.segment_stretches, [row for row, _ in credited])
    given = [stretch.credit for _, stretch in credited if stretch.credit is not None]
    columns = [
        [items.plans[credit.plan] for credit in given],
        [credit.days * MICROS for credit in given],
        [credit.per_day for credit in given],
        [credit.amount for credit in given],
    ]
    return _charges_of(firsts, CREDIT, *(np.array(column, np.int64) for column in columns))


def acted_purchases(subscription: Subscription, times: np.ndarray, items: Mapping[str, int]) -> Acted:
    """Packs and top-ups bought by actions, each with its segment and the event that comes after it.

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
    places = np.array([items[bought.item] for _, bought in purchases], np.int64)
    return Acted(Additions(segments, np.array(events, np.int64), amounts), Bought(amounts, prices, places), moments)


def _segment_at(timeline: Timeline, row: int, at: int) -> int:
    """The segment of a stretch in which an action takes place: the last that has begun."""
    first, following = np.searchsorted(timeline.segment_stretches, [row, row + 1]).tolist()
    return first + int(np.searchsorted(timeline.starts[first:following], at, side="right")) - 1


def no_purchases() -> np.ndarray:
    """The purchases of a model that sells nothing on the way."""
    return np.empty((0, PURCHASE_COLUMNS), np.int64)


def no_lots() -> Lots:
    """The purchases of those who bought nothing."""
    return Lots(*(np.empty(0, np.int64) for _ in Lots._fields))


def _purchase_charges(
    kind: int, times: np.ndarray, purchases: np.ndarray, of_rule: Bought, acted: Acted, minor_nanos: int
) -> tuple[Charges, Lots]:
    """Purchases of the rule, by the item's place in `of_rule`, and those that actions made."""
    events, segments, places, counts = (column.copy() for column in purchases.T)
    by_rule = events >= 0
    things = Bought(*(np.empty(len(events), np.int64) for _ in Bought._fields))
    moments = np.empty(len(events), np.int64)
    for column, rule_column, action_column in zip(things, of_rule, acted.bought, strict=True):
        column[by_rule] = rule_column[places[by_rule]]
        column[~by_rule] = action_column[-1 - events[~by_rule]]
    moments[by_rule] = times[events[by_rule]]
    moments[~by_rule] = acted.times[-1 - events[~by_rule]]
    if np.any(counts.astype(np.float64) * np.maximum(things.unit_prices, MICROS) >= TOTAL_MAX):
        raise InputError.of("purchases", "a single purchase is too large to be held", "Use larger packs or top-ups")
    amounts = amounts_minor(counts * MICROS, things.unit_prices, minor_nanos)
    shown = np.flatnonzero(amounts)
    columns = (things.items, counts * MICROS, things.unit_prices, amounts)
    charges = Charges(segments[shown], events[shown], moments[shown], kind, *(column[shown] for column in columns))
    there_for = events.copy()
    there_for[~by_rule] = acted.additions.events[-1 - events[~by_rule]]
    return charges, Lots(segments, there_for, moments, counts * things.amounts, amounts)


def _charges_of(
    segments: np.ndarray, kind: int, items: np.ndarray, quantities: np.ndarray, unit_prices: np.ndarray, amounts: np.ndarray
) -> Charges:
    """Charges that belong to segments alone."""
    return Charges(segments, segments, segments, kind, items, quantities, unit_prices, amounts)


def _nothing(kind: int) -> Charges:
    none = np.empty(0, np.int64)
    return _charges_of(none, kind, none, none, none, none)

"""What each model charges beside the base price: overage in arrears, packs and top-ups when bought (billing-rules 4-6)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from commet_core.admission import PRICED, PURCHASE_COLUMNS, Admitted
from commet_core.balance import BalanceOutcome, TopUpRule
from commet_core.credits import PackRule
from commet_core.errors import InputError
from commet_core.invoices import (
    BALANCE_OVERAGE,
    CREDIT_PACK,
    FEATURE_OVERAGE,
    TOP_UP,
    Charges,
    amounts_minor,
    rounded_shares,
    to_minor,
)
from commet_core.metered import MeteredRates
from commet_core.money import MICROS
from commet_core.timeline import Timeline
from commet_core.totals import sum_by_index
from commet_core.usage import TOTAL_MAX


class Lots(NamedTuple):
    """Purchases in the order in which they were made, int64: what is bought first is used first (billing-rules 13).

    segments     ascending
    events       the event that each was bought for
    quantities   micros of credits, or nanos of a top-up
    amounts      minor units paid, as on the invoice line; zero where the line was left out
    """

    segments: np.ndarray
    events: np.ndarray
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


def metered_charges(timeline: Timeline, rates: MeteredRates, admitted: Admitted, minor_nanos: int) -> Charged:
    """A line per feature and period for the units beyond what is included (billing-rules 4.2)."""
    features = timeline.segments.cell_features
    beyond = np.maximum(admitted.cell_units - rates.included[features], 0)
    units = np.where(rates.kinds[features] == PRICED, beyond, 0)
    amounts = amounts_minor(units, rates.prices[features], minor_nanos)
    due = np.flatnonzero(amounts)
    overage = Charges(
        timeline.cell_segments[due],
        due,
        FEATURE_OVERAGE,
        features[due].astype(np.int64),
        units[due],
        rates.prices[features][due],
        amounts[due],
    )
    return Charged(overage, _nothing(CREDIT_PACK), no_lots(), np.zeros(timeline.segment_count, np.int64), units, amounts)


def credits_charges(
    timeline: Timeline, purchases: np.ndarray, rule: PackRule, prices: np.ndarray, items: np.ndarray, minor_nanos: int
) -> Charged:
    """A purchase line per kind of pack (billing-rules 5.5). prices (int64 nanos) and items: one per pack of the rule."""
    packs = purchases[:, 2]
    credits_sold = purchases[:, 3] * rule.credits[packs]
    bought = sum_by_index(purchases[:, 1], credits_sold, timeline.segment_count)
    sold, lots = _purchase_charges(purchases, CREDIT_PACK, items[packs], prices[packs], credits_sold, minor_nanos)
    no_cells = np.zeros(len(timeline.cell_units), np.int64)
    return Charged(_nothing(FEATURE_OVERAGE), sold, lots, bought, no_cells, no_cells)


def balance_charges(
    timeline: Timeline, purchases: np.ndarray, rule: TopUpRule, outcome: BalanceOutcome, plan_item: int, minor_nanos: int
) -> Charged:
    """A line per period for the balance below zero (billing-rules 6.2), and one per top-up (6.5)."""
    below_zero = np.maximum(-outcome.closing, 0)
    owing = np.flatnonzero(below_zero)
    amounts = np.array([to_minor(nanos, minor_nanos) for nanos in below_zero[owing].tolist()], np.int64)
    owing, amounts = owing[amounts > 0], amounts[amounts > 0]
    plan_items = np.full(len(owing), plan_item, np.int64)
    one = np.full(len(owing), MICROS, np.int64)
    overage = Charges(owing, owing, BALANCE_OVERAGE, plan_items, one, below_zero[owing], amounts)
    prices = np.full(len(purchases), rule.amount, np.int64)
    plan_items = np.full(len(purchases), plan_item, np.int64)
    sold, lots = _purchase_charges(purchases, TOP_UP, plan_items, prices, purchases[:, 3] * rule.amount, minor_nanos)
    shares = rounded_shares(timeline.segments.cell_offsets, outcome.cell_overage, minor_nanos)
    return Charged(overage, sold, lots, outcome.topped_up, np.zeros(len(timeline.cell_units), np.int64), shares)


def no_purchases() -> np.ndarray:
    """The purchases of a model that sells nothing on the way."""
    return np.empty((0, PURCHASE_COLUMNS), np.int64)


def no_lots() -> Lots:
    """The purchases of those who bought nothing."""
    return Lots(*(np.empty(0, np.int64) for _ in Lots._fields))


def _purchase_charges(
    purchases: np.ndarray, kind: int, items: np.ndarray, unit_prices: np.ndarray, quantities: np.ndarray, minor_nanos: int
) -> tuple[Charges, Lots]:
    events, segments, _, counts = purchases.T
    if np.any(counts.astype(np.float64) * np.maximum(unit_prices, MICROS) >= TOTAL_MAX):
        raise InputError.of("purchases", "a single purchase is too large to be held", "Use larger packs or top-ups")
    amounts = amounts_minor(counts * MICROS, unit_prices, minor_nanos)
    shown = np.flatnonzero(amounts)
    charges = Charges(
        segments[shown], events[shown], kind, items[shown], counts[shown] * MICROS, unit_prices[shown], amounts[shown]
    )
    return charges, Lots(segments.copy(), events.copy(), quantities, amounts)


def _nothing(kind: int) -> Charges:
    none = np.empty(0, np.int64)
    return Charges(none, none, kind, none, none, none, none)

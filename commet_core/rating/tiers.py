"""Prices in tiers and in packages (billing-rules 15.1): units beyond what is included → a line per tier, and per flat fee."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np

from commet_core.catalog.overage import Overage, Tier
from commet_core.foundation.compiled import compiled, step
from commet_core.foundation.money import INT64_MAX, MICROS, micros, nanos
from commet_core.foundation.rounding import times_floor, times_half_up
from commet_core.rating.charges import to_minor

ONE_PRICE: Final = 0
GRADUATED: Final = 1
VOLUME: Final = 2
PACKAGES: Final = 3

_MODES: Final[Mapping[str, int]] = {"graduated": GRADUATED, "volume": VOLUME}


class TierRates(NamedTuple):
    """Tiers of stages and features, one after the other. Packages are one tier that ends with a package.

    modes        int8, a row per stage, in it an entry per feature: ONE_PRICE where there are no tiers
    firsts       int64, likewise: where its tiers begin below; counts: how many there are
    up_to        int64 micros, one per tier: its last unit
    unit_prices  int64 nanos per unit, or of a package
    flats        int64 nanos, once where the tier is reached
    """

    modes: np.ndarray
    firsts: np.ndarray
    counts: np.ndarray
    up_to: np.ndarray
    unit_prices: np.ndarray
    flats: np.ndarray


class TierLines(NamedTuple):
    """Lines of what is charged in tiers, int64, one entry each.

    rows         of the units asked about
    parts        as `Charges.parts`
    quantities   micros: units, packages, or 1 for a flat fee
    unit_prices  nanos
    amounts      minor units
    """

    rows: np.ndarray
    parts: np.ndarray
    quantities: np.ndarray
    unit_prices: np.ndarray
    amounts: np.ndarray


def tier_rates(overages: Mapping[tuple[int, int], Overage], stages: int, features: int) -> TierRates:
    """The tiers of overage prices, by stage and feature; those with one price for all units are left out."""
    modes = np.zeros((stages, features), np.int8)
    firsts, counts = (np.zeros((stages, features), np.int64) for _ in range(2))
    tiers: list[Tier] = []
    for where, overage in overages.items():
        steps = tiers_of(overage)
        modes[where] = PACKAGES if overage.tiers_mode is None and steps else _MODES.get(overage.tiers_mode or "", ONE_PRICE)
        firsts[where], counts[where] = len(tiers), len(steps)
        tiers += steps
    return TierRates(
        modes,
        firsts,
        counts,
        np.array([INT64_MAX if tier.up_to is None else micros(tier.up_to) for tier in tiers], np.int64),
        np.array([nanos(tier.unit_price or Decimal(0)) for tier in tiers], np.int64),
        np.array([nanos(tier.flat_amount or Decimal(0)) for tier in tiers], np.int64),
    )


def tiers_of(overage: Overage) -> tuple[Tier, ...]:
    """The tiers of a price; of packages one that ends with a package; none of a price per unit."""
    if overage.package_size is not None:
        return (Tier(up_to=overage.package_size, unit_price=overage.package_price),)
    return overage.tiers or ()


def highest_unit_price(overage: Overage) -> int:
    """Nanos that no unit costs more than, flat fees and the rest of a started package aside."""
    if overage.package_size is not None:
        return -(-nanos(overage.package_price or Decimal(0)) * MICROS // micros(overage.package_size))
    return max(
        (nanos(tier.unit_price or Decimal(0)) for tier in overage.tiers or ()), default=nanos(overage.unit_price or Decimal(0))
    )


@compiled
def tier_lines(tiers: TierRates, stages, features, beyond, minor_nanos):  # type: ignore[no-untyped-def]
    """Lines of units beyond what is included: int64 micros above 0, each on a stage and of a feature that has tiers."""
    most = 0
    for row in range(len(beyond)):
        most += 2 * tiers.counts[stages[row], features[row]]
    lines = TierLines(
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
        np.empty(most, np.int64),
    )
    count = 0
    for row in range(len(beyond)):
        mode, first = tiers.modes[stages[row], features[row]], tiers.firsts[stages[row], features[row]]
        lower = 0
        for tier in range(first, first + tiers.counts[stages[row], features[row]]):
            units = units_in(mode, lower, tiers.up_to[tier], beyond[row])
            if units > 0:
                part = 0 if mode == PACKAGES else tier - first + 1
                count = _add_line(lines, count, row, part, units, tiers.unit_prices[tier], minor_nanos)
                if tiers.flats[tier] > 0:
                    count = _add_line(lines, count, row, -part, MICROS, tiers.flats[tier], minor_nanos)
            lower = tiers.up_to[tier]
    return count, lines


@step
def units_in(mode, lower, upper, beyond):  # type: ignore[no-untyped-def]
    """Micros that a tier charges, of so many beyond what is included; `upper` is in it (15.1)."""
    if mode == PACKAGES:
        return -(-beyond // upper) * MICROS
    if mode == VOLUME:
        return beyond if lower < beyond <= upper else 0
    return max(0, min(beyond, upper) - lower)


@compiled
def _add_line(lines: TierLines, count, row, part, quantity, unit_price, minor_nanos):  # type: ignore[no-untyped-def]
    """Writes a line and returns how many there are; one that rounds to zero is left out (12)."""
    amount = to_minor(times_floor(quantity, unit_price), minor_nanos)
    if amount == 0:
        return count
    lines.rows[count] = row
    lines.parts[count] = part
    lines.quantities[count] = quantity
    lines.unit_prices[count] = unit_price
    lines.amounts[count] = amount
    return count + 1


@compiled
def tier_costs(tiers: TierRates, stages, features, beyond):  # type: ignore[no-untyped-def]
    """int64 nanos, one per entry: what units beyond what is included come to, before a line is rounded; 0 without tiers."""
    costs = np.empty(len(beyond), np.int64)
    for row in range(len(beyond)):
        costs[row] = cost_in_tiers(tiers, stages[row], features[row], beyond[row])
    return costs


@compiled
def cost_in_tiers(tiers: TierRates, stage, feature, beyond):  # type: ignore[no-untyped-def]
    """`tier_costs` of one stage and feature."""
    cost = 0
    mode, first = tiers.modes[stage, feature], tiers.firsts[stage, feature]
    lower = 0
    for tier in range(first, first + tiers.counts[stage, feature]):
        units = units_in(mode, lower, tiers.up_to[tier], beyond)
        if units > 0:
            cost += times_half_up(units, tiers.unit_prices[tier]) + tiers.flats[tier]
        lower = tiers.up_to[tier]
    return cost

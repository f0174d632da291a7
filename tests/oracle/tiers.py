"""Overage prices in tiers and in packages (billing-rules 15.1), from the rules and in decimals."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from .admission import Line
from .amounts import ONE, ZERO, decimal, rounded_up_count

Overage = Mapping[str, Any]


def overage_charges(code: str, units: Decimal, overage: Overage) -> list[Line]:
    """The lines for units beyond what is included; none of them, no fee either."""
    if units <= ZERO:
        return []
    if overage.get("package_size") is not None:
        blocks = Decimal(rounded_up_count(units, decimal(overage["package_size"])))
        return [Line("feature_overage", code, blocks, decimal(overage["package_price"]))]
    if overage.get("tiers") is not None:
        charged = {"graduated": units_in_every_tier, "volume": all_units_in_one_tier}[overage["tiers_mode"]]
        return [
            line for number, inside in charged(units, overage["tiers"]) for line in tier_lines(code, number, inside, overage)
        ]
    return [Line("feature_overage", code, units, decimal(overage["unit_price"]))]


def last_unit(tier: Mapping[str, Any], units: Decimal) -> Decimal:
    """``up_to`` is inclusive; the last tier is open, and so ends with whatever is used."""
    return units if tier.get("up_to") is None else decimal(tier["up_to"])


def units_in_every_tier(units: Decimal, tiers: Sequence[Mapping[str, Any]]) -> list[tuple[int, Decimal]]:
    """Graduated: each unit in the tier in which it falls; of every tier reached its number, from 1, and the units in it."""
    inside, counted = [], ZERO
    for number, tier in enumerate(tiers, start=1):
        until = min(units, last_unit(tier, units))
        if until > counted:
            inside.append((number, until - counted))
            counted = until
    return inside


def all_units_in_one_tier(units: Decimal, tiers: Sequence[Mapping[str, Any]]) -> list[tuple[int, Decimal]]:
    """Volume: all units in the tier that their total reaches."""
    reached = next(number for number, tier in enumerate(tiers, start=1) if units <= last_unit(tier, units))
    return [(reached, units)]


def tier_lines(code: str, number: int, units: Decimal, overage: Overage) -> list[Line]:
    """One line for the units of a tier, one for its flat fee."""
    tier = overage["tiers"][number - 1]
    price, fee = decimal(tier.get("unit_price") or 0), decimal(tier.get("flat_amount") or 0)
    return [
        Line("feature_overage", code, units, price, tier=number),
        Line("feature_overage", code, ONE, fee, tier=number, charge="flat"),
    ]

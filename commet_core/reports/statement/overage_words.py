"""Overage prices in words: one price, tiers and packages (billing-rules 4.2, 15.1), and the invoice lines that they make."""

from __future__ import annotations

from decimal import Decimal

from commet_core.catalog.overage import Overage, Tier
from commet_core.foundation.money import format_short
from commet_core.foundation.wording import each, quantity


def overage_in_words(overage: Overage, unit: str, currency: str) -> str:
    """`$0.01 a call`; `the first 1,000 calls at $0.10 each, the rest at $0.08 each`; `$35 for every started 400 calls`."""
    if overage.package_size is not None:
        price = format_short(overage.package_price or Decimal(0), currency)
        return f"{price} for every started {quantity(overage.package_size, unit)}"
    if overage.tiers is None:
        return f"{format_short(overage.unit_price or Decimal(0), currency)} {each(unit)}"
    name = _graduated if overage.tiers_mode == "graduated" else _volume
    return ", ".join(name(tier, number, unit, currency) for number, tier in enumerate(overage.tiers))


def _graduated(tier: Tier, number: int, unit: str, currency: str) -> str:
    """What a tier charges of the units that fall into it."""
    if tier.up_to is None:
        units = "the rest" if number else "each"
    else:
        units = f"{'up to' if number else 'the first'} {quantity(tier.up_to, unit)}"
    return f"{units} {_tier_price(tier, currency)}"


def _volume(tier: Tier, number: int, unit: str, currency: str) -> str:
    """What a tier charges of all units, where it is the one that they reach."""
    price = _tier_price(tier, currency)
    if tier.up_to is None:
        return f"all of them {price}{' beyond that' if number else ''}"
    return f"all of them {price} up to {quantity(tier.up_to, unit)}"


def _tier_price(tier: Tier, currency: str) -> str:
    parts = []
    if tier.unit_price is not None:
        parts.append(f"at {format_short(tier.unit_price, currency)} each")
    if tier.flat_amount or tier.unit_price is None:
        parts.append(f"{'and' if parts else 'for'} {format_short(tier.flat_amount or Decimal(0), currency)} once")
    return " ".join(parts)


def part_in_words(tier: int | None, charge: str | None) -> str:
    """What an invoice line is of a price in tiers: `tier 2`, `fee of tier 2`; nothing of other prices."""
    if tier is None:
        return ""
    return f"fee of tier {tier}" if charge == "flat" else f"tier {tier}"

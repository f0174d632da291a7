"""Parts of what a month includes, for some of its days (billing-rules 2.2)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import floor


def part_of(amount: Decimal, days: int, of_days: int, decimals: int = 0) -> Decimal:
    """An amount ≥ 0 × days ÷ days, half up to so many decimals, to whole ones where nothing is said."""
    part = Fraction(amount) * days / of_days * 10**decimals
    return Decimal(floor(part + Fraction(1, 2))).scaleb(-decimals)

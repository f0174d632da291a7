"""Parts of an amount: amount × part ÷ whole, exact where the product exceeds 64 bits (billing-rules 8.2, 13).

What has been earned after part of a whole is rounded once, cumulatively: the differences between two moments then add up
to the amount, however many moments there are.
"""

from __future__ import annotations

from typing import Final

from commet_core.compiled import compiled

PRODUCT_FITS: Final = 2**31
"""Two numbers up to this have a product that fits 64 bits."""


@compiled
def part_floor(amount, part, whole):  # type: ignore[no-untyped-def]
    """amount × part ÷ whole, rounded down, for integers with amount ≥ 0 and 0 ≤ part ≤ whole < 2**63, whole > 0.

    Where the product does not fit: long multiplication, one binary digit of `part` at a time.
    """
    quotient = amount // whole
    rest = amount - quotient * whole
    quotient *= part
    if whole <= PRODUCT_FITS:
        return quotient + rest * part // whole
    digit = 1
    while digit <= part >> 1:
        digit <<= 1
    carried = 0  # rest × part ÷ whole so far, as `doubled` wholes and `carried` of one
    doubled = 0
    while digit > 0:
        doubled += doubled
        if carried >= whole - carried:
            carried -= whole - carried
            doubled += 1
        else:
            carried += carried
        if part & digit:
            if carried >= whole - rest:
                carried -= whole - rest
                doubled += 1
            else:
                carried += rest
        digit >>= 1
    return quotient + doubled


@compiled
def part_half_up(amount, part, whole):  # type: ignore[no-untyped-def]
    """amount × part ÷ whole, rounded half up, for 0 ≤ amount < 2**62; otherwise as `part_floor`."""
    if part >= whole:
        return amount
    return (part_floor(2 * amount, part, whole) + 1) // 2

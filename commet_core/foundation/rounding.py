"""Parts of an amount: amount × part ÷ whole, exact where the product exceeds 64 bits (billing-rules 8.2, 13).

What has been earned after part of a whole is rounded once, cumulatively: the differences between two moments then add up
to the amount, however many moments there are.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.money import MICROS

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


@compiled
def per_million(product):  # type: ignore[no-untyped-def]
    """product ÷ 1,000,000 rounded down, of a number that is not negative: unsigned, a division is one multiplication."""
    return np.int64(np.uint64(product) // np.uint64(MICROS))


@compiled
def times_half_up(micros, per_unit):  # type: ignore[no-untyped-def]
    """micros × per_unit ÷ 1,000,000, rounded half up, without a product that exceeds 64 bits (billing-rules 1.2)."""
    whole = per_million(micros)
    part = micros - whole * MICROS
    if part == 0:
        return whole * per_unit
    high = per_million(per_unit)
    low = per_unit - high * MICROS
    return whole * per_unit + part * high + per_million(part * low + MICROS // 2)


@compiled
def times_floor(micros, per_unit):  # type: ignore[no-untyped-def]
    """micros × per_unit ÷ 1,000,000, rounded down. Half up to a coarser unit, it rounds as the exact product would."""
    whole = per_million(micros)
    part = micros - whole * MICROS
    high = per_million(per_unit)
    low = per_unit - high * MICROS
    return whole * per_unit + part * high + per_million(part * low)


@compiled
def times_up(micros, per_unit):  # type: ignore[no-untyped-def]
    """micros × per_unit ÷ 1,000,000, rounded up; of tokens and a price per million it is what they cost."""
    whole = per_million(micros)
    part = micros - whole * MICROS
    high = per_million(per_unit)
    low = per_unit - high * MICROS
    return whole * per_unit + part * high + per_million(part * low + MICROS - 1)


@compiled
def whole_units(available, per_unit):  # type: ignore[no-untyped-def]
    """The micros of as many whole units as `available` pays for (billing-rules 3.2)."""
    return available // per_unit * MICROS

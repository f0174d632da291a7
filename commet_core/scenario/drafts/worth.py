"""Numbers that were typed, and what plans are worth by them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from commet_core.foundation.money import parse_decimal, plain

STARTING_PRICE: Final = Decimal(49)

FREE_SHARE: Final = Decimal(10)
"""A new free plan includes a tenth of what the plan that it is made from does."""


def base_price(plan: Mapping[str, Any]) -> Decimal | None:
    prices = plan.get("prices") or {}
    return number_typed(prices.get("monthly", next(iter(prices.values()), None)))


def number_typed(text: object) -> Decimal | None:
    """A number above zero that was typed; None for anything else."""
    try:
        number = parse_decimal(text)
    except ValueError:
        return None
    return number if 0 < number < Decimal(10) ** 12 else None


def two_digits(number: Decimal, decimals: int) -> str:
    """A number above zero with two digits that count and at most so many decimals, as text; never rounded to nothing."""
    quantum = Decimal(1).scaleb(max(number.adjusted() - 1, -decimals))
    rounded = number.quantize(quantum, ROUND_HALF_UP) or quantum
    return plain(rounded).replace(",", "")


def part_of(typed: object) -> str:
    """A tenth of a number that was typed, in two digits; where there is none, nothing."""
    number = number_typed(typed)
    return "0" if number is None else two_digits(number / FREE_SHARE, 0)

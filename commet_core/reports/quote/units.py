"""Units of features as somebody types them, and as figures to begin with."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import MICRO_DECIMALS, decimal_places, parse_decimal, plain
from commet_core.reports.quote.typed import number_text

UNITS_MAX: Final = Decimal(100_000_000_000)
"""The most units of a feature that somebody may type for a month: a year of it fits 64 bits."""


def read_units(typed: Mapping[str, object], whole: Collection[str] = ()) -> dict[str, Decimal]:
    """Units per feature as somebody typed them; an empty text is none. whole: features without decimals, as seats are.

    Raises InputError with a problem per feature, whose code is the problem's place.
    """
    units, problems = {}, []
    for feature, text in typed.items():
        try:
            units[feature] = _units(text)
        except ValueError as error:
            problems.append(Problem(feature, str(error), "Give a number from 0 to 100,000,000,000, with at most 6 decimals"))
            continue
        if feature in whole and units[feature] != units[feature].to_integral_value():
            problems.append(
                Problem(feature, f"{plain(units[feature])} is not a whole number, and seats are", "Give whole seats")
            )
    if problems:
        raise InputError(problems)
    return units


def _units(typed: object) -> Decimal:
    number = parse_decimal(number_text(typed) or "0" if isinstance(typed, str) else typed)
    if number < 0:
        raise ValueError(f"{plain(number)} is negative" if number > -UNITS_MAX else "the number is negative")
    if number > UNITS_MAX:
        raise ValueError("the number is too large")
    if decimal_places(number) > MICRO_DECIMALS:
        raise ValueError(f"the number has {decimal_places(number)} decimals")
    return number


def rounded_units(units: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Units per feature with two digits that count, whole where they are one or more: figures to begin with, easy to change."""
    return {feature: _two_digits(amount) for feature, amount in units.items()}


def _two_digits(amount: Decimal) -> Decimal:
    if amount == 0:
        return amount
    exponent = amount.adjusted() - 1
    return amount.quantize(Decimal(1).scaleb(max(-MICRO_DECIMALS, exponent if amount < 1 else max(0, exponent))), ROUND_HALF_UP)

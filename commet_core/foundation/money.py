"""Fixed-point numbers: the only place where a decimal point meets an amount (billing-rules 1.1-1.3).

Money is held in nanos (billionths of the currency's unit), quantities and credits in micros (millionths), invoice
amounts in the currency's minor unit (cents; whole yen, thousandths of a dinar). All are 64-bit integers; Python's
own integers stand in wherever a sum may be larger.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Final

from commet_core.foundation.currencies import CURRENCY_DECIMALS, DECIMALS_USUAL, SYMBOLS
from commet_core.foundation.errors import as_written
from commet_core.foundation.patterns import late_pattern

NANO_DECIMALS: Final = 9
MICRO_DECIMALS: Final = 6
NANOS: Final = 10**NANO_DECIMALS
MICROS: Final = 10**MICRO_DECIMALS
INT64_MAX: Final = 2**63 - 1

_WIDE: Final = Context(prec=80)
"""Wide enough for any sum of amounts."""

_NUMBER = late_pattern(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def minor_decimals(currency: str) -> int:
    """Decimal places of the currency's minor unit: 2 of the dollar, 0 of the yen, 3 of the dinar (billing-rules 1.3)."""
    return CURRENCY_DECIMALS.get(currency.lower(), DECIMALS_USUAL)


def minor_nanos(currency: str) -> int:
    """Nanos in one minor unit: 10,000,000 in a cent, 1,000,000,000 in a yen, 1,000,000 in a fils."""
    return int(NANOS // 10 ** minor_decimals(currency))


def parse_decimal(number: object) -> Decimal:
    """The exact decimal a person wrote. A float counts as the shortest text that names it.

    Raises ValueError, with a message that completes "… is wrong because", for anything that is not a plain number.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | str | Decimal):
        raise ValueError(f"{as_written(number)} is not a number")
    text = str(number).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number" if text else "the number is empty")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None


def decimal_places(number: Decimal) -> int:
    """Decimal places needed to write the number, trailing zeros left out."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def fixed(number: Decimal, decimals: int) -> int:
    """The number as an integer of 10**-decimals. Raises ValueError where digits would be lost or 64 bits exceeded."""
    if decimal_places(number) > decimals:
        raise ValueError(f"{number} has more than {decimals} decimals")
    digits = int(number.scaleb(decimals))
    if abs(digits) > INT64_MAX:
        raise ValueError(f"{number} is larger than {Decimal(INT64_MAX).scaleb(-decimals):f}, the most that can be held")
    return digits


def nanos(amount: Decimal) -> int:
    """An amount or a unit price in nanos."""
    return fixed(amount, NANO_DECIMALS)


def micros(quantity: Decimal) -> int:
    """A quantity or a number of credits in micros."""
    return fixed(quantity, MICRO_DECIMALS)


def decimal_of(digits: int, decimals: int) -> Decimal:
    """The decimal that an integer of 10**-decimals stands for."""
    return Decimal(int(digits)).scaleb(-decimals)


def half_up(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator, rounded half up (denominator > 0)."""
    return (2 * numerator + denominator) // (2 * denominator)


def plain(number: Decimal) -> str:
    """A decimal as people write it: no exponent, no trailing zeros, thousands separated."""
    text = f"{number:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_minor(amount_minor: int, currency: str) -> str:
    """An invoice amount with its currency: `$1,234.50`, `¥1,235`, `CHF 10.00`; negative as `-$5.00`."""
    return format_amount(decimal_of(amount_minor, minor_decimals(currency)), currency)


def symbol(currency: str) -> str:
    """What stands before an amount: `$`, or the currency's code and a space."""
    return SYMBOLS.get(currency.lower(), currency.upper() + " ")


def format_amount(amount: Decimal, currency: str) -> str:
    """An amount as it is read: with the decimals of its currency, rounded half up. The exact figure is in the downloads."""
    return _written(amount.quantize(_unit(currency), ROUND_HALF_UP, _WIDE), currency)


def format_exact(amount: Decimal, currency: str) -> str:
    """A price, or an amount before it is rounded: every digit that counts, at least those of the minor unit."""
    return _written(amount, currency, max(minor_decimals(currency), decimal_places(amount)))


def format_short(amount: Decimal, currency: str) -> str:
    """A price in a sentence: `$20`, `$20.50`, `$0.0004`: no decimals where it is whole."""
    return _written(amount, currency, 0) if amount == amount.to_integral_value() else format_exact(amount, currency)


def format_signed(amount: Decimal, currency: str) -> str:
    """A difference with its sign, plus too: `+$5.00`, `-$5.00`, `$0.00`."""
    words = format_amount(amount, currency)
    return f"+{words}" if amount > 0 else words


def _written(amount: Decimal, currency: str, decimals: int | None = None) -> str:
    decimals = minor_decimals(currency) if decimals is None else decimals
    digits = f"{amount.copy_abs():,.{decimals}f}"
    sign = "-" if amount < 0 and any(digit in "123456789" for digit in digits) else ""
    return f"{sign}{symbol(currency)}{digits}"


def rounded_to_sum(amounts: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Amounts rounded to the minor unit so that they still add up to their rounded sum: each is less than one unit off.

    The units that are missing after rounding down go to those that lost most by it, the first of equals.
    """
    unit = _unit(currency)
    floors = [amount.quantize(unit, ROUND_FLOOR, _WIDE) for amount in amounts]
    missing = int((sum(amounts, Decimal(0)).quantize(unit, ROUND_HALF_UP, _WIDE) - sum(floors, Decimal(0))) / unit)
    lost = sorted(range(len(amounts)), key=lambda place: floors[place] - amounts[place])
    return [floor + unit if place in lost[:missing] else floor for place, floor in enumerate(floors)]


def _unit(currency: str) -> Decimal:
    return Decimal(1).scaleb(-minor_decimals(currency))


def compared(amount: Decimal, other: Decimal, currency: str) -> str:
    """How an amount stands to another, before its name: `$257.79 less than`, `the same as`."""
    return "the same as" if amount == other else f"{more_or_less(amount - other, currency)} than"


def more_or_less(difference: Decimal, currency: str) -> str:
    """`$257.79 less`, `the same`."""
    return (
        "the same" if difference == 0 else f"{format_amount(abs(difference), currency)} {'more' if difference > 0 else 'less'}"
    )

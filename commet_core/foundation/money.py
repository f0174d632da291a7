"""Fixed-point numbers: the only place where a decimal point meets an amount (billing-rules 1.1-1.3).

Money is held in nanos (billionths of the currency's unit), quantities and credits in micros (millionths), invoice
amounts in the currency's minor unit (cents; whole units of a zero-decimal currency). All are 64-bit integers; Python's
own integers stand in wherever a sum may be larger.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Final

NANO_DECIMALS: Final = 9
MICRO_DECIMALS: Final = 6
NANOS: Final = 10**NANO_DECIMALS
MICROS: Final = 10**MICRO_DECIMALS
INT64_MAX: Final = 2**63 - 1

ZERO_DECIMAL_CURRENCIES: Final = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "isk",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "uyi",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)

SYMBOLS: Final = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "krw": "₩", "inr": "₹", "brl": "R$"}

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def minor_decimals(currency: str) -> int:
    """Decimal places of the currency's minor unit: 2, or 0 for a zero-decimal currency (billing-rules 1.3)."""
    return 0 if currency.lower() in ZERO_DECIMAL_CURRENCIES else 2


def minor_nanos(currency: str) -> int:
    """Nanos in one minor unit: 10,000,000 in a cent, 1,000,000,000 in a yen."""
    return int(NANOS // 10 ** minor_decimals(currency))


def parse_decimal(number: object) -> Decimal:
    """The exact decimal a person wrote. A float counts as the shortest text that names it.

    Raises ValueError, with a message that completes "… is wrong because", for anything that is not a plain number.
    """
    if isinstance(number, bool) or not isinstance(number, int | float | str | Decimal):
        raise ValueError(f"{number!r} is not a number")
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
    decimals = minor_decimals(currency)
    return format_amount(decimal_of(amount_minor, decimals), currency, decimals)


def symbol(currency: str) -> str:
    """What stands before an amount: `$`, or the currency's code and a space."""
    return SYMBOLS.get(currency.lower(), currency.upper() + " ")


def format_amount(amount: Decimal, currency: str, decimals: int | None = None) -> str:
    """An amount with its currency. Without `decimals`: all that it has, at least those of the minor unit."""
    if decimals is None:
        decimals = max(minor_decimals(currency), decimal_places(amount))
    sign = "-" if amount < 0 else ""
    return f"{sign}{symbol(currency)}{abs(amount):,.{decimals}f}"

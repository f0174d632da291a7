"""Numbers (billing-rules 1)."""

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Any

ZERO = Decimal(0)
ONE = Decimal(1)
HALF = Decimal("0.5")
EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow])

MONEY_PLACES = 9
CREDIT_PLACES = 6

# fmt: off
CURRENCIES_WITHOUT_CENTS = frozenset({
    "bif", "clp", "djf", "gnf", "isk", "jpy", "kmf", "krw", "pyg",
    "rwf", "ugx", "uyi", "vnd", "vuv", "xaf", "xof", "xpf",
})
# fmt: on


def decimal(number: Any) -> Decimal:
    """A number as written: 0.1 is one tenth (1.1)."""
    return Decimal(str(number))


def rounded_half_up(number: Decimal, places: int) -> Decimal:
    """``number`` rounded to ``places`` decimals; the magnitude half up, whatever the sign."""
    magnitude = ((abs(number).scaleb(places) + HALF) // ONE).scaleb(-places)
    return -magnitude if number < ZERO else magnitude


def rounded_share(whole: Decimal, part: Decimal | int, parts: Decimal | int, places: int) -> Decimal:
    """``whole`` (not negative) x part / parts, rounded half up to ``places`` decimals, without an inexact quotient."""
    assert whole >= ZERO
    assert parts > ZERO
    return ((2 * whole.scaleb(places) * part + parts) // (2 * Decimal(parts))).scaleb(-places)


def rounded_up(number: Decimal, places: int) -> Decimal:
    """``number`` (not negative) rounded up to ``places`` decimals."""
    assert number >= ZERO
    return Decimal(rounded_up_count(number.scaleb(places), ONE)).scaleb(-places)


def rounded_up_count(number: Decimal, unit: Decimal) -> int:
    """How many whole ``unit`` it takes to reach ``number``."""
    count = int(number // unit)
    return count if count * unit >= number else count + 1


def event_cost(value: Decimal, unit_price: Decimal) -> Decimal:
    """1.2: value x unit price, to 9 decimals."""
    return rounded_half_up(value * unit_price, MONEY_PLACES)


def event_credits(value: Decimal, credits_per_unit: Decimal) -> Decimal:
    """1.2: value x credits per unit, to 6 decimals."""
    return rounded_half_up(value * credits_per_unit, CREDIT_PLACES)


def minor_unit_digits(currency: str) -> int:
    """1.3: cents, or whole units where a currency has no cents."""
    return 0 if currency.lower() in CURRENCIES_WITHOUT_CENTS else 2

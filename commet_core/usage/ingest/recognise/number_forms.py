"""How numbers are written, told from all of a file's: with a decimal point or a decimal comma, and what parts thousands.

`1.234` alone may be either. A number that can be only one (`10,5`, `12.345.678`, `1,234.50`) decides for its file.
The patterns are read by Python and by DuckDB alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from commet_core.usage.ingest.recognise.reading_rules import COMMA, POINT, Numbers

Kind = Literal["digits", "point", "comma", "point or thousands", "comma or thousands", "other"]

SPACES: Final = r" \t\x{a0}\x{2007}\x{2009}\x{202f}"
SIGNS: Final = "$€£¥₹"
CODES: Final = (
    "USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|MXN|ARS|CLP|COP|ZAR|SGD|HKD|KRW|ILS|AED"
    "|TRY|TWD|THB"
)
"""Currencies as codes, before a number or behind it."""
CURRENCY: Final = rf"(?:(?i:US|CA?|AU?|NZ|R)?[{SIGNS}]|(?i:{CODES}))"
IGNORED: Final = rf"(?i:{CODES})|(?i:US|CA?|AU?|NZ|R)[{SIGNS}]|[{SPACES}'’{SIGNS}%()+−-]"
"""What may stand in a number and does not say how it is written, as DuckDB takes it."""

KINDS: Final[tuple[tuple[Kind, str], ...]] = (
    ("digits", r"\d+([eE]\d+)?"),
    ("point or thousands", r"[1-9]\d{0,2}\.\d{3}"),
    ("comma or thousands", r"[1-9]\d{0,2},\d{3}"),
    ("comma", r"[1-9]\d{0,2}(\.\d{3}){2,}"),
    ("point", r"[1-9]\d{0,2}(,\d{2,3})*,\d{2,3},\d{3}"),
    ("point", r"\d*\.\d*([eE][+-]?\d+)?|[1-9]\d{0,2}(,\d{2,3})+\.\d*"),
    ("comma", r"\d*,\d*([eE][+-]?\d+)?|[1-9]\d{0,2}(\.\d{3})+,\d*"),
)
"""What numbers are of each kind, the first that matches; without what is ignored."""


@dataclass(frozen=True)
class Seen:
    """How many values are of a kind, and one of them as it stands."""

    count: int
    example: str


NumbersSeen = Mapping[Kind, Seen]


def decide_numbers(seen: NumbersSeen, percent: bool = False) -> Numbers | None:
    """How the numbers of a file are written; None where that cannot be told, or they contradict each other."""
    point, comma = "point" in seen, "comma" in seen
    doubtful = "point or thousands" in seen or "comma or thousands" in seen
    if (point and comma) or (doubtful and not (point or comma)):
        return None
    return Numbers(COMMA, POINT, percent) if comma else Numbers(POINT, COMMA, percent)


def readings_of(example: str) -> tuple[str, str]:
    """What a doubtful number is with a decimal point, and with a decimal comma."""
    digits = "".join(letter for letter in example if letter in "0123456789.,")
    return digits.replace(COMMA, ""), digits.replace(POINT, "").replace(COMMA, POINT)


def grammar(numbers: Numbers) -> str:
    """The numbers that are written like this, as DuckDB takes them."""
    thousands = "\\." if numbers.thousands == POINT else numbers.thousands
    parted = rf"[1-9]\d{{0,2}}([{SPACES}'’]\d{{3}})+|[1-9]\d{{0,2}}({thousands}\d{{2,3}})*{thousands}\d{{3}}"
    whole = rf"\d+|[1-9]\d{{0,2}}([{SPACES}'’]\d{{3}})+" if not numbers.thousands.strip(" '") else rf"\d+|{parted}"
    decimal = "\\." if numbers.decimal == POINT else numbers.decimal
    sign, currency, space = "[+−-]?", f"{CURRENCY}?", f"[{SPACES}]*"
    number = rf"(({whole})({decimal}\d*)?|{decimal}\d+)([eE][+-]?\d+)?"
    loose = f"{sign}{space}{currency}{space}{sign}{number}{space}{currency}{space}{'%?' if numbers.percent else ''}{space}-?"
    return rf"{loose}|\({space}{currency}{space}{number}{space}{currency}{space}\)"

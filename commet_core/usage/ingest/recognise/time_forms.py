"""How times are written, told from all of a file's: which formats read them, and whether the day or the month comes first.

`03/04/2026` alone may be either; one `13/04/2026` decides for its file. A mask stands for all times that look alike:
`9/9/9999` for `13/04/2026` and `3/4/2026`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from commet_core.foundation.patterns import late_pattern

Order = Literal["day first", "month first"]

Orders = Mapping[str, Order]
"""Of dates with a separator between their numbers, which comes first."""

WEEK: Final = "%G-W%V"
"""Of a week its Monday is meant; strptime needs a day with it."""

ABBREVIATIONS: Final = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "WEST": 60,
    "CET": 60,
    "CEST": 120,
    "EET": 120,
    "EEST": 180,
    "JST": 540,
    "EST": -300,
    "EDT": -240,
    "CDT": -300,
    "MST": -420,
    "MDT": -360,
    "PST": -480,
    "PDT": -420,
}
"""Minutes east of UTC. CST, BST and IST stand for several zones, and are not read."""

ZONE: Final = r"(:\d\d([.,]\d+)?( ?[AaPp][Mm])?|T\d{6}) ?(Z|z|[+-]\d\d(:?\d\d)?|[A-Z]{3,4}|[A-Z][A-Za-z]+/[A-Za-z_/+-]+)?(\[[A-Za-z_/+-]+\])?$"
"""What may follow a time of day, which is its first group, as DuckDB takes it."""

AREA_BEHIND: Final = late_pattern(r"[A-Z][A-Za-z]+/[A-Za-z_/+-]+\]?$")
"""A zone such as Europe/Berlin at the end of a time."""

ZONE_COLUMNS: Final = (
    *("timezone", "tz", "timezonename", "tzname", "ianatimezone", "usertimezone", "localtimezone", "eventtimezone"),
    *("utcoffset", "gmtoffset", "tzoffset", "timezoneoffset"),
)
"""Columns, in letters alone, that say in which zone the times beside them are."""
ZONE_OR_REGION_COLUMNS: Final = ("zone", "timezonecode", "zoneoffset")
"""Columns that may do so: `zone` may hold `us-east-1a` too."""
HAS_ZONE: Final = rf".*(z|{'|'.join(ABBREVIATIONS)}|[+-]\d\d(:?\d\d)?|[A-Z][A-Za-z]+/[A-Za-z_/+-]+|\])"
"""Of a time with a colon: it carries a zone."""
_HAS_ZONE: Final = late_pattern(HAS_ZONE)
_EPOCH: Final = late_pattern(r"\d+|\d\.\d+E\d\d?")

EXCEL_DAYS: Final = (20_000, 80_000)
"""Day numbers of Excel from 1954 to 2119; as epoch seconds they would be hours of January 1970."""
EXCEL_EPOCH: Final = "1899-12-30"

_CLOCKS: Final = (
    "%H:%M",
    "%H:%M:%S",
    "%H:%M:%S.%f",
    "%H:%M:%S,%f",
    "%H.%M",
    "%H.%M.%S",
    "%I:%M %p",
    "%I:%M:%S %p",
    "%I:%M%p",
    "%I:%M:%S%p",
    "%I %p",
    "%I%p",
)
_JOINERS: Final = (" ", "T", ", ", "  ", ":")
_NAMED: Final = (
    *("%d-%b-%y", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%d-%B-%Y", "%d/%b/%Y", "%d. %b %Y", "%d. %B %Y", "%d%b%Y"),
    *("%b %d, %Y", "%b %d %Y", "%B %d, %Y", "%B %d %Y", "%b. %d, %Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%a, %b %d, %Y"),
    *("%Y-%b-%d", "%Y %b %d", "%a %b %d %Y", "%d %b, %Y", "%d %B, %Y"),
)
_YEAR_FIRST: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y %m %d")
_ALONE: Final = (
    *("%Y-%m", "%Y/%m", "%Y.%m", "%m/%Y", "%m-%Y", "%m.%Y", "%b %Y", "%B %Y", "%b-%Y", "%B-%Y", "%b, %Y", "%B, %Y", "%Y %b"),
    *("%Y%m%d", "%Y%m", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y-%m-%d %H", "%Y-%m-%dT%H", WEEK, f"{WEEK}-%u"),
)
"""Months, weeks, and dates in digits alone."""
_PARTS: Final = {
    **dict.fromkeys(("%d", "%m", "%H", "%I"), r"\d{1,2}"),
    **dict.fromkeys(("%y", "%M", "%S", "%V"), r"\d\d"),
    **dict.fromkeys(("%Y", "%G"), r"\d{4}"),
    **dict.fromkeys(("%b", "%B", "%a", "%A"), "[A-Za-z]+"),
    "%f": r"\d{1,9}",
    "%p": "[AaPp][Mm]",
    "%u": r"\d",
}
SEPARATORS: Final = ("/", ".", "-", " ")
_SHORT_YEAR: Final = late_pattern(r"99[/. -]9{1,2}[/. -]99(\D.*)?")
_NUMERIC: Final = late_pattern(r"\D*9{1,2}[/. -]9{1,2}[/. -](9999|99)\D.*|\D*9{1,2}[/. -]9{1,2}[/. -](9999|99)")


@dataclass(frozen=True)
class TimesSeen:
    """Times of one mask: how many, one of them, the largest of their first and second numbers; the span of first and third."""

    mask: str
    count: int
    example: str
    first: int = 0
    second: int = 0
    first_span: int = 0
    third: int = 0
    third_span: int = 0

    @property
    def may_begin_with_the_year(self) -> bool:
        """Whether these may be `26-03-29`: the last number can be a day, and varies as days do and years do not."""
        short = _SHORT_YEAR.fullmatch(self.mask) is not None
        return short and self.second <= 12 and 1 <= self.third <= 31 and self.first_span <= self.third_span

    @property
    def separator(self) -> str:
        """What stands between day and month."""
        return next(letter for letter in self.mask if letter in SEPARATORS)

    @property
    def has_day_and_month(self) -> bool:
        """Whether a day and a month stand in it as numbers, and the year behind them."""
        return _NUMERIC.fullmatch(self.mask) is not None


def has_zone(text: str) -> bool:
    """Whether a time needs no zone: it carries one, or is a number since 1970."""
    return (":" in text and _HAS_ZONE.fullmatch(text) is not None) or is_epoch(text.replace(".", "")) or is_epoch(text)


def is_epoch(text: str) -> bool:
    """Whether a time is a whole number, or one with an exponent, as BigQuery writes seconds since 1970: `1.7750016E9`."""
    return _EPOCH.fullmatch(text) is not None


def looking_like(orders: Orders, texts: Sequence[str]) -> list[str]:
    """Formats that look as one of these times does, in the order in which they are to be tried."""
    bodies = [re.sub(ZONE, r"\1", text) for text in texts]
    return [form for form in candidates(orders) if any(_looks(form).fullmatch(body) for body in bodies)]


@cache
def _looks(form: str) -> re.Pattern[str]:
    parts = re.split(r"(%[a-zA-Z])", form)
    return re.compile("".join(_PARTS.get(part, re.escape(part)) for part in parts))


def candidates(orders: Orders) -> Iterator[str]:
    """Formats that a time might be read by; those with the year in two digits first, which read no other."""
    yield from (f"{date}{clock}" for date in (*_dated(orders), *_YEAR_FIRST, *_NAMED) for clock in _clocks())
    yield from _ALONE


def _dated(orders: Orders) -> list[str]:
    parts = {"day first": ("%d", "%m"), "month first": ("%m", "%d")}
    return [separator.join((*parts[order], year)) for year in ("%y", "%Y") for separator, order in orders.items()]


def _clocks() -> list[str]:
    return ["", *(f"{joiner}{clock}" for joiner in _JOINERS for clock in _CLOCKS)]


def orders_of(seen: Sequence[TimesSeen]) -> list[Order]:
    """Which comes first in all of these times: the orders that explain them all, one where a time proves it."""
    first = max((times.first for times in seen), default=0)
    second = max((times.second for times in seen), default=0)
    day_first: list[Order] = ["day first"] if first <= 31 and second <= 12 else []
    month_first: list[Order] = ["month first"] if first <= 12 and second <= 31 else []
    return day_first + month_first

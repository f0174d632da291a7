"""Zones as files write them: names that say one zone, and those that may mean several, which are asked about."""

from __future__ import annotations

import re
from functools import cache
from typing import Final
from zoneinfo import available_timezones

from commet_core.foundation.patterns import late_pattern

UTC: Final = "UTC"

_UTC_NAMES: Final = (
    "utc",
    "gmt",
    "z",
    "zulu",
    "uct",
    "universal",
    "greenwich",
    "gmt0",
    "etc/utc",
    "etc/gmt",
    "0",
    "0.0",
    "00:00",
)
_OFFSET: Final = late_pattern(r"(?:UTC|GMT)? ?([+-])(?!\d{3}$)(\d\d?)(?::?([0-5]\d))?", re.IGNORECASE)
_HOURS_MAX: Final = 14

_NEW_YORK, _CHICAGO, _DENVER, _LOS_ANGELES = "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"
_MAY_MEAN: Final[dict[str, tuple[str, ...]]] = {
    "et": (_NEW_YORK,),
    "est": (_NEW_YORK, "-05:00"),
    "edt": (_NEW_YORK, "-04:00"),
    "eastern standard time": (_NEW_YORK,),
    "ct": (_CHICAGO,),
    "cst": (_CHICAGO, "-06:00", "Asia/Shanghai"),
    "cdt": (_CHICAGO, "-05:00"),
    "central standard time": (_CHICAGO,),
    "mt": (_DENVER,),
    "mst": (_DENVER, "-07:00"),
    "mdt": (_DENVER, "-06:00"),
    "mountain standard time": (_DENVER,),
    "pt": (_LOS_ANGELES,),
    "pst": (_LOS_ANGELES, "-08:00"),
    "pdt": (_LOS_ANGELES, "-07:00"),
    "pacific standard time": (_LOS_ANGELES,),
    "bst": ("Europe/London", "Asia/Dhaka"),
    "gmt standard time": ("Europe/London",),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "india standard time": ("Asia/Kolkata",),
    "west": ("Europe/Lisbon", "+01:00"),
    "cest": ("Europe/Berlin", "+02:00"),
    "w. europe standard time": ("Europe/Berlin",),
    "romance standard time": ("Europe/Paris",),
    "eest": ("Europe/Athens", "+03:00"),
    "jst": ("Asia/Tokyo",),
    "tokyo standard time": ("Asia/Tokyo",),
    "sgt": ("Asia/Singapore",),
    "aest": ("Australia/Sydney", "Australia/Brisbane", "+10:00"),
    "aedt": ("Australia/Sydney", "+11:00"),
}
"""Abbreviations, and names that Windows gives: whether summer time is meant, or which country, is for people to say."""
_AMONG_OTHER_WORDS: Final = ("utc", "gmt", "wet", "cet", "eet", *(name for name in _MAY_MEAN if name != "west"))


def zone_named(text: str) -> str | None:
    """The one zone that a text says: an IANA name, or `-05:00` where it is an offset. None where it may be several, or is none."""
    name = text.strip().replace("−", "-").lower()
    if name in _UTC_NAMES:
        return UTC
    if name in _MAY_MEAN:
        return None
    return _names().get(name) or _offset(name)


def zones_meant(text: str) -> tuple[str, ...]:
    """The zones that a text may mean, the likeliest first."""
    named, name = zone_named(text), text.strip().lower()
    if named is not None:
        return (named,)
    hours = _offset(f"+{name}") if name.isascii() and name.isdecimal() and len(name) <= 2 else None
    return (hours,) if hours is not None else _MAY_MEAN.get(name, ())


def is_zone(text: str) -> bool:
    """Whether a text is a zone and nothing else, also where it might be another word: `GB` and `eu-west-1` are none."""
    name = text.strip().lower()
    return name in _AMONG_OTHER_WORDS or (("/" in name or _OFFSET.fullmatch(name) is not None) and zone_named(name) is not None)


def in_query(zone: str) -> str:
    """A zone as DuckDB calls it."""
    return f"GMT{zone}" if _OFFSET.fullmatch(zone) else zone


def _offset(name: str) -> str | None:
    """`-05:00` of -5, -0500, -05:00 and UTC-5; None of what is longer than a zone's can be, such as minutes."""
    found = _OFFSET.fullmatch(name)
    if found is None or int(found[2]) > _HOURS_MAX:
        return None
    minutes = found[3] or "00"
    return UTC if int(found[2]) == int(minutes) == 0 else f"{found[1]}{int(found[2]):02}:{minutes}"


@cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones() - {"localtime", "Factory"}}

"""Columns that are called after quarters, months or days: `Q1 2026`, `Jan 2026`, `2026-01`, `01.02.2026`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.columns import ColumnMapping, letters
from commet_core.usage.ingest.recognise.month_names import QUARTER, in_english
from commet_core.usage.ingest.recognise.total_rows import is_total_name

COLUMNS_MIN: Final = 2

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WORD: Final = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)\.?"
)
_YEAR: Final = r"((?:19|20|21)\d\d)"
_IN_DIGITS: Final = late_pattern(rf"{_YEAR}[-/._ ]?(0[1-9]|1[0-2])|{_YEAR}[-/._ ]([1-9])")
_MONTH_FIRST: Final = late_pattern(rf"(0?[1-9]|1[0-2])[-/._ ]{_YEAR}")
_NAMED: Final = late_pattern(rf"{_WORD}[ '’_/,.-]*{_YEAR}", re.IGNORECASE)
_NAMED_SHORT: Final = late_pattern(rf"{_WORD}[ '’_/.-]+(\d\d)", re.IGNORECASE)
_YEAR_NAMED: Final = late_pattern(rf"{_YEAR}[ _/-]*{_WORD}", re.IGNORECASE)
_DAY: Final = late_pattern(
    rf"{_YEAR}[-/._](0?[1-9]|1[0-2])[-/._](0?[1-9]|[12]\d|3[01])( 00:00:00)?|\d\d?[-/.]\d\d?[-/.]{_YEAR}"
)
_ALONE: Final = late_pattern(_WORD, re.IGNORECASE)
LOOKS_SO: Final = late_pattern(
    rb"(?:19|20)\d\d[-/._ ]?[01]?\d|[01]?\d[-/._ ](?:19|20)\d\d|[a-zA-Z\xc3]{3,10}\.?[ '_/,.-]*(?:20)?\d\d"
    rb"|[,;\t|]\"?(?:[Jj][au]|[Ff]e|[Mm][ae]|[Aa][pvu]|[Ss]e|[Oo][ckt]|[Nn]o|[Dd][ei])"
)
"""What the line of a header with such columns has in it several times."""


def period_of(name: str) -> str | None:
    """The month as 2026-01, or the day as it is written; None where a name is neither."""
    text = in_english(name.strip())
    if match := _IN_DIGITS.fullmatch(text):
        return f"{match[1] or match[3]}-{int(match[2] or match[4]):02}"
    if match := _MONTH_FIRST.fullmatch(text):
        return f"{match[2]}-{int(match[1]):02}"
    if match := _NAMED.fullmatch(text):
        return f"{match[2]}-{_number(match[1])}"
    if match := _NAMED_SHORT.fullmatch(text):
        return f"20{match[2]}-{_number(match[1])}"
    if match := _YEAR_NAMED.fullmatch(text):
        return f"{match[1]}-{_number(match[2])}"
    return text.removesuffix(" 00:00:00") if _DAY.fullmatch(text) else None


def _number(month: str) -> str:
    return f"{_MONTHS.index(month[:3].lower()) + 1:02}"


def period_columns(names: Sequence[str], mapping: ColumnMapping) -> dict[str, str]:
    """Column → its month or day, of a table that has one for each; nothing where it has none, or a column of times.

    mapping: what was recognised. Months without a year are taken where a column `year` says it.
    """
    by_year = any(letters(name) == "year" for name in names)
    if mapping.timestamp is not None and not (by_year and letters(mapping.timestamp) == "year"):
        return {}
    found = {name: period for name in names if (period := period_of(name)) is not None}
    if by_year and not found:
        found = {name: text for name in names if _ALONE.fullmatch(text := in_english(name.strip()))}
    different = {(period, _is_quarter(name)) for name, period in found.items()}
    return found if len(found) >= COLUMNS_MIN and len(different) == len(found) else {}


def parts_of_periods(periods: Mapping[str, str]) -> dict[str, list[str]]:
    """Column → the columns of the periods in its own, of a quarter its months and of a month its days. periods: of each column.

    Of a day that does not begin with the year the day comes first, where no column proves otherwise.
    """
    quarters = {name: _quarter(period) for name, period in periods.items() if _is_quarter(name)}
    months = {name: period for name, period in periods.items() if _IN_DIGITS.fullmatch(period)}
    days = [name for name in periods if name not in quarters and name not in months]
    of_days = _months_of([periods[name] for name in days])
    in_months = {
        whole: [day for day, month in zip(days, of_days, strict=True) if month == own] for whole, own in months.items()
    }
    in_quarters = {
        whole: [
            *(name for name, month in months.items() if _quarter(month) == own),
            *(day for day, month in zip(days, of_days, strict=True) if _quarter(month) == own and month not in months.values()),
        ]
        for whole, own in quarters.items()
    }
    return {whole: parts for whole, parts in (in_quarters | in_months).items() if parts}


def _is_quarter(name: str) -> bool:
    return QUARTER.fullmatch(name.strip()) is not None


def _quarter(month: str) -> str:
    """Of 2026-02, or a day in it, 2026-Q1."""
    return f"{month[:5]}Q{(int(month[5:7]) + 2) // 3}" if month else ""


def _months_of(days: Sequence[str]) -> list[str]:
    """The month of each day, as 2026-01; empty where they are no days."""
    parts = [re.split(r"\D", day) for day in days]
    if not all(len(part) == 3 and all(part) for part in parts):
        return [""] * len(days)
    place = 0 if any(len(part[0]) < 3 and int(part[1]) > 12 for part in parts) else 1
    months = [(part[0], part[1]) if len(part[0]) > 2 else (part[2], part[place]) for part in parts]
    return [f"{year}-{int(month):02}" for year, month in months]


def beside_periods(names: Sequence[str], periods: Sequence[str]) -> list[str]:
    """The other columns that are kept: sums of the periods are not."""
    return [name for name in names if name not in periods and not is_total_name(name) and name.strip()]

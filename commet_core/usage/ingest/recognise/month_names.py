"""Dates that strptime does not know: months in German, French, Spanish, Italian, Portuguese and Dutch, quarters, `KW 10 2026`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from commet_core.foundation.patterns import late_pattern

_ENGLISH: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
)
_NAMES: Final = (
    "januar jänner janvier enero gennaio janeiro januari",
    "februar feber février fevrier febrero febbraio fevereiro februari",
    "märz maerz mars marzo março marco maart",
    "avril abril aprile",
    "mai mayo maggio maio mei",
    "juni juin junio giugno junho",
    "juli juillet julio luglio julho",
    "août aout agosto augustus",
    "septembre septiembre setiembre settembre setembro",
    "oktober octobre octubre ottobre outubro",
    "novembre noviembre novembro",
    "dezember décembre decembre diciembre dicembre dezembro",
)
_SHORT: Final = (
    "jän janv ene gen",
    "févr fév fevr fev",
    "mär mrz maa",
    "avr abr",
    "mag",
    "giu",
    "juil lug",
    "aoû ago",
    "sept set",
    "okt ott out",
    "",
    "dez déc dic",
)
"""Names in full, and short ones with a point behind them or none; those that are the English ones are left out."""


def _pattern(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_BETWEEN: Final = r"[ ._/'’-]*"
_YEAR: Final = r"((?:19|20|21)\d\d)"
_QUARTER: Final = r"(?:q|qtr\.?|quarter|quartal|trimestre|t)"
_WEEK: Final = r"(?:w|wk|week|kw|cw)"
_OTHERS: Final = (
    *(
        form
        for quarter, month in enumerate(("01", "04", "07", "10"), start=1)
        for form in (
            (rf"(?i)^{_QUARTER} ?{quarter}{_BETWEEN}{_YEAR}$", rf"\g<1>-{month}-01"),
            (rf"(?i)^{_YEAR}{_BETWEEN}{_QUARTER} ?{quarter}$", rf"\g<1>-{month}-01"),
        )
    ),
    (rf"(?i)^{_WEEK} ?(\d){_BETWEEN}{_YEAR}$", r"\g<2>-W0\g<1>"),
    (rf"(?i)^{_WEEK} ?(\d\d){_BETWEEN}{_YEAR}$", r"\g<2>-W\g<1>"),
    (rf"(?i)^{_YEAR}{_BETWEEN}{_WEEK} ?(\d)$", r"\g<1>-W0\g<2>"),
    (rf"(?i)^{_YEAR}{_BETWEEN}{_WEEK} ?(\d\d)$", r"\g<1>-W\g<2>"),
    (r"^(\d{4})年(\d{1,2})月(\d{1,2})日", r"\g<1>-\g<2>-\g<3>"),
    (r"^(\d{4})年(\d{1,2})月$", r"\g<1>-\g<2>-1"),
    (r"(?i)(^|[a-z]\.? )(\d{1,2})(?:st|nd|rd|th)([^a-z0-9]|$)", r"\g<1>\g<2>\g<3>"),
)
"""Quarters as their first day, weeks of ISO 8601, days and months in Japanese and Chinese, `March 1st`."""

QUARTER: Final = late_pattern(rf"(?i)(?:{_QUARTER} ?[1-4]{_BETWEEN}{_YEAR}|{_YEAR}{_BETWEEN}{_QUARTER} ?[1-4])")

FOREIGN: Final = late_pattern(
    rf"(?i)(?:^|[^a-zà-ÿ])(?:{_pattern(' '.join((*_NAMES, *_SHORT)).split())})(?:[^a-zà-ÿ]|$)"
    rf"|^(?:{_QUARTER}|{_WEEK}) ?\d\d?{_BETWEEN}\d{{4}}$|^\d{{4}}{_BETWEEN}{_QUARTER} ?\d$|^\d{{4}}(?:[ ._/]*{_WEEK}|-kw) ?\d\d?$"
    r"|^\d{4}年|\d(?:st|nd|rd|th)(?:[^a-z0-9]|$)",
)
"""A text of a date that is put as in English first, as DuckDB takes the pattern too."""

REPLACED: Final[tuple[tuple[str, str], ...]] = (
    (r"(?i)(^|[^a-zà-ÿ])d[eo]l?([^a-zà-ÿ])", r"\1\2"),
    (r"(?i)^(\d{1,2})(er|º|°|ª|e|ème)([^a-zà-ÿ])", r"\1\3"),
    *(
        (rf"(?i)(^|[^a-zà-ÿ])({_pattern(names.split())})([^a-zà-ÿ]|$)", rf"\g<1>{month}\g<3>")
        for names, month in zip(_NAMES, _ENGLISH, strict=True)
    ),
    *(
        (rf"(?i)(^|[^a-zà-ÿ])({_pattern(names.split())})\.?([^a-zà-ÿ]|$)", rf"\g<1>{month[:3]}\g<3>")
        for names, month in zip(_SHORT, _ENGLISH, strict=True)
        if names
    ),
    *_OTHERS,
    (r"\s+", " "),
)
"""(a pattern, what is put in its place), one after the other: what makes such a date one with English months."""


def has_foreign_months(texts: Iterable[str]) -> bool:
    """Whether a month in one of these is not called as in English."""
    return any(FOREIGN.search(text) for text in texts)


def in_english(text: str) -> str:
    """A date with its months in English."""
    for pattern, by in REPLACED:
        text = re.sub(pattern, by, text)
    return text

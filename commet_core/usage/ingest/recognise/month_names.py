"""Months as they are called in German, French, Spanish, Italian, Portuguese and Dutch, for dates that name them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

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


FOREIGN: Final = re.compile(
    rf"(?i)(?:^|[^a-zà-ÿ])(?:{_pattern(' '.join((*_NAMES, *_SHORT)).split())})(?:[^a-zà-ÿ]|$)",
)
"""A text with a month in it that is not called as in English, as DuckDB takes the pattern too."""

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

"""Numbers as a file writes them, in SQL: as plain ones, scaled, added up; and what kinds of them there are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.usage_query import SPACES, Term
from commet_core.usage.ingest.recognise.number_forms import CURRENCY, IGNORED, KINDS, grammar
from commet_core.usage.ingest.recognise.reading_rules import POINT, Calculation, Numbers

EXACT: Final = "DECIMAL(38, 9)"
"""What is calculated with; what is scaled is cut there, so that rounding it to 6 decimals is right."""
LENGTH_OF_TIME: Final = r"(?:(\d+) days?,? )?(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)"
_UNITS: Final = 10**9


def plain_number(term: Term, numbers: Numbers | None) -> Term:
    """A number of digits and a decimal point; what is not written as `numbers` say stays as it stands."""
    if not term.is_text or numbers is None:
        return term
    text = f"trim({term.text}, {SPACES})"
    bare = f"regexp_replace({text}, {text_literal(CURRENCY)}, '', 'g')"
    digits = rf"regexp_replace({bare}, '[^0-9eE{numbers.decimal}+-]', '', 'g')"
    magnitude = rf"regexp_replace({digits}, '^[+-]+|-$', '', 'g')"
    magnitude = magnitude if numbers.decimal == POINT else f"replace({magnitude}, '{numbers.decimal}', '.')"
    hundredths = " || 'e-2'" if numbers.percent else ""
    negative = rf"regexp_matches({text}, '^[^0-9]*[(−-]|[(]|-$')"
    sign = f"CASE WHEN {negative} THEN '-' ELSE '' END"
    return Term(f"CASE WHEN {is_written_so(term, numbers)} THEN {sign} || {magnitude}{hundredths} ELSE {term.text} END")


def is_written_so(term: Term, numbers: Numbers) -> str:
    """Whether a text is a number as `numbers` say."""
    return f"regexp_full_match(trim({term.text}, {SPACES}), {text_literal(grammar(numbers))})"


def is_foreign(term: Term, numbers: Numbers | None) -> str:
    """Whether a text is written otherwise than `numbers` say, and is not empty."""
    if not term.is_text or numbers is None:
        return "false"
    return f"coalesce(trim({term.text}, {SPACES}) <> '' AND NOT {is_written_so(term, numbers)}, false)"


def kind_of_number(text: str) -> str:
    """The kind of a number (`number_forms.KINDS`)."""
    cases = " ".join(f"WHEN regexp_full_match({text}, {text_literal(pattern)}) THEN '{kind}'" for kind, pattern in KINDS)
    return f"CASE {cases} ELSE 'other' END"


def without_signs(text: str) -> str:
    """A number without currency, spaces, signs and the like."""
    return f"regexp_replace({text}, {text_literal(IGNORED)}, '', 'g')"


def calculated(terms: Sequence[Term], made: Calculation) -> Term:
    """Columns of plain numbers added up or subtracted, and scaled, exactly; nothing where all of them are empty.

    Where one of them is no number, or the result is too large, the texts as they stand.
    """
    texts = [f"nullif(trim({term.text}, {SPACES}), '')" for term in terms]
    if made.operation == "first":
        texts = [f"coalesce({', '.join(texts)})"] if len(texts) > 1 else texts
    read = [_in_seconds(text) if made.seconds else text for text in texts]
    numbers = [
        f"CASE WHEN {text} IS NULL THEN 0 ELSE try_cast({number} AS {EXACT}) END"
        for text, number in zip(texts, read, strict=True)
    ]
    total = (" - " if made.operation == "subtract" else " + ").join(numbers)
    mark = ", '(scaled)'" if made.scales else ""
    written = f"concat_ws(' ', {', '.join(texts)}{mark})"
    scaled = _scaled(f"({total})", made.multiply, made.divide * (made.seconds or 1)) if made.scales else f"({total})"
    return Term(
        f"CASE WHEN coalesce({', '.join(texts)}) IS NOT NULL THEN coalesce(CAST(TRY({scaled}) AS VARCHAR), {written}) END"
    )


def _in_seconds(text: str) -> str:
    """A length of time as hours, minutes and seconds, with days before them perhaps, in seconds; nothing where it is none."""
    parts = [f"regexp_extract({text}, '{LENGTH_OF_TIME}', {place})" for place in range(1, 5)]
    days, hours, minutes, seconds = (f"coalesce(try_cast(nullif({part}, '') AS {EXACT}), 0)" for part in parts)
    sum_of = f"{days} * 86400 + {hours} * 3600 + {minutes} * 60 + {seconds}"
    return f"CASE WHEN regexp_full_match({text}, '{LENGTH_OF_TIME}') THEN {sum_of} END"


def _scaled(number: str, multiply: Decimal, divide: Decimal) -> str:
    """A number times a fraction, cut after 9 decimals, in whole numbers."""
    above, below = multiply.as_integer_ratio(), divide.as_integer_ratio()
    numerator, denominator = above[0] * below[1], above[1] * below[0]
    whole = f"CAST({number} * {_UNITS} AS HUGEINT)"
    return f"CAST(({whole} * {numerator}::HUGEINT) // {denominator}::HUGEINT AS DECIMAL(29, 0)) * CAST(0.000000001 AS DECIMAL(9, 9))"

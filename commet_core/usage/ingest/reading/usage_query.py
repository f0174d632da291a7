"""The query that reads usage: each column cast exactly, and for each row the reason why it cannot be used, if there is one.

Every row of the file comes out, in the order of the file, with these columns:

customer, feature   text as it stands ('' where absent); the reader trims it and rejects what is empty then
utc                 int64 microseconds since 1970
units               DECIMAL(38, 6), within 64 bits of micros wherever reason is 0
utc_offset          minutes east of UTC that the time was written with; 0 where it was written without
in_thousands        the value's text might have a point between its thousands, such as 1.234
no_value, rounded   the value was absent and counts as 1; it had more than 6 decimals
reason              `rejects.Reason` of the row, its time or its value; 0 for none; `NO_USAGE` for an empty cell of a wide table
wrong               the text that `reason` speaks of
event               the event id as text, null where there is none
model, and TOKEN_COLUMNS   where tokens are read: text, null where the row has no tokens; BIGINT, 0 where it has none of a kind
file                of several files read as one: the path of the row's
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from commet_core.foundation.money import INT64_MAX, MICRO_DECIMALS, decimal_of
from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.rejects.reasons import NO_USAGE, TOKEN_REASONS, TOTAL_ROW, Reason
from commet_core.usage.tokens import TOKEN_COLUMNS, TOKENS_MAX

YEAR_AFTER_LAST: Final = 2200
SECONDS_END: Final = int(datetime(YEAR_AFTER_LAST, 1, 1, tzinfo=UTC).timestamp())
OFFSET_MINUTES_MAX: Final = 14 * 60
UNITS_MAX: Final = decimal_of(INT64_MAX, MICRO_DECIMALS)
JSON_EXACT_BELOW: Final = 2**33
"""Below this a JSON number, read as a double, still tells every value of 6 decimals apart: doubles are 2**-20 apart."""
DOUBLE_ERROR: Final = 2**-51
"""A double times a million is wrong by less than this part of itself, and so is the double itself."""

_INTEGERS: Final = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
SPACES: Final = "' \t\n\r\u00a0'"
_ISO: Final = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?[0-5]\d)?)?)?"
_NUMBER: Final = r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?"
_EPOCH_UNITS: Final = ((10**8, 1), (10**11, 10**3), (10**14, 10**6), (10**17, 10**9))
"""Seconds, milli-, micro- and nanoseconds: the smallest number taken for each, and how many make a second.

What is smaller would be before March 1973: it is no time since 1970, but a date in another form.
"""
_DATE_SCALES: Final = (10**2, 10**4, 10**6, 10**10, 10**12)
"""YYYY, YYYYMM, YYYYMMDD, YYYYMMDDhhmm and YYYYMMDDhhmmss begin with 19, 20 or 21 of these."""


@dataclass(frozen=True)
class Term:
    """A column of the file in SQL, and its DuckDB type."""

    sql: str
    type: str = "VARCHAR"

    @property
    def is_text(self) -> bool:
        return not (self.is_time or self.is_number)

    @property
    def is_time(self) -> bool:
        return self.type == "DATE" or self.type.startswith("TIMESTAMP")

    @property
    def is_number(self) -> bool:
        return self.type in (*_INTEGERS, "FLOAT", "DOUBLE") or self.type.startswith("DECIMAL")

    @property
    def text(self) -> str:
        return self.sql if self.type == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"


@dataclass(frozen=True)
class Relation:
    """What is read: a relation in SQL with its parameters, and the term of each column that is mapped.

    row_reason and row are SQL too: why a row is wrong as a whole (0: it is not), and its text. value_inexact says that
    the value was not read exactly, value_foreign that it is written otherwise than the file's numbers. left_out: why a row
    is not read (0: it is); empty where all are. cache_on_top: tokens of the cache are not part of the input. cell: of a wide table, whose row comes as one row for each of its cells, which of them
    it is, from 0; an empty cell or 0 is no usage then. file: of several files read as one, the path of the row's.
    levels: features whose values are levels, so that 0 is one.
    model, tokens: where tokens are read, the terms of `model` and of TOKEN_COLUMNS.
    """

    sql: str
    parameters: dict[str, Any]
    customer: Term
    time: Term
    feature: Term
    value: Term | None = None
    event: Term | None = None
    row_reason: str = "0"
    row: str = "NULL"
    value_inexact: str = "false"
    value_foreign: str = "false"
    cell: str | None = None
    file: str | None = None
    model: Term | None = None
    tokens: tuple[Term, ...] = ()
    requests: Term | None = None
    cache_on_top: bool = False
    left_out: str = ""
    least: Decimal = Decimal(0)
    levels: tuple[str, ...] = ()


def usage_query(relation: Relation) -> str:
    """The query described above, over one file."""
    value, event = relation.value or Term("NULL"), relation.event or Term("NULL")
    time = Term("time", relation.time.type)
    amount = Term("value", value.type)
    return f"""
        WITH written AS NOT MATERIALIZED (
            SELECT {_name(relation.customer)} AS customer, {_name(relation.feature)} AS feature, {relation.time.sql} AS time,
                CAST({value.sql} AS {value.type}) AS value, {event.text} AS event,
                {relation.row_reason} AS row_reason, {relation.row} AS row_text, {relation.value_inexact} AS value_inexact,
                {relation.value_foreign} AS value_foreign, {relation.left_out or "0"} AS left_out,
                {relation.cell or "0"} AS cell, {relation.file or "NULL"} AS file{_tokens_written(relation)}
            FROM {relation.sql}
        ), formed AS NOT MATERIALIZED (
            SELECT *, {_form(time)} AS form FROM written
        ), cast_exactly AS NOT MATERIALIZED (
            SELECT *, {_utc(time)} AS utc, {_utc_offset(time)} AS utc_offset,
                {_no_value(amount)} AS no_value, {_units(amount)} AS units{_tokens_cast(relation)}
            FROM formed
        ), judged AS NOT MATERIALIZED (
            SELECT *, {_rounded(amount, relation.least)} AS rounded,
                CASE {_left_out(relation)} {_no_usage(relation)} WHEN row_reason > 0 THEN row_reason
                    WHEN utc IS NULL OR utc NOT BETWEEN 0 AND {SECONDS_END * 10**6 - 1}
                        OR abs(utc_offset) > {OFFSET_MINUTES_MAX} THEN {_time_reason(time)}
                    WHEN units IS NULL OR units NOT BETWEEN {relation.least} AND {UNITS_MAX} OR value_inexact OR value_foreign THEN {_value_reason(amount)}
                    {_token_reasons(relation)} ELSE 0 END AS reason
            FROM cast_exactly
        )
        SELECT customer, feature, utc, units, CAST(utc_offset AS INTEGER) AS utc_offset, no_value, rounded,
            {_in_thousands(amount)} AS in_thousands, CAST(reason AS UTINYINT) AS reason,
            CASE WHEN reason IN (0, {NO_USAGE}) OR reason >= {TOTAL_ROW} THEN NULL WHEN reason < {Reason.CUSTOMER_EMPTY} THEN row_text
                WHEN reason < {Reason.FEATURE_EMPTY} THEN {time.text} {_token_texts(relation)} ELSE {amount.text} END AS wrong,
            event{", file" if relation.file else ""}{_tokens_read(relation)}
        FROM judged"""  # noqa: S608  (terms are made by file_relations, which quotes names and passes the rest as parameters)


def _tokens_written(relation: Relation) -> str:
    if relation.model is None:
        return ""
    written = "".join(f", {term.sql} AS {name}" for name, term in zip(TOKEN_COLUMNS, relation.tokens, strict=True))
    requests = f", {relation.requests.text} AS requests" if relation.requests else ""
    return f", nullif({_trimmed(relation.model)}, '') AS model{written}{requests}"


def _tokens_cast(relation: Relation) -> str:
    """Of each kind of token its text where there is one, and its number where that is a whole one that can be held."""
    cast = ""
    for name, term in zip(TOKEN_COLUMNS, relation.tokens, strict=False):
        text = f"nullif({_trimmed(Term(name, term.type))}, '')"
        exact = f"try_cast({text} AS DECIMAL(38, 6))"
        if term.is_text:  # 1.000 tokens may be a thousand
            exact = rf"CASE WHEN NOT regexp_full_match({text}, '[1-9]\d{{0,2}}[.]\d{{3}}') THEN {exact} END"
        whole = f"CASE WHEN {exact} = floor({exact}) AND {exact} BETWEEN 0 AND {TOKENS_MAX} THEN CAST({exact} AS BIGINT) END"
        cast += f", {text} AS {name}_text, {whole} AS {name}_count"
    return cast


def _token_reasons(relation: Relation) -> str:
    if relation.model is None:
        return ""
    numbers = "".join(
        f" WHEN {name}_text IS NOT NULL AND {name}_count IS NULL THEN {reason}"
        for name, reason in zip(TOKEN_COLUMNS, TOKEN_REASONS, strict=True)
    )
    cached = "coalesce(cache_read_tokens_count, 0) + coalesce(cache_write_tokens_count, 0)"
    if relation.cache_on_top:
        return numbers
    return f"{numbers} WHEN {_HAS_TOKENS} AND {cached} > input_tokens_count THEN {Reason.CACHE_TOO_LARGE}"


_HAS_TOKENS: Final = "model IS NOT NULL AND input_tokens_count IS NOT NULL AND output_tokens_count IS NOT NULL"


def _token_texts(relation: Relation) -> str:
    if relation.model is None:
        return ""
    reasons = (*zip(TOKEN_REASONS, TOKEN_COLUMNS, strict=True), (Reason.CACHE_TOO_LARGE, "cache_read_tokens"))
    return " ".join(f"WHEN reason = {reason} THEN {name}_text" for reason, name in reasons)


def _tokens_read(relation: Relation) -> str:
    if relation.model is None:
        return ""
    found = {name: f"coalesce({name}_count, 0)" for name in TOKEN_COLUMNS}
    if relation.cache_on_top:
        found["input_tokens"] += " + coalesce(cache_read_tokens_count, 0) + coalesce(cache_write_tokens_count, 0)"
    counts = "".join(f", CASE WHEN {_HAS_TOKENS} THEN {count} ELSE 0 END AS {name}" for name, count in found.items())
    return f", CASE WHEN {_HAS_TOKENS} THEN model END AS model{counts}, CASE WHEN {_HAS_TOKENS} THEN {_requests(relation)} ELSE 0 END AS requests"


def _requests(relation: Relation) -> str:
    """Of how many requests a row's tokens are: 1 where no column says it, 0 where that is not known."""
    if relation.requests is None:
        return "CAST(1 AS BIGINT)"
    number = "try_cast(trim(requests) AS DECIMAL(38, 6))"
    whole = f"{number} = floor({number}) AND {number} BETWEEN 1 AND {TOKENS_MAX}"
    return f"CASE WHEN {whole} THEN CAST({number} AS BIGINT) ELSE CAST(0 AS BIGINT) END"


def _no_usage(relation: Relation) -> str:
    """A cell without usage; of a row that is wrong as a whole every cell but the first, so that it is rejected once."""
    if relation.cell is None:
        return ""
    names = ", ".join(map(text_literal, relation.levels))
    used = f"AND trim(feature) NOT IN ({names})" if names else ""  # a level of 0 is one
    return f"WHEN (row_reason > 0 AND cell > 0) OR (row_reason = 0 AND (no_value OR (units = 0 {used}))) THEN {NO_USAGE}"


def _left_out(relation: Relation) -> str:
    return "WHEN left_out > 0 AND row_reason = 0 THEN left_out" if relation.left_out else ""


def _in_thousands(value: Term) -> str:
    """Whether a text might be a number with its thousands parted by a point: `1.234`."""
    if not value.is_text or value.sql == "NULL":
        return "false"
    return f"""CASE WHEN {value.text} LIKE '%.___' THEN regexp_full_match({value.text}, '[1-9][0-9]{{0,2}}[.][0-9]{{3}}')
        ELSE false END"""


def _name(term: Term) -> str:
    """A customer or a feature as text; a whole number that a float or decimal column holds is written as one."""
    if term.type in ("FLOAT", "DOUBLE") or term.type.startswith("DECIMAL"):
        return rf"coalesce(regexp_replace({term.text}, '\.0+$', ''), '')"
    return f"coalesce({term.text}, '')"


def _form(time: Term) -> str:
    """1: ISO 8601 as programs write it, in UTC; 2: the same without a zone; 3: the rest of it; 4, 5: a number since 1970,
    whole or not, also as BigQuery writes it (1.7750016E9; 1.77E+09 of a spreadsheet is cut); 0: none of these, or not a text.
    """
    if not time.is_text:
        return "0"
    return rf"""CASE WHEN {time.text} LIKE '____-__-__T__:__:__%Z' AND NOT contains({time.text}, ' ') THEN 1
        WHEN {time.text} LIKE '____-__-_____:__:__' THEN 2
        WHEN regexp_full_match({_iso(time)}, '{_ISO}') THEN 3
        WHEN regexp_full_match({_trimmed(time)}, '\d{{1,19}}') THEN 4
        WHEN regexp_full_match({_trimmed(time)}, '\d{{1,18}}\.\d*|\d\.\d+E\d\d?') THEN 5
        ELSE 0 END"""


def _trimmed(term: Term) -> str:
    return f"trim({term.text}, {SPACES})"


def _iso(time: Term) -> str:
    """ISO 8601 as DuckDB reads it: capitals, `Z` for UTC, and no space before the zone."""
    utc = f"regexp_replace(upper({_trimmed(time)}), ' ?(UTC|GMT|Z)$', 'Z')"
    return rf"regexp_replace({utc}, ' ([+-][0-9:]+)$', '\1')"


def _utc(time: Term) -> str:
    if time.type == "TIMESTAMP_NS":
        return "epoch_ns(time) // 1000"
    if time.is_time:
        return f"epoch_us(try_cast(time AS {time.type if time.type.endswith('ZONE') else 'TIMESTAMP'}))"
    if time.is_number:
        is_double = time.type in ("FLOAT", "DOUBLE")  # whose own cast is not exact
        return _since_1970(time.text if is_double else time.sql, "BIGINT" if time.type in _INTEGERS else "DECIMAL(38, 6)")
    return f"""CASE form WHEN 1 THEN epoch_us(try_cast({time.text} AS TIMESTAMPTZ))
        WHEN 2 THEN epoch_us(try_cast({time.text} AS TIMESTAMP))
        WHEN 3 THEN epoch_us(try_cast({_iso(time)} AS TIMESTAMPTZ))
        WHEN 4 THEN {_since_1970(_trimmed(time), "BIGINT")}
        WHEN 5 THEN {_since_1970(_trimmed(time), "DECIMAL(38, 9)")} END"""


def _since_1970(number: str, kind: str) -> str:
    """Seconds, milli-, micro- or nanoseconds since 1970, told apart by their size, as whole microseconds.

    What looks like a date in digits (20260131) is none of them; as seconds it would be a day in 1970.
    """
    exact = f"try_cast({number} AS {kind})"
    cut = "{}" if kind == "BIGINT" else "floor({})"
    micros = (
        cut.format(f"{exact} * 1000000"),
        cut.format(f"{exact} * 1000"),
        cut.format(exact),
        f"CAST({exact} AS BIGINT) // 1000",
    )
    cases = [
        f"WHEN {exact} >= {start} AND {exact} < {SECONDS_END * per_second} THEN CAST({expression} AS BIGINT)"
        for (start, per_second), expression in zip(_EPOCH_UNITS, micros, strict=True)
    ]
    return f"CASE WHEN {_is_date_in_digits(exact)} THEN NULL {' '.join(cases)} END"


def _is_date_in_digits(number: str) -> str:
    return "(" + " OR ".join(f"{number} >= {19 * scale} AND {number} < {22 * scale}" for scale in _DATE_SCALES) + ")"


def _utc_offset(time: Term) -> str:
    if not time.is_text:
        return "0"
    local, utc = (f"epoch_us(try_cast({_iso(time)} AS {kind}))" for kind in ("TIMESTAMP", "TIMESTAMPTZ"))
    return f"CASE WHEN form = 3 THEN ({local} - {utc}) // 60000000 ELSE 0 END"


def _time_reason(time: Term) -> str:
    text = _trimmed(time)
    return rf"""CASE WHEN coalesce({text}, '') = '' THEN {Reason.TIME_EMPTY}
        WHEN abs(utc_offset) > {OFFSET_MINUTES_MAX} THEN {Reason.TIME_OFFSET}
        WHEN utc IS NOT NULL THEN {Reason.TIME_OUTSIDE}
        WHEN regexp_full_match({_iso(time)}, '{_ISO}') THEN {Reason.TIME_IMPOSSIBLE}
        WHEN {_is_date_in_digits(f"try_cast({text} AS DECIMAL(38, 0))")} THEN {Reason.TIME_DIGITS}
        WHEN try_cast({text} AS DOUBLE) BETWEEN 0 AND {10**8} THEN {Reason.TIME_SMALL}
        WHEN regexp_full_match(lower({text}), '{_NUMBER}') THEN {Reason.TIME_OUTSIDE}
        WHEN regexp_full_match({text}, '\d\d?([/.-])\d\d?[/.-](\d\d|\d{{4}})([ T].*)?') THEN {Reason.TIME_DAY_OR_MONTH}
        ELSE {Reason.TIME_UNKNOWN} END"""


def _no_value(value: Term) -> str:
    if not value.is_text:
        return "value IS NULL"
    return f"CASE WHEN value IS NULL THEN true WHEN {value.text} < '!' OR {value.text} = chr(160) THEN {_trimmed(value)} = '' ELSE false END"


def _units(value: Term) -> str:
    exact = "try_cast({} AS DECIMAL(38, 6))"
    if value.is_number:
        cast = _number_units(value)
    else:
        plain, trimmed = exact.format(value.text), exact.format(_trimmed(value))
        cast = f"CASE WHEN NOT contains({value.text}, '_') THEN coalesce({_long_units(value)}, {plain}, {trimmed}) END"
    return f"CASE WHEN {_no_value(value)} THEN 1 ELSE {cast} END"


def _number_units(value: Term) -> str:
    """A number with 6 decimals; of a double, that of its shortest text, which is looked at only where it may matter, as that takes long."""
    written, exact = (f"try_cast({sql} AS DECIMAL(38, 6))" for sql in (value.text, value.sql))
    if value.type != "DOUBLE":
        return written if value.type == "FLOAT" else exact
    micros = f"({value.sql} * 1e6)"
    is_sure = f"abs({micros} - round({micros})) + abs({micros}) * {DOUBLE_ERROR} < 0.5"
    return f"CASE WHEN {is_sure} THEN {exact} ELSE {written} END"


def _long_units(value: Term) -> str:
    """Units of a text with 9 to 24 decimals and no exponent, else null: rounding a number is faster than rounding digits."""
    decimals = f"strlen({value.text}) - strpos({value.text}, '.')"
    is_long = f"strlen({value.text}) <= 25 AND contains({value.text}, '.') AND {decimals} > 8"
    return f"""CASE WHEN {is_long} AND NOT contains(lower({value.text}), 'e')
        THEN CAST(try_cast({value.text} AS DECIMAL(38, 24)) AS DECIMAL(38, 6)) END"""


def _rounded(value: Term, least: Decimal) -> str:
    if value.type in _INTEGERS:
        more = "false"
    elif value.type in ("FLOAT", "DOUBLE"):
        more = f"CAST(units AS {value.type}) <> value"
    elif value.is_number:
        more = "units <> value"
    else:
        more = f"""CASE WHEN strlen({value.text}) > 7 OR contains(lower({value.text}), 'e-')
            THEN try_cast({_trimmed(value)} AS DECIMAL(38, 24)) <> units END"""
    return f"CASE WHEN units BETWEEN {least} AND {UNITS_MAX} THEN coalesce({more}, false) ELSE false END"


def _value_reason(value: Term) -> str:
    text = f"lower({_trimmed(value)})"
    has_letters = rf"regexp_matches(regexp_replace({text}, '\de[+-]?\d+$', ''), '\p{{L}}')"
    return rf"""CASE WHEN value_inexact THEN {Reason.VALUE_INEXACT}
        WHEN value_foreign AND (units IS NOT NULL OR (contains({text}, ',') AND NOT {has_letters})) THEN {Reason.VALUE_FOREIGN}
        WHEN regexp_full_match({text}, '-{_NUMBER[5:]}') THEN {Reason.VALUE_NEGATIVE}
        WHEN regexp_full_match({text}, '{_NUMBER}') THEN {Reason.VALUE_TOO_LARGE}
        WHEN regexp_full_match({text}, '[+-]?(nan|inf|infinity)') THEN {Reason.VALUE_INFINITE}
        WHEN regexp_full_match({text}, '[$€£¥₹]? ?[+-]?[0-9.]*,[0-9.,]*') THEN {Reason.VALUE_COMMA}
        WHEN regexp_full_match({text}, '\d{{1,3}}([_''’ \x{{a0}}]\d{{3}})+(\.\d*)?|[+-]?\d{{1,3}}(\.\d{{3}}){{2,}}|[(].*\d[)]|\d[0-9.]*-') THEN {Reason.VALUE_SEPARATED}
        WHEN regexp_matches({text}, '[$€£¥₹%]|^[a-z]{{3}} ?[\d.]+$|^[\d.]+ ?(usd|eur|gbp)$') THEN {Reason.VALUE_CURRENCY}
        ELSE {Reason.VALUE_UNKNOWN} END"""

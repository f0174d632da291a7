"""Times as a file writes them, in SQL: as ISO 8601 in UTC, whatever their format, in one column or two."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from zoneinfo import available_timezones

from commet_core.usage.ingest.reading.duckdb_sources import text_literal
from commet_core.usage.ingest.reading.row_source import Rows
from commet_core.usage.ingest.reading.usage_query import SPACES, Term
from commet_core.usage.ingest.recognise.month_names import REPLACED
from commet_core.usage.ingest.recognise.reading_rules import Operation, ReadingRules
from commet_core.usage.ingest.recognise.time_forms import ABBREVIATIONS, EXCEL_DAYS, EXCEL_EPOCH, WEEK, ZONE
from commet_core.usage.ingest.recognise.time_zones import UTC, in_query

ISO_WITHOUT_ZONE: Final = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?)?"
YEAR_MIN: Final = 1900
_UTC: Final = "'%Y-%m-%dT%H:%M:%S.%fZ'"


def one_text(date: Term, second: Term, operation: Operation) -> Term:
    """A date and what stands beside it as one text: a time of day, or an hour from 0 to 23."""
    day = rf"regexp_replace(trim({date.text}, {SPACES}), '[ T]00:00(:00(\.0+)?)?(Z|\+00(:?00)?)?$', '')"
    other = f"nullif(trim({second.text}, {SPACES}), '')"
    if operation == "date and hour":
        hour = rf"regexp_extract({other}, '^\d{{1,2}}')"
        other = rf"CASE WHEN regexp_full_match({other}, '\d{{1,2}}(\.0+)?') THEN lpad({hour}, 2, '0') || ':00' ELSE {other} END"
    clock = rf"regexp_replace({other}, '^(\d:)', '0\1')"
    return Term(f"CASE WHEN {day} <> '' THEN concat_ws(' ', {day}, {clock}) END")


def of_parts(terms: Sequence[Term]) -> Term:
    """A year, a month (1, 01 or April) and perhaps a day in columns of their own as one text; nothing where a part is missing."""
    year, month, *day = [rf"regexp_replace(trim({term.text}, {SPACES}), '\.0+$', '')" for term in terms]
    number = " ".join(f"WHEN '{name[:3].lower()}' THEN '{place:02}'" for place, name in enumerate(month_name[1:], start=1))
    named = rf"CASE WHEN regexp_full_match({month}, '\d{{1,2}}') THEN lpad({month}, 2, '0') ELSE CASE lower(left({month}, 3)) {number} ELSE {month} END END"
    days = f"lpad({day[0]}, 2, '0')" if day else "'01'"
    filled = " AND ".join(f"{part} <> ''" for part in (year, month, *day))
    return Term(f"CASE WHEN {filled} THEN {year} || '-' || {named} || '-' || {days} END")


def in_year(year: Term, part: Term, operation: Operation) -> Term:
    """A year and its week or quarter in columns of their own as the day on which that begins; as they stand where there is none."""
    years, parts = (rf"regexp_replace(trim({term.text}, {SPACES}), '\.0+$', '')" for term in (year, part))
    number = rf"regexp_extract({parts}, '(\d{{1,2}})$', 1)"
    if operation == "year and week":
        monday = f"try_strptime({years} || '-W' || lpad({number}, 2, '0') || '-1', '{WEEK}-%u')"
        day = f"CASE WHEN strftime({monday}, '%G') = {years} THEN {monday} END"  # a 53rd week of a year with 52
    else:
        day = f"CASE WHEN {number} IN ('1', '2', '3', '4', '01', '02', '03', '04') THEN try_strptime({years} || '-' || (3 * CAST({number} AS INTEGER) - 2) || '-1', '%Y-%m-%d') END"
    filled = f"{years} <> '' AND {parts} <> ''"
    return Term(f"CASE WHEN {filled} THEN coalesce(strftime({day}, '%Y-%m-%d'), {years} || ' ' || {parts}) END")


def in_english(time: Term) -> Term:
    text = time.text
    for pattern, by in REPLACED:
        put = re.sub(r"\\g<(\d)>", r"\\\1", by)
        text = f"regexp_replace({text}, {text_literal(pattern)}, {text_literal(put)}, 'g')"
    return Term(text)


def in_utc(rows: Rows, time: Term, rules: ReadingRules) -> tuple[Rows, Term]:
    """Rows in which times that the rules speak of are ISO 8601 in UTC; the others stay as they stand."""
    zone = text_literal(in_query(rules.time_zone or UTC))
    if time.is_time:
        if time.type.endswith("ZONE") or rules.time_zone is None:
            return rows, time
        return rows, Term(f"timezone({zone}, CAST({time.sql} AS TIMESTAMP))", "TIMESTAMP WITH TIME ZONE")
    if not (rules.time_formats or rules.time_zone or rules.excel_days):
        return rows, time
    parts = with_column(rows, "time_text", f"trim({time.text}, {SPACES})")
    parts = with_column(parts, "time_body", rf"regexp_replace(time_text, {text_literal(ZONE)}, '\1')")
    parts = with_column(parts, "time_zone_name", "ltrim(substr(time_text, length(time_body) + 1))")
    parts = with_column(parts, "time_naive", _naive(rules))
    return with_column(parts, "time_utc", _utc(zone)), Term(f"coalesce(strftime(time_utc, {_UTC}), time_text)")


def with_column(rows: Rows, name: str, sql: str) -> Rows:
    """The same rows, with one more column."""
    return replace(rows, sql=f"(SELECT *, {sql} AS {name} FROM {rows.sql})")  # noqa: S608  (terms are quoted names and literals)


def _naive(rules: ReadingRules) -> str:
    """The date and time of day that are written, whatever the zone; nothing where no rule reads the text."""
    iso = rf"CASE WHEN regexp_full_match(time_body, '{ISO_WITHOUT_ZONE}') THEN try_cast(time_body AS TIMESTAMP) END"
    parsed = [f"try_strptime({text}, [{formats}])" for text, formats in _by_text(rules.time_formats)]
    read = [f"CASE WHEN year({time}) >= {YEAR_MIN} THEN {time} END" for time in parsed]
    if rules.excel_days:
        number = "try_cast(time_text AS DECIMAL(20, 9))"
        seconds = f"CAST(round({number} * 86400) AS BIGINT)"
        is_day = f"{number} >= {EXCEL_DAYS[0]} AND {number} < {EXCEL_DAYS[1]}"
        read.append(f"CASE WHEN {is_day} THEN TIMESTAMP '{EXCEL_EPOCH}' + to_seconds({seconds}) END")
    return f"coalesce({', '.join([*read, iso])})"


def _by_text(formats: Sequence[str]) -> list[tuple[str, str]]:
    """(text, its formats as a list in SQL): a week is read with its Monday."""
    usual = [text for text in formats if text != WEEK]
    found = [("time_body", ", ".join(text_literal(text) for text in usual))] if usual else []
    return found + ([("(time_body || '-1')", text_literal(f"{WEEK}-%u"))] if WEEK in formats else [])


def _utc(zone: str) -> str:
    """As an instant: by the zone that is written, else by the one that is given. Nothing where the zone is unknown."""
    named = "upper(regexp_extract(time_zone_name, '^[A-Za-z]+$'))"
    offset = "regexp_extract(time_zone_name, '^[+-]\\d\\d(:?\\d\\d)?')"
    digits = f"regexp_replace({offset}, '[^0-9]', '', 'g')"
    minutes = f"CAST(substr({digits}, 1, 2) AS INTEGER) * 60 + coalesce(try_cast(substr({digits}, 3, 2) AS INTEGER), 0)"
    east = f"(CASE WHEN {offset} LIKE '-%' THEN -1 ELSE 1 END) * ({minutes})"
    known = " ".join(f"WHEN '{name}' THEN {minutes}" for name, minutes in ABBREVIATIONS.items())
    area, areas = _AREA, _areas()
    return f"""CASE WHEN time_naive IS NULL THEN NULL
        WHEN time_zone_name = '' THEN timezone('UTC', timezone({zone}, time_naive))
        WHEN {offset} <> '' THEN time_naive - to_minutes({east})
        WHEN {named} <> '' THEN time_naive - to_minutes(CASE {named} {known} END)
        WHEN {area} IN ({areas}) THEN timezone('UTC', timezone({area}, time_naive)) END"""


def clocks_of_rows(zone: str | None, *, in_cells: bool) -> tuple[str, str]:
    """By which zone's clocks times are read, and which times are, in SQL: those without a zone, and with an area behind them."""
    without, none = text_literal(in_query(zone or UTC)), "time_zone_name = ''"
    if not in_cells:
        return without, none
    return f"CASE WHEN {none} THEN {without} ELSE {_AREA} END", f"({none} OR {_AREA} IN ({_areas()}))"


def _areas() -> str:
    """Names such as Europe/Berlin, as a list in SQL; the others may be left out by a system."""
    areas = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/", "Antarctica/")
    return ", ".join(text_literal(name) for name in sorted(available_timezones()) if name.startswith(areas))


_AREA: Final = "trim(time_zone_name, '[]')"

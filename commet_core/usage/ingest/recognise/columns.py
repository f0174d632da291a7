"""Columns recognised by their names, changed as somebody wants, and checked against what a file has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import OPERATIONS, REQUIRED, SPELLINGS, ColumnMapping, Source, names_of
from commet_core.usage.ingest.recognise.number_forms import CURRENCY
from commet_core.usage.ingest.recognise.reading_rules import BESIDE_A_YEAR, DATE_PARTS, Calculation
from commet_core.usage.ingest.recognise.time_zones import is_zone

__all__ = [
    "HEADER_EXAMPLE",
    "REQUIRED",
    "SPELLINGS",
    "ColumnMapping",
    "Source",
    "letters",
    "mapping_for",
    "mapping_problems",
    "quoted",
    "recognise",
    "required_count",
]

TEXTS: Final = (*REQUIRED, "event_id", "model")
"""Columns in which nothing can be added up; a time may be made of two columns."""

_SAME_IN_ALL: Final = {"customer_id": "acme", "feature": "api_calls"}
"""What one text may stand for in a whole file, with an example."""

Values = Callable[[str], Sequence[str]] | None

HEADER_EXAMPLE: Final = "customer_id,timestamp,feature,value"


def recognise(columns: Sequence[str], values: Values = None) -> ColumnMapping:
    """The mapping that the names suggest. The exact own name wins, then the own name in other letters, then SPELLINGS.

    values: what the first rows have under a name; a column that is empty in all of them never wins over one that is not.
    """
    found = {ours: competing(columns, ours, values) for ours in SPELLINGS}
    mapping = ColumnMapping().changed({ours: names[0] for ours, names in found.items() if names})
    if values is None:
        return mapping
    mapping = _with_misses(_with_short_tokens(mapping, columns, values), columns)
    mapping = _with_requests_as_value(_with_value_inside(mapping, columns, values))
    return _with_clock(mapping, columns, values)


def competing(columns: Sequence[str], ours: str, values: Values = None) -> list[str]:
    """The columns that might be one of ours, the likeliest first; a time of day alone is no timestamp.

    A value that is 1 in every row tells nothing, where another column tells more; nor does a time that is the same in every
    row, such as that of the export.
    """
    plain = {letters(bare): name for name in reversed(columns) if (bare := _without_unit(name)) != name}
    plain |= {letters(name): name for name in reversed(columns)}
    named = [ours if ours in columns else None, *(plain.get(letters(name)) for name in (ours, *SPELLINGS[ours]))]
    names = list(dict.fromkeys(name for name in named if name is not None))
    if values is None:
        return names
    if ours == "timestamp":
        names = [name for name in names if not _mostly(_CLOCK, values(name))] or names
        names.sort(key=lambda name: (_mostly(_HOUR, values(name)), len(values(name)) > 1 and len(set(values(name))) == 1))
    ones = ours == "value" and len(names) > 1 and any(set(values(name)) - {"1"} for name in names)
    return sorted(names, key=lambda name: (not values(name), ones and set(values(name)) == {"1"}))


def required_count(columns: Sequence[str]) -> int:
    """How many of the columns that every row of usage needs `recognise` would find among the names."""
    plain = {letters(name) for name in columns}
    return sum(not plain.isdisjoint(map(letters, (ours, *SPELLINGS[ours]))) for ours in REQUIRED)


def _without_unit(name: str) -> str:
    """A name without what stands behind it in brackets, a unit or a zone: `Quantity (GB)`; money keeps it."""
    is_money = _MONEY_BEHIND.search(name) is not None and not is_zone(behind(name))  # EUR is in Europe/Berlin
    return name if is_money else _SCALE_BEHIND.sub("", _BEHIND.sub("", name)) or name


def behind(name: str) -> str:
    """What stands behind a name in brackets."""
    found = _BEHIND.search(name)
    return found[0].strip()[1:-1].strip() if found else ""


def _with_short_tokens(mapping: ColumnMapping, columns: Sequence[str], values: Callable[[str], Sequence[str]]) -> ColumnMapping:
    """Beside a model, numbers that are called `input` and `output` are its tokens, and so are those of its cache."""
    if mapping.model is None or mapping.input_tokens is not None or mapping.output_tokens is not None:
        return mapping
    free = {letters(name): name for name in reversed(columns) if name not in mapping.all_names() and _all(_WHOLE, values(name))}
    found = {
        ours: next((free[name] for name in names if name in free), getattr(mapping, ours))
        for ours, names in _SHORT_TOKENS.items()
    }
    return mapping.changed(found) if found["input_tokens"] and found["output_tokens"] else mapping


def _with_misses(mapping: ColumnMapping, columns: Sequence[str]) -> ColumnMapping:
    """Where no column is the input, tokens that the cache had and those that it had not are it together, as DeepSeek counts."""
    misses = [name for name in columns if _MISSES.fullmatch(letters(name.rpartition(".")[2]))]
    hits = mapping.names("cache_read_tokens")
    if mapping.has("input_tokens") or len(misses) != 1 or len(hits) != 1:
        return mapping
    return mapping.changed({"input_tokens": {"sum": [*misses, *hits]}})


def _with_requests_as_value(mapping: ColumnMapping) -> ColumnMapping:
    """Requests of a feature are what is counted, where no tokens are there for them to have and nothing else is the value."""
    if mapping.requests is None or mapping.feature is None or mapping.has_tokens or mapping.value is not None:
        return mapping
    return mapping.changed({"value": mapping.requests, "requests": None})


def _with_value_inside(mapping: ColumnMapping, columns: Sequence[str], values: Callable[[str], Sequence[str]]) -> ColumnMapping:
    """Where no column is the value, the one number inside an object that is called so: `properties.value`."""
    if mapping.value is not None or mapping.has_tokens:
        return mapping
    called = [name for name in columns if "." in name and letters(name.rpartition(".")[2]) in _VALUE_INSIDE]
    numbers = [name for name in called if _all(_NUMBER, values(name))]
    return mapping.changed({"value": numbers[0]}) if len(called) == len(numbers) == 1 else mapping


def _with_clock(mapping: ColumnMapping, columns: Sequence[str], values: Callable[[str], Sequence[str]]) -> ColumnMapping:
    """A date and the time of day, or the hour, in a column beside it are one time."""
    if parts := _date_parts(columns, values):
        dated = mapping.timestamp is None or letters(mapping.timestamp) in (
            *DATE_PARTS,
            *BESIDE_A_YEAR,
            "hour",
            *_WEEKS,
            *_YEARS,
            "monat",
            "mois",
            "mes",
        )
        return mapping.changed({"timestamp": parts}) if dated else mapping
    date = mapping.timestamp
    if date is None or not values(date) or any(":" in value for value in values(date)):
        return mapping
    for second, pattern in (("time", _CLOCK), ("hour", _HOUR)):
        beside = [name for name in columns if letters(name) in _BESIDE_A_DATE[second] and _mostly(pattern, values(name))]
        if beside and beside[0] != date and not _mostly(_HOUR, values(date)):
            return mapping.changed({"timestamp": {"date": date, second: beside[0]}})
    return mapping


def _date_parts(columns: Sequence[str], values: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """A year, a month and perhaps a day in columns of their own; nothing where there are none."""
    found: dict[str, str] = {}
    for part, pattern in zip(DATE_PARTS, _DATE_PARTS, strict=True):
        named = [
            name
            for name in columns
            if letters(name) in (part, f"usage{part}", f"billing{part}", f"{part}number", *_ABROAD[part])
        ]
        filled = [name for name in named if _mostly(pattern, values(name))]
        found |= {part: filled[0]} if filled else {}
    if {"year", "month"} <= found.keys():
        return found
    return _in_a_year(columns, values)


def _in_a_year(columns: Sequence[str], values: Callable[[str], Sequence[str]]) -> dict[str, str]:
    """A year, and its week or its quarter in a column beside it; nothing where there are none."""
    years = [name for name in columns if letters(name) in _YEARS and _mostly(_DATE_PARTS[0], values(name))]
    for part, names, pattern in (("week", _WEEKS, _WEEK_NUMBER), ("quarter", _QUARTERS, _QUARTER_NUMBER)):
        found = [name for name in columns if letters(name) in names and _mostly(pattern, values(name))]
        if years and found:
            return {"year": years[0], part: found[0]}
    return {}


def _all(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    return bool(values) and all(pattern.fullmatch(value) for value in values)


def _mostly(pattern: re.Pattern[str], values: Sequence[str]) -> bool:
    """Whether nine in ten at least are such: a mistake in one row is that row's, and not the column's."""
    return bool(values) and 10 * sum(pattern.fullmatch(value) is None for value in values) <= len(values)


_MISSES: Final = late_pattern(
    r"(prompt|input)?(tokens)?cachemiss(es)?(prompt|input)?tokens|(uncached|noncached)(prompt|input)?tokens"
)
_BEHIND: Final = late_pattern(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_SCALE_BEHIND: Final = late_pattern(r"[\s_]+(in[\s_]+)?(thousands|millions|billions)\s*$", re.IGNORECASE)
_MONEY_BEHIND: Final = late_pattern(rf"[(\[][^()\[\]]*{CURRENCY}[^()\[\]]*[)\]]\s*$")
_WHOLE: Final = late_pattern(r"\d+(\.0+)?")
_SHORT_TOKENS: Final = {
    "input_tokens": ("input", "prompt", "in"),
    "output_tokens": ("output", "completion", "out"),
    "cache_read_tokens": ("cacheread", "cached", "cachedinput", "cachereads"),
    "cache_write_tokens": ("cachewrite", "cachecreation", "cachewrites"),
}
_VALUE_INSIDE: Final = ("value", "quantity", "qty", "units", "usagequantity", "usagevalue")
_NUMBER: Final = late_pattern(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DATE_PARTS: Final = (
    late_pattern(r"(19|20|21)\d\d(\.0+)?"),
    late_pattern(r"(0?[1-9]|1[0-2])(\.0+)?|[^\W\d]{3,12}\.?"),
    late_pattern(r"(0?[1-9]|[12]\d|3[01])(\.0+)?"),
)
_YEARS: Final = ("year", "usageyear", "billingyear", "isoyear", "jahr", "année", "annee", "año", "anno", "ano", "jaar")
_ABROAD: Final = {
    "year": _YEARS,
    "month": ("monat", "mois", "mes", "mese", "mês", "maand"),
    "day": ("tag", "jour", "día", "dia", "giorno", "dag"),
}
_WEEKS: Final = (
    *("week", "weeknumber", "weekno", "weeknr", "isoweek", "weekofyear", "usageweek", "kw", "kalenderwoche", "woche"),
    *("semaine", "semana", "settimana"),
)
_QUARTERS: Final = ("quarter", "qtr", "usagequarter", "billingquarter", "quartal", "trimestre", "kwartaal")
_WEEK_NUMBER: Final = late_pattern(r"(W|KW|CW|Week)? ?(0?[1-9]|[1-4]\d|5[0-3])(\.0+)?", re.IGNORECASE)
_QUARTER_NUMBER: Final = late_pattern(r"(Q|T|Quarter|Quartal)? ?0?[1-4](\.0+)?", re.IGNORECASE)
_CLOCK: Final = late_pattern(r"\d{1,2}:\d\d(:\d\d([.,]\d+)?)?( ?[AaPp][Mm])?|(0?[1-9]|1[0-2]) ?[AaPp][Mm]")
_HOUR: Final = late_pattern(r"([01]?\d|2[0-4])(\.0+)?")
"""24 is the end of the day, as in ISO 8601."""
_HOURS: Final = ("hour", "hourofday", "hourutc", "usagehour", "starthour", "hourstart")
_BESIDE_A_DATE: Final = {
    "time": ("time", "timeofday", "clock", "eventtime", "usagetime", "starttime", "timeutc", "start", "from", *_HOURS),
    "hour": _HOURS,
}


def mapping_for(
    columns: Sequence[str],
    wanted: ColumnMapping | Mapping[str, Source] | None,
    recognised: ColumnMapping | None = None,
    values: Values = None,
) -> ColumnMapping:
    """The mapping of a file with these columns: what was recognised, with what the caller wants in its place.

    wanted: a whole mapping, taken as it is; or our column → where it comes from (None: leave it out), for those columns
    alone. recognised: by default what the names suggest. Raises InputError for a column that usage does not have.
    """
    if isinstance(wanted, ColumnMapping):
        return wanted
    changes = wanted or {}
    if unknown := [ours for ours in changes if ours not in SPELLINGS]:
        raise InputError.of("mapping", f"usage has no column {quoted(unknown)}", f"Map {quoted(list(SPELLINGS), 'or')}")
    taken = {name for source in changes.values() for name in names_of(source)}
    if recognised is None:
        return with_requests(recognise([name for name in columns if name not in taken], values).changed(changes))
    return with_requests(recognised.without(taken).changed(changes))


def with_requests(mapping: ColumnMapping) -> ColumnMapping:
    """A value that counts requests says of how many a row's tokens are, too."""
    usual = {letters(name) for name in ("requests", *SPELLINGS["requests"])}
    counts = [name for name in mapping.names("value") if letters(name.rpartition(".")[2]) in usual]
    if mapping.requests is not None or not mapping.has_tokens or not counts or len(mapping.names("value")) > 1:
        return mapping
    return mapping.changed({"requests": counts[0]})


@lru_cache(maxsize=4_096)
def letters(name: str) -> str:
    """A name as it is compared: without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def quoted(names: Sequence[str], conjunction: str = "and") -> str:
    """Names in a sentence: `a`, `b` and `c`. At most 20 of them."""
    shown = [f"`{name}`" for name in names[:20]] + ([f"{len(names) - 20} more"] if len(names) > 20 else [])
    return f" {conjunction} ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else "no columns"


def mapping_problems(file: str, names: Sequence[str], mapping: ColumnMapping) -> list[Problem]:
    """Every reason why a file with these names cannot be read through this mapping."""
    return [
        *_missing(file, names, mapping),
        *(
            problem
            for ours, theirs in [*_reads(mapping), *_filters(mapping)]
            for problem in _absent_or_twice(file, names, ours, theirs)
        ),
        *_calculated_texts(file, mapping),
        *_shared(file, mapping),
        *_wide(file, mapping),
    ]


def _calculated_texts(file: str, mapping: ColumnMapping) -> list[Problem]:
    fix = "Name its column; value, tokens and requests can be calculated"
    return [
        Problem(file, f"the mapping calculates `{made.ours}`, which holds texts", fix)
        for made in mapping.calculations
        if made.ours in TEXTS and (made.scales or made.operation in OPERATIONS)
    ]


def _missing(file: str, names: Sequence[str], mapping: ColumnMapping) -> list[Problem]:
    missing = [ours for ours in REQUIRED if not mapping.has(ours)]
    if not missing:
        return []
    what = f"no column was recognised as {quoted(missing, 'or')}. It has {quoted(names)}"
    fix = f"Rename {'that column' if len(missing) == 1 else 'those columns'}, or say in the mapping which of them it is"
    same = " or ".join(f"`{ours}: {{constant: {text}}}`" for ours, text in _SAME_IN_ALL.items() if ours in missing)
    return [Problem(file, what, fix + (f"; where it is the same in every row, {same}" if same else ""))]


def _reads(mapping: ColumnMapping) -> list[tuple[str, str]]:
    """(our column or a feature, the file's name that it is read from)."""
    return [(ours, name) for ours, _ in mapping.pairs() for name in mapping.names(ours)] + list(mapping.features)


def _filters(mapping: ColumnMapping) -> list[tuple[str, str]]:
    return [("where", name) for name, _ in mapping.rules.where]


def _absent_or_twice(file: str, names: Sequence[str], ours: str, theirs: str) -> list[Problem]:
    if theirs not in names:
        fix = "Map it to one of these, or to none" if ours not in REQUIRED else "Map it to one of these"
        what = f"the mapping reads `{ours}` from `{theirs}`, which is not there. It has {quoted(names)}"
        return [Problem(file, what, fix)]
    count = list(names).count(theirs)
    if count > 1:
        fix = f"Give each column a name of its own, so that it is clear which one holds `{ours}`"
        return [Problem(file, f"{count} columns are called `{theirs}`", fix)]
    return []


def _shared(file: str, mapping: ColumnMapping) -> list[Problem]:
    readers: dict[str, list[str]] = {}
    for ours, theirs in _reads(mapping):
        readers.setdefault(theirs, []).append(ours)
    fix = "Map each of them to a column of its own"
    return [
        Problem(file, f"the mapping reads {quoted(ours)} from the same column `{theirs}`", fix)
        for theirs, ours in readers.items()
        if len(ours) > 1 and not _may_share(mapping, ours)
    ]


def _may_share(mapping: ColumnMapping, ours: Sequence[str]) -> bool:
    """A count of requests may be the value too, and what is calculated may use what another column uses."""
    return set(ours) == {"value", "requests"} or sum(mapping.calculation(column) == Calculation(column) for column in ours) < 2


def _wide(file: str, mapping: ColumnMapping) -> list[Problem]:
    """A wide table's cells are its features and values, and every feature has one column."""
    if not mapping.features:
        return []
    codes = [feature for feature, _ in mapping.features]
    both = [ours for ours in ("feature", "value") if mapping.names(ours) or mapping.constant(ours) is not None]
    problems = [
        Problem(file, f"the mapping names columns for features, and {quoted(both)} too", "Leave one of the two out")
        for _ in both[:1]
    ]
    return problems + [
        Problem(file, f"the mapping names the feature `{code}` twice", "Give each feature one column")
        for code in dict.fromkeys(codes)
        if codes.count(code) > 1
    ]

"""Tables of totals: a row for each customer, time and feature, or a column for each feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final, Literal

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.recognise.column_mapping import AI_COLUMNS
from commet_core.usage.ingest.recognise.columns import SPELLINGS, ColumnMapping, letters, recognise
from commet_core.usage.ingest.recognise.reading_rules import IN_PARTS
from commet_core.usage.ingest.recognise.sample import NUMBER, Sample
from commet_core.usage.ingest.recognise.time_ranges import are_ranges
from commet_core.usage.ingest.recognise.total_rows import is_total_name
from commet_core.usage.ingest.recognise.units import unit_named_in, unit_of
from commet_core.usage.ingest.recognise.usage_names import is_money, is_no_feature, is_no_usage
from commet_core.usage.tokens import TOKEN_COLUMNS

Step = Literal["day", "hour"]

SUMS_MIN: Final = 2
"""Rows in which a column has to be the sum of the others before it is taken for one."""

_CLOCK: Final = r"\d{4}-\d\d-\d\d[T ]"
_ZONE: Final = r"(:00)?(\.0+)?( ?(Z|UTC|[+-]\d\d(:?\d\d)?))?"
_DAYS: Final = late_pattern(rf"\d{{4}}-\d\d(-\d\d)?|{_CLOCK}00:00{_ZONE}")
_HOURS: Final = late_pattern(rf"{_CLOCK}\d\d:00{_ZONE}")
_SECONDS: Final = late_pattern(r"\d{9,10}(000)?")
_LOOKS_LIKE_A_NUMBER: Final = late_pattern(r"[$€£]? ?[-+]?[\d.,_'’]*\d[\d.,_'’]* ?%?")
_LOOKS_LIKE_USAGE: Final = late_pattern(
    r"token|quantity|usage|units|creditsused|consum|requests|events|minutes|hours|bytes|gb$|mb$|calls|pages|count$|seconds|seats"
)
_MAY_BE_FEATURES: Final = frozenset(
    letters(name)
    for name in ("credits_used", "units_used", "usage_units", "units_consumed", "requests", *SPELLINGS["requests"])
)
"""Values by their names that are features where no column says which."""
_MAY_BE_THE_VALUE: Final = ("sum", "duration", "durationseconds", "seconds", "minutes", "hours")
_LENGTH: Final = late_pattern(r"\d+:\d\d(:\d\d)?(\.\d+)?")
_DOUBTFUL_LENGTH: Final = late_pattern(r"\d+:\d\d(\.\d+)?")
_EPOCH: Final = late_pattern(r"1[4-9]\d{8}(\d{3}){0,3}")
_OF_TOKENS: Final = late_pattern(
    r"(input|output|prompt|completion|candidates|cached)tokens?|tokens?(input|output|prompt|completion)"
)


def wide(sample: Sample) -> ColumnMapping | None:
    """A row for each customer and time, and a column of numbers for each feature."""
    named = recognise(sample.names, sample.values)
    ours = [named.customer_id, named.timestamp]
    if None in ours or named.feature or any(getattr(named, column) for column in AI_COLUMNS):
        return None
    if named.value is not None and letters(named.value) not in ("total", *_MAY_BE_FEATURES):
        return None
    if any(letters(name) == "currency" or _OF_TOKENS.search(letters(name)) for name in sample.names):
        return None
    taken = {*named.all_names()} - {name for name in named.all_names() if letters(name) in _MAY_BE_FEATURES}
    features = [name for name in sample.names if name not in taken and _is_feature(sample, name)]
    features = [name for name in features if not _is_sum(sample, name, features)]
    features = _in_one_unit(features)
    numbers = [name for name in features if sample.values(name)]
    if not numbers or (len(numbers) == 1 and step_of(sample, named.timestamp or "") != "day"):
        return None
    pairs = tuple((name.strip(), name) for name in features)
    times = {"customer_id": named.source("customer_id"), "timestamp": named.source("timestamp"), "event_id": named.event_id}
    return replace(ColumnMapping().changed(times), features=pairs)


def _in_one_unit(features: Sequence[str]) -> list[str]:
    """The columns without those that hold another's amounts in another unit: `storage_mb` beside `storage_gb`."""
    found: dict[str, str] = {}
    for name in features:
        named = unit_named_in(name)
        unit = unit_of(named) if named is not None else None
        stem = letters(name).removesuffix(letters(named or ""))
        found.setdefault(f"{stem} {unit.family}" if unit is not None and stem else name, name)
    return list(found.values())


def _is_sum(sample: Sample, name: str, features: Sequence[str]) -> bool:
    """Whether a column is the sum of all others in each row, or is called so."""
    if is_total_name(name):
        return True
    others = [other for other in features if other != name and not is_total_name(other)]
    rows = [row for row in sample.rows if all(NUMBER.fullmatch((row.get(each) or "").strip()) for each in (name, *others))]
    sums = [
        (Decimal((row.get(name) or "").strip()), [Decimal((row.get(each) or "").strip()) for each in others]) for row in rows
    ]
    telling = [(total, parts) for total, parts in sums if sum(part != 0 for part in parts) > 1]
    return len(others) > 1 and len(telling) >= SUMS_MIN and all(total == sum(parts) for total, parts in sums)


def left_out_numbers(sample: Sample, mapping: ColumnMapping) -> list[str]:
    """Columns of numbers that a mapping does not read, and which might be usage."""
    taken = set(mapping.all_names()) - set(tokens_without_model(mapping))
    return [name for name in sample.names if name not in taken and sample.is_number(name) and not _is_surely_none(name)]


def tokens_without_model(mapping: ColumnMapping) -> tuple[str, ...]:
    """The names of tokens that are not read, for a row has no model, or not both of input and output."""
    if mapping.has_tokens:
        return ()
    return tuple(name for ours in TOKEN_COLUMNS for name in mapping.names(ours))


def _is_surely_none(name: str) -> bool:
    plain = letters(name)
    return plain in ("", "id", "index", "row") or plain.endswith("id") or plain.startswith("unnamed")


def _is_feature(sample: Sample, name: str) -> bool:
    """Whether a column of a wide table can be a feature: most of what it holds looks like a number, or it holds nothing.

    Money, epochs, years, flags, codes, ids and latencies are numbers, too, and no usage.
    """
    values = sample.values(name)
    if is_no_feature(name):
        return False
    if values and all(_EPOCH.fullmatch(value) for value in values):
        return False
    numbers = sum(_LOOKS_LIKE_A_NUMBER.fullmatch(value) is not None for value in values)
    return 2 * numbers >= len(values)


def is_totals(sample: Sample, mapping: ColumnMapping) -> bool:
    """Whether rows read through this mapping look like totals: whole days or hours, each customer and feature once in each."""
    if mapping.value is None or mapping.event_id is not None or mapping.timestamp is None or len(sample.rows) < 2:
        return False
    named = [mapping.customer_id, mapping.feature, *mapping.names("timestamp")]
    keys = [tuple(row.get(name) for name in named if name is not None) for row in sample.rows]
    units = [float(value) for value in sample.values(mapping.value) if NUMBER.fullmatch(value)]
    in_parts = mapping.calculation("timestamp").operation in IN_PARTS
    in_steps = in_parts or are_ranges(sample.values(mapping.timestamp)) or step_of(sample, mapping.timestamp) is not None
    return in_steps and len(set(keys)) == len(keys) and max(units, default=0) > 1


def step_of(sample: Sample, name: str) -> Step | None:
    """Whether the times in a column are all whole days, or all whole hours."""
    times = sample.values(name)
    for step, texts, seconds in (("day", _DAYS, 86400), ("hour", _HOURS, 3600)):
        if times and all(texts.fullmatch(time) or _divides(seconds, time) for time in times):
            return "day" if step == "day" else "hour"
    return None


def unused_numbers(sample: Sample, mapping: ColumnMapping) -> list[str]:
    """Columns of numbers that a mapping leaves out and that look like usage: of a wide table all of them."""
    left = left_out_numbers(sample, mapping)
    if mapping.features:
        return left
    if not (mapping.has("value") or mapping.has_tokens):
        left += [name for name in sample.names if _is_a_length_of_time(sample, name)]
        return [name for name in left if not is_no_usage(letters(name)) or letters(name) in _MAY_BE_THE_VALUE]
    return [name for name in left if _LOOKS_LIKE_USAGE.search(letters(name)) and not is_money(letters(name))]


def lengths_of_time(sample: Sample, mapping: ColumnMapping) -> list[str]:
    """Columns that hold how long something took, where nothing is read for the value."""
    if mapping.has("value") or mapping.has_tokens or mapping.features:
        return []
    return [name for name in sample.names if _is_a_length_of_time(sample, name)]


def _is_a_length_of_time(sample: Sample, name: str) -> bool:
    """Whether a column holds how long something took: `00:05:30` under `duration`."""
    values = sample.values(name)
    return letters(name) in _MAY_BE_THE_VALUE and bool(values) and all(_LENGTH.fullmatch(value) for value in values)


def doubtful_length(values: Sequence[str]) -> str | None:
    """What is said of the first length of time with a single colon, which is read in no unit; None where there is none."""
    text = next((value for value in values if _DOUBTFUL_LENGTH.fullmatch(value)), None)
    if text is None:
        return None
    return f"{text!r} may be hours and minutes or minutes and seconds: write all three, such as 01:30:00 or 00:01:30"


def _divides(seconds: int, time: str) -> bool:
    """Whether a number since 1970, in seconds or milliseconds, is a whole number of these steps."""
    if _SECONDS.fullmatch(time) is None:
        return False
    return int(time[:10] if len(time) > 10 else time) % seconds == 0

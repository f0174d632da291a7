"""How the cells of a file are read, to choose: which rows, numbers, dates, the zone of times, and what cache columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import available_timezones

import streamlit as st

from commet_core.catalog.model_prices import PriceBook
from commet_core.usage.ingest import FileShape
from commet_core.usage.ingest.recognise.columns import ColumnMapping
from commet_core.usage.ingest.recognise.saved_mapping import SavedMapping
from pages.usage_intake.column_choice import file_key

NUMBERS: Final = {
    "point": ("1,234.5", {"decimal": ".", "thousands": ","}),
    "comma": ("1.234,5", {"decimal": ",", "thousands": "."}),
}
DATES: Final = {
    "%d/%m/%Y": "31/01/2026, the day first",
    "%m/%d/%Y": "01/31/2026, the month first",
    "%d.%m.%Y": "31.01.2026",
    "%m/%d/%y": "1/31/26, the month first",
    "%d-%b-%Y": "31-Jan-2026",
}
CACHE: Final = {
    "included": "part of the input tokens, as OpenAI and Google count",
    "additional": "on top of the input tokens, as Anthropic and Cursor count",
}
HELD: Final = "held"
COUNTS: Final = {
    "max": "the highest of a month's reports",
    "last": "the last report of a month",
    "average": "the mean of a month's reports",
    "unique": "how many different values a month has",
    HELD: "each: seats or a quota, held until the next",
}
RULES: Final = ("where", "numbers", "time_zone", "cache", "models", "count", "levels")
"""The keys of a mapping that this form says."""
MODELS_ASKED: Final = 10
TEXTS_MAX: Final = 30
"""A column with more different texts among the first rows is no kind of row."""


def rules(shape: FileShape, mapping: ColumnMapping, said: SavedMapping | None) -> dict[str, Any]:
    """What is said in the form, as a saved mapping says it; `format` stands for that of times."""
    now = said or SavedMapping()
    found: dict[str, Any] = {"where": _filters(shape, dict(now.where or {}) or dict(mapping.rules.where))}
    left, middle, right = st.columns(3)
    with left:
        found["numbers"] = _numbers(shape, now)
    with middle:
        found["format"] = _format(shape, mapping)
    with right:
        found["time_zone"] = _zone(shape, now)
    found["cache"] = _cache(shape, mapping, now)
    found["models"] = _models(shape, mapping, now)
    found |= _levels(shape, mapping, now)
    return {key: value for key, value in found.items() if value}


def _filters(shape: FileShape, now: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Column → texts of the rows that are read: those there are, and one more to choose."""
    kinds = [name for name in shape.names if 1 <= len(set(shape.sample.values(name))) <= TEXTS_MAX]
    found: dict[str, list[str]] = {}
    for place, (column, texts) in enumerate([*now.items(), (None, ())]):
        left, right = st.columns(2, vertical_alignment="bottom")
        options = list(dict.fromkeys([*now, *kinds]))
        chosen = left.selectbox(
            "Only rows where" if place == 0 else "and where",
            [None, *options],
            index=0 if column is None else 1 + options.index(column),
            format_func=lambda name: "every row is read" if name is None else name,
            key=f"usage_where_{place}_{file_key(shape)}",
        )
        if chosen is None:
            continue
        there = list(dict.fromkeys([*texts, *shape.sample.values(chosen)]))
        wanted = right.multiselect(
            "is one of",
            there,
            default=list(texts) if chosen == column else [],
            accept_new_options=True,
            placeholder="Choose the texts of rows to read",
            key=f"usage_where_texts_{place}_{chosen}_{file_key(shape)}",
        )
        found |= {chosen: wanted} if wanted else {}
    return found


def _numbers(shape: FileShape, now: SavedMapping) -> dict[str, str] | None:
    saved = None if now.numbers is None else ("comma" if now.numbers["decimal"] == "," else "point")
    chosen = _choice("Numbers are written", "numbers", shape, {code: words for code, (words, _) in NUMBERS.items()}, saved)
    return None if chosen is None else NUMBERS[chosen][1]


def _format(shape: FileShape, mapping: ColumnMapping) -> str | None:
    saved = next(iter(mapping.rules.time_formats), None)
    options = DATES if saved is None else {**DATES, saved: DATES.get(saved, saved)}
    hint = "Or write a format, as `%d.%m.%Y %H:%M`."
    return _choice("Dates are written", "dates", shape, options, saved, accept_new_options=True, help=hint)


def _zone(shape: FileShape, now: SavedMapping) -> str | None:
    zones = {zone: zone for zone in sorted({*available_timezones(), *([now.time_zone] if now.time_zone else [])})}
    return _choice("Zone of times that name none", "zone", shape, zones, now.time_zone, "as the file shows, else UTC")


def _choice(
    label: str,
    rule: str,
    shape: FileShape,
    options: Mapping[str, str],
    saved: str | None,
    usual: str = "as the file shows",
    **further: Any,
) -> str | None:
    """One of the options (value → label), at first the one that is saved, or None for what is usual."""
    values = [None, *options]
    return st.selectbox(
        label,
        values,
        index=values.index(saved) if saved in values else 0,
        format_func=lambda value: usual if value is None else options.get(value, value),
        key=f"usage_{rule}_{file_key(shape)}",
        **further,
    )


def _levels(shape: FileShape, mapping: ColumnMapping, now: SavedMapping) -> dict[str, Any]:
    """The rules `count` and `levels`: features that are levels; which of a month's reports counts, or that each holds."""
    said: dict[str, str] = {**dict.fromkeys(now.levels or (), HELD), **(now.count or {})}
    chosen = _hows(shape, mapping, said)
    held = [feature for feature, how in chosen.items() if how == HELD]
    return {"count": {feature: how for feature, how in chosen.items() if how != HELD}, "levels": held}


def _hows(shape: FileShape, mapping: ColumnMapping, said: dict[str, str]) -> dict[str, str]:
    """How each feature that is a level is read."""
    there = [text for name in mapping.names("feature") for text in shape.sample.values(name)]
    features = list(dict.fromkeys([*said, *there, *(feature for feature, _ in mapping.features)]))
    if not features or len(features) > TEXTS_MAX:
        return said
    left, right = st.columns(2, vertical_alignment="bottom")
    levels = left.multiselect(
        "Levels that are reported again and again",
        features,
        default=list(said),
        placeholder="None: all values are added up",
        help="Such as storage or seats: of each customer one value a calendar month counts, or so many are held until the next row.",
        key=f"usage_levels_{file_key(shape)}",
    )
    if not levels:
        return {}
    options = list(COUNTS)
    how = right.selectbox(
        "Of them counts",
        options,
        index=options.index(said.get(levels[0], "max")),
        format_func=COUNTS.__getitem__,
        key=f"usage_count_{file_key(shape)}",
    )
    return {feature: said[feature] if feature in said and said[feature] != said.get(levels[0]) else how for feature in levels}


def _models(shape: FileShape, mapping: ColumnMapping, now: SavedMapping) -> dict[str, str]:
    """For each name among the first rows that no model has: which one is meant."""
    said = dict(now.models or {})
    named = dict.fromkeys(text for name in mapping.names("model") for text in shape.sample.values(name))
    unknown = [name for name in named if name in said or PriceBook.of().find(name) is None] if mapping.has_tokens else []
    meant = {
        name: st.text_input(
            f"Which model is “{name}”?",
            said.get(name, ""),
            placeholder="gpt-5-mini",
            key=f"usage_model_{name}_{file_key(shape)}",
        ).strip()
        for name in unknown[:MODELS_ASKED]
    }
    return {**said, **{name: model for name, model in meant.items() if model}}


def _cache(shape: FileShape, mapping: ColumnMapping, now: SavedMapping) -> str | None:
    if not (mapping.has("cache_read_tokens") or mapping.has("cache_write_tokens")):
        return None
    known = mapping.rules.cache
    usual = f"as known of this kind: {CACHE[known].partition(',')[0]}" if known else "as the file shows"
    return _choice("Tokens of the cache are", "cache", shape, CACHE, now.cache, usual)

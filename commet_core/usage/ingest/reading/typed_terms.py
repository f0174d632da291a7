"""Columns that have types, in SQL: as texts where their type is none that DuckDB's texts, numbers and times are."""

from __future__ import annotations

from typing import Final

from commet_core.usage.ingest.reading.usage_query import Term

BYTES: Final = "BLOB"
DURATIONS: Final = {"DURATION_S": 1, "DURATION_MS": 10**3, "DURATION_US": 10**6, "DURATION_NS": 10**9}
"""Lengths of time, which Arrow writes into Parquet and DuckDB takes for integers: their type here, and how many make a second."""

_UTF8: Final = (
    "(0[1-9A-F]|[1-7].|(C[2-9A-F]|D.)[89AB].|E0[AB].[89AB].|E[1-9A-CEF]([89AB].){2}|ED[89].[89AB]."
    "|F0[9AB].([89AB].){2}|F[1-3]([89AB].){3}|F48.([89AB].){2})*"
)
"""Bytes, as hexadecimal digits, that are text without a NUL. DuckDB's own look at them takes long where they are none."""


def typed_term(column: str, kind: str) -> Term:
    """A column by its type; bytes and lengths of time as texts."""
    return Term(as_text(column, kind)) if kind == BYTES or kind in DURATIONS else Term(column, kind)


def as_text(column: str, kind: str) -> str:
    """What a column holds as text: of a MAP that of an object, bytes that are no text in hexadecimal digits."""
    if kind.startswith("MAP("):
        return f"CAST(to_json({column}) AS VARCHAR)"
    if kind == BYTES:
        return _text_of_bytes(column)
    return _length_of_time(column, DURATIONS[kind]) if kind in DURATIONS else f"CAST({column} AS VARCHAR)"


def _text_of_bytes(column: str) -> str:
    ascii_text = f"CAST({column} AS VARCHAR)"  # other bytes, and \\, are \\xFF in it
    return f"""CASE WHEN NOT contains({ascii_text}, '\\x') THEN {ascii_text}
        WHEN regexp_full_match(hex({column}), '{_UTF8}') THEN decode({column}) ELSE lower(hex({column})) END"""


def _length_of_time(ticks: str, per_second: int) -> str:
    """Hours, minutes and seconds: `26:30:00.5`."""
    length, decimals = f"abs(CAST({ticks} AS HUGEINT))", len(str(per_second)) - 1
    sizes = (f"{length} // {3600 * per_second}", f"{length} // {60 * per_second} % 60", f"{length} // {per_second} % 60")
    clock = ", ".join(f"CAST({size} AS BIGINT)" for size in sizes)
    fraction = f"rtrim(printf('.%0{decimals}d', CAST({length} % {per_second} AS BIGINT)), '.0')" if decimals else "''"
    sign = f"CASE WHEN {ticks} < 0 THEN '-' ELSE '' END"
    return f"CASE WHEN {ticks} IS NOT NULL THEN printf('%s%02d:%02d:%02d%s', {sign}, {clock}, {fraction}) END"

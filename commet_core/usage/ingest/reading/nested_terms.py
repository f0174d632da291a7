"""Values inside objects, in SQL: of structs by their keys, of JSON by a pointer."""

from __future__ import annotations

from collections.abc import Sequence

from commet_core.usage.ingest.reading.duckdb_sources import text_literal


def pointer(keys: Sequence[str]) -> str:
    """The JSON pointer to a value: `/payload/value`."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def in_struct(column: str, keys: Sequence[str]) -> str:
    """A value inside a column of structs."""
    for key in keys:
        column = f"struct_extract({column}, {text_literal(key)})"
    return column


def in_json(text: str, keys: Sequence[str]) -> str:
    """The text of a value inside JSON; NULL where the text is no JSON."""
    return f"json_extract_string({json_or_null(text)}, {text_literal(pointer(keys))})"


def json_or_null(text: str) -> str:
    """A text where it is JSON, else NULL."""
    return f"CASE WHEN json_valid({text}) THEN {text} END"

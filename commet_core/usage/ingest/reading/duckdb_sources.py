"""DuckDB as it is used here: its settings, and files as it reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from commet_core.foundation.derived import cached_property

PARQUET_SOURCE: Final = "read_parquet($path, binary_as_string = false, can_have_nan = true, hive_partitioning = false)"
"""can_have_nan: the statistics of a Parquet column leave NaN out, and DuckDB would take a check against them for settled."""

ARROW_SOURCE: Final = "arrow_rows"
"""The name under which rows in Arrow batches are registered."""

DOCUMENT_BYTES_MIN: Final = 16 << 20
DOCUMENT_BYTES_MAX: Final = 1 << 30
PACKED_AT_MOST: Final = 30
"""Bytes of one JSON document; and how much larger than its gzip it is taken to be at most."""

MEMORY_MIN: Final = 256 << 20
"""Bytes that DuckDB needs to read files at all."""


def reading_settings(folder: Path, memory_limit: int | None) -> dict[str, str]:
    """For `lent_duckdb`. folder: where it spills what goes beyond its memory; memory_limit: bytes."""
    limit = {} if memory_limit is None else {"memory_limit": f"{max(memory_limit, MEMORY_MIN)} B"}
    return {"temp_directory": str(folder), **limit}


class Later:
    """A connection that is made when it is first used: many files need none."""

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect

    def __getattr__(self, name: str) -> Any:
        self.__dict__.update({name: getattr(self._connected, name)})
        return self.__dict__[name]

    @cached_property
    def _connected(self) -> duckdb.DuckDBPyConnection:
        return self._connect()


def literal_path(path: Path) -> str:
    """A path for DuckDB, whose `*`, `?` and `[` stand for themselves."""
    return re.sub(r"([*?\[])", r"[\1]", str(path.absolute()))


def identifier(name: str) -> str:
    """The name of a column, quoted."""
    return '"' + name.replace('"', '""') + '"'


def array_source(compressed: bool) -> str:
    """The elements of a JSON array as DuckDB reads them, of the file `$path`."""
    compression = "gzip" if compressed else "none"
    return f"read_json_objects($path, format = 'array', compression = '{compression}', hive_partitioning = false)"


def documents_source(path: Path, compressed: bool) -> str:
    """JSON documents one after the other, over several lines each if need be, of the file `$path`."""
    compression = "gzip" if compressed else "none"
    largest = max(DOCUMENT_BYTES_MIN, path.stat().st_size * (PACKED_AT_MOST if compressed else 1) + 1)
    options = f"format = 'unstructured', compression = '{compression}', hive_partitioning = false"
    return f"read_json_objects($path, {options}, maximum_object_size = {min(largest, DOCUMENT_BYTES_MAX)})"


def unfolded_source(documents: str, path: Sequence[str], *, around: bool) -> str:
    """The rows under a path of arrays, and of objects that hold them, as `json_envelopes.unfolded` has them."""
    source = f"(SELECT json FROM {documents})"  # noqa: S608  (made here)
    for key in path:
        pointer = text_literal("/" + key.replace("~", "~0").replace("/", "~1"))
        within = f"json_extract(json, {pointer})"
        parts = (
            f"CASE json_type({within}) WHEN 'ARRAY' THEN from_json({within}, '[\"JSON\"]') WHEN 'OBJECT' THEN [{within}] END"
        )
        inner = f"unnest({parts})"
        without = f"json_merge_patch(json, {text_literal(json.dumps({key: None}))})"
        source = f"(SELECT {without} AS around, {inner} AS inside FROM {source})"  # noqa: S608
        row = "json_merge_patch(around, inside)" if around else "inside"
        source = f"(SELECT CASE WHEN json_type(inside) = 'OBJECT' THEN {row} ELSE inside END AS json FROM {source})"  # noqa: S608
    return source


def text_literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

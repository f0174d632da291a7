"""DuckDB as it is used here: its settings, and files as it reads them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import duckdb

PARQUET_SOURCE: Final = "read_parquet($path, binary_as_string = true, can_have_nan = true, hive_partitioning = false)"
"""can_have_nan: the statistics of a Parquet column leave NaN out, and DuckDB would take a check against them for settled."""

ARROW_SOURCE: Final = "arrow_rows"
"""The name under which rows in Arrow batches are registered."""

MEMORY_MIN: Final = 256 << 20
"""Bytes that DuckDB needs to read files at all."""


def connect(folder: Path | None = None, memory_limit: int | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB of its own in this process: times in UTC, nothing downloaded, nothing taken from Python's variables.

    folder: where it spills what goes beyond its memory; memory_limit: bytes.
    """
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    if folder is not None:
        connection.execute("SET temp_directory = $folder", {"folder": str(folder)})
    if memory_limit is not None:
        connection.execute(f"SET memory_limit = '{max(memory_limit, MEMORY_MIN)} B'")
    return connection


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

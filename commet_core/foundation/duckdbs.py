"""DuckDBs in memory, handed on from one user to the next: to begin one takes longer than most of what is asked of it."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "disabled_optimizers": "in_clause",
}

_IDLE: Final[dict[int, list[duckdb.DuckDBPyConnection]]] = {}
"""By process: one that was forked has none of the threads of the one before."""
_IDLE_MAX: Final = 2


@contextmanager
def lent_duckdb(**settings: str | int) -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty DuckDB that is nobody else's meanwhile: times in UTC, nothing downloaded, nothing taken from Python's variables.

    Rows come in the order of the file, which decides what is admitted: a list after IN stays a list, as the join that
    DuckDB would make of a long one keeps no order.

    settings: by DuckDB's names, in force until it is given back. One that spilled to disk, or in which something went wrong, is ended.
    """
    idle = _IDLE.setdefault(os.getpid(), [])
    try:
        database = idle.pop()
    except IndexError:
        database = duckdb.connect(config=_CONFIG)
        database.execute("SET GLOBAL TimeZone = 'UTC'")
    is_whole = False
    try:
        with database.cursor() as connection:
            for name, value in settings.items():
                connection.execute(f"SET GLOBAL {name} = $value", {"value": value})
            yield connection
        is_whole = _is_as_new(database, settings)
    finally:
        if is_whole and len(idle) < _IDLE_MAX:
            idle.append(database)
        else:
            database.close()


def _is_as_new(database: duckdb.DuckDBPyConnection, settings: dict[str, str | int]) -> bool:
    """Whether the settings are set back. The folder for what goes beyond memory is not changed once it is in use."""
    try:
        for name in settings:
            database.execute(f"RESET GLOBAL {name}")
    except duckdb.NotImplementedException:
        return False
    return True


atexit.register(_IDLE.clear)

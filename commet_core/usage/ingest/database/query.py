"""Usage from Postgres: the rows of a query, streamed through ADBC in batches and read by the same rules as a file.

    source = usage_source("postgresql://reader:password@host/shop", "SELECT customer_id, at AS timestamp, … FROM events")
    ingested = read([source])

The transaction is read-only, has a time limit, and counts in UTC, so that `at::date` is the same day for everyone. Numbers
keep every digit: `numeric` comes as text. A type that usage has no use for (an interval, an array, an address) comes as the
text that Postgres writes for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commet_core.foundation.errors import InputError, Problem
from commet_core.usage.ingest.database.errors import no_rows, not_a_query, query_problem
from commet_core.usage.ingest.database.sql_text import one_statement
from commet_core.usage.ingest.database.stream import Batches, driver, readable_schema, reading_cursor
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.duckdb_sources import identifier
from commet_core.usage.ingest.recognise.file_shape import PREVIEW_ROWS, SNIFFED_ROWS, FileShape
from commet_core.usage.ingest.recognise.inspection import inspect

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

TIMEOUT_SECONDS: Final = 600
TIMEOUT_SECONDS_MAX: Final = 2_000_000
QUERY_NAME: Final = "SQL query"

NOT_BY_COPY: Final = {"adbc.postgresql.use_copy": "false"}
"""The driver copies a query's rows, which Postgres does for no other statement."""

_NUMBERS: Final = ("int2", "int4", "int8", "float4", "float8", "numeric")
_TIMES_AND_JSON: Final = ("date", "timestamp", "timestamptz", "json", "jsonb")
"""Types, beside those of text, that the driver gives as they are meant. (It gives money as its cents, an address as bytes.)"""


@dataclass(frozen=True)
class _Query:
    """A query that the server has prepared. statement: what is run; text: what was given, which messages speak of."""

    name: str
    text: str
    statement: str
    schema: pa.Schema
    rows: int
    timeout_seconds: float
    server_files_allowed: bool


def usage_source(
    url: str,
    query: str,
    name: str = QUERY_NAME,
    timeout_seconds: float = TIMEOUT_SECONDS,
    waiting: Callable[[], None] | None = None,
    *,
    server_files_allowed: bool = False,
) -> ArrowSource:
    """The rows of a query, for `ingest.read`. The query is checked here, and runs when it is read.

    name: as messages and rejects give it; timeout_seconds: for the query with the reading of its rows. waiting: called
    several times a second until the first rows come; what it raises stops the query. server_files_allowed: as `reading_cursor`
    takes it. Raises InputError.
    """
    prepared = _prepared(url, query, name, timeout_seconds, server_files_allowed)

    def rows() -> AbstractContextManager[pa.RecordBatchReader]:
        return _running(url, prepared, waiting)

    def first() -> AbstractContextManager[pa.RecordBatchReader]:
        return _running(url, _selected(prepared, limit=SNIFFED_ROWS), waiting)

    return ArrowSource(name, rows, prepared.rows, readable_schema(prepared.schema), first)


def usage_sources(
    url: str,
    queries: Sequence[tuple[str, str]],
    timeout_seconds: float = TIMEOUT_SECONDS,
    *,
    server_files_allowed: bool = False,
) -> list[ArrowSource]:
    """One source for each (name, query). Raises InputError with the problems of all of them."""
    sources: list[ArrowSource] = []
    problems: list[Problem] = []
    for name, query in queries:
        try:
            sources.append(usage_source(url, query, name, timeout_seconds, server_files_allowed=server_files_allowed))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(dict.fromkeys(problems))
    return sources


def preview(
    url: str,
    query: str,
    name: str = QUERY_NAME,
    timeout_seconds: float = TIMEOUT_SECONDS,
    *,
    server_files_allowed: bool = False,
) -> FileShape:
    """The first rows of a query, and the mapping that its columns suggest; `rows` is the server's guess. Raises InputError."""
    prepared = _prepared(url, query, name, timeout_seconds, server_files_allowed)
    first = _selected(prepared, limit=PREVIEW_ROWS)
    return inspect(ArrowSource(name, lambda: _running(url, first), prepared.rows))


def _prepared(url: str, query: str, name: str, timeout_seconds: float, server_files_allowed: bool) -> _Query:
    """The query, checked by the server: its names, its types, and about how many rows it gives. It does not run."""
    if not 0 < timeout_seconds <= TIMEOUT_SECONDS_MAX:
        fix = f"Give more than 0 and at most {TIMEOUT_SECONDS_MAX:,} seconds"
        raise InputError.of(name, f"a time limit of {timeout_seconds:g} seconds is not possible", fix)
    statement = one_statement(query, name)
    reading = reading_cursor(url, timeout_seconds, server_files_allowed=server_files_allowed)
    with reading as cursor, _explained(name, query, timeout_seconds):
        schema = cursor.adbc_execute_schema(query)
        if not len(schema):
            raise not_a_query(name)
        rows = _rows_guessed(cursor, statement, name)
    prepared = _Query(name, query, statement, schema, rows, timeout_seconds, server_files_allowed)
    return prepared if all(_cast(field) is None for field in schema) else _selected(prepared)


def _rows_guessed(cursor: Cursor, statement: str, name: str) -> int:
    """The number of rows that the server expects. Raises InputError for what has no plan, and so no rows to stream."""
    cursor.adbc_statement.set_options(**NOT_BY_COPY)
    try:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
    except driver().ProgrammingError as error:
        if error.sqlstate == "42601":
            raise not_a_query(name) from None
        raise
    ((plan,),) = cursor.fetchall()
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"])


def _selected(query: _Query, limit: int | None = None) -> _Query:
    """The same columns of the same rows, of types that can be read; limit: no more rows than these."""
    columns = [f"c{index}" for index in range(len(query.schema))]
    casts = [_cast(field) for field in query.schema]
    terms = [
        f"{column}{f'::{cast}' if cast else ''} AS {identifier(field.name)}"
        for column, cast, field in zip(columns, casts, query.schema, strict=True)
    ]
    statement = f"SELECT {', '.join(terms)} FROM ({query.statement}) AS usage({', '.join(columns)})"  # noqa: S608  (the user's query)
    statement += f" LIMIT {limit}" if limit is not None else ""
    fields = [pa.field(field.name, pa.string()) if cast else field for field, cast in zip(query.schema, casts, strict=True)]
    return replace(query, statement=statement, schema=pa.schema(fields))


def _cast(field: pa.Field) -> str | None:
    """The type that the server has to give instead, so that every value can be read as it is meant."""
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    if pa.types.is_string(field.type) or kind in _NUMBERS + _TIMES_AND_JSON:
        return None
    return "numeric::text" if kind == "money" else "text"


@contextmanager
def _running(url: str, query: _Query, waiting: Callable[[], None] | None = None) -> Iterator[pa.RecordBatchReader]:
    """The rows of a query that runs; on leaving it ends. Raises InputError for whatever went wrong meanwhile."""
    reading = reading_cursor(url, query.timeout_seconds, server_files_allowed=query.server_files_allowed)
    with reading as cursor, Batches(cursor, query.statement) as batches:
        try:
            rows = batches.await_first(waiting)
            if rows is not None:
                yield rows
        except Exception:
            if batches.error is None:
                raise
            raise query_problem(query.name, query.text, batches.error, query.timeout_seconds) from None
    if rows is None:
        raise no_rows(query.name)


@contextmanager
def _explained(name: str, text: str, timeout_seconds: float) -> Iterator[None]:
    """What the driver raises, as a problem of the query."""
    try:
        yield
    except driver().Error as error:
        raise query_problem(name, text, error, timeout_seconds) from None

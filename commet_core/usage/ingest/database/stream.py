"""A query that runs on Postgres: a connection that only reads, and the batches of rows as they arrive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc

from commet_core.usage.ingest.database.errors import (
    connection_problem,
    driver_missing,
    too_many_queries,
    too_many_rights,
    url_problem,
)

if TYPE_CHECKING:
    from adbc_driver_manager.dbapi import Cursor

CONNECT_SECONDS_MAX: Final = 10
WAITING_SECONDS: Final = 0.2

_SETTINGS: Final = ("SET TRANSACTION READ ONLY", "SET LOCAL TimeZone = 'UTC'", "SET LOCAL statement_timeout = {milliseconds}")
"""Of the transaction alone: a pool hands the session on to others."""

_INFINITE: Final = (
    (pa.types.is_timestamp, pa.int64(), -9_222_425_352_054_775_809, 2**63 - 1),
    (pa.types.is_timestamp, pa.int64(), -9_222_425_352_054_775_808, 1 - 2**63),
    (pa.types.is_date, pa.int32(), -2_147_472_692, 2**31 - 1),
    (pa.types.is_date, pa.int32(), -2_147_472_691, 1 - 2**31),
)
"""`infinity` and `-infinity` as the driver gives them, who counts on from 1970 what Postgres counts from 2000, and in Arrow."""


def driver() -> Any:
    """ADBC's module for Postgres, which is an extra. Raises InputError where it is not installed."""
    try:
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415  (files are read without it)
    except ImportError:
        raise driver_missing() from None
    return dbapi


_SERVER_FILES: Final = """SELECT EXISTS (SELECT FROM pg_roles AS mine, pg_roles AS mighty
    WHERE mine.rolname IN (session_user, current_user) AND pg_has_role(mine.oid, mighty.oid, 'member') AND (mighty.rolsuper
    OR mighty.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')))"""
"""Whether the user, or the one it has become, may read files of the server's machine, or run programs there."""

QUERIES_AT_ONCE: Final = 4
FREE_SECONDS_MAX: Final = 10
"""How long one more query waits for one of these to end."""
_RUNNING: Final = threading.BoundedSemaphore(QUERIES_AT_ONCE)


@contextmanager
def reading_cursor(url: str, timeout_seconds: float, *, server_files_allowed: bool = False) -> Iterator[Cursor]:
    """A cursor in a transaction that cannot write, counts in UTC, and limits the time of each statement.

    server_files_allowed: the user may have rights over files of the server's machine. Raises InputError where it has them and
    that is not allowed, where there is no driver or no connection, and where as many queries run as this program may run at once.
    """
    dbapi, url = driver(), url.strip()
    if (problem := url_problem(url)) is not None:
        raise problem
    if not _RUNNING.acquire(timeout=FREE_SECONDS_MAX):
        raise too_many_queries(QUERIES_AT_ONCE)
    try:
        with _connected(dbapi, url) as connection, connection.cursor() as cursor:
            for setting in _SETTINGS:
                cursor.execute(setting.format(milliseconds=max(1, round(timeout_seconds * 1000))))
            if not server_files_allowed:
                _check_rights(cursor)
            yield cursor
    finally:
        _RUNNING.release()


def _connected(dbapi: Any, url: str) -> Any:
    try:
        return dbapi.connect(_with_connect_timeout(url))
    except dbapi.Error as error:
        raise connection_problem(error) from None


def _check_rights(cursor: Cursor) -> None:
    cursor.execute(_SERVER_FILES)
    ((too_much,),) = cursor.fetchall()
    if too_much:
        raise too_many_rights()


class Batches:
    """The rows of a query in batches, the next one fetched while the last is used.

    The query is run and its rows are fetched in one thread of its own: whoever waits for them can be interrupted, and
    leaving the context ends the query on the server before its connection is closed. `error` is what ended it otherwise.
    """

    def __init__(self, cursor: Cursor, statement: str) -> None:
        self.error: Exception | None = None
        self._ended = False
        self._cursor = cursor
        self._rows: Iterator[pa.RecordBatch] = iter(())
        self._fetching = ThreadPoolExecutor(1, "query")
        self._next = self._fetching.submit(self._fetch, statement)

    def await_first(self, waiting: Callable[[], None] | None = None) -> pa.RecordBatchReader | None:
        """All rows, once the first are there; None where there is no row. waiting: called several times a second until then."""
        while not wait([self._next], WAITING_SECONDS).done:
            if waiting is not None:
                waiting()
        first = self._next.result()
        return None if first is None else pa.RecordBatchReader.from_batches(first.schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while (batch := self._next.result()) is not None:
            self._next = self._fetching.submit(self._fetch)
            yield batch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while not self._ended:
            with suppress(driver().Error):
                self._cursor.adbc_cancel()
            if wait([self._next], WAITING_SECONDS).done:
                break
        self._fetching.shutdown()

    def _fetch(self, statement: str | None = None) -> pa.RecordBatch | None:
        """The next batch that has rows, of a statement that is run first if it is given; None at the end."""
        try:
            if statement is not None:
                self._cursor.execute(statement)
                self._rows = (readable(batch) for batch in self._cursor.fetch_record_batch() if batch.num_rows)
            batch = next(self._rows, None)
        except (driver().Error, OSError, pa.ArrowException) as error:
            self.error = error
            self._ended = True
            raise
        self._ended = batch is None
        return batch


def readable_schema(schema: pa.Schema) -> pa.Schema:
    """The columns as plain Arrow types: `numeric` and `json` are text that says so."""
    return pa.schema([(field.name, getattr(field.type, "storage_type", field.type)) for field in schema])


def readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch in `readable_schema`."""
    columns = [getattr(column, "storage", column) for column in batch.columns]
    return pa.RecordBatch.from_arrays([_with_infinities(column) for column in columns], schema=readable_schema(batch.schema))


def _with_infinities(column: pa.Array) -> pa.Array:
    """Times and dates whose infinities are those of Arrow, so that a reject shows them as what they are."""
    for is_meant, count, wrapped, infinite in _INFINITE:
        if is_meant(column.type):
            counts = column.view(count)
            found = pc.equal(counts, pa.scalar(wrapped, count))
            if found.true_count:
                column = pc.if_else(found, pa.scalar(infinite, count), counts).view(column.type)
    return column


def _with_connect_timeout(url: str) -> str:
    query = urlsplit(url).query
    return url if "connect_timeout=" in query else f"{url}{'&' if query else '?'}connect_timeout={CONNECT_SECONDS_MAX}"

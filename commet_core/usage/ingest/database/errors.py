"""What Postgres and its driver report, as problems that a person can act on. No part of a password is in any of them."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.database.sql_text import place

DATABASE: Final = "database"
URL_EXAMPLE: Final = "postgresql://user:password@host:5432/database"
SCHEMES: Final = ("postgresql", "postgres")

READS_ONLY: Final = "Usage is read in a transaction that cannot write. Write a SELECT"

_CONNECTION_CAUSES: Final = (
    ("password authentication failed", "Check the user and the password in the URL"),
    ("no password supplied", "Put the user's password into the URL"),
    ("Connection refused", "Check the host and the port in the URL, and that the server runs there"),
    ("could not translate host name", "Check the host in the URL"),
    ("timeout expired", "Check the host in the URL, and that a firewall lets this machine through"),
    ("SSL", "Check `sslmode` in the URL"),
    ("certificate", "Check `sslmode` and the certificates in the URL"),
    ("does not exist", "Check the database in the URL"),
)
"""Part of what libpq or the server says, and what to do then."""

_QUERY_FIXES: Final = {
    "42P01": "Check the table's name and its schema",
    "42703": "Check the column's name",
    "42601": "Correct the query there",
    "42501": "Ask for the right to read it, or use a URL of a user who has it",
    "25006": READS_ONLY,
    "0A000": READS_ONLY,
}
"""By SQLSTATE."""


def url_problem(url: str) -> InputError | None:
    """What is wrong with the URL of a database, as far as the text shows it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return wrong_url()
    if parts.scheme not in SCHEMES or not url.startswith(f"{parts.scheme}://"):
        return wrong_url()
    if url.count("@") > 1 or "#" in url or ("@" in url and "@" not in parts.netloc):
        fix = "Write @ as %40, / as %2F, # as %23, ? as %3F and % as %25 in them"
        return InputError.of(DATABASE, "the user or the password in its URL has a character with a meaning of its own", fix)
    return None


def wrong_url() -> InputError:
    """The error of a URL that cannot be read. The URL is not in it, as it may hold a password."""
    return InputError.of(DATABASE, "its URL cannot be read", f"Write it as {URL_EXAMPLE}")


def connection_problem(error: Exception) -> InputError:
    """Why there is no connection: what libpq says after the address, or of the host. Anything else it says may quote the URL."""
    found = re.search(r"connection to server .+ failed: .+|could not translate host name .+", str(error))
    if found is None and "Failed to connect" not in str(error):
        return InputError.of(DATABASE, "it does not answer as Postgres does", "Check that the URL is that of a Postgres server")
    if found is None:
        return wrong_url()
    said = found.group().strip()
    fix = next((fix for cause, fix in _CONNECTION_CAUSES if cause in said), "Check the URL, or ask who runs the server")
    _, refused, reason = said.partition("FATAL: ")
    return InputError.of(DATABASE, f"the server refuses: {reason.strip()}" if refused else f"it cannot be reached: {said}", fix)


def query_problem(name: str, text: str, error: Exception, timeout_seconds: float) -> InputError:
    """Why a query does not work, with its place in the text where the server gives one."""
    reported = {key.removeprefix("PG_DIAG_"): value.decode("utf-8", "replace") for key, value in _details(error)}
    state = getattr(error, "sqlstate", None) or ""
    what = reported.get("MESSAGE_PRIMARY") or _sentence(str(error))
    if "statement timeout" in what:
        fix = "Narrow it down to fewer rows, or allow it more time (--sql-timeout)"
        return InputError.of(name, f"the query did not end within {timeout_seconds:g} s", fix)
    if "read-only transaction" in what:
        state = "25006"
    where = place(name, text, int(reported["STATEMENT_POSITION"]) - 1) if "STATEMENT_POSITION" in reported else name
    fix = reported.get("MESSAGE_HINT", "").rstrip(".") or _QUERY_FIXES.get(state, "Correct the query, and try it in psql")
    return InputError.of(where, what, fix)


def not_a_query(name: str) -> InputError:
    """The error of a statement that gives no rows, or none that can be streamed."""
    return InputError.of(name, "the statement is not a query that gives rows", READS_ONLY)


def no_rows(name: str) -> InputError:
    """The error of a query that finds nothing."""
    return InputError.of(name, "the query gives no rows", "Check its conditions, and that the URL names the right database")


def too_many_rights() -> InputError:
    """The error of a user whose queries could read the files of the server's machine."""
    fix = "Give the URL of a user who can only read tables; or allow it: --sql-superuser, on a server COMMET_USAGE_DATABASE_SUPERUSER=allowed"
    what = "the user of its URL is a superuser, or may read files of the server's machine, and every query could do the same"
    return InputError.of(DATABASE, what, fix)


def too_many_queries(most: int) -> InputError:
    """The error where as many queries run as may."""
    return InputError.of(DATABASE, f"{most} queries of this server run already", "Try again when one of them has ended")


def driver_missing() -> InputError:
    """The error where the optional driver is not installed."""
    fix = "Install it: pip install commet-simulator[postgres]"
    return InputError.of(DATABASE, "the driver for Postgres is not installed", fix)


def _details(error: Any) -> list[tuple[str, bytes]]:
    return [(key.decode() if isinstance(key, bytes) else key, value) for key, value in getattr(error, "details", None) or []]


def _sentence(text: str) -> str:
    """What the server says in the driver's message, its first line without the severity."""
    said = re.search(r"\]?: (?:ERROR|FATAL|PANIC): +(.+)", text) or re.search(r"(?:\[libpq\] )?(.+)", text)
    return said.group(1).strip().rstrip(".") if said else "the query failed"

"""Read-only links to one revision of a quote: 128 random bits, of which only a digest is kept; they end, and can be taken back."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, Row, insert, select, update

from commet_core.foundation.errors import InputError
from commet_core.foundation.patterns import late_pattern
from commet_core.workspace.opening import EVERYTHING, NAMED, in_words
from commet_core.workspace.quotes import SavedQuote, open_quote
from commet_core.workspace.schema import LINKS
from commet_core.workspace.settings import settings_of
from commet_core.workspace.workspace import Workspace, missing, moment_text

TOKEN_BYTES: Final = 16
DAYS_MAX: Final = 366

_TOKEN: Final = late_pattern(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Link:
    """A link as its workspace sees it, without the token, which nobody has but who was given it."""

    id: int
    quote: int
    revision: int
    made_by: str
    made_at: str
    expires_at: str
    revoked_at: str | None


def make_link(workspace: Workspace, quote: int, days: int, at: datetime) -> str:
    """The token of a new link to the latest revision, for so many days. It is told once. Raises InputError."""
    if not 1 <= days <= DAYS_MAX:
        raise InputError.of("days", f"a link cannot hold for {days} days", f"Give 1 to {DAYS_MAX}")
    found, token = open_quote(workspace, quote), secrets.token_hex(TOKEN_BYTES)
    row = {
        "workspace": workspace.id,
        "quote": quote,
        "revision": found.revision,
        "token_digest": _digest(token),
        "made_by": workspace.author,
        "made_at": moment_text(at),
        "expires_at": moment_text(at + timedelta(days=days)),
    }
    with workspace.writing() as connection:
        connection.execute(insert(LINKS).values(row))
        workspace.note(connection, at, "linked", f"quote {found.number}, revision {found.revision}")
    return token


def links(workspace: Workspace, quote: int) -> list[Link]:
    """The links to a quote, the newest first."""
    chosen = select(LINKS).where(workspace.rows(LINKS, LINKS.c.quote == quote)).order_by(LINKS.c.id.desc())
    with workspace.reading() as connection:
        rows = connection.execute(chosen).all()
    return [Link(row.id, row.quote, row.revision, row.made_by, row.made_at, row.expires_at, row.revoked_at) for row in rows]


def revoke_link(workspace: Workspace, link: int, at: datetime) -> None:
    """Takes a link back, for good. Raises InputError where this workspace has none of this number."""
    with workspace.writing() as connection:
        open_links = workspace.rows(LINKS, LINKS.c.id == link, LINKS.c.revoked_at.is_(None))
        if connection.execute(update(LINKS).where(open_links).values(revoked_at=moment_text(at))).rowcount != 1:
            raise missing("link", link)
        workspace.note(connection, at, "revoked", f"link {link}")


def quote_behind(engine: Engine, token: str, at: datetime) -> SavedQuote | None:
    """The revision that a link shows, and nothing else of its workspace; None where there is none, or no longer.

    The digest that is kept finds the row; that it is the token's is compared in constant time. Whatever is wrong with a token,
    the answer is the same.
    """
    row = _row_behind(engine, token, at)
    return None if row is None else open_quote(Workspace(engine, row.workspace), row.quote, row.revision)


def logo_behind(engine: Engine, token: str, at: datetime) -> bytes | None:
    """The logo, a PNG, that stands on the quote behind a link; None where there is none."""
    row = _row_behind(engine, token, at)
    return None if row is None else settings_of(Workspace(engine, row.workspace)).logo_png


def _row_behind(engine: Engine, token: str, at: datetime) -> Row[Any] | None:
    if not _TOKEN.fullmatch(token):
        return None
    digest, now = _digest(token), moment_text(at)
    named = engine.execution_options(**{NAMED: EVERYTHING})
    with in_words(engine), named.connect() as connection, connection.begin():
        row = connection.execute(select(LINKS).where(LINKS.c.token_digest == digest)).first()
    if row is None or not hmac.compare_digest(row.token_digest, digest):
        return None
    return row if row.revoked_at is None and row.made_at <= now < row.expires_at else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

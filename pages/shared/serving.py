"""The dashboard as a server: whom it listens to, the page behind a link to a quote, and where a sign-in leads back to.

`streamlit run app.py` imports `app.py`, which asks here what the server is made of, before it listens.
"""

from __future__ import annotations

import ipaddress
import sys
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

import streamlit as st
from starlette.datastructures import URL, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value

from commet_core.foundation.errors import InputError, Problem
from commet_core.reports.quotation import QuoteDocument, quotation, quote_document
from commet_core.reports.quotation.html import page, to_html
from commet_core.workspace.links import logo_behind, quote_behind
from pages.shared import login, workspaces

ALLOWED: Final = "--insecure-no-login"
GONE: Final = "There is no quote behind this link, or no longer. Ask whoever sent it for a new one."
LINKS: Final = "/q/"
REFUSED: Final = 2
"""The exit code of a server that does not begin to listen."""

_TARGET: Final = "sim_target"
_SIGNED_IN: Final = "_streamlit_user"
"""Cookies: where somebody wanted to go who had to sign in first; that of Streamlit's own with who has signed in."""

_TARGET_LETTERS_MAX: Final = 3500
_TARGET_SECONDS: Final = 900
_OF_STREAMLIT: Final = ("/_stcore/", "/static/", "/media/", "/component/", "/auth/", "/oauth2callback", "/app/", LINKS)
"""Paths that are no page."""

_FILES: Final = "/media/"


def refuse_or_go_on() -> None:
    """Ends the server before it listens, with 2 and in words, where its settings would let strangers in."""
    problems = login.problems() or _open_to_strangers()
    if problems:
        sys.stderr.write("".join(f"{problem}\n" for problem in problems))
        sys.exit(REFUSED)


def _open_to_strangers() -> list[Problem]:
    address = st.get_option("server.address") or "every address of this machine"
    if login.configured() or ALLOWED in sys.argv or _is_this_machine(address):
        return []
    what = "the dashboard would be open to whoever reaches it, and nobody would have to sign in"
    fix = f"Set a login up (docs/team.md), listen on 127.0.0.1, or say `-- {ALLOWED}` after app.py"
    return [Problem(f"listening on {address}", what, fix)]


def _is_this_machine(address: str) -> bool:
    try:
        return address == "localhost" or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def routes() -> list[Route]:
    """Pages that need no session."""
    return [Route(f"{LINKS}{{token:path}}", _linked_quote, methods=["GET", "HEAD"])]


def middleware() -> list[Middleware]:
    return [Middleware(OnlyThisMachine), Middleware(FilesForWhoHasSignedIn), Middleware(BackToWhereOneWanted)]


class OnlyThisMachine:
    """Without a login it answers on this machine's own address alone, whichever server runs the app and on whatever address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = (scope.get("server") or ("",))[0]
        if scope["type"] in ("http", "websocket") and not self._may(address):
            refused = PlainTextResponse("This dashboard has no login and answers on its own machine alone.\n", 403)
            await refused(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _may(self, address: str) -> bool:
        return _is_this_machine(address) or ALLOWED in sys.argv or login.configured()


class FilesForWhoHasSignedIn:
    """Downloads and pictures have addresses that nobody guesses; where people sign in, having one is not enough."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_FILES) and login.configured():
            cookie = HTTPConnection(scope).cookies.get(_SIGNED_IN, "")
            if decode_signed_value(get_cookie_secret(), _SIGNED_IN, cookie.encode("latin-1", "replace")) is None:
                await PlainTextResponse("Sign in first.\n", 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class BackToWhereOneWanted:
    """A sign-in ends on the first page; whoever came for another is led there, with all that its link holds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if asked is None or not _is_page(asked) or not login.configured():
            await self._app(scope, receive, send)
            return
        wanted = unquote(asked.cookies.get(_TARGET, ""))
        if _SIGNED_IN in asked.cookies:
            if asked.url.path == "/" and not asked.url.query and _is_path_here(wanted):
                back = RedirectResponse(wanted, 302)
                back.delete_cookie(_TARGET)
                await back(scope, receive, send)
                return
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _remembering(asked.url, send))


def _is_page(asked: HTTPConnection) -> bool:
    """Whether a browser wants a page, not a part of one."""
    return "text/html" in asked.headers.get("accept", "") and not asked.url.path.startswith(_OF_STREAMLIT)


def _is_path_here(wanted: str) -> bool:
    """Whether it is a path of this server, and leads nowhere else."""
    return wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable() and wanted != "/"


def _remembering(url: URL, send: Send) -> Send:
    """Sends with a cookie that says which page was asked for."""
    wanted = quote(url.path + (f"?{url.query}" if url.query else ""), safe="/")

    async def remembering(message: Message) -> None:
        if message["type"] == "http.response.start" and wanted != "/" and len(wanted) <= _TARGET_LETTERS_MAX:
            options = f"Path=/; Max-Age={_TARGET_SECONDS}; HttpOnly; SameSite=Lax" + (
                "; Secure" if url.scheme == "https" else ""
            )
            MutableHeaders(scope=message).append("set-cookie", f"{_TARGET}={wanted}; {options}")
        await send(message)

    return remembering


def _linked_quote(request: Request) -> HTMLResponse:
    """The quote behind a link; whatever is wrong with the link, the same answer, 410. Where it cannot be looked up, 503 for all."""
    try:
        link = (workspaces.database(), request.path_params["token"], workspaces.now())
        found = quote_behind(*link)
        shown = None if found is None else to_html(_document(found.quote_file().model_dump_json()), logo_behind(*link))
    except InputError:
        return _instead(503, "This quote cannot be shown at the moment. Try again later.")
    return _instead(410, GONE) if shown is None else HTMLResponse(shown, headers=dict(HEADERS))


def _instead(status: int, words: str) -> HTMLResponse:
    return HTMLResponse(page("Quote", f"<h1>Quote</h1><p>{words}</p>"), status, headers=dict(HEADERS))


@lru_cache(maxsize=64)
def _document(quote_json: str) -> QuoteDocument:
    """Worked out once, as its figures are the same each time."""
    from commet_core.reports.quotation.quote_file import QuoteFile  # noqa: PLC0415

    return quote_document(quotation(QuoteFile.model_validate_json(quote_json)))


HEADERS: Final = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex, nofollow"),
    ("x-content-type-options", "nosniff"),
    (
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    ),
)
"""Of the page behind a link: it stays in no cache, tells nobody where it was, and loads nothing."""

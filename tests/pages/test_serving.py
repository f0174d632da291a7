"""The dashboard as a server: whom it refuses to listen to, and the page behind a link to a quote."""

import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from support.quotes import quote_of

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import quotation
from commet_core.workspace import links, quotes
from pages.shared import login, serving, workspaces

ROOT = Path(__file__).parents[2]
CATALOG: dict[str, Any] = {
    "features": {"call": {"unit_cost": "0.02"}},
    "plans": {"pro": {"consumption_model": "metered", "prices": {"monthly": 100}, "features": {"call": {"included": 4000}}}},
}
HOSTILE = "<script>alert(1)</script> & \"co\" 'x'"


class TestListening:
    @pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.7", "::", "db.example", ""])
    def test_without_a_login_strangers_are_refused_in_words(
        self, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(serving.st, "get_option", lambda _name: address or None)
        with pytest.raises(SystemExit) as ended:
            serving.refuse_or_go_on()
        assert ended.value.code == 2
        assert "nobody would have to sign in" in capsys.readouterr().err
        monkeypatch.setattr(sys, "argv", ["app.py", serving.ALLOWED])
        serving.refuse_or_go_on()

    @pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
    def test_this_machine_is_listened_to(self, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(serving.st, "get_option", lambda _name: address)
        serving.refuse_or_go_on()

    def test_half_a_login_is_refused_with_all_that_is_missing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(login, "_settings", lambda: {"cookie_secret": "short", "acme": {"client_id": "x"}})
        with pytest.raises(SystemExit):
            serving.refuse_or_go_on()
        said = capsys.readouterr().err
        for what in (
            "redirect_uri is missing",
            "short enough to be guessed",
            "client_secret of acme",
            "server_metadata_url of acme",
        ):
            assert what in said

    def test_the_server_does_not_begin(self) -> None:
        """The whole way: Streamlit's own command, with an address that leads out of the machine."""
        options = [
            "--server.address",
            "0.0.0.0",
            "--server.port",
            "0",
            "--server.headless",
            "true",
            "--browser.serverAddress",
            "x",
        ]
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *options]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
        assert ended.returncode == 2
        assert "listening on 0.0.0.0: the dashboard would be open to whoever reaches it" in ended.stderr
        assert "Traceback" not in ended.stderr

    @pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("192.0.2.7", 403)])
    def test_another_servers_address_is_looked_at_with_every_request(self, address: str, status: int) -> None:
        inner = Route("/", lambda _request: PlainTextResponse("figures"))
        app = Starlette(routes=[inner], middleware=[Middleware(serving.OnlyThisMachine)])
        assert TestClient(app, base_url=f"http://{address}:8501").get("/").status_code == status


@pytest.mark.parametrize(("cookie", "status"), [("", 403), ("forged", 403), ("theirs", 200)])
def test_a_file_is_for_who_has_signed_in(cookie: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "configured", lambda: True)
    monkeypatch.setattr(serving, "get_cookie_secret", lambda: "secret of this server")
    signed = create_signed_value("secret of this server", "_streamlit_user", "{}").decode()
    inner = Route("/media/{name}", lambda _request: PlainTextResponse("figures"))
    visitor = TestClient(Starlette(routes=[inner], middleware=[Middleware(serving.FilesForWhoHasSignedIn)]))
    cookies = {"_streamlit_user": signed if cookie == "theirs" else cookie} if cookie else {}
    assert (
        visitor.get(
            "/media/x.csv", headers={"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        ).status_code
        == status
    )


class TestALink:
    @pytest.fixture
    def visitor(self) -> TestClient:
        return TestClient(Starlette(routes=serving.routes()))

    @pytest.fixture
    def token(self) -> str:
        usage = {"call": {"units": 4000, "low": 3000, "high": 9000}}
        candidates = ({"name": HOSTILE, "plan": "pro"},)
        quote = quote_of(CATALOG, candidates, usage=usage, draws=100, term_months=2, notes=HOSTILE, customer={"name": HOSTILE})
        ours = workspaces.current()
        made = quotes.create_quote(ours, quotation(quote), workspaces.now())
        return links.make_link(ours, made.id, 7, workspaces.now())

    def test_it_shows_the_quote_as_text_and_nothing_else_of_the_workspace(self, visitor: TestClient, token: str) -> None:
        shown = visitor.get(f"/q/{token}")
        assert shown.status_code == 200
        assert shown.headers["cache-control"] == "no-store"
        assert shown.headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert "$200.00" in shown.text
        assert "<script" not in shown.text
        assert shown.text.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 3
        assert not re.search(r"margin|unit_cost|costs|href=|src=", shown.text.partition("<body>")[2])
        assert "set-cookie" not in shown.headers

    def test_whatever_is_wrong_with_it_the_answer_is_the_same(self, visitor: TestClient, token: str) -> None:
        ours = workspaces.current()
        [link] = links.links(ours, 1)
        other = ("0" if token[0] != "0" else "1") + token[1:]
        answers = [
            visitor.get(f"/q/{wrong}") for wrong in (other, "x", token.upper() + " ", token + "0", "%00", "..%2f..%2fetc")
        ]
        links.revoke_link(ours, link.id, workspaces.now())
        answers.append(visitor.get(f"/q/{token}"))
        assert {answer.status_code for answer in answers} == {410}
        assert len({answer.text for answer in answers}) == 1
        assert serving.GONE in answers[0].text
        assert answers[0].headers["cache-control"] == "no-store"

    def test_where_the_database_is_lost_no_link_is_said_to_have_ended(
        self, visitor: TestClient, token: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def lost() -> None:
            raise InputError.of("postgresql://host/db", "the database refused: gone", "Try again")

        monkeypatch.setattr(workspaces, "database", lost)
        answers = [visitor.get(f"/q/{any_token}") for any_token in (token, "x")]
        assert [answer.status_code for answer in answers] == [503, 503]
        assert answers[0].text == answers[1].text
        assert "cannot be shown at the moment" in answers[0].text
        assert "postgresql" not in answers[0].text
        assert answers[0].headers["cache-control"] == "no-store"

    def test_one_that_has_ended_is_gone(self, visitor: TestClient, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
        later = workspaces.now() + timedelta(days=8)
        monkeypatch.setattr(workspaces, "now", lambda: later)
        assert visitor.get(f"/q/{token}").status_code == 410


class TestWayBack:
    @pytest.mark.parametrize(
        "path", ["/saved?x=1", "/", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"]
    )
    def test_a_sign_in_leads_back_to_a_path_of_this_server_alone(self, path: str) -> None:
        assert serving._is_path_here(path) == (path == "/saved?x=1")

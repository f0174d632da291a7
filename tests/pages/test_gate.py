"""The gate with a login configured, where the database goes away while somebody is there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from commet_core.foundation.errors import InputError
from commet_core.workspace import team
from commet_core.workspace.team import Person
from pages.shared import login

APP = str(Path(__file__).parents[2] / "app.py")
LOST = InputError.of("postgresql://host/db", "the database refused: connection refused", "Check that the database is there")


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ann is signed in; what is noted here when her browser signs out."""
    gone: list[str] = []
    monkeypatch.setattr(login, "configured", lambda: True)
    monkeypatch.setattr(login, "is_signed_in", lambda: True)
    monkeypatch.setattr(login, "person", lambda: Person("https://id.example", "ann", "ann@example.com"))
    monkeypatch.setattr(login, "has_ended", lambda _now: False)
    monkeypatch.setattr(login, "began_at", lambda: datetime(2026, 11, 29, tzinfo=UTC))
    monkeypatch.setattr(login, "leave", lambda: gone.append("left"))
    return gone


def lost(*_: object) -> None:
    raise LOST


def test_who_signs_out_while_the_database_is_lost_is_told_and_may_leave_this_browser(
    left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AppTest.from_file(APP, default_timeout=180).run()
    monkeypatch.setattr(team, "sign_out", lost)
    app.button(key="gate_sign_out").click().run()
    assert not app.exception
    assert any("connection refused" in error.value for error in app.error)
    assert left == []
    monkeypatch.setattr(team, "memberships", lost)
    app.run()
    assert not app.exception
    app.button(key="gate_leave").click().run()
    assert left == ["left"]


def test_who_has_no_verified_address_is_told_why_nobody_can_invite_them(
    left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    AppTest.from_file(APP, default_timeout=180).run()
    monkeypatch.setattr(login, "person", lambda: Person("https://id.example", "*eve* <b>", "", "Eve"))
    app = AppTest.from_file(APP, default_timeout=180).run()
    [words] = [each.value for each in app.main.markdown if "belong to no workspace" in each.value]
    assert "Your provider has not verified an address of yours" in words
    assert "<b>" not in words
    assert left == []

"""Drafts: what is on the screen is there again after a reload and in another browser, with undo and redo."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from commet_core.foundation.errors import InputError
from commet_core.workspace import drafts
from pages.shared import unsaved, workspaces

APP = str(Path(__file__).parents[2] / "app.py")
MONTHLY = "plans/metered_pro/prices/monthly"


def visit(link: dict[str, Any] | None = None) -> AppTest:
    page = AppTest.from_file(APP, default_timeout=120)
    for name, value in (link or {}).items():
        page.query_params[name] = value
    page.switch_page("pages/plans.py")
    page.run()
    assert not page.exception
    return page


def price(page: AppTest) -> str:
    return str(page.session_state["study"].catalog.plans["metered_pro"].prices["monthly"])


def set_price(page: AppTest, typed: str) -> AppTest:
    [field] = [each for each in page.text_input if each.key is not None and each.key.endswith(f"_{MONTHLY}")]
    return field.set_value(typed).run()


def link_of(page: AppTest) -> dict[str, Any]:
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


def keys(page: AppTest) -> set[str]:
    return {button.key for button in page.button if button.key}


@pytest.fixture
def edited() -> AppTest:
    """The sample's price was $20; it was $21, and is $22."""
    page = visit()
    set_price(page, "21")
    return set_price(page, "22")


def test_a_reload_goes_on_with_undo_and_redo(edited: AppTest) -> None:
    edited.button(key="study_undo").click().run()
    again = visit(link_of(edited))
    assert (price(again), "unsaved_take" in keys(again)) == ("21", False)
    again.button(key="study_undo").click().run()
    assert price(again) == "20"
    for expected in ("21", "22"):
        again.button(key="study_redo").click().run()
        assert price(again) == expected
    assert again.button(key="study_redo").disabled


def test_another_browser_is_offered_it_and_loses_nothing_of_its_own(edited: AppTest) -> None:
    other = visit()
    assert price(other) == "20"
    other.button(key="unsaved_take").click().run()
    assert price(other) == "22"
    other.button(key="study_undo").click().run()
    assert price(other) == "21"
    set_price(edited, "30")
    set_price(other, "40")
    assert (price(edited), price(other)) == ("30", "40")
    assert len(drafts.latest_drafts(workspaces.current())) == 2, "two that began as one have parted"
    third = visit(link_of(edited))
    third.button(key="study_undo").click().run()
    assert price(third) == "22"


def test_what_is_declined_or_saved_is_not_offered_again(edited: AppTest) -> None:
    edited.switch_page("pages/saved.py").run()
    edited.button(key="saved_new").click().run()
    assert "unsaved_take" not in keys(visit())
    edited.switch_page("pages/plans.py").run()
    set_price(edited, "33")
    other = visit()
    other.button(key="unsaved_drop").click().run()
    assert "unsaved_take" not in keys(other) | keys(visit())


def test_a_database_that_goes_away_is_said_and_editing_goes_on(edited: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**_options: object) -> None:
        raise InputError.of("workspace.db", "the database refused: disk I/O error", "Try again")

    with monkeypatch.context() as patch:
        patch.setattr(unsaved.workspaces, "current", gone)
        set_price(edited, "23")
        assert price(edited) == "23"
        assert any("cannot be kept as a draft at the moment" in warning.value for warning in edited.warning)
    set_price(edited, "24")
    assert not edited.warning
    again = visit(link_of(edited))
    for expected in ("23", "22", "21", "20"):
        again.button(key="study_undo").click().run()
        assert price(again) == expected

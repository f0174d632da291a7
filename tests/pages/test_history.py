"""What is typed stays: edits are undone and redone, Back and Forward show what their link holds, a new session takes up all of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import frame, long_links, remembered, spool
from pages.shared.study import _pack as pack
from pages.shared.study import from_link, to_link

APP = str(Path(__file__).parents[2] / "app.py")
MONTHLY = "plans/metered_pro/prices/monthly"


@pytest.fixture
def page() -> Iterator[AppTest]:
    """The Plans page of a new visitor on the sample."""
    page = AppTest.from_file(APP, default_timeout=180)
    page.switch_page("pages/plans.py")
    yield page.run()
    assert not page.exception


def field(page: AppTest, path: str) -> Any:
    return next(one for one in page.text_input if one.key is not None and one.key.endswith(f"_{path}"))


def price(page: AppTest) -> str:
    return str(page.session_state["study"].catalog.plans["metered_pro"].prices["monthly"])


def set_price(page: AppTest, typed: str) -> AppTest:
    return field(page, MONTHLY).set_value(typed).run()


def query(page: AppTest) -> dict[str, str]:
    return {name: value[0] if isinstance(value, list) else value for name, value in page.query_params.items()}


def visitor(link: dict[str, str], script: str = "pages/plans.py") -> AppTest:
    """Somebody who opens a link."""
    page = AppTest.from_file(APP, default_timeout=180)
    for name, value in link.items():
        page.query_params[name] = value
    page.switch_page(script)
    return page.run()


def back_to(page: AppTest, link: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The run that the browser asks for after Back or Forward."""
    page.query_params.clear()
    for name, value in link.items():
        page.query_params[name] = value
    with monkeypatch.context() as patch:
        patch.setattr(frame, "went_back", lambda: True)
        return page.run()


def test_edits_are_undone_and_redone(page: AppTest) -> None:
    assert page.button(key="study_undo").disabled
    set_price(page, "21")
    set_price(page, "22")
    page.button(key="study_undo").click().run()
    assert (price(page), field(page, MONTHLY).value) == ("21", "21")
    page.button(key="study_undo").click().run()
    assert (price(page), field(page, MONTHLY).value) == ("20", "20")
    assert page.button(key="study_undo").disabled
    page.button(key="study_redo").click().run()
    assert (price(page), field(page, MONTHLY).value) == ("21", "21")
    set_price(page, "30")
    assert page.button(key="study_redo").disabled


def test_assumptions_are_undone_too(page: AppTest) -> None:
    page.switch_page("pages/compare.py").run()
    page.number_input(key="compare_seed").set_value(9).run()
    page.button(key="study_undo").click().run()
    assert page.session_state["study"].seed == 7
    assert page.number_input(key="compare_seed").value == 7


def test_back_and_forward_lead_through_edits(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    first = query(page)
    second = query(set_price(page, "21"))
    third = query(set_price(page, "22"))
    assert len({str(link) for link in (first, second, third)}) == 3
    back_to(page, second, monkeypatch)
    assert (price(page), field(page, MONTHLY).value) == ("21", "21")
    back_to(page, first, monkeypatch)
    assert price(page) == "20"
    back_to(page, third, monkeypatch)
    assert price(page) == "22"
    page.button(key="study_undo").click().run()  # the history is the same whichever way one goes
    assert price(page) == "21"


def test_the_link_is_written_where_something_is_done_and_nowhere_else(page: AppTest) -> None:
    set_price(page, "21")
    page.query_params["stray"] = "1"
    page.run()
    assert "stray" in page.query_params
    set_price(page, "22")
    assert "stray" not in page.query_params


def test_a_way_that_began_before_the_last_edit_takes_nothing_back(page: AppTest) -> None:
    """A tap on a link, drawn before the price was sent: its address holds the price before."""
    before = query(page)
    set_price(page, "21")
    page.query_params.clear()
    for name, value in before.items():
        page.query_params[name] = value
    page.switch_page("app.py").run()
    assert price(page) == "21"
    assert from_link(query(page)) == page.session_state["study"]


def test_plans_that_are_wrong_are_in_the_link_as_typed(page: AppTest) -> None:
    link = query(set_price(page, "twenty"))
    assert price(page) == "20"
    again = visitor(link)
    assert field(again, MONTHLY).value == "twenty"
    assert "Not in effect yet" in again.warning[0].value
    field(again, MONTHLY).set_value("25").run()
    assert price(again) == "25"


@pytest.mark.parametrize(
    "typed", ["5", [], {"document": 3}, {"document": {"plans": {"a": 1}}, "candidates": [], "baseline": ""}]
)
def test_a_link_with_plans_that_nobody_typed_shows_those_of_the_study(typed: Any) -> None:

    page = visitor({"typed": pack(typed)})
    assert not page.exception
    assert price(page) == "20"


def test_a_typed_quote_is_in_the_link(page: AppTest) -> None:
    key = next(one.key for one in page.text_input if one.key is not None and one.key.startswith("plans_units_"))
    page.text_input(key=key).set_value("4321").run()
    again = visitor(query(page))
    assert again.text_input(key=key).value == "4321"
    again.button(key="plans_units_reset").click().run()
    assert again.text_input(key=key).value != "4321"
    assert "shown" not in again.query_params


def test_what_a_field_shows_is_told_to_the_browser_in_every_run(page: AppTest) -> None:
    """A browser that comes back from another page has forgotten it, and would show, and then send, nothing."""
    page.run()
    fields = [one for one in page.text_input if one.key is not None and one.key.startswith("plans_") and one.value]
    assert len(fields) > 10
    assert [one.label for one in fields if not one.proto.set_value] == []


def test_a_long_part_of_a_link_is_kept_on_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SPOOL", tmp_path / "spool")
    text = "x" * (long_links.LETTERS_MAX + 1)
    name = long_links.shortened(text)
    assert len(name) < 100
    assert long_links.whole(name) == text
    assert long_links.shortened("short") == "short"
    for damaged in (f"~{'0' * 64}", "~../../etc/passwd"):
        with pytest.raises(ValueError, match="no"):
            long_links.whole(damaged)


def test_what_a_link_holds_is_shown_only_where_it_can_be() -> None:

    shown = {"plans_tabs": "No such tab", "plans_curve_feature": 5, "plans_units_image": 3, "usage_customers": "many"}
    page = visitor({"shown": pack(shown)})
    assert not page.exception
    page.switch_page("pages/usage.py").run()
    assert not page.exception


def test_the_study_of_a_session_is_what_its_link_says(page: AppTest) -> None:
    set_price(page, "21")
    assert from_link(to_link(page.session_state["study"])) == page.session_state["study"]
    assert remembered.LETTERS_MAX > 0

"""The Plans page in a test: its fields by label or place, its tabs, what it says."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pages.shared.study import Study

APP = str(Path(__file__).parents[2] / "app.py")


def study(page: AppTest) -> Study:
    found: Study = page.session_state["study"]
    return found


def field(page: AppTest, label: str, place: int = 0) -> object:
    return [one for one in page.text_input if one.label == label][place]


def key(page: AppTest, ending: str) -> str:
    """The key of the only text field whose place in the document ends so."""
    (found,) = [one.key for one in page.text_input if one.key and one.key.endswith(ending)]
    return found


def typed(page: AppTest, ending: str, text: str) -> AppTest:
    return page.text_input(key=key(page, ending)).set_value(text).run()


def said(page: AppTest) -> str:
    """All text on the page."""
    elements = [*page.markdown, *page.caption, *page.warning, *page.error, *page.info]
    return "\n".join(element.value for element in elements).replace("\\", "")


def selected(page: AppTest, label: str, code: str) -> AppTest:
    """The page with another choice in the select box or radio of that label."""
    boxes = [one for one in [*page.selectbox, *page.radio, *page.button_group] if one.label == label]
    return boxes[0].set_value(code).run()


def opened(page: AppTest, tab: str) -> AppTest:
    """The page with another of its tabs open."""
    assert tab in [one.label for one in page.tabs]
    page.session_state["remembered"] = {**page.session_state["remembered"], "plans_tabs": tab}
    return page.run()


FOLDS = ("plans_beginnings", "plans_bill_as_text", "plans_more_terms/metered_pro", "plans_other_intervals/metered_pro")
"""Keys of what is folded at first."""


def unfolded(page: AppTest) -> AppTest:
    """The page with what is folded open, before or after its first run."""
    for key in FOLDS:
        page.session_state[key] = True
    return page.run()

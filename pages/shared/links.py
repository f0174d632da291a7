"""Links from page to page that carry the study, so that the address bar is right at once and Back goes back."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pages.shared import remembered
from pages.shared import study as studies


def page_link(script: str, label: str, **parameters: str) -> None:
    """A link to a page; `parameters`: what that page should show, beside the study."""
    st.page_link(script, label=label, query_params=studies.link() | parameters)


def to_plans(why: str) -> None:
    """What cannot be shown without plans, and the way to them."""
    st.info(why)
    page_link("pages/plans.py", "Go to Plans")


def kept(key: str) -> dict[str, Any]:
    """What a widget is given under its key, so that what it shows is kept, and is in the link."""
    return {"key": key, "on_change": keep, "args": (key,)}


def keep(key: str) -> None:
    """A widget's callback: what it shows is kept, and is in the link."""
    remembered.put(key, st.session_state[key])
    studies.write_link()


def forget(*beginnings: str) -> None:
    """A button's callback: widgets whose keys begin so show again what is usual."""
    remembered.forget(*beginnings)
    studies.write_link()


def put_in_link(**parameters: str) -> None:
    """A widget's callback on a page that names in the link what it shows."""
    studies.in_link(**parameters)
    studies.write_link()

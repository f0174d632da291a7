"""The frame of every page: title, navigation, the study in the link, and one place where errors become sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import streamlit as st

from commet_core.foundation.errors import InputError, LawViolation
from commet_core.foundation.wording import counted
from pages.shared import study as studies
from pages.shared.loading import source_name, warm_up
from pages.shared.study import Generated
from pages.shared.tables import escaped
from pages.shared.work import Held

ROOT = Path(__file__).parents[2]
_PAGE_LINK = "link_of_page"

PAGES = {
    "app.py": "Overview",
    "pages/plans.py": "Plans",
    "pages/usage.py": "Usage",
    "pages/replay.py": "Replay",
    "pages/compare.py": "Compare",
}


@contextmanager
def page(script: str, title: str, lead: str) -> Iterator[None]:
    """Draws the frame, then the page inside it; an input error in the page becomes a message.

    `script` is the page's file as in PAGES; `lead` says in one sentence what the page is for.
    """
    st.set_page_config(
        page_title=f"{PAGES[script]} · Commet pricing simulator",
        page_icon=str(ROOT / "pages/shared/icon.png"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    warm_up()
    st.session_state.pop(_PAGE_LINK, None)
    study = studies.current()
    _navigation(study)
    st.title(title, anchor=False)
    st.markdown(lead)
    if notice := st.session_state.pop("notice", ""):
        st.info(notice)
    try:
        yield
    except InputError as error:
        show_problems(error)
    except LawViolation as violation:
        st.error(f"The simulator found a fault of its own and shows no figures rather than wrong ones. {violation}")
    _write_link()


def show_problems(error: InputError, lead: str = "") -> None:
    """An input error on the page: every problem, where it is and what to do; of work that waits for a click, the button."""
    if isinstance(error, Held):
        st.info(escaped(str(error)))
        if error.code:
            st.code(error.code, "sql", wrap_lines=True)
        st.button(error.button, key="work_begin", on_click=error.begin)
        return
    problems = "\n".join(f"- {escaped(str(problem))}" for problem in error.problems[:20])
    more = len(error.problems) - 20
    rest = f"\n- and {more:,} more" if more > 0 else ""
    st.error((f"{lead}\n\n" if lead else "") + problems + rest)


def _navigation(study: studies.Study) -> None:
    with st.sidebar:
        st.markdown("#### Pricing simulator")
        for script, label in PAGES.items():
            st.page_link(script, label=label, width="stretch", query_params=studies.to_link(study))
        st.divider()
        st.caption("You are comparing")
        names = " · ".join(candidate.name for candidate in study.candidates) or "no plans yet"
        st.markdown(escaped(names))
        st.caption("on")
        st.markdown(escaped(_usage_name(study)))
        st.caption("The link in the address bar holds your plans and settings: share it to show what you see.")


def _usage_name(study: studies.Study) -> str:
    source = study.source
    if isinstance(source, Generated):
        name = source.preset.replace("_", " ")
        return f"generated usage: {name}, {counted(source.customers, 'customer')}, {counted(source.months, 'month')}"
    return source_name(source)


def in_link(**parameters: str) -> None:
    """Adds what a page itself shows (a customer, say) to the link that the page writes at its end."""
    st.session_state[_PAGE_LINK] = parameters


def _write_link() -> None:
    link = studies.to_link(studies.current()) | st.session_state.pop(_PAGE_LINK, {})
    if st.query_params.to_dict() != link:
        st.query_params.from_dict(link)

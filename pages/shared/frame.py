"""The frame of every page: title, navigation, the study in the link, and one place where errors become sentences."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from commet_core.foundation.errors import InputError, LawViolation
from commet_core.foundation.formats import moment_words
from pages.shared import bar, copying, direct_run, gate, guard, history, markets, state_lookup, unsaved
from pages.shared import study as studies
from pages.shared.loading import warm_up
from pages.shared.tables import escaped
from pages.shared.work import Held

ROOT = Path(__file__).parents[2]
NAME = "Pricing simulator"
_SHARED = Path(__file__).parent
_MARK = b64encode((_SHARED / "mark.svg").read_bytes()).decode()
_STYLE = (
    f"<style>{(_SHARED / 'style.css').read_text('utf-8')}"
    f'.brand::before {{ background-image: url("data:image/svg+xml;base64,{_MARK}") }}</style>'
)
_BRAND = f'<div class="brand">{NAME}</div>'
_PAGE = "page_shown"
_ARRIVED = "page_arrived"
"""Session keys: the page of the run before; whether this run is the page's first since another, or since Back or Forward."""

GROUPS = {
    "": {"app.py": "Answer"},
    "Set up": {"pages/usage.py": "Usage", "pages/plans.py": "Plans"},
    "Look": {"pages/compare.py": "Compare", "pages/customers.py": "Customers"},
    "Decide": {
        "pages/price.py": "Price",
        "pages/forecast.py": "Forecast",
        "pages/assumptions.py": "Assumptions",
        "pages/move.py": "Move",
    },
    "Share": {"pages/quotes.py": "Quotes", "pages/saved.py": "Saved", "pages/workspace.py": "Workspace"},
}
"""The navigation: pages by what they are for, each with its label."""

PAGES = {script: label for group in GROUPS.values() for script, label in group.items()}


@contextmanager
def page(script: str, title: str, lead: str = "") -> Iterator[None]:
    """Draws the frame, then the page inside it; an input error in the page becomes a message.

    `script` is the page's file as in PAGES; `title` may be empty where the page draws its own; `lead` says in one sentence what the page is for, where its answer does not.
    """
    direct_run.leave_unasked()
    st.set_page_config(
        page_title=f"{PAGES[script]} · Commet pricing simulator",
        page_icon=str(ROOT / "pages/shared/icon.png"),
        layout="wide",
        initial_sidebar_state="auto",
    )
    warm_up()
    gate.pass_gate()
    begins = history.STUDY not in st.session_state
    moved = _follow(script)
    study = studies.current()
    if begins:
        unsaved.begin()
        study = studies.current()
    st.html(_STYLE)
    with st.sidebar:
        guard.guard()
        copying.copying()
        _navigation()
        gate.who_is_here()
    bar.bar(study)
    if title:
        st.title(title, anchor=False)
    if lead:
        st.markdown(lead)
    with st.container():  # always there, so that nothing below is drawn anew, and loses the focus, when one of them goes
        _drafts()
        markets.choice(study, script)
        if notice := st.session_state.pop("notice", ""):
            st.info(notice)
    try:
        yield
    except InputError as error:
        show_problems(error)
    except LawViolation as violation:
        st.error(f"The simulator found a fault of its own and shows no figures rather than wrong ones. {violation}")
    if moved:
        studies.write_link()  # the way here began before the last edit was in the link


def _drafts() -> None:
    """A draft that the visitor may go on with; why none can be kept."""
    if trouble := unsaved.trouble():
        st.warning(f"What you do here cannot be kept as a draft at the moment. {escaped(trouble)}")
    draft = unsaved.offered()
    if draft is None:
        return
    when = moment_words(datetime.fromisoformat(draft.written_at).replace(second=0, microsecond=0))
    names = ", ".join(map(str, draft.document.get("compares", [])))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f"You left something unsaved on {when} UTC{escaped(f': {names}' if names else '')}.")
        st.button("Go on with it", key="unsaved_take", on_click=_take_draft)
        st.button("Drop it", key="unsaved_drop", type="tertiary", on_click=unsaved.decline_offer)


def _take_draft() -> None:
    unsaved.take_offer()
    studies.write_link()


def _follow(script: str) -> bool:
    """Notes where the visitor is, and takes the study from the link after Back and Forward; whether another page led here."""
    before = st.session_state.get(_PAGE)
    gone_back = went_back()
    st.session_state[_PAGE] = script
    st.session_state[_ARRIVED] = gone_back or before != script
    studies.begin_page()
    if gone_back:
        studies.follow_link()
    return before not in (None, script) and not gone_back


def went_back() -> bool:
    """Whether this run shows what the browser's Back or Forward has led to."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def arrived() -> bool:
    """Whether the page takes what the link says: in its first run since another page, and after Back and Forward."""
    return bool(st.session_state.get(_ARRIVED))


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


def _navigation() -> None:
    """The mark, and a link to every page."""
    st.html(_BRAND)
    link = studies.link()
    for group, pages in GROUPS.items():
        if group:
            st.caption(group)
        for script, label in pages.items():
            st.page_link(script, label=label, width="stretch", query_params=link)


in_link = studies.in_link
state_lookup.look_without_copy()

"""The three ways in, above the fold while there is nothing of one's own: three questions, a prospect, a file."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.errors import InputError
from pages.answering import questions
from pages.shared import frame
from pages.shared.links import page_link
from pages.usage_intake import ways_in as usage_ways

_UPLOADS, _REFUSED = "answer_uploads", "answer_refused"
"""Session keys: how many times files came, which names the uploader; why the last ones were not taken."""


def ways_in() -> None:
    """A card per way; the questions in place of them while they are asked."""
    if questions.is_open():
        questions.questions()
        return
    founder, sales, analyst = st.columns(3)
    with founder.container(border=True, height="stretch", key="way_founder"):
        _way("Price a product", 2, "A model and a price, and how sure.")
        st.button("Answer three questions", type="primary", key="ask_open_button", on_click=questions.open_questions)
    with sales.container(border=True, height="stretch", key="way_sales"):
        _way("Quote a prospect", 3, "Floor, expected, range and most, as PDF and link.")
        page_link("pages/quotes.py", "Make a quote")
    with analyst.container(border=True, height="stretch", key="way_analyst"):
        _way("Replay your usage", 5, "Plans that fit, compared, and next year.")
        _upload()


def _upload() -> None:
    """A file goes straight to the Usage page."""
    place = st.session_state.setdefault(_UPLOADS, 0)
    files = st.file_uploader(
        "Usage files: CSV, Excel, Parquet or JSON",
        accept_multiple_files=True,
        key=f"answer_upload_{place}",
        label_visibility="collapsed",
    )
    if files:
        st.session_state[_UPLOADS] = place + 1
        try:
            usage_ways.take_up(files)
        except InputError as error:
            usage_ways.release(files)
            st.session_state[_REFUSED] = error
            st.rerun()
        st.switch_page("pages/usage.py")
    if (refused := st.session_state.pop(_REFUSED, None)) is not None:
        frame.show_problems(refused, "The files were not taken.")


def _way(name: str, minutes: int, leads_to: str) -> None:
    st.markdown(f"**{name}** · {minutes} minutes")
    st.caption(leads_to)

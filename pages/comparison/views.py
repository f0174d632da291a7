"""Billed or earned: by which of the two the headline figures and the revenue by month count. Kept in the link."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import window_words
from commet_core.foundation.wording import counted
from pages.shared import frame, links
from pages.shared.glossary import meaning

View = Literal["billed", "earned"]
VIEWS: dict[View, str] = {"earned": "Earned", "billed": "Billed"}
USUAL: View = "earned"
"""What was billed shows when invoices are issued, and those of the window's end all at once: as if usage had risen."""

MEANING: Final = (
    "**Earned** counts base prices day by day, and overage, purchased credits and top-ups when they are used; what is billed and not "
    "earned yet is outstanding. **Billed** counts invoices in the month of their issue."
)

PARAMETER = "revenue"

_CHOSEN = "compare_view_chosen"
"""Session key: what the visitor chose."""


def chosen() -> View:
    """What the link or the visitor asks for; at first what was earned."""
    asked = st.query_params.get(PARAMETER)
    if frame.arrived() and (asked in VIEWS or frame.went_back()):
        st.session_state[_CHOSEN] = asked if asked in VIEWS else USUAL
    view: View = st.session_state.get(_CHOSEN, USUAL)
    if view != USUAL:
        frame.in_link(**{PARAMETER: view})
    return view


def switch(view: View) -> None:
    """The choice between the two."""
    st.session_state["compare_view"] = view
    st.segmented_control(
        "Revenue, as",
        list(VIEWS),
        format_func=VIEWS.__getitem__,
        key="compare_view",
        required=True,
        on_change=_keep,
        label_visibility="collapsed",
    )


def ground(replayed: Replay, view: View) -> None:
    """By which of the two revenue is counted, and what the figures are of."""
    with st.container(horizontal=True, vertical_alignment="center"):
        switch(view)
        st.caption(
            f"{counted(replayed.customer_count, 'customer')}, {counted(replayed.events_in_window, 'event')}, {window_words(replayed.window)}, "
            f"{replayed.currency.upper()}.",
            width="stretch",
            help=meaning("earned", "billed", "outstanding", "baseline", "window"),
        )


def _keep() -> None:
    """Keeps what the widget was set to, which outlives the widget, and puts it into the link."""
    st.session_state[_CHOSEN] = view = st.session_state["compare_view"]
    links.put_in_link(**{PARAMETER: "" if view == USUAL else view})

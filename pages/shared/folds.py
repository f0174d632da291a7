"""What is folded and drawn only once it is opened: the script of a page is as long as what is seen of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st


def fold(label: str, key: str, content: Callable[[], None], *, opened: bool = False) -> None:
    """An expander that draws its content while it is open. opened: it opens by itself from when on this holds."""
    told = f"{key}, opened"
    if key not in st.session_state or (opened and not st.session_state.get(told)):
        st.session_state[key] = opened
    st.session_state[told] = opened
    folded = st.expander(label, key=key, on_change="rerun")
    if folded.open:
        with folded:
            content()

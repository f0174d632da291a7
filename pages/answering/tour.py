"""The newcomer's tour of five steps, all of it the browser's own, see tour.js."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

_CSS: Final = Path(__file__).with_suffix(".css").read_text("utf-8")
_JS: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


def tour() -> None:
    """The offer of it, until it is taken or declined."""
    st.components.v2.component("tour", css=_CSS, js=_JS)(key="tour", width="content", height="content")

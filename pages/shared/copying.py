"""Every chart as a table for a spreadsheet and as a picture for a slide: a piece of the browser's own, see copying.js."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

_SCRIPT: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


def copying() -> None:
    """Two buttons at each chart of the page."""
    st.components.v2.component("copying", js=_SCRIPT)(key="copying", height=1)

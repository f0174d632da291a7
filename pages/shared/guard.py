"""The guard of what is typed, on every page: a piece of the browser's own, see guard.js."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

UNDO: Final = "study_undo"
REDO: Final = "study_redo"
"""Keys of the buttons that ctrl+z and ctrl+y click, outside of fields; guard.js knows them by these names."""

_SCRIPT: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


def guard() -> None:
    """Makes links wait until the server has what was typed, and runs the page anew in another theme when a visitor changes to it."""
    st.components.v2.component("guard", js=_SCRIPT)(key="guard", height=1, on_theme_change=_run_anew)


def _run_anew() -> None:
    """That there is a run is all that is wanted."""

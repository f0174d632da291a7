"""Saved: studies under a name, with every revision, to go on with tomorrow."""

from __future__ import annotations

import streamlit as st

from pages.saving import listed, on_screen, taken_along
from pages.shared import frame, outcome

LEAD = "Every save stays, with the same figures."


def main() -> None:
    with frame.page("pages/saved.py", "Saved", LEAD):
        outcome.say()
        on_screen.save_form()
        st.header("Saved studies", anchor=False)
        listed.listed()
        taken_along.bring_in()


main()

"""Workspace: who belongs to it, what sellers may promise alone, how quotes look, which usage is kept, and who did what."""

from __future__ import annotations

import streamlit as st

from pages.belonging import deeds, people, quoting_rules, usage_kept
from pages.shared import frame, login, outcome


def main() -> None:
    with frame.page("pages/workspace.py", "Workspace"):
        outcome.say()
        quoting_rules.form()
        if login.configured():
            st.header("People", anchor=False)
            people.listed()
        st.header("Usage that is kept here", anchor=False)
        usage_kept.listed()
        st.header("Who did what", anchor=False)
        deeds.listed()


main()

"""Links from page to page that carry the study, so that the address bar is right at once and Back goes back."""

from __future__ import annotations

import streamlit as st

from pages.shared import study as studies


def page_link(script: str, label: str, **parameters: str) -> None:
    """A link to a page; `parameters`: what that page should show, beside the study."""
    st.page_link(script, label=label, query_params=studies.to_link(studies.current()) | parameters)

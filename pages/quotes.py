"""Quotes: what a prospect will pay over a term, how far off that may be, to be sent and saved."""

from __future__ import annotations

import streamlit as st

from commet_core.reports.quotation import Derived
from commet_core.workspace.settings import Settings, held_to, settings_of
from pages.quoting import alike, fields, saved, worked_out
from pages.shared import frame, workspaces


def _outcome(found: Derived | None, settled: Settings) -> None:
    if found is None:
        st.info("The quote is worked out when the fields are right.")
        return
    quote = worked_out.worked_out(found.quote, found.said)
    worked_out.show(quote, settled.logo_png)
    worked_out.for_the_seller(held_to(quote, settled), alike.what_they_pay(found))
    saved.save_button(quote)


def main() -> None:
    with frame.page("pages/quotes.py", "Quotes"):
        settled = settings_of(workspaces.current())
        with st.container(key="quotes_layout"):
            left, right = st.columns(2, gap="large")
        with left:
            found = alike.with_figures(fields.quote(settled))
        with right:
            _outcome(found, settled)
        saved.saved_quotes()


main()

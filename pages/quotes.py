"""Quotes: what a prospect will pay over a term, how far off that may be, to be sent and saved."""

from __future__ import annotations

import streamlit as st

from commet_core.reports.quotation import QuoteFile
from pages.quoting import fields, saved, worked_out
from pages.shared import frame

LEAD = "What a prospect will pay over a term, how far off that may be, and the most it can be: replayed, and ready to send."


def _outcome(quote: QuoteFile | None) -> None:
    if quote is None:
        st.info("The quote is worked out when the fields are right.")
        return
    found = worked_out.worked_out(quote)
    worked_out.show(found)
    worked_out.for_the_seller(found)
    saved.save_button(found)


def main() -> None:
    with frame.page("pages/quotes.py", "Quotes", LEAD):
        left, right = st.columns([5, 6], gap="large")
        with left:
            quote = fields.quote()
        with right:
            _outcome(quote)
        saved.saved_quotes()


main()

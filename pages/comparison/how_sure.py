"""Compare, How sure: the range of each difference, who is level, and the customers on whom it hangs."""

from __future__ import annotations

import streamlit as st

from commet_core.decide.customer_amounts import Measure
from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.reports.compare.how_sure import sentence
from pages.comparison import figures
from pages.shared.tables import amount_cells, escaped, text_table

NOTE = (
    "Customers are drawn anew 2,000 times, the largest of them as the size of their kind would have them. The range says where the "
    "difference lies in 90 % of the draws. It speaks of other customers like these, not of what they will do under another price."
)


def how_sure(replayed: Replay, view: str) -> None:
    """Each candidate against the baseline, as billed or as earned, whichever the page shows."""
    measure: Measure = "earned" if view == "earned" else "billed"
    found, currency = figures.how_sure(replayed, measure), replayed.currency
    baseline = replayed.scenario.candidates[replayed.scenario.baseline_index()].name
    if not found:
        st.info("There is one candidate. Add another to see how sure the difference between them is.")
        return
    st.markdown(f"**How sure the differences are, as {measure}**", help=NOTE)
    for one in found:
        st.markdown(escaped(sentence(one, baseline, currency, measure)))
    columns = {
        "Candidate": [one.candidate for one in found],
        f"Against {baseline}": amount_cells([one.difference for one in found], currency),
        "From": amount_cells([one.low for one in found], currency),
        "To": amount_cells([one.high for one in found], currency),
        "Leads in draws": [percent(one.leads) for one in found],
        "Customers on whom it hangs": [f"{len(one.turned_by):,}" if one.turned_by else "" for one in found],
    }
    text_table(columns, left=("Candidate",), alt=f"Ranges of the differences to {baseline}")

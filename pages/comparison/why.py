"""Compare, Why: the difference to the baseline as steps that add up, each opening to its customers; and the average customer's error."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.compare.bridge_words import (
    about,
    average_sentences,
    customer_rows,
    group_rows,
    step_rows,
    waterfall,
    why_title,
)
from pages.comparison import figures
from pages.comparison.models import models_of
from pages.shared import links, remembered
from pages.shared.charts.waterfall import waterfall_chart
from pages.shared.palette import palette, show
from pages.shared.tables import escaped, text_table

CUSTOMERS_SHOWN = 100


def why(replayed: Replay) -> None:
    """One candidate against the baseline."""
    names = [each.name for each in replayed.scenario.candidates]
    baseline = names.pop(replayed.scenario.baseline_index())
    if not names:
        st.info("There is one candidate. Add another to see why they differ.")
        return
    key = remembered.choice("compare_why", names, names[0])
    name = st.segmented_control("Candidate", names, required=True, **links.kept(key)) or names[0]
    found, currency, catalog = figures.bridge(replayed, name), replayed.currency, replayed.scenario.catalog
    st.markdown(escaped(about(found)))
    if found.steps:
        before = figures.billed_minor(replayed, baseline)
        st.markdown(f"**{escaped(why_title(found, currency, catalog))}**")
        chart = waterfall_chart(waterfall(found, before, currency, catalog), models_of(replayed), palette(), currency)
        show(chart, f"From what {found.baseline} bills to what {name} bills, step by step", key="compare_why_chart")
        rows = {head: cells for head, cells in step_rows(found, currency, catalog).items() if any(cells)}
        text_table(rows, left=("Step", "From", "To"), key="compare_why_steps")
        with st.expander("The customers of a step"):
            step = st.selectbox(
                "Step", range(len(found.steps)), format_func=lambda place: rows["Step"][place], key="compare_why_step"
            )
            own = customer_rows(found, step, currency, CUSTOMERS_SHOWN)
            text_table(own, left=("Customer",), key="compare_why_customers")
    groups = group_rows(figures.customer_groups(replayed, name), currency)
    text_table(groups, left=("Customers who",), key="compare_why_groups")
    st.caption("A customer is in the first group that holds.")
    st.markdown(escaped(" ".join(average_sentences([(figures.average_customer(replayed, name), name)], currency))))

"""What customers pay a month, and what each brings in."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount
from commet_core.reports.compare import Summary
from commet_core.reports.compare.behind import total
from commet_core.reports.compare.section_titles import costs_title, largest_title
from pages.comparison import figures
from pages.comparison.customer_list import customer_list, search_box
from pages.comparison.models import models_of
from pages.comparison.opened_figure import fresh, open_bin
from pages.shared.charts import customers as customer_charts
from pages.shared.palette import palette, show
from pages.shared.tables import escaped, money_column


def customers(replayed: Replay, summaries: list[Summary]) -> None:
    """What customers pay a month, and what each brings in."""
    models, colours, currency = models_of(replayed), palette(), replayed.currency
    st.markdown(f"**{escaped(costs_title(summaries, currency))}**")
    key = fresh("compare_costs")
    figure = customer_charts.cost_histogram(figures.costs(replayed), models, colours, currency)
    show(figure, "Customers by what they pay a month", key=key, on_select=lambda: open_bin(key, "cost"))
    st.caption("A bar opens to its customers.")
    st.markdown(
        f"**{escaped(largest_title(figures.largest(replayed)))}**", help="Customers who are billed nothing are not drawn."
    )
    curve = customer_charts.revenue_curve(figures.ranked(replayed), models, colours, currency)
    show(curve, "Billed per customer, largest first", key="compare_curve")
    _customer_table(replayed, summaries)


def _customer_table(replayed: Replay, summaries: list[Summary]) -> None:
    table = figures.billed_by_customer(replayed)
    columns = {f"billed_{place}": summary.name for place, summary in enumerate(summaries, start=1)}
    found, count = customer_list(
        table,
        {column: money_column(name, replayed.currency) for column, name in columns.items()},
        search_box("compare_customer_search"),
        key="compare_customer_table",
        candidate=replayed.baseline.candidate.name,
        alt="What each customer is billed under every candidate",
    )
    sums = "; ".join(f"{name} {format_amount(total(found, column), replayed.currency)}" for column, name in columns.items())
    st.caption(escaped(f"{count}, billed over the window: {sums}."))

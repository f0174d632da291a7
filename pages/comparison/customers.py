"""What customers pay a month, and what each brings in."""

from __future__ import annotations

from fractions import Fraction

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import percent
from commet_core.foundation.money import format_amount
from commet_core.reports.compare import Summary
from commet_core.reports.compare.behind import total
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
    st.markdown("**What customers pay a month**")
    key = fresh("compare_costs")
    figure = customer_charts.cost_histogram(figures.costs(replayed), models, colours, currency)
    show(figure, "Customers by what they pay a month", key=key, on_select=lambda: open_bin(key, "cost"))
    medians = "; ".join(f"{summary.name} {format_amount(summary.median_monthly_cost, currency)}" for summary in summaries)
    st.caption(escaped(f"Median: {medians}. Every customer is in one bar of each candidate. Choose a bar to see who it is."))
    st.markdown("**What each customer brings in over the window**")
    curve = customer_charts.revenue_curve(figures.ranked(replayed), models, colours, currency)
    show(curve, "Billed per customer, largest first", key="compare_curve")
    st.caption(escaped(_largest_in_words(replayed)))
    _customer_table(replayed, summaries)


def _largest_in_words(replayed: Replay) -> str:
    """How much of the revenue the largest tenth of customers makes."""
    rows = [row for row in figures.largest(replayed).to_pylist() if row["percent"] == 10 and row["total"]]
    shares = [f"{percent(Fraction(row['billed']) / Fraction(row['total']))} under {row['candidate']}" for row in rows]
    if not shares:
        return "No customer brings in anything."
    return f"The largest 10 % of customers ({rows[0]['customers']:,}) bring in {', '.join(shares)}. Customers who are billed nothing are not drawn."


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

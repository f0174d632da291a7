"""Compare with customers in several markets: sums in the reporting currency, each market and each customer in their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.compare.behind import matching
from pages.comparison import blocked, exports, figures, how_sure, outstanding, revenue, stocks, views, why
from pages.comparison.customer_list import ROWS_SHOWN, count_in_words, search_box
from pages.shared import candidates, subscriptions
from pages.shared.tables import csv_button, escaped, frame_of, signed_column, text_table
from pages.shared.tabs import tabs

NOTE = "Every line of an invoice comes into the reporting currency at the rate of its invoice's day. Choose a market above to see it in full."


def markets(replayed: Replay, rows: Sequence[CandidateRow], view: views.View) -> None:
    """The candidates together, and below a section at a time."""
    subscriptions.caution(replayed)
    st.header(escaped(figures.verdict(replayed, view) or f"{rows[0].name} brings in {rows[0].monthly} a month."), anchor=False)
    candidates.table(rows, key="compare_candidates")
    views.ground(replayed, view)
    summaries, earned = figures.summaries(replayed), figures.earned(replayed) if view == "earned" else None
    contents: dict[str, Callable[[], None]] = {
        "By market": lambda: by_market(replayed),
        "Revenue by month": lambda: revenue.revenue(replayed, summaries, earned),
        "Outstanding": lambda: outstanding.outstanding(replayed),
        "Customers": lambda: _customers(replayed),
        "Why": lambda: why.why(replayed),
        "How sure": lambda: how_sure.how_sure(replayed, view),
        "Refused usage": lambda: blocked.blocked(replayed, summaries),
        "Credits and balance": lambda: stocks.stocks(replayed),
    }
    tabs("compare_market_section", contents)
    exports.downloads(replayed)


def by_market(replayed: Replay) -> None:
    """What each market is billed under each candidate, in its currency and in the reporting currency."""
    rows = figures.market_rows(replayed)
    st.markdown("**Billed, by market**")
    alt = "What each market is billed under each candidate, in its currency and in the reporting currency"
    text_table(rows, left=("Market",), key="compare_markets", alt=alt)
    st.caption(NOTE)


def _customers(replayed: Replay) -> None:
    """Every customer in its own currency; those whose bill differs most first."""
    names = [candidate.name for candidate in replayed.scenario.candidates]
    table = figures.customers_in_markets(replayed)
    found = matching(table, search_box("compare_market_customers_search", width=280))
    columns = {f"billed {place}": st.column_config.TextColumn(name, alignment="right") for place, name in enumerate(names)}
    if len(names) > 1:
        baseline = names[replayed.scenario.baseline_index()]
        columns["difference"] = signed_column(f"{names[-1]} against {baseline}", replayed.currency)
    shown = found.slice(0, ROWS_SHOWN)
    st.dataframe(
        frame_of(shown),
        hide_index=True,
        column_order=["customer_id", "market", *columns],
        column_config={
            "customer_id": st.column_config.TextColumn("Customer", pinned=True),
            "market": st.column_config.TextColumn("Market"),
            **columns,
        },
        key="compare_market_customers",
        alt="Customers in their own currency, those whose bill differs most first",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(escaped(f"{count_in_words(found, table.num_rows)}."), width="stretch")
        csv_button("Download CSV", lambda: replayed.table("customers"), "customers.csv", key="compare_market_customers_csv")

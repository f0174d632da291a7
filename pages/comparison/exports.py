"""The downloads: everything as one Excel file, or a table of one's choice as CSV."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.compare.report import sheet_makers
from pages.comparison import figures
from pages.shared.tables import CSV, EXCEL

IN_ONE = (
    "A sheet per table: summary, assumptions, revenue by month, earned and outstanding, margins, customers, differences, "
    "who is on which plan, periods, accounts, invoices, lines."
)
IN_MARKETS = (
    "A sheet per table: summary, by market, revenue by month, earned and outstanding in the reporting currency; customers, periods, "
    "accounts, invoices and lines in each customer's own. Choose a market above for differences and moves."
)


def downloads(replayed: Replay) -> None:
    """Everything as one Excel file, or a table of one's choice as CSV."""
    makers = sheet_makers(replayed)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            "Download Excel",
            lambda: figures.excel(replayed),
            "comparison.xlsx",
            EXCEL,
            key="compare_excel",
            on_click="ignore",
            help=IN_MARKETS if replayed.in_markets else IN_ONE,
        )
        name = st.selectbox("Table", list(makers), key="compare_csv_table", width=240, format_func=str.capitalize)
        st.download_button(
            "Download CSV",
            lambda: figures.csv(replayed, name),
            f"{name.replace(' ', '_')}.csv",
            CSV,
            key="compare_csv",
            on_click="ignore",
        )

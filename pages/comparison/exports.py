"""The downloads: everything as one Excel file, or a table of one's choice as CSV."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.compare.report import sheet_makers
from pages.comparison import figures
from pages.shared.tables import CSV, EXCEL


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
            help="A sheet per table: summary, assumptions, revenue by month, earned and outstanding, margins, customers, differences, "
            "who is on which plan, periods, accounts, invoices, lines.",
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

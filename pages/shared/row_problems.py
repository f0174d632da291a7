"""Rows of a file that make no sense, as a table with what would be right."""

from __future__ import annotations

import pyarrow as pa
import streamlit as st

from pages.shared.tables import downloads

ROWS_SHOWN = 200


def listed_problems(table: pa.Table, name: str, alt: str) -> None:
    """The table, or its first rows, with a way to take all of them along. name: of the file, and of the widgets' keys."""
    st.dataframe(
        table.slice(0, ROWS_SHOWN).to_pandas(),
        hide_index=True,
        height=min(9, table.num_rows + 1) * 35 + 2,
        column_config={
            "file": "File",
            "line": st.column_config.NumberColumn("Line", format="%d"),
            "customer_id": "Customer",
            "at": "At",
            "action": "Action",
            "column": "Column",
            "value": "Value",
            "what": "What is wrong",
            "fix": "What would be right",
        },
        alt=alt,
    )
    if table.num_rows > ROWS_SHOWN:
        st.caption(f"The first {ROWS_SHOWN} of {table.num_rows:,} are shown; the download has all of them.")
    downloads(name, lambda: {"problems": table}, key=name)

"""A list of customers on the Compare page: found by a part of their id, the first of them in a table, each opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa
import streamlit as st

from commet_core.foundation.wording import counted
from commet_core.reports.compare.behind import matching
from pages.comparison.opened_figure import fresh, open_row
from pages.shared.tables import escaped, frame_of

ROWS_SHOWN = 200
ROW_PIXELS = 35
ROWS_IN_SIGHT = 9


def search_box(key: str, value: str = "", *, width: int | Literal["stretch"] = "stretch") -> str:
    return st.text_input("Find a customer", value, key=key, placeholder="part of the customer's id", width=width)


def one_of(label: str, names: Sequence[str], key: str) -> str:
    """The candidate whose customers are asked for; at first the first."""
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    return st.segmented_control(label, names, format_func=escaped, key=key, required=True) or names[0]


def customer_list(
    table: pa.Table, columns: Mapping[str, Any], search: str, *, key: str, candidate: str, alt: str, of: int | None = None
) -> tuple[pa.Table, str]:
    """The customers that match, and how many they are, in words. A row opens its customer under the candidate.

    table: customer_id and columns of amounts. columns: those shown after the customer, with their settings. of: how many
    customers there are in all, where the table has some of them.
    """
    found, key = matching(table, search), fresh(key)
    ids = found["customer_id"].slice(0, ROWS_SHOWN).to_pylist()
    customer_table(found, columns, key=key, on_select=lambda: open_row(key, candidate, ids), alt=alt)
    return found, count_in_words(found, table.num_rows if of is None else of)


def customer_table(
    found: pa.Table, columns: Mapping[str, Any], *, key: str, on_select: Callable[[], None] | Literal["rerun"], alt: str
) -> Any:
    """The first of some customers as a table; returns what is chosen in it."""
    shown = found.slice(0, ROWS_SHOWN)
    return st.dataframe(
        frame_of(shown),
        hide_index=True,
        height=(min(ROWS_IN_SIGHT, shown.num_rows) + 1) * ROW_PIXELS + 2,
        column_order=["customer_id", *columns],
        column_config={"customer_id": st.column_config.TextColumn("Customer", pinned=True), **columns},
        key=key,
        on_select=on_select,
        selection_mode="single-row",
        placeholder="",
        alt=alt,
    )


def count_in_words(found: pa.Table, all_customers: int) -> str:
    if found.num_rows == all_customers:
        words = counted(1, "customer") if all_customers == 1 else f"All {counted(all_customers, 'customer')}"
    else:
        words = f"{found.num_rows:,} of {counted(all_customers, 'customer')}"
    return f"{words} (the first {ROWS_SHOWN} shown)" if found.num_rows > ROWS_SHOWN else words

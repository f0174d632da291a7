"""All candidates beside each other for one customer, and one sentence why it pays more here than there."""

from __future__ import annotations

from typing import Any

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount, format_signed
from commet_core.reports.compare.why import side_by_side
from commet_core.reports.statement import Statement
from pages.shared.kept import by_content
from pages.shared.tables import escaped, text_columns


def section(statement: Statement) -> None:
    """Where there is more than one candidate."""
    if len(statement.replayed.runs) < 2:
        return
    rows, currency = _rows(statement.replayed, statement.customer_id), statement.currency
    told = next((row["why"] for row in rows if row["candidate"] == statement.run.candidate.name), "")
    if told:
        st.markdown(escaped(told))
    columns = {
        "Candidate": [row["candidate"] for row in rows],
        "Billed": [format_amount(row["billed"], currency) for row in rows],
        "Against the baseline": ["" if not row["why"] else format_signed(row["difference"], currency) for row in rows],
        "Refused": [f"{row['refused_events']:,} of {row['events']:,}" for row in rows],
        "Why": [row["why"] for row in rows],
    }
    with st.expander("Under every candidate"):
        st.dataframe(
            columns, hide_index=True, column_config=text_columns(columns, left=("Candidate", "Why")), key="replay_beside"
        )


@by_content()
def _rows(replayed: Replay, customer_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = side_by_side(replayed, customer_id).to_pylist()
    return rows

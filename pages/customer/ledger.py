"""The Customers page's ledger: every event with its cost, its outcome, and what was left after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict, Unpack

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import span_words
from commet_core.foundation.money import format_exact, plain
from commet_core.foundation.wording import refusal_name
from commet_core.reports.statement import (
    Statement,
    features_used,
    ledger_columns_unused,
    ledger_rows,
    ledger_table,
    statement_of,
)
from commet_core.reports.statement.spells import stage_words
from commet_core.reports.statement.words import exhausted_words, feature_name
from pages.customer.cells import file_name
from pages.shared.kept import by_content
from pages.shared.tables import downloads

PAGE_ROWS = 100
OUTCOME_PIXELS = 190
EXCEL_ROWS_QUICK = 50_000
_PAGE = "replay_ledger_page"

COLUMN_NAMES = {
    "event": "Event",
    "time": "Time (UTC)",
    "feature": "Feature",
    "value": "Asked for",
    "outcome": "Outcome",
    "served": "Served",
    "model": "AI model",
    "input_tokens": "Input tokens",
    "output_tokens": "Output tokens",
    "cache_read_tokens": "Read from cache",
    "cache_write_tokens": "Written to cache",
    "used_in_period": "Used in period",
    "included_left": "Included left",
    "overage_units": "Beyond included",
    "overage_cost": "Overage",
    "credits": "Credits",
    "from_plan_credits": "From plan",
    "from_purchased_credits": "From purchased",
    "credits_bought": "Bought for it",
    "plan_credits_left": "Plan credits left",
    "purchased_credits_left": "Purchased left",
    "cost": "Cost",
    "topped_up": "Topped up for it",
    "balance_left": "Balance left",
}
TEXT_COLUMNS = {"feature", "outcome", "model"}
MONEY_COLUMNS = {"overage_cost", "cost", "topped_up", "balance_left"}


def section(statement: Statement) -> None:
    st.header("Ledger", anchor=False)
    if statement.event_count == 0:
        st.info("This customer asked for nothing in the window, so the ledger is empty.")
        return
    filters = _filters(statement)
    rows = ledger_rows(statement, **filters)
    if len(rows) == 0:
        st.info("No event matches. Choose every feature and every period, and turn “refused only” off, to see all of them.")
        return
    pages = -(-len(rows) // PAGE_ROWS)
    key = f"{_PAGE}_{st.session_state.get(_PAGE, 0)}"
    page = min(st.session_state.get(key, 1), pages)
    cells, refused = _cells(statement.replayed, statement.run.candidate.name, statement.customer_id, page, **filters)
    _table(cells, refused=refused)
    first = (page - 1) * PAGE_ROWS + 1
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Rows {first:,} to {first + cells.num_rows - 1:,} of {len(rows):,}{_of_all(statement, rows)}, "
            f"{statement.currency.upper()}.",
            width="content",
        )
        if pages > 1:
            st.pagination(pages, key=key)
    if len(rows) > EXCEL_ROWS_QUICK:
        st.caption("So many rows take Excel a while: the CSV is quicker.")
    downloads(file_name("ledger", statement), lambda: {"ledger": ledger_table(statement, rows)}, key="replay_ledger")


def _of_all(statement: Statement, rows: Any) -> str:
    """Of how many rows filters leave those that are listed; nothing where they leave all."""
    return "" if len(rows) == statement.event_count else f", of {statement.event_count:,} in all"


class Filters(TypedDict):
    """What is chosen of a ledger: None for every feature, or every period."""

    refused_only: bool
    feature: str | None
    period: int | None


def _filters(statement: Statement) -> Filters:
    features = features_used(statement)
    periods = list(range(statement.segments.stop - statement.segments.start))
    for key, options in (("replay_ledger_feature", features), ("replay_ledger_period", periods)):
        if st.session_state.get(key) not in options:
            st.session_state[key] = None
    _first_page_of(statement)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        feature = st.selectbox(
            "Feature",
            features,
            format_func=lambda code: feature_name(statement, code),
            key="replay_ledger_feature",
            label_visibility="collapsed",
            placeholder="Every feature",
            on_change=_first_page,
            width=240,
        )
        period = st.selectbox(
            "Period",
            periods,
            format_func=_period_words(statement),
            key="replay_ledger_period",
            label_visibility="collapsed",
            placeholder="Every period",
            on_change=_first_page,
            width=300,
        )
        refused = st.toggle("Refused only", key="replay_refused", on_change=_first_page)
    return Filters(refused_only=refused, feature=feature, period=period)


def _first_page() -> None:
    """Begins at the first page again: with a new widget, because a page number cannot be set from outside."""
    st.session_state[_PAGE] = st.session_state.get(_PAGE, 0) + 1


def _first_page_of(statement: Statement) -> None:
    """Begins at the first page where another ledger is shown than before."""
    shown = (statement.run.candidate.name, statement.customer_id)
    if st.session_state.get("replay_ledger_of") != shown:
        st.session_state["replay_ledger_of"] = shown
        _first_page()


def _period_words(statement: Statement) -> Callable[[int], str]:
    timeline, own = statement.run.timeline, statement.segments
    starts, ends = timeline.starts[own], timeline.ends[own]
    stages = [statement.run.stages[stage] for stage in statement.segment_stages.tolist()]
    catalog = statement.replayed.scenario.catalog
    several = len(set(stages)) > 1

    def words(period: int) -> str:
        on = f", {stage_words(catalog, stages[period])}" if several else ""
        return f"{period + 1}: {span_words(statement.time(starts[period]), statement.time(ends[period]))}{on}"

    return words


@by_content()
def _cells(replayed: Replay, candidate: str, customer: str, page: int, **filters: Unpack[Filters]) -> tuple[pa.Table, bool]:
    """A page of the ledger as it is read, and whether anything of it was refused."""
    statement = statement_of(replayed, replayed.run(candidate), customer)
    rows = ledger_rows(statement, **filters)[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    table = ledger_table(statement, rows)
    never = ledger_columns_unused(statement)
    shown = [column for column in table.column_names if column in COLUMN_NAMES and column not in never]
    events = table.to_pylist()
    cells = pa.table({column: [_cell(statement, column, event) for event in events] for column in shown})
    return cells, any(event["reason"] for event in events)


def _table(cells: pa.Table, *, refused: bool) -> None:
    columns: dict[str, Any] = {
        column: st.column_config.TextColumn(
            COLUMN_NAMES[column],
            alignment="left" if column in TEXT_COLUMNS else "right",
            width=OUTCOME_PIXELS if column == "outcome" and refused else None,
        )
        for column in cells.column_names
    } | {"time": st.column_config.DatetimeColumn(COLUMN_NAMES["time"], format="D MMM YYYY, HH:mm:ss", timezone="UTC")}
    st.dataframe(
        cells,
        hide_index=True,
        height=420 if cells.num_rows > 10 else "auto",
        column_config=columns,
        alt="The ledger: one row per event with its cost, its outcome and what is left after it",
    )


def _cell(statement: Statement, column: str, row: dict[str, Any]) -> str | datetime:
    """A figure exactly as it is, with its currency where it is money."""
    cell = row[column]
    if cell is None:
        return "–"
    if column == "outcome":
        return _outcome(statement, row)
    if column == "feature":
        return feature_name(statement, cell)
    if column == "model":
        return str(cell)
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, Decimal):
        return format_exact(cell, statement.currency) if column in MONEY_COLUMNS else plain(cell)
    return f"{cell:,}"


def _outcome(statement: Statement, row: dict[str, Any]) -> str:
    if row["reason"] is None:
        return "Served"
    exhausted = row["reason"] == "allowance_exhausted"
    reason = exhausted_words(statement) if exhausted else refusal_name(row["reason"])
    return f"{row['outcome'].capitalize()}: {reason}"

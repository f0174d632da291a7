"""Who is on which plan: what customers begin and end on, and every move between."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import streamlit as st

from commet_core.compare.behind import matching, total
from commet_core.compare.lesson import listed
from commet_core.money import format_amount
from commet_core.replay import Replay
from pages.shared.charts import plan_holdings
from pages.shared.charts.plan_holdings import Holding
from pages.shared.comparison import figures
from pages.shared.comparison.opened import ROWS_SHOWN, fresh, open_row
from pages.shared.comparison.plan_words import MOVE_NAMES, plan_names, stage_in_words
from pages.shared.comparison.sections import count_in_words, models_of
from pages.shared.palette import palette, show
from pages.shared.tables import amount_cells, escaped, frame_of, money_column, text_columns

CHARTS_IN_ROW = 3


def plans_and_moves(replayed: Replay) -> None:
    """Customers by plan at the start and the end, the moves, and who made them."""
    names = plan_names(replayed.scenario.catalog)
    table = figures.customers_by_plan(replayed)
    _charts(replayed, table, names)
    _holdings(replayed, table, names)
    moves = figures.moves(replayed)
    _moves(replayed, moves, names)
    _movers(replayed, names)


def _charts(replayed: Replay, table: pa.Table, names: Mapping[str, str]) -> None:
    """A chart per candidate under which customers are on more than one thing, all on one scale."""
    models, rows = models_of(replayed), table.to_pylist()
    held = {name: [row for row in rows if row["candidate"] == name] for name in models}
    held = {name: own for name, own in held.items() if len(own) > 1}
    most = max((max(row["customers_first"], row["customers_last"]) for own in held.values() for row in own), default=0)
    shown = list(held)
    for first in range(0, len(shown), CHARTS_IN_ROW):
        part = shown[first : first + CHARTS_IN_ROW]
        for column, name in zip(st.columns(min(len(shown), CHARTS_IN_ROW)), part, strict=False):
            holdings = [
                Holding(
                    stage_in_words(names, row["plan"], row["interval"], row["state"]),
                    row["customers_first"],
                    row["customers_last"],
                )
                for row in held[name]
            ]
            with column:
                st.markdown(f"**{escaped(name)}**")
                figure = plan_holdings.customers_by_plan(holdings, models[name], palette(), most)
                show(
                    figure, f"{name}: customers by plan at the window's start and end", key=f"compare_plans_{shown.index(name)}"
                )


def _holdings(replayed: Replay, table: pa.Table, names: Mapping[str, str]) -> None:
    rows = table.to_pylist()
    columns = {
        "Candidate": [row["candidate"] for row in rows],
        "Plan": [stage_in_words(names, row["plan"], row["interval"], row["state"]) for row in rows],
        "Customers at the start": [f"{row['customers_first']:,}" for row in rows],
        "Customers at the end": [f"{row['customers_last']:,}" for row in rows],
        "Billed on it": amount_cells([row["billed"] for row in rows], replayed.currency),
    }
    st.dataframe(
        columns,
        hide_index=True,
        height=min(13, len(rows) + 1) * 35 + 2,
        column_config=text_columns(columns, left=("Candidate", "Plan")),
        alt="Customers by plan at the start and at the end, and what was billed on each",
    )
    st.caption(
        "The start is a customer's own: its first day in the window. What a change charges and credits counts on the plan that it is "
        "to. The rows of a candidate add up to its customers, and to what it bills."
    )


def _moves(replayed: Replay, table: pa.Table, names: Mapping[str, str]) -> None:
    rows = table.to_pylist()
    moved = {row["candidate"] for row in rows}
    still = [run.candidate.name for run in replayed.runs if run.candidate.name not in moved]
    st.markdown("**Moves**")
    if still:
        st.info(escaped(f"Under {listed(still)} nobody moves: every customer stays from its start to the window's end."))
    if not rows:
        return
    columns = {
        "Candidate": [row["candidate"] for row in rows],
        "Move": [MOVE_NAMES[row["kind"]] for row in rows],
        "From": [stage_in_words(names, row["from_plan"], row["from_interval"]) for row in rows],
        "To": [stage_in_words(names, row["to_plan"], row["to_interval"]) for row in rows],
        "Times": [f"{row['count']:,}" for row in rows],
        "Customers": [f"{row['customers']:,}" for row in rows],
    }
    st.dataframe(
        columns,
        hide_index=True,
        height=min(13, len(rows) + 1) * 35 + 2,
        column_config=text_columns(columns, left=("Candidate", "Move", "From", "To")),
        alt="Moves of customers between plans, the most frequent first",
    )


def _movers(replayed: Replay, names: Mapping[str, str]) -> None:
    """Who changed plan or interval; each opens."""
    moving = [run.candidate.name for run in replayed.runs if figures.movers(replayed, run.candidate.name).num_rows]
    if not moving:
        return
    st.markdown("**Who changed plan**")
    if st.session_state.get("compare_movers_of") not in moving:
        st.session_state["compare_movers_of"] = moving[0]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = moving[0]
        if len(moving) > 1:
            name = st.segmented_control("Customers of", moving, key="compare_movers_of", required=True) or name
        search = st.text_input(
            "Find a customer", key="compare_mover_search", placeholder="part of the customer's id", width=280
        )
    table = figures.movers(replayed, name)
    found = matching(table, search)
    shown = found.slice(0, ROWS_SHOWN)
    key, ids = fresh(f"compare_movers_{name}"), shown["customer_id"].to_pylist()
    frame = frame_of(shown)
    for column in ("from_plan", "to_plan"):
        frame[column] = frame[column].map(names)
    st.dataframe(
        frame,
        hide_index=True,
        height=min(10, len(ids) + 1) * 35 + 2,
        column_config={
            "customer_id": st.column_config.TextColumn("Customer", pinned=True),
            "from_plan": "First on",
            "to_plan": "Last on",
            "changes": st.column_config.NumberColumn("Changes", format="%,d"),
            "billed": money_column("Billed", replayed.currency),
        },
        key=key,
        on_select=lambda: open_row(key, name, ids),
        selection_mode="single-row",
        alt=f"Customers who changed plan or interval under {name}",
    )
    amount = format_amount(total(found, "billed"), replayed.currency)
    st.caption(
        escaped(
            f"{count_in_words(found, table)}, together {amount} billed. Choose one to see its invoice lines, and to replay it."
        )
    )

"""Who is on which plan: what customers begin and end on, and every move between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa
import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.money import format_amount
from commet_core.foundation.vocabulary import Interval, State
from commet_core.foundation.wording import interval_name, listed, state_name, transition_name
from commet_core.reports.compare.behind import total
from commet_core.reports.compare.plan_words import names_of
from commet_core.reports.compare.plans import Held
from commet_core.reports.compare.section_titles import holdings_title
from pages.comparison import figures
from pages.comparison.customer_list import customer_list, one_of, search_box
from pages.comparison.models import models_of
from pages.shared.charts import plan_holdings
from pages.shared.charts.plan_holdings import Holding
from pages.shared.palette import in_rows, palette, show
from pages.shared.tables import amount_cells, escaped, money_column, text_table

HELD: Final = (
    "Customers on their first day in the window, and at its end; who used something before it subscribed begins as not subscribed "
    "yet. An overage counts on the plan under which it was used, the credit for unused days on the plan that follows. The rows of a "
    "candidate add up to its customers, and to what it bills."
)


def plans_and_moves(replayed: Replay) -> None:
    """Customers by plan at the start and the end, the moves, and who made them."""
    _charts(replayed)
    table = figures.customers_by_plan(replayed)
    _holdings(replayed, table)
    _moves(replayed, figures.moves(replayed))
    _movers(replayed)


def _names(replayed: Replay) -> dict[str, dict[str, str]]:
    """The names of the plans that occur under each candidate."""
    found: dict[str, set[str]] = {run.candidate.name: set() for run in replayed.runs}
    for row in figures.customers_by_plan(replayed).to_pylist():
        found[row["candidate"]] |= {row["plan"]} - {None}
    for row in figures.moves(replayed).to_pylist():
        found[row["candidate"]] |= {row["from_plan"], row["to_plan"]} - {None}
    return {name: names_of(replayed.scenario.catalog, sorted(codes)) for name, codes in found.items()}


def _charts(replayed: Replay) -> None:
    """A chart per candidate under which customers are on more than one plan, all on one scale."""
    models = models_of(replayed)
    found = {name: figures.held(replayed, name) for name in models}
    found = {name: own for name, own in found.items() if len(own) > 1}
    most = max((max(one.customers_first, one.customers_last) for own in found.values() for one in own), default=0)
    for place, name in enumerate(in_rows(list(found))):
        names = names_of(replayed.scenario.catalog, (one.what for one in found[name] if one.is_plan))
        st.markdown(f"**{escaped(holdings_title(found[name], names, name))}**", help=HELD)
        figure = plan_holdings.customers_by_plan(_held_in_words(replayed, found[name]), models[name], palette(), most)
        show(figure, f"{name}: customers by plan at the start and at the end", key=f"compare_plans_{place}")


def _held_in_words(replayed: Replay, found: Sequence[Held]) -> list[Holding]:
    names = names_of(replayed.scenario.catalog, (one.what for one in found if one.is_plan))
    return [Holding(names[one.what] if one.is_plan else one.what, one.customers_first, one.customers_last) for one in found]


def _holdings(replayed: Replay, table: pa.Table) -> None:
    rows, names = table.to_pylist(), _names(replayed)
    columns = {
        "Candidate": [row["candidate"] for row in rows],
        "Plan": [stage_in_words(names[row["candidate"]], row["plan"], row["interval"], row["state"]) for row in rows],
        "At the start": [f"{row['customers_first']:,}" for row in rows],
        "At the end": [f"{row['customers_last']:,}" for row in rows],
        "Billed": amount_cells([row["billed"] for row in rows], replayed.currency),
    }
    st.markdown("**Customers by plan**", help=HELD)
    alt = "Customers by plan at the start and at the end, and what was billed on each"
    text_table(columns, left=("Candidate", "Plan"), in_sight=12, alt=alt)


def _moves(replayed: Replay, table: pa.Table) -> None:
    rows, names = table.to_pylist(), _names(replayed)
    moved = {row["candidate"] for row in rows}
    still = [run.candidate.name for run in replayed.runs if run.candidate.name not in moved]
    st.markdown("**Moves**")
    if still:
        st.info(escaped(f"Under {listed(still)} nobody moves: every customer stays from its start to the window's end."))
    if not rows:
        return
    columns = {
        "Candidate": [row["candidate"] for row in rows],
        "Move": [transition_name(row["kind"]) for row in rows],
        "From": [stage_in_words(names[row["candidate"]], row["from_plan"], row["from_interval"]) for row in rows],
        "To": [stage_in_words(names[row["candidate"]], row["to_plan"], row["to_interval"]) for row in rows],
        "Times": [f"{row['count']:,}" for row in rows],
        "Customers": [f"{row['customers']:,}" for row in rows],
    }
    alt = "Moves of customers between plans, the most frequent first"
    text_table(columns, left=("Candidate", "Move", "From", "To"), in_sight=12, alt=alt)


def _movers(replayed: Replay) -> None:
    """Who changed plan or interval; each opens."""
    moving = [run.candidate.name for run in replayed.runs if figures.movers(replayed, run.candidate.name).num_rows]
    if not moving:
        return
    st.markdown("**Who changed plan**")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = one_of("Customers of", moving, "compare_movers_of") if len(moving) > 1 else moving[0]
        search = search_box("compare_mover_search", width=280)
    table = figures.movers(replayed, name)
    names = _names(replayed)[name]
    for column in ("from_plan", "to_plan"):
        plans = pa.array([names.get(plan, "") for plan in table[column].to_pylist()], pa.string())
        table = table.set_column(table.column_names.index(column), column, plans)
    found, count = customer_list(
        table,
        {
            "from_plan": "First on",
            "to_plan": "Last on",
            "changes": st.column_config.NumberColumn("Changes", format="%,d"),
            "billed": money_column("Billed", replayed.currency),
        },
        search,
        key=f"compare_movers_{name}",
        candidate=name,
        alt=f"Customers who changed plan or interval under {name}",
    )
    amount = format_amount(total(found, "billed"), replayed.currency)
    st.caption(escaped(f"{count}, together {amount} billed. Choose one to see its invoice lines, and to replay it."))


def stage_in_words(names: Mapping[str, str], plan: str | None, interval: Interval | None, state: State = "active") -> str:
    """`Pro, monthly`, `Pro, monthly, paused`. names: as `plan_words.names_of`."""
    if plan is None:
        return "not subscribed yet"
    price = interval_name(interval)
    parts = (names[plan], price if price != names[plan].lower() else "", state_name(state) if state != "active" else "")
    return ", ".join(part for part in parts if part)

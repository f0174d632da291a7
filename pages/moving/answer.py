"""The answer, every way as a row, the months of the one that is looked at, and whom to talk to first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from commet_core.decide.migration import TABLES, Migration, Outcome, OutcomeAhead, plan_table
from commet_core.decide.migration.tables import talk_table
from commet_core.decide.migration.written import plan_file
from commet_core.foundation.formats import percent_exact
from commet_core.foundation.wording import counted
from commet_core.reports.move import (
    NOBODY_REACTS,
    chart_title,
    migration_words,
    set_aside,
    strategy_name,
    strategy_rows,
    talk_rows,
)
from commet_core.reports.move.rows import MONTH_HEADS, gains_by_day, gains_by_month, month_rows
from pages.moving import charts
from pages.shared import candidates, remembered
from pages.shared import study as studies
from pages.shared.palette import palette, show
from pages.shared.tables import csv_button, downloads, escaped, text_table

_CHOSEN = "move_chosen"
CUSTOMERS_SHOWN = 12


def answer(made: Migration) -> None:
    """The sentence, and a row for each way."""
    said = migration_words(made)
    st.header(escaped(said[0]), anchor=False)
    for sentence in said[1:2]:
        st.markdown(escaped(sentence))
    st.caption(escaped(" ".join(filter(None, [NOBODY_REACTS, set_aside(made.scenario.assumptions)]))))
    rows = strategy_rows(made)
    model = made.scenario.plan(made.new).consumption_model
    heads = {
        "name": "Way",
        "earned": "Earned, against staying",
        "billed": "Billed, against staying",
        "moved": "Moved",
        "above": f"Pay over {percent_exact(made.ground.rise)} more",
        "cost": "Cost",
        "payback": "Paid back",
    }
    candidates.plain_table(
        heads,
        [row._asdict() for row in rows],
        {row.name: model for row in rows},
        key="move_ways",
        opens=lambda name: choose(made.outcomes, name),
        opens_words="Months and plan:",
        caption="Ways to move",
        terms={"earned": "earned", "billed": "billed", "cost": "cost of a move", "payback": "payback"},
    )
    with st.expander("What stands behind it"):
        for sentence in said[2:]:
            if sentence != NOBODY_REACTS:
                st.markdown(escaped(sentence))
        downloads("migration", lambda: {name: table_of(made) for name, table_of in TABLES.items()}, key="move")


def chosen(made: Migration) -> None:
    """The months of the way that is looked at, and its plan."""
    outcome = looked_at(made.outcomes)
    title = chart_title(outcome)
    st.markdown(f"**{escaped(title)}**")
    model = made.scenario.plan(made.new).consumption_model
    gains = tuple(gains_by_month(outcome)), tuple(gains_by_day(outcome))
    figure = charts.gained(*gains, model, palette(), made.currency)
    show(figure, f"{title}: what is earned more than by staying, by month and added up by day", key="move_gained")
    with st.expander("The same as a table"):
        columns = {
            head: list(cells) for head, cells in zip(MONTH_HEADS, zip(*month_rows(made, outcome), strict=True), strict=True)
        }
        text_table(columns, left=("Month",), key="move_months")
    csv_button(
        "Download this plan",
        lambda: plan_table(outcome),
        plan_file(outcome.strategy.text),
        key="move_plan",
        help="Who moves when, with bills before and after, as subscriptions that a replay reads.",
    )


def talk(made: Migration) -> None:
    """Customers whose bill rises, the largest rise first."""
    rows, count = talk_rows(made, CUSTOMERS_SHOWN), len(made.first_to_talk_to)
    if not rows:
        st.markdown("**Nobody's bill rises**")
        return
    st.markdown(f"**Talk to these first: {counted(count, 'bill')} {'rises' if count == 1 else 'rise'}**")
    heads = ("Customer", "A month now", "Then", "More", "Rise")
    columns = {head: list(cells) for head, cells in zip(heads, zip(*rows, strict=True), strict=True)}
    text_table(columns, left=("Customer",), key="move_talk")
    csv_button("Download the list", lambda: talk_table(made), "talk_to_first.csv", key="move_talk_csv")


Way = TypeVar("Way", Outcome, OutcomeAhead)


def looked_at(ways: Sequence[Way]) -> Way:
    """The way that was clicked; the first unless one was."""
    kind = remembered.typed(_CHOSEN)
    return next((way for way in ways if way.strategy.kind == kind), ways[0])


def choose(ways: Sequence[Outcome] | Sequence[OutcomeAhead], name: str) -> None:
    """A click's callback: another way is looked at."""
    remembered.put(_CHOSEN, next(way.strategy.kind for way in ways if strategy_name(way.strategy) == name))
    studies.write_link()

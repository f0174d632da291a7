"""The answer on possible futures: every way as a row, and the months ahead of the one that is looked at."""

from __future__ import annotations

import streamlit as st

from commet_core.decide.migration import TABLES_AHEAD, MigrationAhead
from commet_core.foundation.formats import month_words, percent_exact
from commet_core.foundation.money import format_signed
from commet_core.reports.move import NOBODY_REACTS, ahead_by_month, ahead_rows, ahead_title, ahead_words, set_aside
from pages.moving import charts
from pages.moving.answer import choose, looked_at
from pages.shared import candidates
from pages.shared.palette import palette, show
from pages.shared.tables import downloads, escaped, text_table


def answer(made: MigrationAhead) -> None:
    """The sentence, and a row for each way."""
    first, said = made.first, ahead_words(made)
    st.header(escaped(said[0]), anchor=False)
    st.caption(escaped(" ".join(filter(None, [NOBODY_REACTS, set_aside(first.scenario.assumptions)]))))
    rows = ahead_rows(made)
    heads = {
        "name": "Way",
        "earned": "Earned, against staying",
        "range": "80 % range of it",
        "billed": "Billed, against staying",
        "moved": "Moved",
        "above": f"Pay over {percent_exact(first.ground.rise)} more",
        "cost": "Cost",
        "payback": "Paid back",
    }
    candidates.plain_table(
        heads,
        [row._asdict() for row in rows],
        {row.name: first.scenario.plan(first.new).consumption_model for row in rows},
        key="move_ways_ahead",
        opens=lambda name: choose(made.outcomes, name),
        opens_words="Months:",
        caption="Ways to move",
        terms={"earned": "earned", "range": "80 % range", "billed": "billed", "cost": "cost of a move", "payback": "payback"},
    )
    with st.expander("What stands behind it"):
        for sentence in said[1:]:
            if sentence != NOBODY_REACTS:
                st.markdown(escaped(sentence))
        downloads("migration", lambda: {name: table_of(made) for name, table_of in TABLES_AHEAD.items()}, key="move_ahead")


def chosen(made: MigrationAhead) -> None:
    """The months of the way that is looked at."""
    outcome, currency = looked_at(made.outcomes), made.first.currency
    title, months = ahead_title(made, outcome), ahead_by_month(made, outcome)
    st.markdown(f"**{escaped(title)}**")
    model = made.first.scenario.plan(made.first.new).consumption_model
    figure = charts.ahead(tuple(months), model, palette(), currency)
    show(figure, f"{title}: what is earned more than by staying, by month ahead, with its 80 % range", key="move_ahead_gained")
    with st.expander("The same as a table"):
        columns = {"Month": [month_words(each.day) for each in months]} | {
            head: [format_signed(getattr(each, part), currency) for each in months]
            for head, part in (("1 in 10 below", "low"), ("Middle", "middle"), ("1 in 10 above", "high"))
        }
        text_table(columns, left=("Month",), key="move_ahead_months")

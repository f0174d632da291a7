"""The Customers page's timeline of a subscription: plans, trial and pauses over the window, and what happened, in words."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from commet_core.foundation.formats import moment_words
from commet_core.foundation.money import format_amount
from commet_core.reports.statement import Statement
from commet_core.reports.statement.happenings import Happening, happenings
from commet_core.reports.statement.spells import Spell, spells, stage_rows, staying_words
from commet_core.timeline.stages import Stage
from pages.customer.cells import cell_text, unbroken
from pages.shared.charts.subscription import Bar, Mark, subscription
from pages.shared.palette import palette, show
from pages.shared.tables import dollars, escaped

LISTED_AT_ONCE = 12
LIST_PIXELS = 460


def section(statement: Statement) -> None:
    st.header("Subscription", anchor=False)
    found, happened = spells(statement), happenings(statement)
    if len(happened) == 1 and found[0].stage.has_periods:
        st.markdown(escaped(staying_words(statement)))
        return
    _chart(statement, found, happened)
    _list(statement, happened)


def _chart(statement: Statement, found: list[Spell], happened: list[Happening]) -> None:
    rows = stage_rows(statement)
    bars = [
        Bar(spell.start, spell.end, rows[_kind(spell.stage)], spell.stage.state, _spell_words(spell, rows)) for spell in found
    ]
    marks = [
        Mark(one.at, rows[_kind(one.stage)], number, f"{number}: {moment_words(one.at)}. {one.what}", one.purchase)
        for number, one in enumerate(happened, start=1)
    ]
    colours = palette()
    colour = colours.models[statement.run.plan.consumption_model]
    figure = subscription(bars, marks, list(dict.fromkeys(rows.values())), _bounds(statement), colour, colours)
    told = ". ".join(f"{moment_words(one.at)}: {one.what}" for one in happened[:LISTED_AT_ONCE])
    show(figure, f"The plans of customer {statement.customer_id} over the window. {told}.", key="replay_timeline")


def _kind(stage: Stage) -> tuple[str | None, str | None]:
    return stage.plan, stage.interval


def _spell_words(spell: Spell, rows: dict[tuple[str | None, str | None], str]) -> str:
    return f"{rows[_kind(spell.stage)]}, {spell.stage.state}: {moment_words(spell.start)} to {moment_words(spell.end)}"


def _bounds(statement: Statement) -> tuple[datetime, datetime]:
    timeline = statement.run.timeline
    start, end = (statement.time(at) for at in timeline.window.span(timeline.days))
    return start, end


def _when(at: datetime) -> str:
    """A moment whose line breaks, if it must, before the time."""
    return ", ".join(unbroken(part) for part in moment_words(at).split(", "))


def _list(statement: Statement, happened: list[Happening]) -> None:
    currency = statement.currency
    rows = [
        f"| {number} | {_when(one.at)} | {cell_text(one.what)} "
        f"| {'–' if one.invoiced is None else dollars(format_amount(one.invoiced, currency))} |"
        for number, one in enumerate(happened, start=1)
    ]
    head = [f"| No. | When ({statement.zone}) | What happened | Invoiced, {currency.upper()} |", "| --: | :-- | :-- | --: |"]
    with st.container(height=LIST_PIXELS if len(rows) > LISTED_AT_ONCE else "content", border=False):
        st.markdown("\n".join([*head, *rows]))
    st.caption("Renewals are among the invoices below; what is invoiced at a change may hold overage of the plan before it.")

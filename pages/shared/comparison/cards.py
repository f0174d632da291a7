"""The headline of a comparison: the lesson in a sentence, what is not fair about it, and a card per candidate."""

from __future__ import annotations

import streamlit as st

from commet_core.compare import Summary, parts_of
from commet_core.compare.lesson import cautions, lessons, percent, sum_in_words
from commet_core.money import format_amount
from commet_core.replay import Replay
from pages.shared.comparison.assumptions import words_of
from pages.shared.comparison.opened import Opened, open_figure
from pages.shared.links import page_link
from pages.shared.palette import MODEL_NAMES
from pages.shared.tables import dollars, escaped

CARDS_IN_ROW = 3


def headline(replayed: Replay, summaries: list[Summary]) -> None:
    """What the comparison teaches, on which usage, and whether it is fair."""
    first, *others = lessons(replayed, summaries)
    st.subheader(escaped(first), anchor=False)
    for sentence in others:
        st.markdown(escaped(sentence))
    st.caption(
        f"{summaries[0].customers:,} customers, {replayed.events_in_window:,} events, {words_of(replayed.window)}, amounts in "
        f"{replayed.currency.upper()}. The same usage is replayed through every candidate."
    )
    if len(summaries) == 1:
        page_link("pages/plans.py", "Add a second candidate on the Plans page to compare it with")
    sentences = cautions(replayed)
    if sentences:
        with st.container(border=True):
            st.warning("Not a fair comparison. " + " ".join(escaped(sentence) for sentence in sentences))
            page_link("pages/plans.py", "Change the plans")


def cards(replayed: Replay, summaries: list[Summary]) -> None:
    """A card per candidate, three in a row."""
    baseline = summaries[replayed.scenario.baseline_index()]
    for first in range(0, len(summaries), CARDS_IN_ROW):
        row = summaries[first : first + CARDS_IN_ROW]
        columns = st.columns(min(len(summaries), CARDS_IN_ROW))
        for place, (column, summary) in enumerate(zip(columns[: len(row)], row, strict=True), start=first):
            with column.container(border=True, height="stretch"):
                _card(replayed, summary, baseline, place)


def _card(replayed: Replay, summary: Summary, baseline: Summary, place: int) -> None:
    currency = replayed.currency
    plan = replayed.scenario.catalog.plans[summary.plan]
    interval = replayed.scenario.interval(replayed.scenario.candidates[place])
    st.markdown(f"**{escaped(summary.name)}**")
    kind = [MODEL_NAMES[summary.model], escaped(plan.name or summary.plan), interval.replace("_", "-") if interval else "free"]
    st.caption(" · ".join(kind))
    gain = summary.monthly_revenue - baseline.monthly_revenue
    st.metric(
        "Monthly revenue",
        format_amount(summary.monthly_revenue, currency),
        delta="the baseline" if summary is baseline else f"{format_amount(gain, currency)} against {escaped(baseline.name)}",
        delta_arrow="off" if gain == 0 else "auto",
        delta_color="off" if gain == 0 else "normal",
        help="All invoices of the window, divided by its months.",
    )
    st.metric(
        "Median customer, a month",
        format_amount(summary.median_monthly_cost, currency),
        help="Half of the customers pay less than this in a month, half pay more.",
    )
    st.metric(
        "Share of usage blocked",
        percent(summary.blocked_share),
        delta=_refused_in_words(summary),
        delta_color="off",
        delta_arrow="off",
    )
    st.caption(dollars(sum_in_words(parts_of(summary), summary.billed, currency) + "."))
    with st.container(horizontal=True):
        st.button(
            "Customers and lines",
            key=f"compare_card_{place}",
            on_click=open_figure,
            args=(Opened(summary.name),),
        )
        if summary.customers_blocked:
            st.button(
                "Refused customers",
                key=f"compare_refused_{place}",
                on_click=open_figure,
                args=(Opened(summary.name, kind="refused"),),
            )


def _refused_in_words(summary: Summary) -> str:
    if summary.first_blocked_at is None:
        return "nothing was refused"
    customers = f"{summary.customers_blocked:,} customer{'' if summary.customers_blocked == 1 else 's'}"
    return f"{customers}, first {summary.first_blocked_at.day} {summary.first_blocked_at:%b %Y}"

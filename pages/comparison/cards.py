"""The headline of a comparison: the lesson in a sentence, what is not fair about it, and a card per candidate."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import day_words, percent
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import counted
from commet_core.reports.compare import Summary, parts_of
from commet_core.reports.compare.cautions import cautions
from commet_core.reports.compare.earned import Earned
from commet_core.reports.compare.earned_words import earned_lessons, tie_in_words
from commet_core.reports.compare.lesson import lessons
from commet_core.reports.compare.plan_words import landed_in_words
from commet_core.reports.compare.sum_words import sum_in_words
from commet_core.reports.quote.line_up_words import CHOICE_NAMES
from pages.comparison import figures
from pages.comparison.assumptions import words_of
from pages.comparison.opened_figure import Opened, open_figure
from pages.comparison.plan_words import candidate_in_words
from pages.shared.links import page_link
from pages.shared.tables import against, dollars, escaped

CARDS_IN_ROW = 3
BILLED_HELP = "All invoices of the window, divided by its months."
EARNED_HELP = "All that was earned in the window, divided by its months."


def headline(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None) -> None:
    """What the comparison teaches, on which usage, and whether it is fair. earned: where that is asked for, not what was billed."""
    if earned is None:
        first, *others = lessons(replayed, summaries)
    else:
        first, *others = earned_lessons(replayed, summaries, earned)
    st.subheader(escaped(first), anchor=False)
    sure = figures.verdict(replayed, "billed" if earned is None else "earned")
    for sentence in [sure, *others] if sure else others:
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


def cards(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None) -> None:
    """A card per candidate, three in a row. earned: as for `headline`."""
    for first in range(0, len(summaries), CARDS_IN_ROW):
        columns = st.columns(min(len(summaries), CARDS_IN_ROW))
        for place in range(first, min(first + CARDS_IN_ROW, len(summaries))):
            with columns[place - first].container(border=True, height="stretch"):
                _card(replayed, summaries, earned, place)


def _card(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None, place: int) -> None:
    summary, currency = summaries[place], replayed.currency
    st.markdown(f"**{escaped(summary.name)}**")
    st.caption(escaped(candidate_in_words(replayed.scenario, replayed.scenario.candidates[place])))
    if earned is None:
        _revenue("Monthly revenue", [one.monthly_revenue for one in summaries], replayed, place, BILLED_HELP)
    else:
        _revenue("Monthly revenue, earned", [one.monthly_earned for one in earned], replayed, place, EARNED_HELP)
        _outstanding(earned[place], currency)
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
    if earned is None:
        st.caption(dollars(sum_in_words(parts_of(summary), summary.billed, currency) + "."))
    else:
        st.caption(dollars(sum_in_words(earned[place].parts, earned[place].earned, currency, "earned") + "."))
        st.caption(dollars(tie_in_words(earned[place], currency) + "."))
    _line_up(replayed, place)
    _openings(summary, place)


def _line_up(replayed: Replay, place: int) -> None:
    """Of a line-up who is on which of its plans, and where customers landed."""
    candidate = replayed.scenario.candidates[place]
    if candidate.group is not None:
        landed = landed_in_words(replayed.scenario.catalog, figures.held(replayed, candidate.name))
        st.caption(escaped(f"{CHOICE_NAMES[candidate.choose]}. {landed}."))


def _revenue(label: str, monthly: list[Decimal], replayed: Replay, place: int, meaning: str) -> None:
    """What a candidate brings in a month, against the baseline. monthly: of every candidate."""
    baseline = replayed.scenario.baseline_index()
    st.metric(
        label,
        format_amount(monthly[place], replayed.currency),
        delta="the baseline"
        if place == baseline
        else against(monthly[place], monthly[baseline], replayed.currency, replayed.baseline.candidate.name),
        delta_arrow="off",
        delta_color="off",
        help=meaning,
    )


def _outstanding(earned: Earned, currency: str) -> None:
    """What is still owed, with what lapsed beside it."""
    st.metric(
        "Outstanding at the window's end",
        format_amount(earned.outstanding, currency),
        delta=f"{format_amount(earned.forfeited, currency)} forfeited" if earned.forfeited else "nothing forfeited",
        delta_color="off",
        delta_arrow="off",
        help="Outstanding: billed and not earned yet, a liability. Forfeited: plan credits and balance that lapsed unused at a "
        "reset, at the plan's price; nobody is billed for them again, and they are part of the base price.",
    )


def _openings(summary: Summary, place: int) -> None:
    """The buttons that open what stands behind the card."""
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
    return f"{counted(summary.customers_blocked, 'customer')}, first {day_words(summary.first_blocked_at)}"

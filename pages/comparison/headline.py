"""The headline of a comparison: the lesson in a sentence, the candidates as rows, what is not fair about it, and how it adds up."""

from __future__ import annotations

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.foundation.formats import day_words
from commet_core.foundation.money import format_amount
from commet_core.foundation.wording import counted
from commet_core.reports.answer.candidate_rows import CandidateRow
from commet_core.reports.compare import Summary, parts_of
from commet_core.reports.compare.cautions import cautions
from commet_core.reports.compare.earned import Earned
from commet_core.reports.compare.earned_words import earned_lessons, tie_in_words
from commet_core.reports.compare.lesson import lessons
from commet_core.reports.compare.plan_words import landed_in_words
from commet_core.reports.compare.sum_words import base_in_words, sum_in_words
from commet_core.reports.quote.line_up_words import CHOICE_NAMES
from pages.comparison import figures, views
from pages.comparison.opened_figure import Opened, open_figure
from pages.shared import candidates
from pages.shared.links import page_link
from pages.shared.tables import dollars, escaped


def headline(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None, rows: list[CandidateRow]) -> None:
    """What the comparison teaches, and the candidates. earned: where that is asked for, not what was billed."""
    first, *others = lessons(replayed, summaries) if earned is None else earned_lessons(replayed, summaries, earned)
    st.header(escaped(first), anchor=False)
    candidates.table(rows, key="compare_candidates", opens=lambda name, kind: open_figure(Opened(name, kind=kind)))
    if len(summaries) == 1:
        page_link("pages/plans.py", "Add a second candidate on the Plans page to compare it with")
    views.ground(replayed, "billed" if earned is None else "earned")
    _unfair(replayed)
    _adding_up(replayed, summaries, earned, others)


def _unfair(replayed: Replay) -> None:
    sentences = cautions(replayed)
    if sentences:
        with st.container(border=True):
            st.warning("Not a fair comparison. " + " ".join(escaped(sentence) for sentence in sentences))
            page_link("pages/plans.py", "Change the plans")


def _adding_up(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None, others: list[str]) -> None:
    """How sure, in a sentence, and of each candidate what its revenue is made of, and what is owed for it."""
    with st.expander("How this adds up"):
        sure = figures.verdict(replayed, "billed" if earned is None else "earned")
        for sentence in [sure, *others] if sure else others:
            st.markdown(escaped(sentence))
        for place, summary in enumerate(summaries):
            st.markdown(f"**{escaped(summary.name)}**: {' '.join(_sums(replayed, summary, earned, place))}")
        st.caption(views.MEANING)


def _sums(replayed: Replay, summary: Summary, earned: list[Earned] | None, place: int) -> list[str]:
    currency = replayed.currency
    if earned is None:
        said = [f"{sum_in_words(parts_of(summary), summary.billed, currency)}."]
        said += [f"{made_of}." for made_of in [base_in_words(summary, currency)] if made_of]
    else:
        own = earned[place]
        said = [f"{sum_in_words(own.parts, own.earned, currency, 'earned')}.", f"{tie_in_words(own, currency)}."]
        if own.forfeited:
            said.append(f"{format_amount(own.forfeited, currency)} forfeited: it lapsed unused at resets.")
    said.append(_refused_in_words(summary))
    return [dollars(each) for each in said] + _line_up(replayed, place)


def _line_up(replayed: Replay, place: int) -> list[str]:
    """Of a line-up who is on which of its plans, and where customers landed."""
    candidate = replayed.scenario.candidates[place]
    if candidate.group is None:
        return []
    landed = landed_in_words(replayed.scenario.catalog, figures.held(replayed, candidate.name))
    return [escaped(f"{CHOICE_NAMES[candidate.choose]}. {landed}.")]


def _refused_in_words(summary: Summary) -> str:
    if summary.first_blocked_at is None:
        return "Nothing was refused."
    return f"{counted(summary.customers_blocked, 'customer')} refused something, first {day_words(summary.first_blocked_at)}."

"""The Compare page: the candidates on the same usage, with the assumptions about customers in the open."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from commet_core.engine.replay import Replay
from commet_core.reports.answer.candidate_rows import CandidateRow, with_next_year
from commet_core.reports.compare import Summary
from commet_core.reports.compare.earned import Earned
from pages.answering import figures as answers
from pages.comparison import (
    assumptions,
    blocked,
    customers,
    exports,
    figures,
    headline,
    how_sure,
    in_markets,
    margin,
    opened,
    outstanding,
    plan_moves,
    price_rise,
    revenue,
    stocks,
    views,
    what_if,
    why,
    winners,
)
from pages.comparison.method import METHOD
from pages.shared import frame, links, loading, subscriptions
from pages.shared import study as studies
from pages.shared.study import Study
from pages.shared.tabs import tabs


def main() -> None:
    with frame.page("pages/compare.py", "Compare"):
        study = studies.current()
        if not study.candidates:
            links.to_plans("There is nothing to compare yet: choose or design at least one plan.")
            return
        view = views.chosen()
        if loading.markets_of(study):
            _in_markets(study, view)
            return
        top, turned = st.container(), st.container()
        assumptions.panel(study)
        with turned:
            changed = what_if.trial(study)
        replayed = loading.replay_of(changed or study)
        summaries = figures.summaries(replayed)
        earned = figures.earned(replayed) if view == "earned" else None
        with top:
            subscriptions.caution(replayed)
            headline.headline(replayed, summaries, earned, _rows(study, replayed, view, is_trial=changed is not None))
        with turned:
            what_if.strip(study)
            if changed is not None:
                before = figures.candidate_rows(loading.replay_of(study), view)
                what_if.effect(study, changed, before, figures.candidate_rows(replayed, view))
            if changed is None:
                price_rise.price_rise(study, replayed)
        _sections(replayed, summaries, earned, view)
        exports.downloads(replayed)
        _how(replayed)
        opened.dialog(replayed, summaries)


def _in_markets(study: Study, view: views.View) -> None:
    """All markets together; or one of them, as any other study, but for what would change the plans of all."""
    replayed = loading.replay_of(study, several=True)
    if replayed.in_markets:
        in_markets.markets(replayed, figures.candidate_rows(replayed, view), view)
        return
    summaries = figures.summaries(replayed)
    earned = figures.earned(replayed) if view == "earned" else None
    subscriptions.caution(replayed)
    headline.headline(replayed, summaries, earned, figures.candidate_rows(replayed, view))
    _sections(replayed, summaries, earned, view)
    exports.downloads(replayed)
    _how(replayed)
    opened.dialog(replayed, summaries)


def _rows(study: Study, replayed: Replay, view: views.View, *, is_trial: bool) -> list[CandidateRow]:
    """The candidates, with next year where it is known; of what is tried alone it is not asked."""
    rows = figures.candidate_rows(replayed, view)
    ahead = None if is_trial else answers.next_year_if_any(study, replayed)
    return rows if ahead is None else with_next_year(rows, ahead.next_year or {})


def _sections(replayed: Replay, summaries: list[Summary], earned: list[Earned] | None, view: str) -> None:
    """One section at a time: only the one that is open is computed. earned: where that is to be shown, not what was billed."""
    contents: dict[str, Callable[[], None]] = {
        "Revenue by month": lambda: revenue.revenue(replayed, summaries, earned),
        "Outstanding": lambda: outstanding.outstanding(replayed),
        "Margin": lambda: margin.margin(replayed),
        "Customers": lambda: customers.customers(replayed, summaries),
        "Winners and losers": lambda: winners.winners(replayed, summaries),
        "Who is on which plan": lambda: plan_moves.plans_and_moves(replayed),
        "Why": lambda: why.why(replayed),
        "How sure": lambda: how_sure.how_sure(replayed, view),
        "Refused usage": lambda: blocked.blocked(replayed, summaries),
        "Credits and balance": lambda: stocks.stocks(replayed),
        "Customers and lines": lambda: opened.explorer(replayed, summaries),
    }
    tabs("compare_section", contents)


def _how(replayed: Replay) -> None:
    with st.expander("How this was worked out"):
        st.markdown(METHOD)
        lines = sum(len(run.bill.lines.amounts) for run in replayed.runs)
        st.caption(f"{lines:,} invoice lines stand behind this page; “Customers and lines” and the downloads hold them all.")


main()

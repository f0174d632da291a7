"""What stands behind the answer: what would flip it, its weak point, what to do next; why candidates differ; the answer to take away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain

import streamlit as st

from commet_core.decide.flip_points import FlipPoint
from commet_core.engine.replay import Replay
from commet_core.foundation.wording import listed
from commet_core.reports.answer.answer import Answer, Evidence
from commet_core.reports.assumption_words import flips_short
from commet_core.reports.compare.bridge_words import bridge_sentence, order_words, waterfall, why_title
from commet_core.reports.compare.chart_titles import month_title
from commet_core.reports.compare.earned import earned_parts_by_month
from commet_core.reports.compare.plan_words import changes_within
from pages.answering import figures
from pages.comparison import figures as compared
from pages.comparison import in_markets
from pages.comparison.models import models_of
from pages.shared.charts import revenue
from pages.shared.charts.waterfall import waterfall_chart
from pages.shared.glossary import meaning
from pages.shared.links import page_link
from pages.shared.palette import palette, show
from pages.shared.tables import escaped
from pages.shared.work import Work

FORMS = {"pdf": ("PDF", "application/pdf"), "html": ("HTML", "text/html"), "md": ("Markdown", "text/markdown")}
WAITING = "Being worked out …"


def cards(found: Answer, flips: list[FlipPoint] | Work | None) -> None:
    """What would flip it, the weak point, what to do next. flips: None of one candidate."""
    told = {section.heading: section.sentences for section in found.sections}
    left, right = st.columns([5, 4])
    with left.container(border=True, height="stretch", key="flips"):
        _flips(flips)
        page_link("pages/assumptions.py", "Change what is assumed")
    with right:
        with st.container(border=True):
            weak = told.get("The weak point", ())
            _sentences("The weak point", weak[:1], meaning("weak point"))
            if weak[1:]:
                with st.expander("Each difference"):
                    _list(weak[1:])
            page_link("pages/compare.py", "How sure, on Compare")
        with st.container(border=True):
            _sentences("What to do next", told.get("What to do next", ()))
            with st.container(horizontal=True):
                page_link("pages/price.py", "Find a price")
                page_link("pages/move.py", "Plan the move")
                page_link("pages/quotes.py", "Make a quote")


def _flips(flips: list[FlipPoint] | Work | None) -> None:
    st.header("What would flip it", anchor=False, help=meaning("flip point"))
    if flips is None or isinstance(flips, Work):
        st.markdown("There is one candidate." if flips is None else WAITING)
        return
    flips_at_a_glance(flips)


def flips_at_a_glance(flips: Sequence[FlipPoint]) -> None:
    """What moves, its value today, and who then leads; below it what flips nothing."""
    short = flips_short(flips)
    if short.rows:
        rows = [f"| {' | '.join(map(escaped, row))} |" for row in short.rows]
        st.markdown("\n".join(["| What moves | Now | Then leads |", "| :-- | --: | :-- |", *rows]))
    notes = [f"Nowhere within reach: {listed(short.never)}."] if short.never else []
    notes += ["Nobody reacts to prices."] if short.unreacting else []
    st.caption(escaped(" ".join(notes)))


def charts(replayed: Replay, found: Answer) -> None:
    """What is earned month by month; step by step why candidates differ; and where there are several, each market."""
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        _by_month(replayed)
    with right.container(border=True, height="stretch"):
        _why(replayed, found)
    if replayed.in_markets:
        in_markets.by_market(replayed)


def _by_month(replayed: Replay) -> None:
    changes = tuple(chain.from_iterable(changes_within(replayed).values()))
    earned = earned_parts_by_month(compared.earned_by_month(replayed))
    st.header(escaped(month_title(earned, "earned")), anchor=False)
    figure = revenue.revenue_by_month(earned, models_of(replayed), palette(), replayed.currency, changes)
    show(figure, "Earned in each calendar month, one line per candidate", key="overview_revenue")


def _why(replayed: Replay, found: Answer) -> None:
    """From the baseline to the leader; where that is the baseline itself, to the next best."""
    baseline = replayed.scenario.candidates[replayed.scenario.baseline_index()].name
    others = [name for name in found.order if name != baseline]
    if not others:
        st.header("Why they differ", anchor=False)
        st.markdown("There is one candidate.")
        return
    bridge, currency, catalog = compared.bridge(replayed, others[0]), replayed.currency, replayed.scenario.catalog
    st.header(escaped(why_title(bridge, currency, catalog)), anchor=False)
    if bridge.steps:
        bars = waterfall(bridge, compared.billed_minor(replayed, baseline), currency, catalog)
        show(
            waterfall_chart(bars, models_of(replayed), palette(), currency),
            bridge_sentence(bridge, currency, catalog),
            key="answer_why",
        )
    if order := order_words(bridge):
        st.caption(order)


def more(found: Answer, next_year: Evidence | Work | None) -> None:
    """Who gains, next year and what is assumed, folded. next_year: None while it has to wait for its turn."""
    told = {section.heading: section.sentences for section in found.sections}
    with st.expander("Who gains and who loses"):
        _list(told.get("Who gains and who loses", ()))
        page_link("pages/compare.py", "Every customer, on Compare")
    with st.expander("Next year"):
        _list(next_year.forecast if isinstance(next_year, Evidence) else [WAITING])
        page_link("pages/forecast.py", "Month by month, on Forecast")
    with st.expander("What is assumed"):
        _list(told.get("What is assumed", ()))


def _sentences(heading: str, sentences: Sequence[str], explained: str | None = None) -> None:
    """explained: behind the heading's "?"."""
    st.header(heading, anchor=False, help=explained)
    _list(sentences)


def _list(sentences: Sequence[str]) -> None:
    mark = "- " if len(sentences) > 1 else ""
    st.markdown("\n".join(f"{mark}{escaped(sentence)}" for sentence in sentences))


def take_away(replayed: Replay, evidence: Evidence) -> None:
    """The answer as a file, as far as it is worked out."""
    with st.container(horizontal=True, vertical_alignment="center", key="take_away"):
        for form, (name, kind) in FORMS.items():
            st.download_button(
                f"Download {name}",
                partial(figures.document, replayed, evidence, form),
                f"answer.{form}",
                kind,
                key=f"answer_{form}",
                on_click="ignore",
            )

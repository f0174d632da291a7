"""What was found: the answer in words, every point, and the one that is looked at, which can be taken over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.decide.point_tables import on_front, points_table
from commet_core.decide.solve import Solution
from commet_core.decide.sweep import Sweep
from commet_core.foundation.money import symbol
from commet_core.foundation.wording import capitalized, counted
from commet_core.reports.assumed_words import assumed_sentences
from commet_core.reports.price import figure_rows, solution_words, sweep_words
from commet_core.reports.price.chart_titles import curve_title, front_title
from commet_core.reports.price.solve_words import NOBODY_REACTS
from commet_core.reports.price.sweep_words import named_values
from commet_core.reports.price.term_words import short_words, term_label, value_words
from pages.pricing import charts
from pages.pricing.asking import only_plan
from pages.shared import history
from pages.shared import study as studies
from pages.shared.links import page_link
from pages.shared.palette import palette, show
from pages.shared.tables import csv_button, escaped

_CHOSEN, _TAKEN = "price_chosen", "price_taken"
_CHART, _CHOICE = "price_chart", "price_choice"
"""Session keys: the place that is looked at, and what it is a place of; what was taken over; the widgets."""


def answer(found: Solution | Sweep) -> None:
    """The answer first, what stands behind it below."""
    _taken()
    said = solution_words(found) if isinstance(found, Solution) else sweep_words(found)
    st.header(escaped(said[0]), anchor=False)
    stated = assumed_sentences(found.scenario) if found.reacts else [NOBODY_REACTS]
    assumed = [sentence for sentence in said if sentence in stated]
    for sentence in assumed:
        st.caption(escaped(sentence))
    with st.expander("What stands behind it"):
        for sentence in said[1 : len(said) - len(assumed)]:
            st.markdown(escaped(sentence))
        of = f"{counted(len(found.points), 'plan')} of {found.candidate.name}, each over {counted(found.customers, 'customer')}"
        st.caption(escaped(f"{of}; every one is a replay, exact to the last digit."))
        csv_button("All points, as CSV", lambda: points_table(found), "points.csv", key="price_download")


def points(found: Solution | Sweep) -> int:
    """The chart, and the place that is looked at: clicked in the chart, or chosen below it."""
    offered = list(range(len(found.points))) if isinstance(found, Solution) or not found.front else list(found.front)
    place, labels = _chosen(found), _labels(found)
    title = curve_title(found) if isinstance(found, Solution) else front_title(found)
    st.markdown(f"**{escaped(title)}**", help="Filled: as wanted." if found.targets else None)
    if isinstance(found, Solution):
        prefix = symbol(found.scenario.catalog.currency) if found.term.kind == "money" else ""
        axis = term_label(found.term, only_plan(found.scenario, found.candidate))
        figure = charts.curve(_seen(found, place), axis, prefix, palette())
        alt = f"What {found.candidate.name} bills for each value of {found.term.words}, and what {found.baseline.name} bills"
    else:
        figure = charts.front(_seen(found, place), palette())
        alt = f"{len(found.points):,} plans of {found.candidate.name} by what they bill and how many customers pay more"
    show(figure, alt, key=_CHART, on_select=lambda: _clicked(found))
    st.session_state[_CHOICE] = place
    st.selectbox(
        "Look at" if isinstance(found, Solution) else "Look at one that no other beats",
        offered if place in offered else [place, *offered],
        format_func=lambda one: labels[one],
        key=_CHOICE,
        on_change=lambda: _choose(found, st.session_state[_CHOICE]),
        width=420,
        label_visibility="collapsed",
    )
    return place


def opened(found: Solution | Sweep, place: int) -> None:
    """One point beside the baseline, and the way to make it the plan."""
    if isinstance(found, Sweep):
        st.markdown(escaped(capitalized(named_values(found, place)) + ":"))
    at = f", {_labels(found)[place]}" if isinstance(found, Solution) else ""
    rows = [("Figure", f"{found.candidate.name}{at}", found.baseline.name), ("---", "---:", "---:"), *figure_rows(found, place)]
    cells = (row if place == 1 else [escaped(cell.replace(" %", "\u00a0%")) for cell in row] for place, row in enumerate(rows))
    st.markdown("\n".join(f"| {' | '.join(row)} |" for row in cells))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Take over",
            key="price_take_over",
            on_click=_take_over,
            args=(found, place),
            help="The plan then has these terms on every page; it can be undone.",
        )
        page_link("pages/compare.py", "Compare")


def _seen(found: Solution | Sweep, place: int) -> charts.Seen:
    return charts.Seen(
        points=tuple(found.points),
        meets=tuple(found.meets),
        on_front=tuple(on_front(found)),
        labels=tuple(_labels(found)),
        chosen=place,
        base=found.base,
        candidate=found.candidate.name,
        baseline=found.baseline.name,
        model=found.scenario.plan(found.candidate).consumption_model,
        currency=found.scenario.catalog.currency,
    )


def _labels(found: Solution | Sweep) -> list[str]:
    currency = found.scenario.catalog.currency
    if isinstance(found, Solution):
        return [value_words(found.term, point.values[0], currency) for point in found.points]
    return [
        ", ".join(short_words(term, value, currency) for term, value in zip(found.terms, point.values, strict=True))
        for point in found.points
    ]


def _identity(found: Solution | Sweep) -> tuple[Any, ...]:
    """What a chosen place is a place of."""
    terms: Sequence[Any] = found.terms if isinstance(found, Sweep) else (found.term,)
    ends = found.points[0].values, found.points[-1].values
    return found.candidate.name, *(term.path for term in terms), len(found.points), *ends


def _chosen(found: Solution | Sweep) -> int:
    identity, place = st.session_state.get(_CHOSEN, (None, 0))
    return int(place) if identity == _identity(found) else found.best or 0


def _choose(found: Solution | Sweep, place: int) -> None:
    st.session_state[_CHOSEN] = (_identity(found), place)


def _clicked(found: Solution | Sweep) -> None:
    """A point of the chart; the baseline is none."""
    for point in st.session_state[_CHART]["selection"]["points"]:
        place = point.get("customdata")
        if place is not None:
            _choose(found, int(place[0] if isinstance(place, list) else place))


def _take_over(found: Solution | Sweep, place: int) -> None:
    """The terms go into the study."""
    studies.change(catalog=Catalog.model_validate(found.catalog(place).document()))
    st.session_state[_TAKEN] = (f"{found.candidate.name} now has {_labels(found)[place]}.", history.place())


def _taken() -> None:
    """What was taken over, with the way back."""
    said, place = st.session_state.get(_TAKEN, ("", -1))
    if said and place == history.place():
        with st.container(horizontal=True, vertical_alignment="center", border=True):
            st.markdown(escaped(said), width="stretch")
            if history.can(-1):
                st.button("Undo", key="price_undo", on_click=studies.step, args=(-1,))

"""What the forecast is made of, as rows that can be changed, and what-ifs; every change draws the futures anew."""

from __future__ import annotations

from datetime import date

import streamlit as st

from commet_core.decide.forecast import Adjustments, Forecast
from commet_core.decide.forecast.adjustments import SWITCHES
from commet_core.decide.forecast.ranges import months_ahead
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast.rows import Effect, percent_points, shown_parts, typed_share
from pages.forecasting import figures
from pages.shared.tables import escaped
from pages.shared.work import Work

SWITCH_NAMES = {
    "activity": "Falling silent and coming back",
    "growth": "Growth",
    "season": "Season",
    "arrivals": "New customers",
    "pattern": "Chance in how customers use",
}
NEVER = "never"


def card(usual: Forecast, effects: list[Effect] | Work) -> None:
    """The parts, what the usage shows of them, and the reader's own in their place."""
    with st.container(border=True):
        st.markdown("**What it is made of**")
        for part in shown_parts(usual.parts):
            st.markdown(f"{escaped(part.name)}: **{escaped(part.from_usage)}**", help=escaped(part.source))
        st.markdown("**What hangs on it**, on the baseline over the months ahead")
        if isinstance(effects, Work):
            st.caption("Is being worked out.")
            return
        for effect in effects:
            st.markdown(f"{escaped(effect.part)}, {escaped(effect.change)}: **{escaped(effect.amount)}**")


def what_if(usual: Forecast) -> None:
    """The reader's own parts and what-ifs."""
    changes, months = figures.changes(), months_ahead(usual)
    with st.container(border=True):
        st.markdown("**What if**")
        _numbers(usual, changes)
        _leaving(changes, months)
        names = [NEVER, *map(month_words, months)]
        leaves = changes.largest_leaves
        st.session_state["fc_largest"] = month_words(leaves) if leaves in months else NEVER
        st.selectbox("The largest customer leaves", names, key="fc_largest", on_change=_largest_changed, args=(months,))
        st.session_state["fc_without"] = sorted(changes.without)
        st.pills(
            "Leave out",
            SWITCHES,
            selection_mode="multi",
            key="fc_without",
            format_func=lambda switch: SWITCH_NAMES[switch],
            on_change=_without_changed,
        )
        if changes != Adjustments():
            st.button("As the usage shows it", on_click=_forget)
            st.caption("Other methods know nothing of your changes: the middle is that of the futures alone.")


def _numbers(usual: Forecast, changes: Adjustments) -> None:
    parts = usual.parts
    expected = float(parts.arrivals.expected(1)[0])
    st.session_state["fc_arrivals"] = round(expected if changes.arrivals is None else changes.arrivals, 1)
    st.number_input(
        "New customers a month", 0.0, 100_000.0, step=1.0, format="%.1f", key="fc_arrivals", on_change=_arrivals_changed
    )
    silent = parts.activity.pooled if changes.silent_share is None else changes.silent_share
    st.session_state["fc_silent"] = percent_points(silent)
    st.number_input(
        "Fall silent in a month, %", 0.0, 100.0, step=1.0, format="%.1f", key="fc_silent", on_change=_silent_changed
    )
    st.session_state["fc_growth"] = percent_points(changes.growth or 0.0) if changes.growth is not None else None
    st.number_input(
        "Usage of those who stay grows in a month, %",
        -25.0,
        25.0,
        step=1.0,
        format="%.1f",
        key="fc_growth",
        placeholder="as the usage shows",
        on_change=_growth_changed,
    )


def _leaving(changes: Adjustments, months: list[date]) -> None:
    leaving = changes.leaving[0] if changes.leaving else None
    share, month = st.columns(2)
    st.session_state["fc_leave"] = percent_points(leaving.share) if leaving else 0.0
    st.session_state["fc_leave_month"] = month_words(leaving.month if leaving and leaving.month in months else months[0])
    with share:
        st.number_input(
            "Leave for good, %", 0.0, 100.0, step=1.0, format="%.1f", key="fc_leave", on_change=_leave_changed, args=(months,)
        )
    with month:
        st.selectbox("in", list(map(month_words, months)), key="fc_leave_month", on_change=_leave_changed, args=(months,))


def _month_named(words: str, months: list[date]) -> date:
    return next(month for month in months if month_words(month) == words)


def _arrivals_changed() -> None:
    figures.change(arrivals=st.session_state["fc_arrivals"])


def _silent_changed() -> None:
    figures.change(silent_share=typed_share(st.session_state["fc_silent"]))


def _growth_changed() -> None:
    typed = st.session_state["fc_growth"]
    figures.change(growth=None if typed is None else typed_share(typed))


def _leave_changed(months: list[date]) -> None:
    share = typed_share(st.session_state["fc_leave"])
    month = _month_named(st.session_state["fc_leave_month"], months)
    figures.change(leaving=({"month": month, "share": share},) if share else ())


def _largest_changed(months: list[date]) -> None:
    words = st.session_state["fc_largest"]
    figures.change(largest_leaves=None if words == NEVER else _month_named(words, months))


def _without_changed() -> None:
    figures.change(without=frozenset(st.session_state["fc_without"]))


def _forget() -> None:
    figures.change(**Adjustments().model_dump())

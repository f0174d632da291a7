"""What the forecast is made of, as rows that can be changed or left out, and what-ifs; every change draws the futures anew."""

from __future__ import annotations

from datetime import date
from typing import Final

import streamlit as st

from commet_core.decide.forecast import Adjustments, Forecast
from commet_core.decide.forecast.adjustments import Switch
from commet_core.decide.forecast.ranges import months_ahead
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast.rows import Effect, ShownPart, percent_points, shown_parts, typed_share
from pages.forecasting import figures
from pages.shared.tables import escaped
from pages.shared.work import Work

NAMES: Final[dict[Switch, str]] = {
    "arrivals": "New customers a month",
    "activity": "Fall silent in a month",
    "growth": "Usage of those who stay",
    "season": "Season of the year",
    "pattern": "Weeks by chance",
}
WIDTHS: Final = (4, 5, 3, 4)
NEVER = "never"


def card(usual: Forecast, effects: list[Effect] | Work, moved: str) -> None:
    """The parts: what the usage shows, the reader's own in its place, and what hangs on it. moved: what all changes come to."""
    changes = figures.changes()
    with st.container(border=True):
        st.markdown("**What it is made of**")
        baseline = usual.scenario.candidates[usual.scenario.baseline_index()].name
        _, *heads = st.columns(WIDTHS)
        for head, words in zip(heads, ("Your usage shows", "Instead", f"Comes to, all months, {baseline}"), strict=True):
            head.caption(escaped(words))
        parts = shown_parts(usual.parts)
        for switch, name in NAMES.items():
            _row(usual, switch, name, [part for part in parts if part.switch == switch], effects)
        if isinstance(effects, Work):
            st.caption("What hangs on each part is being worked out.")
        if changes != Adjustments():
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"**Your changes: {escaped(moved)}**, the mean over all months ahead.", width="stretch")
                st.button("As the usage shows it", on_click=_forget)


def _row(usual: Forecast, switch: Switch, name: str, parts: list[ShownPart], effects: list[Effect] | Work) -> None:
    changes = figures.changes()
    what, shown, yours, hangs = st.columns(WIDTHS, vertical_alignment="center")
    key = f"fc_in_{switch}"
    st.session_state[key] = switch not in changes.without
    with what:
        st.checkbox(
            name, key=key, on_change=_switched, args=(switch,), help="\n\n".join(escaped(part.source) for part in parts)
        )
    shown.markdown("  \n".join(_said(part, name, is_alone=len(parts) == 1) for part in parts))
    with yours:
        if switch not in changes.without:
            _field(usual, switch, name, changes)
    if not isinstance(effects, Work):
        own = [f"**{escaped(effect.amount)}** {escaped(effect.change)}" for effect in effects if effect.part == switch]
        hangs.markdown("  \n".join(own))


def _said(part: ShownPart, name: str, *, is_alone: bool) -> str:
    """What the usage shows; of several, or of what is called otherwise than the row, with its name."""
    if is_alone or part.name == name:
        return escaped(part.from_usage)
    return escaped(f"{part.name.removeprefix(name).removeprefix(': ')} {part.from_usage}")


def _field(usual: Forecast, switch: Switch, name: str, changes: Adjustments) -> None:
    """The reader's own figure."""
    parts = usual.parts
    if switch == "arrivals":
        expected = float(parts.arrivals.expected(1)[0])
        st.session_state["fc_arrivals"] = round(expected if changes.arrivals is None else changes.arrivals, 1)
        st.number_input(
            name,
            0.0,
            100_000.0,
            step=1.0,
            format="%.1f",
            key="fc_arrivals",
            on_change=_arrivals_changed,
            label_visibility="collapsed",
        )
    elif switch == "activity":
        silent = parts.activity.pooled if changes.silent_share is None else changes.silent_share
        st.session_state["fc_silent"] = percent_points(silent)
        _percent(f"{name}, %", "fc_silent", 0.0, 100.0, _silent_changed)
    elif switch == "growth":
        st.session_state["fc_growth"] = percent_points(changes.growth) if changes.growth is not None else None
        _percent(f"{name}: growth in a month, %", "fc_growth", -25.0, 25.0, _growth_changed)


def _percent(name: str, key: str, low: float, high: float, changed: figures.Changed) -> None:
    st.number_input(
        name,
        low,
        high,
        step=1.0,
        format="%.1f",
        key=key,
        placeholder="as seen",
        on_change=changed,
        label_visibility="collapsed",
    )


def what_if(usual: Forecast) -> None:
    """What may happen: more customers, some who leave, the largest who leaves."""
    changes, months = figures.changes(), months_ahead(usual)
    with st.container(border=True):
        st.markdown("**What if**")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.session_state["fc_more"] = changes.more_arrivals
            st.number_input(
                "More new customers a month",
                0.0,
                100_000.0,
                step=1.0,
                format="%g",
                key="fc_more",
                on_change=_more_changed,
                width=220,
            )
            _leaving(changes, months)
            names = [NEVER, *map(month_words, months)]
            leaves = changes.largest_leaves
            st.session_state["fc_largest"] = month_words(leaves) if leaves in months else NEVER
            st.selectbox(
                "The largest customer leaves", names, key="fc_largest", on_change=_largest_changed, args=(months,), width=220
            )
        if changes != Adjustments():
            st.caption("Other methods know nothing of your changes: the middle is that of the futures alone.")


def _leaving(changes: Adjustments, months: list[date]) -> None:
    leaving = changes.leaving[0] if changes.leaving else None
    st.session_state["fc_leave"] = percent_points(leaving.share) if leaving else 0.0
    st.session_state["fc_leave_month"] = month_words(leaving.month if leaving and leaving.month in months else months[0])
    st.number_input(
        "Leave for good, %",
        0.0,
        100.0,
        step=1.0,
        format="%g",
        key="fc_leave",
        on_change=_leave_changed,
        args=(months,),
        width=150,
    )
    st.selectbox(
        "in", list(map(month_words, months)), key="fc_leave_month", on_change=_leave_changed, args=(months,), width=150
    )


def _month_named(words: str, months: list[date]) -> date:
    return next(month for month in months if month_words(month) == words)


def _arrivals_changed() -> None:
    figures.change(arrivals=st.session_state["fc_arrivals"])


def _more_changed() -> None:
    figures.change(more_arrivals=st.session_state["fc_more"] or 0.0)


def _silent_changed() -> None:
    typed = st.session_state["fc_silent"]
    figures.change(silent_share=None if typed is None else typed_share(typed))


def _growth_changed() -> None:
    typed = st.session_state["fc_growth"]
    figures.change(growth=None if typed is None else typed_share(typed))


def _leave_changed(months: list[date]) -> None:
    share = typed_share(st.session_state["fc_leave"] or 0.0)
    month = _month_named(st.session_state["fc_leave_month"], months)
    figures.change(leaving=({"month": month, "share": share},) if share else ())


def _largest_changed(months: list[date]) -> None:
    words = st.session_state["fc_largest"]
    figures.change(largest_leaves=None if words == NEVER else _month_named(words, months))


def _switched(switch: Switch) -> None:
    is_in = st.session_state[f"fc_in_{switch}"]
    without = figures.changes().without
    figures.change(without=without - {switch} if is_in else without | {switch})


def _forget() -> None:
    figures.change(**Adjustments().model_dump())

"""What the study assumes about its usage: what a row is, when customers start, which dates count."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from commet_core.foundation.days import days_in
from commet_core.foundation.formats import window_words
from commet_core.foundation.window import Window, window_dates
from commet_core.timeline.window import default_window
from commet_core.usage.profile import Outside, looks_aggregated, outside, window_of
from commet_core.usage.usage import Usage
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.glossary import meaning
from pages.shared.kept import by_content
from pages.shared.study import Described, Generated, Study

ROWS = {"event": "One request", "aggregate": "A total"}
ROWS_MEANING = (
    "**One request**: served whole or refused whole.\n\n"
    "**A total**: many requests, say of an hour or a day: what can be paid for is served, in whole units, the rest refused."
)
STARTS = {"first_use": "First use", "window": "Window start"}
STARTS_MEANING = (
    "**First use**: on the day of its first event in the window, with which its months begin.\n\n"
    "**Window start**: everybody with usage pays from the window's first day on."
)
DATES = {"months": "Whole months", "own": "Own dates"}
_REFUSED = "usage_window_refused"
"""Session key: (the window that stayed, why the one that was typed did not take its place)."""

_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)


_looks_aggregated = by_content()(looks_aggregated)


@by_content()
def outside_of(usage: Usage, window: Window, zone: str) -> Outside:
    """The rows that a window of a time zone, given by its name, leaves out."""
    return outside(usage, window, days_in(zone))


def assumptions(study: Study, usage: Usage) -> None:
    """The three settings, each with what it means; a change goes into the study at once."""
    st.header("How to read it", anchor=False)
    columns = st.columns(3)
    with columns[0].container(border=True, height="stretch"):
        _choice("A row is", "rows", ROWS, ROWS_MEANING, study.rows)
        if study.rows == "event":
            _propose_totals(study, usage)
    with columns[1].container(border=True, height="stretch"):
        _choice("A customer starts at", "start", STARTS, STARTS_MEANING, study.start)
    with columns[2].container(border=True, height="stretch"):
        _window(study, usage)


def _propose_totals(study: Study, usage: Usage) -> None:
    """Where rows are totals by their file's shape, or look like some."""
    shape = _shape_of_totals(study)
    if shape is not None:
        st.info(f"These rows look like totals: the file is recognised as “{shape}”. Is each one a single request?")
    elif _looks_aggregated(usage):
        st.info("These rows look like totals: most stand at a full ten minutes and are above 1. Is each one a single request?")
    else:
        return
    st.button("Take rows as totals", key="usage_take_totals", on_click=studies.change, kwargs={"rows": "aggregate"})


def _shape_of_totals(study: Study) -> str | None:
    if isinstance(study.source, Generated | Described):
        return None
    files = loading.ingested(study.source).report.files
    return next((file.shape.name for file in files if file.shape is not None and file.shape.rows == "aggregate"), None)


def _choice(label: str, part: str, options: dict[str, str], meant: str, value: str) -> None:
    key = _bound(f"usage_{part}", value)
    st.segmented_control(
        label,
        list(options),
        help=meant,
        format_func=options.__getitem__,
        key=key,
        required=True,
        on_change=_keep,
        args=(part, key),
    )


def _bound(key: str, value: Any) -> str:
    """A widget's key whose value is the study's, whatever the browser last showed."""
    st.session_state[key] = value
    return key


def _keep(part: str, key: str) -> None:
    if st.session_state[key] is not None:
        studies.change(**{part: st.session_state[key]})


def _window(study: Study, usage: Usage) -> None:
    zone = study.catalog.time_zone
    whole = default_window(usage, days_in(zone))
    key = _bound("usage_dates", "months" if study.window is None else "own")
    st.segmented_control(
        "The window is",
        list(DATES),
        help=meaning("window"),
        format_func=DATES.__getitem__,
        key=key,
        required=True,
        on_change=_choose_dates,
        args=(key, whole),
    )
    window = study.window or whole
    if study.window is not None:
        _own_dates(window)
    days = "1 day" if window.days == 1 else f"{window.days:,} days"
    st.caption(f"{days}, {window_words(window)} ({zone}).")
    _left_out(usage, window, zone)


def long_date(day: date) -> str:
    """A date in words: 1 January 2026."""
    return f"{day.day} {day:%B %Y}"


def _choose_dates(key: str, whole: Window) -> None:
    studies.change(window=whole if st.session_state[key] == "own" else None)


def _own_dates(window: Window) -> None:
    first, last = window_dates(window)
    with st.container(horizontal=True):
        for label, key, day in (("First day", "usage_first_day", first), ("Last day", "usage_last_day", last)):
            st.date_input(
                label,
                key=_bound(key, day),
                min_value=_EARLIEST,
                max_value=_LATEST,
                format="YYYY-MM-DD",
                on_change=_change_dates,
                width=150,
            )
    refused = st.session_state.get(_REFUSED)
    if refused is not None and refused[0] == window:
        st.error(refused[1])


def _change_dates() -> None:
    first, last = st.session_state["usage_first_day"], st.session_state["usage_last_day"]
    if first is None or last is None:
        _refuse("A window needs a first and a last day; it was left as it was.")
    elif last < first:
        _refuse(f"The last day, {long_date(last)}, is before the first, {long_date(first)}; the window was left as it was.")
    else:
        st.session_state.pop(_REFUSED, None)
        studies.change(window=window_of(first, last))


def _refuse(why: str) -> None:
    st.session_state[_REFUSED] = (studies.current().window, why)


def _left_out(usage: Usage, window: Window, zone: str) -> None:
    left = outside_of(usage, window, zone)
    if left.events == usage.event_count:
        st.error("No usage falls in this window. Choose dates that cover some of it.")
    elif left.events:
        st.warning(
            f"{left.events:,} of {usage.event_count:,} rows are outside and not replayed: {left.events_before:,} before, "
            f"{left.events_after:,} after. {left.customers:,} of {usage.customer_count:,} customers have none inside."
        )

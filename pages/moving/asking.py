"""What is asked: from which candidate to which, from when on, and how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import streamlit as st

from commet_core.decide.migration.ground import usual_day
from commet_core.decide.migration.strategies import MONTHS_MAX, ORDERS, WAVES_MAX
from commet_core.foundation.money import parse_decimal
from commet_core.reports.move.words import ORDER_WORDS
from commet_core.scenario.scenario import Scenario
from commet_core.timeline.window import default_window
from commet_core.usage.usage import Usage
from pages.shared import links, remembered
from pages.shared.tables import escaped

RISES = ("10", "20", "50")
AHEAD = ("0", "3", "6", "12")
"""Months; none: in the window."""

OF_AHEAD = (
    "In the window, what would have been; in months ahead, on the possible futures of the forecast, from where the usage ends."
)


class Asked(NamedTuple):
    """old, new: names of candidates. strategies: as they are written; at: the first day; rise: a share.

    months: so many ahead, on possible futures, whose first day is where the history ends; 0 in the window.
    """

    old: str
    new: str
    strategies: tuple[str, ...]
    at: date | None
    rise: Decimal
    months: int


def question(scenario: Scenario, usage: Usage, order: Sequence[str]) -> Asked | None:
    """The fields; None while one of them is wrong, which it says. order: candidates, those that bring in most first."""
    with st.container(border=True):
        st.subheader("What is asked", anchor=False)
        names = [candidate.name for candidate in scenario.candidates]
        with st.container(horizontal=True):
            old = _choice("move_from", "From", names, names[scenario.baseline_index()])
            others = [name for name in names if name != old]
            new = _choice("move_to", "To", others, next(name for name in order if name != old))
        with st.container(horizontal=True, vertical_alignment="top"):
            ahead = int(_choice("move_ahead", "Where it is tried", AHEAD, AHEAD[0], words=_when, help=OF_AHEAD))
            at = None if ahead else _day(scenario, usage)
            rise = _choice("move_rise", "A rise counts above", RISES, "20", words="{} %".format)
        with st.expander("How they move"):
            strategies = _strategies()
    if at is None and not ahead:
        return None
    return Asked(old, new, strategies, at, parse_decimal(rise).scaleb(-2), ahead)


def _when(months: str) -> str:
    return "this window" if months == AHEAD[0] else f"{months} months"


def _choice(
    key: str,
    label: str,
    options: list[str] | tuple[str, ...],
    usual: str,
    *,
    words: Callable[[str], str] = str,
    help: str | None = None,  # noqa: A002
) -> str:
    key = remembered.choice(key, options, usual)
    chosen = st.segmented_control(
        label, options, format_func=lambda one: escaped(words(one)), required=True, help=help, **links.kept(key)
    )
    return chosen or usual


def _day(scenario: Scenario, usage: Usage) -> date | None:
    """The first day of the migration; None where it is none inside the window, which is said."""
    window = scenario.window or default_window(usage, scenario.catalog.days)
    key = remembered.text("move_day", str(usual_day(window)))
    typed = st.text_input(
        "From which day on",
        help="Bills are compared over the three whole periods before it; what each way brings in is counted to the window's end.",
        width=200,
        **links.kept(key),
    )
    try:
        at = date.fromisoformat(typed.strip())
    except ValueError:
        st.error(escaped(f"{typed!r} is not a date. Write it as {usual_day(window)}."))
        return None
    if not window.start < at < window.end:
        st.error(f"{at} is not inside the window. Name a day after {window.start} and before {window.end}.")
        return None
    return at


def _strategies() -> tuple[str, ...]:
    """All ways, with what can be said of them."""
    with st.container(horizontal=True):
        waves = _number("move_waves", "Waves", 3, 2, WAVES_MAX)
        between = _number("move_between", "Months between waves", 1, 1, MONTHS_MAX)
        order = remembered.choice("move_order", ORDERS, ORDERS[0])
        st.selectbox("Order of waves", ORDERS, format_func=ORDER_WORDS.__getitem__, width=220, **links.kept(order))
    with st.container(horizontal=True):
        old = _number("move_grandfather", "Months grandfathered, 0 for ever", 0, 0, MONTHS_MAX)
        cap = _number("move_cap", "Cap on the rise of a bill, in %", 20, 0, 1000)
        capped = _number("move_capped", "Months of the cap", 12, 1, MONTHS_MAX)
    return (
        "renewal",
        "now",
        f"waves={waves}:{between}:{st.session_state[order]}",
        f"grandfather={old or 'ever'}",
        f"cap={cap}%:{capped}",
        "opt_in",
    )


def _number(key: str, label: str, usual: int, least: int, most: int) -> int:
    key = remembered.whole_number(key, usual)
    st.session_state[key] = min(max(st.session_state[key], least), most)
    number: int = st.number_input(label, min_value=least, max_value=most, step=1, width=220, **links.kept(key))
    return number

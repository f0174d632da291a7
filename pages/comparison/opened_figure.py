"""Which figure of the Compare page is opened: chosen in a chart, a table or by a button, shown in the rerun that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from pages.comparison.figures import Kind

OPENED = "compare_opened"
OPENINGS = "compare_openings"
"""Session keys: the figure; how many have been opened, for keys of their own."""


@dataclass(frozen=True)
class Opened:
    """A figure: of which candidate, of which month (None: of the window), and of which customers.

    kind      all customers, the refused ones, or those of a bin of a histogram
    place     the bin
    customer  one customer; empty: all of the kind
    """

    candidate: str
    month: date | None = None
    kind: Kind = "all"
    place: int = 0
    customer: str = ""


def open_figure(opened: Opened) -> None:
    """To be called from a widget's callback: the figure opens in the rerun that follows."""
    st.session_state[OPENED] = opened
    st.session_state[OPENINGS] = st.session_state.get(OPENINGS, 0) + 1


def fresh(key: str) -> str:
    """A key for a chart or table that opens figures: another one after every opening, so that nothing stays chosen."""
    return f"{key}_{st.session_state.get(OPENINGS, 0)}"


def open_bar(key: str) -> None:
    """Opens the month of a bar or point that was chosen in a chart of revenue."""
    if (chosen := _chosen_point(key)) is not None:
        candidate, month = chosen
        open_figure(Opened(candidate, month=date.fromisoformat(month)))


def open_bin(key: str, kind: Kind) -> None:
    """Opens the bin of a bar that was chosen in a histogram."""
    if (chosen := _chosen_point(key)) is not None:
        candidate, place = chosen
        open_figure(Opened(candidate, kind=kind, place=int(place)))


def open_row(key: str, candidate: str, customer_ids: list[str]) -> None:
    """Opens the customer of a row that was chosen in a table."""
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        open_figure(Opened(candidate, customer=customer_ids[rows[0]]))


def _chosen_point(key: str) -> list[Any] | None:
    points = st.session_state[key]["selection"]["points"]
    return list(points[0]["customdata"]) if points else None

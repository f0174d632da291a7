"""The record of the method on the user's own usage: a square a try, above the figures."""

from __future__ import annotations

import html

import streamlit as st

from commet_core.decide.forecast import Forecast, record_table
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast.words import record_sentence, shown_record, weights_words
from pages.shared.palette import palette
from pages.shared.tables import escaped, frame_of

SQUARE, GAP, IN_A_ROW = 20, 4, 24


def card(made: Forecast, *, tried: bool) -> None:
    """tried: whether the record is there; else it is being tried beside the page."""
    with st.container(border=True):
        st.markdown("**Its record**")
        if not tried:
            st.markdown("The method is being tried on your past months.")
            return
        st.markdown(escaped(record_sentence(made)))
        record = shown_record(made)
        if record is None or not record.pairs:
            return
        st.html(_squares(made))
        st.caption("A square a try, in order of time; filled brown with a bar: what came lay outside the range.")
        with st.expander("See each month"):
            st.markdown(escaped(weights_words(made)))
            table = record_table(made)
            st.dataframe(frame_of(table), hide_index=True, alt="What was said at each origin, and what came")


def _squares(made: Forecast) -> str:
    """An SVG with a title, and what each square stands for."""
    record, colours = shown_record(made), palette()
    assert record is not None
    shapes = []
    for place, (pair, held) in enumerate(zip(record.pairs, record.held, strict=True)):
        x, y = place % IN_A_ROW * (SQUARE + GAP), place // IN_A_ROW * (SQUARE + GAP)
        month = month_words(made.calendar.date(made.calendar.first + pair.origin + pair.horizon - 1))
        words = f"{month}, {pair.horizon} ahead: {'held' if held else 'outside the range'}"
        fill = colours.models["balance"] if held else colours.models["credits"]
        bar = "" if held else f'<rect x="{x + 4}" y="{y + 9}" width="12" height="2" fill="{colours.background}"/>'
        square = f'<rect x="{x}" y="{y}" width="{SQUARE}" height="{SQUARE}" rx="4" fill="{fill}" fill-opacity="0.6"/>'
        shapes.append(f"<g><title>{html.escape(words)}</title>{square}{bar}</g>")
    rows = -(-len(record.pairs) // IN_A_ROW)
    width = min(len(record.pairs), IN_A_ROW) * (SQUARE + GAP)
    label = html.escape(record_sentence(made), quote=True)
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width} {rows * (SQUARE + GAP)}"'
        f' style="max-width:{width}px;width:100%">{"".join(shapes)}</svg>'
    )

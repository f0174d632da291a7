"""The record of the method on the user's own usage: a square a try, above the figures."""

from __future__ import annotations

import html

import streamlit as st

from commet_core.decide.forecast import Forecast, record_table
from commet_core.foundation.formats import month_words
from commet_core.reports.forecast.words import record_sentence, shown_record, weights_words
from pages.shared.glossary import meaning
from pages.shared.palette import palette
from pages.shared.tables import escaped, frame_of


def card(made: Forecast, *, tried: bool) -> None:
    """tried: whether the record is there; else it is being tried beside the page."""
    with st.container(border=True):
        if not tried:
            st.markdown("The method is being tried on your past months.")
            return
        st.markdown(escaped(record_sentence(made)), help=meaning("record", "coverage", "WAPE"))
        record = shown_record(made)
        if record is None or not record.pairs:
            return
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(_squares(made), width="stretch")
            with st.popover("See each month"):
                st.markdown(escaped(weights_words(made)))
                table = record_table(made)
                st.dataframe(frame_of(table), hide_index=True, alt="What was said at each origin, and what came")


def _squares(made: Forecast) -> str:
    """Squares with what each stands for; screen readers hear the sentence."""
    record, colours = shown_record(made), palette()
    assert record is not None
    squares = []
    for pair, held in zip(record.pairs, record.held, strict=True):
        month = month_words(made.calendar.date(made.calendar.first + pair.origin + pair.horizon - 1))
        words = f"{month}, {pair.horizon} ahead: {'held' if held else 'outside the range'}"
        fill = colours.with_alpha(colours.good if held else colours.muted, 0.55)
        bar = "" if held else f"border-bottom:5px solid {colours.text};"
        style = f"width:20px;height:20px;border-radius:4px;box-sizing:border-box;background:{fill};{bar}"
        squares.append(f'<span title="{html.escape(words)}" style="{style}"></span>')
    label = html.escape(record_sentence(made), quote=True)
    missed = '<span style="font-size:.85rem;opacity:.75;margin-left:.4rem">underlined: what came lay outside</span>'
    row = "display:flex;flex-wrap:wrap;gap:4px;align-items:center"
    tail = missed if not all(record.held) else ""
    return f'<div style="{row}"><div role="img" aria-label="{label}" style="{row}">{"".join(squares)}</div>{tail}</div>'

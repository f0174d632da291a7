"""What stands behind the answer: its sections, and the answer to take away."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from commet_core.decide.flip_points import FlipPoint
from commet_core.engine.replay import Replay
from commet_core.reports.answer.answer import Answer, Evidence, Section
from commet_core.reports.assumption_words import flip_sentences
from pages.answering import figures
from pages.shared.links import page_link
from pages.shared.tables import escaped
from pages.shared.work import Work

FORMS = {"md": ("Markdown", "text/markdown"), "html": ("HTML", "text/html"), "pdf": ("PDF", "application/pdf")}
OPENS = {
    "The weak point": ("pages/compare.py", "How sure, on Compare"),
    "Who gains and who loses": ("pages/compare.py", "Every customer, on Compare"),
    "What to do next": ("pages/price.py", "Find a price"),
}

WAITING = "Being worked out …"


def sections(found: Answer, flips: list[FlipPoint] | Work | None, next_year: Evidence | Work | None) -> None:
    """The sections in two columns; what is still being worked out says so. flips: None of one candidate; next_year: of its turn."""
    told = {section.heading: section for section in found.sections}
    left, right = st.columns(2)
    with left:
        _section(told.get("The weak point"))
        _section(told.get("Who gains and who loses"))
    with right:
        if flips is not None:
            _sentences("What would flip it", [WAITING] if isinstance(flips, Work) else flip_sentences(flips))
            page_link("pages/assumptions.py", "Change what is assumed")
        _sentences("Next year", next_year.forecast if isinstance(next_year, Evidence) else [WAITING])
        page_link("pages/forecast.py", "Month by month, on Forecast")
        _section(told.get("What is assumed"))
        _section(told.get("What to do next"))


def _section(section: Section | None) -> None:
    if section is None:
        return
    _sentences(section.heading, section.sentences)
    if section.heading in OPENS:
        page_link(*OPENS[section.heading])


def _sentences(heading: str, sentences: Sequence[str]) -> None:
    st.markdown(f"### {escaped(heading)}")
    st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in sentences))


def take_away(replayed: Replay, evidence: Evidence) -> None:
    """The answer as a file, as far as it is worked out."""
    with st.container(horizontal=True):
        for form, (name, kind) in FORMS.items():
            st.download_button(
                f"The answer as {name}",
                partial(figures.document, replayed, evidence, form),
                f"answer.{form}",
                kind,
                key=f"answer_{form}",
                on_click="ignore",
            )

"""The bar above every page: which study and whether it is saved, what is compared on which usage, undo and redo, its link."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import streamlit as st

from commet_core.foundation.wording import counted
from commet_core.scenario.presets import catalog_presets
from pages.shared import guard, history, unsaved
from pages.shared import study as studies
from pages.shared.links import page_link
from pages.shared.loading import source_name
from pages.shared.study import Described, Generated, Study
from pages.shared.tables import escaped, label

NAMES_LETTERS_MAX: Final = 34
"""Longer names of candidates are counted."""

_CSS: Final = Path(__file__).with_suffix(".css").read_text("utf-8")
_JS: Final = Path(__file__).with_suffix(".js").read_text("utf-8")


def bar(study: Study) -> None:
    """Where the visitor is, and what changes it. Everything is a click away: the names lead to Saved, Plans and Usage."""
    with st.container(horizontal=True, vertical_alignment="center", key="topbar"):
        page_link("pages/saved.py", _named(study))
        page_link("pages/plans.py", label(compared(study)))
        page_link("pages/usage.py", label(f"on {usage_name(study)}"))
        st.space("stretch")
        for text, key, steps in (("Undo", guard.UNDO, -1), ("Redo", guard.REDO, 1)):
            st.button(text, key=key, type="tertiary", disabled=not history.can(steps), on_click=studies.step, args=(steps,))
        st.components.v2.component("bar", css=_CSS, js=_JS)(key="bar_link", width="content", height="content")


def _named(study: Study) -> str:
    """The study's name and whether it is saved; of a sample that nobody has changed, which one."""
    name = unsaved.name()
    if not name:
        sample = next((preset.name for code, preset in catalog_presets().items() if study == studies.sample(code)), "")
        return f"**{escaped(sample)}** · a sample" if sample else "**Unnamed study** · not saved"
    return f"**{escaped(name)}** · {'saved' if unsaved.is_saved(study) else 'changed since it was saved'}"


def compared(study: Study) -> str:
    """The candidates by name, or how many."""
    names = " · ".join(candidate.name for candidate in study.candidates)
    if not names:
        return "no plans yet"
    return names if len(names) <= NAMES_LETTERS_MAX else counted(len(study.candidates), "candidate")


def usage_name(study: Study) -> str:
    """What the usage is called in the bar."""
    source = study.source
    if isinstance(source, Generated):
        return f"{source.preset.replace('_', ' ')}, {counted(source.customers, 'customer')}, {counted(source.months, 'month')}"
    if isinstance(source, Described):
        return f"your answers, {counted(source.description.customers, 'customer')}"
    return source_name(source)

"""The study on the screen: saved as a new study, or as a revision of the one that it was opened from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from commet_core.workspace import studies as saved_studies
from commet_core.workspace.studies import Study
from pages.saving.headlines import content_of
from pages.shared import links, outcome, remembered, unsaved, workspaces
from pages.shared import study as studies
from pages.shared.tables import escaped

NAME, NOTES = "saved_name", "saved_notes"
OPENED: Final = "saved_opened"
"""Session key: what study and version is on the screen."""


@dataclass(frozen=True)
class Opened:
    """The saved study that the screen's began as. version: as it was read, which a save on top of it names."""

    study: int
    version: int
    name: str


def opened() -> Opened | None:
    found: Opened | None = st.session_state.get(OPENED)
    return found


def note_opened(study: Study) -> None:
    st.session_state[OPENED] = Opened(study.id, study.version, study.name)


def save_form() -> None:
    """A name, notes, and the buttons that save."""
    before = opened()
    if not workspaces.may_save():
        st.markdown(workspaces.VIEWER)
    if before is not None:
        st.markdown(f"On the screen: **{escaped(before.name)}**, as you opened or saved it, with what you changed since.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=360):
            st.text_input("Name", max_chars=200, **links.kept(remembered.text(NAME, "My study")))
        off = not workspaces.may_save()
        st.button("Save as a new study", key="saved_new" if before is None else "secondary", disabled=off, on_click=_save_new)
        if before is not None:
            label = f"Save on top of “{escaped(before.name)}”"
            st.button(label, key="saved_on_top", disabled=off, on_click=_save_on_top, args=(before,))
    st.text_area("Notes", max_chars=4000, **links.kept(remembered.text(NOTES)))


def _save_new() -> None:
    name = remembered.typed(NAME) or "My study"
    _saved(lambda: saved_studies.create(workspaces.current(), name, _content(), workspaces.now()))


def _save_on_top(before: Opened) -> None:
    _saved(lambda: saved_studies.save(workspaces.current(), before.study, before.version, _content(), workspaces.now()))


def _content() -> saved_studies.Content:
    return content_of(studies.current(), remembered.typed(NOTES) or "")


def _saved(save: Callable[[], Study]) -> None:
    def done(study: Study) -> str:
        note_opened(study)
        unsaved.note_saved(studies.current(), study.name)
        return f"“{study.name}” is saved, revision {study.revision}."

    outcome.of(save, done)

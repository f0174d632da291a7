"""The draft: what the visitor is typing on the Plans page. Each edit that leaves it right goes into the study at once.

A draft that is wrong somewhere is kept as typed, across pages too; the study keeps the last plans that were right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.scenario.drafts import Design, settled
from commet_core.scenario.scenario import Candidate
from pages.shared import study as studies
from pages.shared.study import Study

_KEY = "plans_draft"
_UNDO = "plans_undo"
_NOTES = "plans_notes"


@dataclass(frozen=True)
class Draft:
    """catalog, candidates: of the study that the design was taken from or last went into. revision: names its widgets."""

    design: Design
    catalog: Catalog
    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...] = ()
    revision: int = 0

    def problems_at(self, where: str) -> list[Problem]:
        return [problem for problem in self.problems if problem.where == where]


def current() -> Draft:
    """The visitor's draft: the session's, as long as it belongs to the study, else a fresh one."""
    study = studies.current()
    draft: Draft | None = st.session_state.get(_KEY)
    if draft is None or draft.catalog != study.catalog:
        draft = _fresh(study, 0 if draft is None else draft.revision + 1)
    elif draft.candidates != study.candidates:
        rows = Design.of(study.catalog, study.candidates, study.baseline)
        design = replace(draft.design, candidates=rows.candidates, baseline=rows.baseline)
        draft = replace(draft, design=design, candidates=study.candidates, revision=draft.revision + 1)
    st.session_state[_KEY] = draft
    return draft


def _fresh(study: Study, revision: int) -> Draft:
    design = settled(Design.of(study.catalog, study.candidates, study.baseline))
    return Draft(design, study.catalog, study.candidates, (), revision)


def edit(design: Design, *, undoable: bool = False, anew: bool = False) -> None:
    """Puts another design into the draft and, where it is right, into the study.

    undoable: with a way back, offered. anew: other candidates, so that what was typed for those before must not stay in fields.
    """
    before = current()
    revision = before.revision + anew
    if undoable:
        st.session_state[_UNDO] = (studies.current(), before)
    else:
        st.session_state.pop(_UNDO, None)
    st.session_state[_NOTES] = design.notes
    try:
        catalog, candidates = design.checked()
    except InputError as error:
        st.session_state[_KEY] = replace(before, design=design, problems=error.problems, revision=revision)
        return
    names = {candidate.name for candidate in candidates}
    studies.change(catalog=catalog, candidates=candidates, baseline=design.baseline if design.baseline in names else "")
    st.session_state[_KEY] = Draft(design, catalog, candidates, (), revision)


def start_over(design: Design, note: str, changes: Mapping[str, Any]) -> None:
    """Puts other plans in place of all there is, with further changes to the study; undoable.

    Raises InputError, and changes nothing, where they are not right.
    """
    catalog, candidates = design.checked()
    before = current()
    st.session_state[_UNDO] = (studies.current(), before)
    study = studies.change(catalog=catalog, candidates=candidates, baseline=design.baseline, **changes)
    st.session_state[_KEY] = _fresh(study, before.revision + 1)
    st.session_state[_NOTES] = (note,)


def undo() -> None:
    """Back to where the last undoable edit began."""
    study, draft = st.session_state.pop(_UNDO)
    studies.replace(study)
    st.session_state[_KEY] = replace(draft, revision=current().revision + 1)
    st.session_state[_NOTES] = ()


def notes() -> None:
    """What the last edit did beyond what was asked for, with the way back where there is one."""
    said = st.session_state.get(_NOTES, ())
    if not said:
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(" ".join(said), width="stretch")
        if _UNDO in st.session_state:
            st.button("Undo", key="plans_undo_button", on_click=undo)

"""The draft: what the visitor is typing on the Plans page. Each edit that leaves it right goes into the study at once.

A draft that is wrong somewhere is kept as typed, across pages too; the study keeps the last plans that were right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.money import symbol
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts import Design, settled
from commet_core.scenario.drafts.saved import as_typed, design_of
from commet_core.scenario.reporting import Reporting
from pages.shared import history
from pages.shared import study as studies
from pages.shared.study import Study

_KEY = history.DRAFT
_NOTES = "plans_notes"
_TYPED = "plans_typed"


@dataclass(frozen=True)
class Draft:
    """catalog, candidates: of the study that the design was taken from or last went into. revision: names its widgets.

    unfinished: what the study keeps of it while it is wrong somewhere.
    """

    design: Design
    catalog: Catalog
    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...] = ()
    revision: int = 0
    unfinished: dict[str, Any] | None = None

    def problems_at(self, where: str) -> list[Problem]:
        return [problem for problem in self.problems if problem.where == where]


def current() -> Draft:
    """The visitor's draft: the session's, as long as it belongs to the study, else a fresh one."""
    study, unfinished = studies.current(), studies.unfinished()
    known: Draft | None = st.session_state.get(_KEY)
    draft, revision = known, 0 if known is None else known.revision + 1
    if draft is None or draft.catalog != study.catalog or draft.unfinished is not unfinished:
        draft = _resumed(study, unfinished, revision) or _fresh(study, revision)
    elif draft.candidates != study.candidates:
        rows = Design.of(study.catalog, study.candidates, study.baseline)
        design = replace(draft.design, candidates=rows.candidates, baseline=rows.baseline)
        draft = replace(draft, design=design, candidates=study.candidates, revision=revision)
    if draft is not known:
        st.session_state[_KEY] = draft
    return draft


def sign() -> str:
    """The sign of the currency that is typed: `$`."""
    return symbol(str(current().design.document.get("currency", ""))).strip()


def _fresh(study: Study, revision: int) -> Draft:
    design = settled(Design.of(study.catalog, study.candidates, study.baseline))
    return Draft(design, study.catalog, study.candidates, (), revision, studies.unfinished())


def _resumed(study: Study, unfinished: dict[str, Any] | None, revision: int) -> Draft | None:
    """The draft from what a link holds of one that is wrong somewhere; None where there is none, or none that can be shown."""
    design = None if unfinished is None else design_of(unfinished)
    if design is None:
        return None
    try:
        design.checked(study.reporting)
    except InputError as error:
        return Draft(design, study.catalog, study.candidates, error.problems, revision, unfinished)
    return None


def typed_in() -> dict[str, str]:
    """What was typed into fields, by their keys: shown as long as it says what stands in the draft."""
    typed: dict[str, str] = st.session_state.setdefault(_TYPED, {})
    return typed


def edit(design: Design, *, undoable: bool = False, anew: bool = False, reporting: Reporting | None = None) -> None:
    """Puts another design into the draft and, where it is right, into the study.

    undoable: the note offers the way back. anew: other candidates, so that what was typed for those before must not stay in fields.
    reporting: another one, which goes into the study in any case.
    """
    changes = {} if reporting is None else {"reporting": reporting}
    before = current()
    revision = before.revision + anew
    try:
        catalog, candidates = design.checked(reporting or studies.current().reporting)
    except InputError as error:
        if changes:
            studies.change(**changes)
        unfinished = as_typed(design)
        problems = error.problems
        st.session_state[_KEY] = replace(before, design=design, problems=problems, revision=revision, unfinished=unfinished)
        studies.leave_unfinished(unfinished)
        _note(design.notes, undoable)
        return
    names = {candidate.name for candidate in candidates}
    st.session_state[_KEY] = Draft(design, catalog, candidates, (), revision)
    baseline = design.baseline if design.baseline in names else ""
    studies.change(catalog=catalog, candidates=candidates, baseline=baseline, **changes)
    _note(design.notes, undoable)


def change(how: Callable[..., Design], *args: Any, undoable: bool = False) -> None:
    """What a button does: puts what a change makes of the design into the draft."""
    edit(how(current().design, *args), undoable=undoable)


def add(new: Callable[..., tuple[Design, str]], *args: Any) -> None:
    """What a button does: puts something new into the draft, and nothing else."""
    edit(new(current().design, *args)[0])


def start_over(design: Design, note: str, changes: Mapping[str, Any]) -> None:
    """Puts other plans in place of all there is, with further changes to the study; undoable.

    Raises InputError, and changes nothing, where they are not right.
    """
    catalog, candidates = design.checked(changes.get("reporting", studies.current().reporting))
    revision = current().revision + 1
    st.session_state[_KEY] = Draft(settled(design), catalog, candidates, (), revision)
    studies.change(catalog=catalog, candidates=candidates, baseline=design.baseline, **changes)
    _note((note,), undoable=True)


def _note(said: Sequence[str], undoable: bool) -> None:
    st.session_state[_NOTES] = (tuple(said), undoable, history.place())


def notes() -> None:
    """What the last edit did beyond what was asked for, with the way back where that is worth a button here."""
    said, undoable, place = st.session_state.get(_NOTES, ((), False, 0))
    if not said or place != history.place():
        return
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(" ".join(said), width="stretch")
        if undoable and history.can(-1):
            st.button("Undo", key="plans_undo_button", on_click=studies.step, args=(-1,))

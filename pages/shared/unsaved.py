"""What is on the screen and not saved: kept as a draft at every change, and offered on return in any browser of the visitor's.

A draft holds the states that the study went through, so that undo and redo go on after a reload and after a restart of the server.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.workspace import drafts
from commet_core.workspace.drafts import Draft, States
from commet_core.workspace.workspace import Overtaken
from pages.shared import history, remembered, workspaces
from pages.shared.study import Study, on_change

_TAB, _OFFERED, _TROUBLE, _SAVED, _NAME = "unsaved_tab", "unsaved_offered", "unsaved_trouble", "unsaved_saved", "unsaved_name"
"""Session keys: this tab's draft; one that is offered; why none can be kept; the study as it was saved last, and its name."""


@dataclass(frozen=True)
class Tab:
    """The draft that this tab writes, as it wrote it last. written: the states that are in it, by their numbers.

    here: the number of the one that it shows; shown: what was typed and opened beside the study.
    """

    of: str
    version: int
    written: dict[int, history.State]
    here: int | None = None
    shown: Any = None


def keep() -> None:
    """Writes what has changed since the last time; where that is impossible the page says so, and everything goes on."""
    states = history.numbered()
    if not states:
        return  # nothing has been changed yet
    tab: Tab = st.session_state.get(_TAB) or Tab(secrets.token_hex(8), 0, {})
    shown = remembered.for_link()
    here = history.first() + history.place()
    unchanged = tab.here == here and tab.shown is shown and all(_is_written(tab, number, states[number]) for number in states)
    if unchanged or (tab.version == 0 and len(states) < 2 and not shown):
        return
    try:
        st.session_state[_TAB] = _written(tab, states, shown)
        st.session_state.pop(_TROUBLE, None)
        st.session_state.pop(_OFFERED, None)
    except InputError as error:
        st.session_state[_TROUBLE] = str(error.problems[0])


def _written(tab: Tab, states: dict[int, history.State], shown: Any) -> Tab:
    try:
        return _write(tab, states, shown)
    except Overtaken:  # another tab goes on with the same draft: from here on this one has its own
        return _write(Tab(secrets.token_hex(8), 0, {}), states, shown)


def _write(tab: Tab, states: dict[int, history.State], shown: Any) -> Tab:
    new = {number: _document(state) for number, state in states.items() if not _is_written(tab, number, state)}
    here = history.first() + history.place()
    study = states[here][history.STUDY]
    document = {
        "shows": here,
        "shown": dict(shown),
        "digest": digest_of(states[here]),
        "saved": study == st.session_state.get(_SAVED),
        "compares": [candidate.name for candidate in study.candidates],
    }
    states_now = States(min(states), max(states), new)
    workspace = workspaces.current(ended_too=True)
    draft = drafts.keep_draft(workspace, tab.of, tab.version, document, workspaces.now(), states_now)
    return Tab(tab.of, draft.version, states, here, shown)


def _is_written(tab: Tab, number: int, state: history.State) -> bool:
    before = tab.written.get(number)
    keys = (history.STUDY, history.UNFINISHED)
    return before is not None and all(before[key] is state[key] or before[key] == state[key] for key in keys)


def _document(state: history.State) -> dict[str, Any]:
    study: Study = state[history.STUDY]
    plain = study.model_dump(mode="json", exclude_none=True) | {"catalog": study.catalog.document()}
    return {"study": plain, "unfinished": state[history.UNFINISHED]}


def digest_of(state: history.State) -> str:
    """A text that is the same for the same study and plans."""
    return hashlib.sha256(json.dumps(_document(state), sort_keys=True).encode()).hexdigest()


def begin() -> None:
    """At a session's start: goes on with the draft whose state its link holds; where its link holds nothing, offers the latest."""
    try:
        found = drafts.latest_drafts(workspaces.current())
    except InputError:
        return  # the pages that need the database say why
    here = digest_of(history.numbered()[history.first() + history.place()])
    same = next((draft for draft in found if draft.document.get("digest") == here), None)
    if same is not None:
        _go_on(same, with_shown=False)
    elif found and not st.query_params and not found[0].document.get("saved"):
        st.session_state[_OFFERED] = found[0]


def offered() -> Draft | None:
    """The draft that the visitor may go on with."""
    found: Draft | None = st.session_state.get(_OFFERED)
    return found


def take_offer() -> None:
    """Puts the offered draft on the screen, in place of what nobody has changed."""
    found = st.session_state.pop(_OFFERED, None)
    if found is not None:
        _go_on(found, with_shown=True)


def decline_offer() -> None:
    """Forgets the offered draft for good."""
    found = st.session_state.pop(_OFFERED, None)
    if found is None:
        return
    try:
        drafts.drop_draft(workspaces.current(), found.of)
    except InputError as error:
        st.session_state[_TROUBLE] = str(error.problems[0])


def _go_on(draft: Draft, *, with_shown: bool) -> None:
    try:
        documents = drafts.states_of(workspaces.current(), draft.of)
        states = {number: _state(document) for number, document in documents.items()}
    except (InputError, ValueError, KeyError):  # of another version: it stays where it is
        return
    if draft.document.get("shows") not in states:
        return
    history.go_on_with(states, draft.document["shows"])
    if with_shown:
        remembered.take(draft.document.get("shown"))
    st.session_state[_TAB] = Tab(draft.of, draft.version, states, draft.document["shows"], remembered.for_link())


def _state(document: dict[str, Any]) -> history.State:
    return {history.STUDY: Study.model_validate(document["study"]), history.UNFINISHED: document["unfinished"]}


def name() -> str:
    """What the study on the screen was saved or opened as; empty where it never was."""
    found: str = st.session_state.get(_NAME, "")
    return found


def is_saved(study: Study) -> bool:
    """Whether it is saved as it is."""
    saved: Study | None = st.session_state.get(_SAVED)
    return saved is not None and saved == study


def note_saved(study: Study, saved_as: str) -> None:
    """The study is saved as it is on the screen: nothing of it is offered any more."""
    st.session_state[_SAVED], st.session_state[_NAME] = study, saved_as
    tab: Tab | None = st.session_state.get(_TAB)
    if tab is not None:
        st.session_state[_TAB] = replace(tab, here=None)
        keep()


def trouble() -> str:
    """Why nothing is kept, in words; empty where all is well."""
    return str(st.session_state.get(_TROUBLE, ""))


on_change(keep)

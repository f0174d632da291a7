"""Undo and redo: the states that the study has been in, in this session and, where it goes on with a draft, before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

STUDY: Final = "study"
UNFINISHED: Final = "study_unfinished"
DRAFT: Final = "plans_draft"
"""Session keys: the study; plans that are wrong somewhere, as they were typed; both as the Plans page edits them."""

STATES_MAX: Final = 200
_STATES, _AT, _FIRST = "history_states", "history_at", "history_first"
"""Session keys: the states; which of them is shown; the number of the first, which rises when the oldest are forgotten."""

State = dict[str, Any]


def record() -> None:
    """Remembers the present state as the newest, after the one that was shown; where nothing has changed, in its place."""
    states, at, now = _states(), place(), _now()
    if states and _same(states[at], now):
        states[at] = now
        return
    states = [*states[: at + 1], now]
    st.session_state[_FIRST] = first() + max(0, len(states) - STATES_MAX)
    st.session_state[_STATES] = states[-STATES_MAX:]
    st.session_state[_AT] = len(st.session_state[_STATES]) - 1


def can(steps: int) -> bool:
    """Whether there is a state so many steps on (1) or back (-1)."""
    return 0 <= place() + steps < len(_states())


def place() -> int:
    """Where among the remembered states the visitor is."""
    at: int = st.session_state.setdefault(_AT, 0)
    return at


def first() -> int:
    """The number of the oldest state that is remembered."""
    number: int = st.session_state.setdefault(_FIRST, 0)
    return number


def numbered() -> dict[int, State]:
    """The remembered states by their numbers."""
    return dict(enumerate(_states(), start=first()))


def go_on_with(states: Mapping[int, State], number: int) -> None:
    """Remembers other states in place of those of this session, and shows the one of this number."""
    st.session_state[_FIRST] = min(states)
    st.session_state[_STATES] = [{DRAFT: None, **states[each]} for each in sorted(states)]
    _show(number - min(states))


def move(steps: int) -> bool:
    """Shows the state so many steps on or back; whether there is one."""
    if not can(steps):
        return False
    _states()[place()] = _now()
    _show(place() + steps)
    return True


def go_to(study: Any, unfinished: Any) -> None:
    """Shows the nearest remembered state with this study and these plans; where there is none, it is a new one."""
    wanted = {STUDY: study, UNFINISHED: unfinished}
    places = [place for place, state in enumerate(_states()) if _same(state, wanted)]
    if places:
        _states()[place()] = {**_states()[place()], DRAFT: st.session_state.get(DRAFT)}
        _show(min(places, key=lambda each: abs(each - place())))
        return
    st.session_state.update(wanted)
    st.session_state.pop(DRAFT, None)
    record()


def _show(place: int) -> None:
    st.session_state[_AT] = place
    for key, value in _states()[place].items():
        st.session_state[key] = value


def _now() -> State:
    return {key: st.session_state.get(key) for key in (STUDY, UNFINISHED, DRAFT)}


def _same(one: State, other: State) -> bool:
    return bool(one[STUDY] == other[STUDY] and one[UNFINISHED] == other[UNFINISHED])


def _states() -> list[State]:
    states: list[State] = st.session_state.setdefault(_STATES, [])
    return states

"""The gate before every page: who has not signed in sees how to, and who belongs to no workspace whom to ask."""

from __future__ import annotations

from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.workspace import team
from commet_core.workspace.team import Person
from commet_core.workspace.workspace import ALONE
from pages.shared import login, whose, workspaces
from pages.shared.tables import distinct, escaped

_PERSON: Final = "gate_person"
_CHOICE: Final = "gate_workspace"
"""Session keys: whose session this is; the widget with the workspace."""


def pass_gate() -> None:
    """Lets the page go on in the visitor's workspace, or ends its run with what to do."""
    if not login.configured():
        whose.enter(ALONE)
        return
    try:
        _pass()
    except InputError as error:
        _say(error)
        if login.is_signed_in():
            _offer_to_leave()
        st.stop()


def _say(error: InputError) -> None:
    st.error("\n".join(f"- {escaped(str(problem))}" for problem in error.problems))


def _offer_to_leave() -> None:
    """The way out where the database is gone, which holds who has signed out: of this browser alone."""
    st.markdown("Other browsers in which you are signed in stay so until you sign out again.")
    if st.button("Sign out of this browser", key="gate_leave"):
        login.leave()


def _pass() -> None:
    if not login.is_signed_in():
        _sign_in("Sign in to see your team's work.")
    person = login.person()
    if st.session_state.setdefault(_PERSON, person.key) != person.key:  # another person in the same tab
        st.session_state.clear()
        st.rerun()
    if login.has_ended(workspaces.now()) or team.is_signed_out(workspaces.database(), person, login.began_at()):
        _sign_in("Your sign-in has ended. Sign in again: what was on your screen is kept as a draft.")
    belongs = workspaces.arrive()
    if not belongs:
        _belongs_nowhere(person)
    here = {each.workspace for each in belongs}
    whose.enter(whose.workspace_id() if whose.workspace_id() in here else belongs[0].workspace)


def _sign_in(words: str) -> None:
    st.title("Pricing simulator", anchor=False)
    st.markdown(words)
    several = len(login.providers()) > 1
    for provider in login.providers():
        label = f"Sign in with {provider.title()}" if several else "Sign in"
        if st.button(label, key=f"gate_sign_in_{provider}", type="primary"):
            login.ask(provider)
    st.stop()


def _belongs_nowhere(person: Person) -> None:
    st.title("Pricing simulator", anchor=False)
    who = escaped(person.shown)
    address = "" if person.email else " Your provider has not verified an address of yours, and invitations go by address."
    st.markdown(
        f"You are signed in as **{who}** and belong to no workspace. Ask an owner of one to invite this address.{address}"
    )
    if st.button("Sign out", key="gate_sign_out"):
        _sign_out()
    st.stop()


def _sign_out() -> None:
    """Everywhere: a tab that is open in another browser is asked to sign in again. Raises InputError where that cannot be kept."""
    team.sign_out(workspaces.database(), login.person(), workspaces.now())
    login.leave()


def who_is_here() -> None:
    """In the sidebar: the workspace, a choice where there are several, and the way out."""
    if not login.configured():
        return
    names = distinct({each.workspace: each.name for each in workspaces.memberships()})
    st.divider()
    if len(names) > 1:
        st.session_state[_CHOICE] = whose.workspace_id()
        st.selectbox("Workspace", list(names), format_func=names.__getitem__, key=_CHOICE, on_change=_change)
    else:
        st.caption("Workspace")
        st.markdown(escaped(names[whose.workspace_id()]))
    st.caption(escaped(f"{login.person().shown}, {workspaces.role()}"))
    if st.button("Sign out", key="gate_sign_out", type="tertiary"):
        try:
            _sign_out()
        except InputError as error:
            _say(error)
            _offer_to_leave()


def _change() -> None:
    """Nothing of one workspace comes along into another."""
    chosen, person = st.session_state[_CHOICE], st.session_state[_PERSON]
    st.session_state.clear()
    st.query_params.clear()
    st.session_state[_PERSON] = person
    whose.enter(chosen)

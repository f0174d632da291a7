"""The people of a workspace: owners invite them, change their roles, and take them out."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import streamlit as st

from commet_core.foundation.formats import day_words
from commet_core.workspace import team
from commet_core.workspace.team import Invitation, Member
from commet_core.workspace.workspace import RANKS, Role
from pages.shared import links, login, outcome, remembered, workspaces
from pages.shared.tables import escaped

ADDRESS, ROLE = "people_address", "people_role"
ROLES: dict[str, str] = {
    "viewer": "viewer: opens and tries",
    "editor": "editor: saves too",
    "owner": "owner: says who belongs here and what quotes may promise",
}


def listed() -> None:
    """Who belongs here; for owners with what they may change."""
    is_owner = workspaces.role() == "owner"
    for member in team.members(workspaces.current()):
        _member(member, changeable=is_owner)
    if is_owner:
        _invite()
        for invitation in team.invitations(workspaces.current(), workspaces.now()):
            _invitation(invitation)


def _member(member: Member, *, changeable: bool) -> None:
    you = " (you)" if member.person == login.person().key else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(width=360):
            st.markdown(escaped(f"{member.shown}{you}"))
        if not changeable:
            st.markdown(ROLES[member.role])
            return
        for role in RANKS:
            st.button(
                role.capitalize(),
                key=f"people_{role}_{member.person}",
                type="primary" if role == member.role else "secondary",
                disabled=role == member.role,
                on_click=_change,
                args=(member, role),
            )
        st.button("Take out", key=f"people_out_{member.person}", type="tertiary", on_click=_change, args=(member, None))


def _change(member: Member, role: Role | None) -> None:
    words = f"{member.shown} does not belong to this workspace any more." if role is None else f"{member.shown} is {role} now."
    outcome.of(lambda: team.change_role(workspaces.current(), member.person, role, workspaces.now()), words)


def _invite() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=360):
            st.text_input("Invite by address", max_chars=254, **links.kept(remembered.text(ADDRESS)))
        with st.container(width=360):
            key = remembered.choice(ROLE, list(ROLES), "editor")
            st.selectbox("As", list(ROLES), format_func=ROLES.__getitem__, **links.kept(key))
        st.button("Invite", key="people_invite", on_click=_do_invite)
    st.caption(
        f"Whoever signs in with this address within {team.INVITATION_DAYS} days joins, if their provider has verified it. No letter "
        "is sent from here: tell them."
    )


def _do_invite() -> None:
    address, role = str(st.session_state.get(ADDRESS) or ""), st.session_state.get(ROLE, "editor")
    if outcome.of(lambda: team.invite(workspaces.current(), address, role, workspaces.now()), f"{address.strip()} is invited."):
        links.forget(ADDRESS)


def _invitation(invitation: Invitation) -> None:
    until = day_words(datetime.fromisoformat(invitation.expires_at))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(escaped(f"{invitation.email} is invited as {invitation.role} until {until}."))
        take_back = partial(_take_back, invitation)
        st.button("Take back", key=f"people_back_{invitation.id}", type="tertiary", on_click=take_back)


def _take_back(invitation: Invitation) -> None:
    outcome.of(
        lambda: team.take_back(workspaces.current(), invitation.id, workspaces.now()),
        f"{invitation.email} is not invited any more.",
    )

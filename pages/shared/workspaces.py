"""The visitor's workspace: of a database that is opened once for all who look at it. Without a login there is one, and one person."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import streamlit as st
from sqlalchemy import Engine

from commet_core.cli.workspace import place
from commet_core.foundation.errors import InputError
from commet_core.workspace import team
from commet_core.workspace.opening import open_database
from commet_core.workspace.team import Membership
from commet_core.workspace.workspace import RANKS, Role, Workspace
from pages.shared import login, whose

VIEWER: Final = "You are a viewer here: open and try everything. To save, ask an owner to make you an editor."

_MEMBERSHIPS: Final = "workspace_memberships"
"""Session key: where the visitor belongs, as it was when the page was drawn last."""


def current(*, ended_too: bool = False) -> Workspace:
    """The visitor's workspace. What may be done there is checked when it is done, in the database.

    ended_too: also where the sign-in has ended meanwhile, for what was typed before. Raises InputError where nobody has signed
    in, the database cannot be reached, or is of a later version.
    """
    engine = database()
    if not login.configured():
        return Workspace(engine)
    person = login.person()
    if not ended_too and (login.has_ended(now()) or team.is_signed_out(engine, person, login.began_at())):
        raise InputError.of("", "your sign-in has ended", "Reload the page and sign in again; what you did is kept as a draft")
    return Workspace(engine, whose.workspace_id(), person.key, person.shown)


def database() -> Engine:
    """Raises InputError where it cannot be reached, or is of a later version."""
    where, copies = place()
    return _opened(where, copies, os.getpid())


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(where: str, _copies: Path, _process: int) -> Engine:
    return open_database(where, _copies)


def arrive() -> Sequence[Membership]:
    """Where somebody who has signed in belongs, at this moment; who comes anew takes up their invitations."""
    engine, person = database(), login.person()
    found = team.memberships(engine, person) if memberships() else team.sign_in(engine, person, now())
    st.session_state[_MEMBERSHIPS] = found
    return found


def memberships() -> Sequence[Membership]:
    """Where the visitor belongs, as it was when the page was drawn."""
    found: Sequence[Membership] = st.session_state.get(_MEMBERSHIPS, ())
    return found


def role() -> Role:
    """The visitor's role as it was when the page was drawn; what is done is checked again."""
    if not login.configured():
        return "owner"
    return next((each.role for each in memberships() if each.workspace == whose.workspace_id()), "viewer")


def may_save() -> bool:
    return RANKS[role()] >= RANKS["editor"]


def now() -> datetime:
    """The moment of what somebody does."""
    return datetime.now(UTC)

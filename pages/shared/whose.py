"""Whose work this is: the workspace that everything belongs to which this server keeps, spools or links for a visitor.

A page cannot forget it: keys of what is computed (`kept`, `loading`, `work`), names of uploads and of long links (`spool`), and
folders and databases with usage (`settings`) are made here.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from typing import Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from commet_core.workspace.workspace import ALONE
from pages.shared import login

NOBODY: Final = ""
"""The workspace of who has not signed in, which holds nothing."""

_WORKSPACE: Final = "workspace_here"
_OF_THREAD: ContextVar[str] = ContextVar("workspace_of_thread", default=ALONE)
"""Of work that goes on in a thread of its own, for a visitor of this workspace."""


def workspace_id() -> str:
    """The id of the visitor's workspace."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return _OF_THREAD.get()
    entered = st.session_state.get(_WORKSPACE)
    if entered is None:  # only then is the operator's file with secrets looked for, which takes a while
        return NOBODY if login.configured() else ALONE
    return str(entered)


def enter(workspace: str) -> None:
    """The visitor is in this workspace from now on; a page's frame says so, which has seen that they belong to it."""
    st.session_state[_WORKSPACE] = workspace


def enter_thread(workspace: str) -> None:
    """What goes on in the thread is for a visitor of this workspace."""
    _OF_THREAD.set(workspace)


def key(content: str) -> str:
    """The key of something that follows from content, in the visitor's workspace alone."""
    return f"{workspace_id()}\0{content}"


def file_name(name: str) -> str:
    """A file's name on this server's disk, in the visitor's workspace alone; without a login it is the name itself."""
    workspace = workspace_id()
    return name if workspace == ALONE else f"{hashlib.sha256(workspace.encode()).hexdigest()[:16]}-{name}"

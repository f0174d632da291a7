"""The workspace of this dashboard: opened once, for all who look at it. Without a login there is one, and one person."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from commet_core.cli.workspace import place
from commet_core.workspace.opening import open_database
from commet_core.workspace.workspace import Workspace


def current() -> Workspace:
    """Raises InputError where the database cannot be reached, or is of a later version."""
    where, copies = place()
    return Workspace(_opened(where, copies, os.getpid()).engine)


@st.cache_resource(max_entries=4, show_spinner=False)
def _opened(where: str, _copies: Path, _process: int) -> Workspace:
    return Workspace(open_database(where, _copies))


def now() -> datetime:
    """The moment of what somebody does."""
    return datetime.now(UTC)

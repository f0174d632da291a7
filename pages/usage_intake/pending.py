"""Usage that a visitor has asked for and that is not the study's yet: it takes its place only when all of it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from pages.shared import loading
from pages.shared import study as studies
from pages.shared.spool import unspool
from pages.shared.study import Brought, UsageSource
from pages.shared.tables import escaped
from pages.shared.uploads import UploadedFile
from pages.shared.work import Canceled, start_again

_PENDING: Final = "usage_pending"
_ARRIVED: Final = "usage_arrived"
_REFUSED: Final = "usage_refused"
"""Session keys: the usage asked for; when its files arrived, where nobody had brought them before; (usage, why it is refused),
so that it is not read again on every click."""


def ask_for(source: UsageSource, arrived: Sequence[tuple[UploadedFile, float]] = ()) -> None:
    """Makes this the study's usage once it is there. arrived: its files that are new on this server, and when they came."""
    forget()
    st.session_state[_PENDING], st.session_state[_ARRIVED] = source, tuple(arrived)


def ask_again(source: UsageSource) -> None:
    """The same files, to be read in another way."""
    st.session_state.pop(_REFUSED, None)
    st.session_state[_PENDING] = source


def admit() -> None:
    """Makes the usage asked for the study's where rows of it can be used; else the usage there was stays."""
    source: UsageSource | None = st.session_state.get(_PENDING)
    if source is None or refused() is not None:
        return
    try:
        loading.usage_from(source)
    except Canceled as canceled:
        start_again()
        forget()
        st.session_state["notice"] = f"{escaped(canceled.what)}. Nothing of it was kept; you see the usage that you had before."
        st.rerun()
    except InputError as error:
        st.session_state[_REFUSED] = (source, error)
        return
    _take(source)
    st.rerun()


def _take(source: UsageSource) -> None:
    before = studies.current()
    again = isinstance(source, Brought) and _without_mapping(source) == _without_mapping(before.source)
    studies.change(source=source, window=before.window if again else None, rows=before.rows if again else "event")
    st.session_state.pop(_ARRIVED, None)
    forget()


def _without_mapping(source: UsageSource) -> UsageSource:
    return source.model_copy(update={"mapping": None}) if isinstance(source, Brought) else source


def refused() -> tuple[UsageSource, InputError] | None:
    """The usage asked for last, where it cannot be used, and why."""
    found: tuple[UsageSource, InputError] | None = st.session_state.get(_REFUSED)
    return found if found is not None and found[0] is st.session_state.get(_PENDING) else None


def forget() -> None:
    """Drops what was asked for, and its files where nobody else has brought them."""
    for file, arrived in st.session_state.pop(_ARRIVED, ()):
        unspool(file, arrived)
    st.session_state.pop(_PENDING, None)
    st.session_state.pop(_REFUSED, None)

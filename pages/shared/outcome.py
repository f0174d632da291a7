"""What the last click on a page came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import streamlit as st

from commet_core.foundation.errors import InputError
from pages.shared import frame
from pages.shared.tables import escaped

T = TypeVar("T")

_OUTCOME: Final = "outcome"
"""Session key: a sentence, or an error."""


def of(do: Callable[[], T], done: Callable[[T], str] | str = "") -> bool:
    """Does what a click asks for, and remembers what to say of it; whether it was done. done: a sentence, or makes one of what came."""
    try:
        came = do()
    except InputError as error:
        told(error)
        return False
    told(done if isinstance(done, str) else done(came))
    return True


def told(outcome: str | InputError) -> None:
    """Remembers what to say."""
    st.session_state[_OUTCOME] = outcome


def say() -> None:
    """Once, when the page is drawn."""
    found = st.session_state.pop(_OUTCOME, None)
    if isinstance(found, InputError):
        frame.show_problems(found)
    elif found:
        st.success(escaped(found))

"""What the last click on the page came to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from pages.shared import frame
from pages.shared.tables import escaped

_OUTCOME: Final = "workspace_outcome"
"""Session key: a sentence, or an error."""


def of(do: Callable[[], object], done: str) -> bool:
    """Does what a click asks for, and remembers what to say of it; whether it was done."""
    try:
        do()
    except InputError as error:
        st.session_state[_OUTCOME] = error
        return False
    st.session_state[_OUTCOME] = done
    return True


def say() -> None:
    """Once, when the page is drawn."""
    found = st.session_state.pop(_OUTCOME, None)
    if isinstance(found, InputError):
        frame.show_problems(found)
    elif found:
        st.success(escaped(found))

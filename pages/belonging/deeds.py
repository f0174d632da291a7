"""Who did what in the workspace, for its owners."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from commet_core.foundation.formats import moment_words
from commet_core.workspace import audit
from commet_core.workspace.workspace import NotAllowed
from pages.shared import workspaces


def listed() -> None:
    """The latest first. Nobody can change it, the operator's own database user included."""
    try:
        found = audit.deeds(workspaces.current())
    except NotAllowed:
        st.markdown("Its owners see here who saved, sent, approved, deleted, invited and exported.")
        return
    if not found:
        st.markdown("Nothing yet: who saves, sends, approves, deletes, invites and exports is listed here.")
        return
    rows = {
        "When": [f"{moment_words(datetime.fromisoformat(deed.at).replace(microsecond=0))} UTC" for deed in found],
        "Who": [deed.who for deed in found],
        "Did": [deed.what for deed in found],
        "About": [deed.about for deed in found],
    }
    st.dataframe(rows, hide_index=True, width="stretch")

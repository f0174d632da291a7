"""The usage that a workspace keeps: who brought it, when, how many rows, which studies need it; it can be deleted."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from commet_core.foundation.formats import moment_words
from commet_core.foundation.wording import counted
from commet_core.workspace import usages
from commet_core.workspace.usages import BroughtUsage
from pages.shared import outcome, usage_folder, workspaces
from pages.shared.tables import escaped


def listed() -> None:
    """All of it, the first brought first."""
    found = usages.brought(workspaces.current())
    if not found:
        st.markdown("None yet: a study that is saved keeps its usage here.")
    for usage in found:
        _show(usage)


def _show(usage: BroughtUsage) -> None:
    needed = usages.needed_by(workspaces.current(), usage.digest)
    when = moment_words(datetime.fromisoformat(usage.brought_at).replace(second=0, microsecond=0))
    words = f"**{escaped(usage.name)}**, {counted(usage.rows, 'event')}, brought by {escaped(usage.brought_by)}, {when} UTC. "
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(words + (f"Needed by {escaped(', '.join(needed))}." if needed else "No study needs it."))
        off = not workspaces.may_save()
        st.button("Delete", key=f"usage_delete_{usage.digest}", disabled=off, on_click=_delete, args=(usage,))


def _delete(usage: BroughtUsage) -> None:
    outcome.of(lambda: usage_folder.delete(usage.digest), f"{usage.name} is deleted. Studies on it say which file to bring.")

"""Saved studies: opened, renamed, archived, duplicated, and two revisions side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.foundation.formats import moment_words
from commet_core.version import VERSION
from commet_core.workspace import studies as saved_studies
from commet_core.workspace.differences import in_words
from commet_core.workspace.studies import Study
from commet_core.workspace.workspace import author_words
from pages.saving import beside, on_screen, taken_along
from pages.saving.headlines import changed_figures, headline_of, study_of
from pages.shared import links, outcome, remembered, unsaved, workspaces
from pages.shared import study as studies
from pages.shared.tables import distinct, escaped

ARCHIVED, CHOSEN, RENAMED = "saved_archived", "saved_chosen", "saved_renamed"


def listed() -> None:
    """The list, and one study of it in full."""
    archived = _archived()
    found = saved_studies.studies(workspaces.current(), archived=archived)
    if not found:
        st.markdown("No study is archived." if archived else "None yet.")
        return
    labels = distinct({study.id: study.name for study in found})
    _table(found, labels)
    by_id = {study.id: study for study in found}
    if st.session_state.get(CHOSEN) not in by_id:
        st.session_state[CHOSEN] = found[0].id
    st.selectbox("Study", list(by_id), key=CHOSEN, format_func=labels.__getitem__)
    _show(by_id[st.session_state[CHOSEN]], archived=archived)
    beside.side_by_side_of(found)


def _archived() -> bool:
    st.toggle("Archived", **links.kept(remembered.choice(ARCHIVED, [True, False], False)))
    return bool(st.session_state[ARCHIVED])


def _table(found: list[Study], labels: Mapping[int, str]) -> None:
    rows = {
        "Study": [labels[study.id] for study in found],
        "Revision": [str(study.revision) for study in found],
        "Saved": [_when(study) for study in found],
        "Figures": ["; ".join(f"{name} {amount}" for name, amount in study.content.headline.items()) for study in found],
    }
    st.dataframe(rows, hide_index=True, width="stretch")


def _when(study: Study) -> str:
    return f"{moment_words(datetime.fromisoformat(study.saved_at).replace(second=0, microsecond=0))} UTC"


def _show(study: Study, *, archived: bool) -> None:
    if study.content.notes:
        st.markdown(escaped(study.content.notes))
    off = not workspaces.may_save()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Open", key="saved_open", on_click=_open, args=(study,))
        st.button("Duplicate", key="saved_duplicate", disabled=off, on_click=_duplicate, args=(study,))
        label = "Restore" if archived else "Archive"
        st.button(label, key="saved_archive", disabled=off, on_click=_archive, args=(study, not archived))
        with st.container(width=300):
            st.text_input("Another name", key=RENAMED, max_chars=200)
        st.button("Rename", key="saved_rename", disabled=off, on_click=_rename, args=(study,))
        taken_along.export(study)
    _revisions(study)


def _open(study: Study) -> None:
    """Puts a revision on the screen, and says where its figures are not those that were saved."""
    try:
        found = study_of(study.content)
        studies.replace(found)
        on_screen.note_opened(study)
        unsaved.note_saved(found, study.name)
        changed = changed_figures(study, headline_of(found))
    except InputError as error:
        outcome.told(error)
        return
    if not changed:
        outcome.told(f"“{study.name}” is open; its figures are those that were saved, to the cent.")
        return
    why = (
        f"it was saved by version {study.engine_version}, and this is {VERSION}" if study.other_engine else "the usage differs"
    )
    outcome.told(f"“{study.name}” is open, and its figures have changed, as {why}: {'; '.join(changed)}.")


def _duplicate(study: Study) -> None:
    _do(lambda: saved_studies.duplicate(workspaces.current(), study.id, f"{study.name[:190]}, copy", workspaces.now()))


def _archive(study: Study, archived: bool) -> None:
    _do(lambda: saved_studies.archive(workspaces.current(), study.id, study.version, workspaces.now(), archived=archived))


def _rename(study: Study) -> None:
    name = str(st.session_state.get(RENAMED) or "")
    _do(lambda: saved_studies.rename(workspaces.current(), study.id, study.version, name, workspaces.now()))


def _do(change: Callable[[], Study]) -> None:
    outcome.of(change, lambda study: f"“{study.name}”: done.")


def _revisions(study: Study) -> None:
    """Each revision with what it changed, in words, and what that did to the figures; any of them can be opened."""
    found = saved_studies.revisions(workspaces.current(), study.id)
    for before, after in reversed(list(zip([None, *found], found, strict=False))):
        with st.expander(f"Revision {after.revision}, {_when(after)}, by {escaped(author_words(after.author))}"):
            figures = [f"{name} {amount}" for name, amount in after.content.headline.items()]
            st.markdown("\n".join(f"- {escaped(line)}" for line in figures))
            if before is not None:
                changed = in_words(before.content.document, after.content.document)
                changed += changed_figures(before, after.content.headline)
                st.markdown("What it changed:\n\n" + ("\n".join(f"- {escaped(line)}" for line in changed) or "Nothing."))
            st.button("Open this revision", key=f"saved_open_{after.revision}", on_click=_open, args=(after,))

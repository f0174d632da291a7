"""A saved study as one file: taken along, and brought in from elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import streamlit as st

from commet_core.foundation.documents import Document
from commet_core.foundation.errors import InputError
from commet_core.workspace import studies as saved_studies
from commet_core.workspace.studies import Study
from commet_core.workspace.study_files import Rows, files_of_rows, study_file, write_study_file
from commet_core.workspace.workspace import Workspace
from pages.shared import links, loading, outcome, remembered, spool, usage_folder, workspaces
from pages.shared.tables import escaped
from pages.shared.uploads import UploadedFile

WITH_USAGE: Final = "saved_with_usage"
_IMPORTED: Final = "saved_imported"
"""Session key: how many files were brought in, which names the uploader, so that it is empty again."""


def export(study: Study) -> None:
    """The file is made when it is asked for."""
    digest = study.content.usage_digest
    store = None if digest is None else usage_folder.store_of(digest)
    if store is not None:
        key = remembered.choice(WITH_USAGE, [True, False], False)
        st.checkbox("with its usage", **links.kept(key))
    chosen = store if store is not None and st.session_state[WITH_USAGE] else None
    if gone := _gone(study):
        st.caption(f"Without `scenario.yaml` for the command line: {escaped(gone)} is no longer on this server.")
    workspace, at = workspaces.current(), workspaces.now()
    st.download_button(
        "Export",
        lambda: _file(workspace, study, chosen, at),
        f"{_file_name(study.name)}.zip",
        "application/zip",
        key="saved_export",
        on_click="ignore",
    )


def _file(workspace: Workspace, study: Study, store: Path | None, at: datetime) -> bytes:
    saved_studies.note_exported(workspace, study, at)
    sink = io.BytesIO()
    write_study_file(study, sink, store, _rows(study))
    return sink.getvalue()


_READERS: Final[Mapping[str, Callable[[UploadedFile], Sequence[Document]]]] = {
    "subscriptions": loading.subscription_rows,
    "levels": loading.level_rows,
}


def _named(study: Study) -> dict[str, UploadedFile]:
    """The files that a study names, by kind."""
    return {kind: UploadedFile.model_validate(named) for kind, named in files_of_rows(study.content.document).items()}


def _gone(study: Study) -> str:
    """The name of a file that is not here any more; empty where all are."""
    for file in _named(study).values():
        try:
            spool.path_of(file)
        except InputError:
            return file.name
    return ""


def _rows(study: Study) -> dict[str, Rows]:
    """The rows of the files that a study names, by kind, but for one that is not here any more."""
    found: dict[str, Rows] = {}
    for kind, file in _named(study).items():
        try:
            read = _READERS[kind](file)
        except InputError:
            continue
        found[kind] = [row.model_dump(mode="json", exclude_defaults=True, exclude={"file", "line"}) for row in read]
    return found


def _file_name(name: str) -> str:
    """Letters, digits and dashes, of any script."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name).split())[:80] or "study"


def bring_in() -> None:
    """A file that was exported here or elsewhere becomes a study of this workspace."""
    place = st.session_state.setdefault(_IMPORTED, 0)
    off = not workspaces.may_save()
    file = st.file_uploader("Import a study: the zip that Export makes", type="zip", key=f"saved_import_{place}", disabled=off)
    if file is None:
        return
    st.session_state[_IMPORTED] = place + 1
    outcome.of(lambda: _taken_in(file.getvalue(), file.name), lambda study: f"“{study.name}” is imported.")
    st.rerun()


def _taken_in(content: bytes, name: str) -> Study:
    with study_file(content, name) as found:
        ingested = found.ingested()
        if ingested is not None:
            usage_folder.keep(ingested, f"usage of {found.name}")
        return saved_studies.create(workspaces.current(), found.name, found.content, workspaces.now())

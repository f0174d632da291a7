"""A file of rows that belongs to the study, beside its usage: taken up, shown with what it holds, and removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile as Upload

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.foundation.wording import counted
from pages.shared import study as studies
from pages.shared.frame import show_problems
from pages.shared.spool import spool
from pages.shared.study import Study
from pages.shared.tables import csv_button, escaped
from pages.shared.uploads import UploadedFile
from pages.usage_intake.ways_in import release


class OfCustomer(Protocol):
    @property
    def customer_id(self) -> str: ...


@dataclass(frozen=True)
class RowFile:
    """A kind of file.

    field     of the study, and the beginning of its widgets' keys
    types     endings of the files that are taken
    read      its rows. Raises InputError where it cannot be used at all
    noun      what a row is
    unchecked what is said while no plans are chosen against which rows could be checked
    needs     what the file needs, in Markdown
    example   rows of an example
    """

    field: Literal["subscriptions", "levels"]
    types: Sequence[str]
    read: Callable[[UploadedFile], Sequence[OfCustomer]]
    noun: str
    unchecked: str
    needs: str
    example: Callable[[Catalog], pa.Table]


def section(file: RowFile, study: Study, label: str, check: Callable[[], None]) -> None:
    """The study's file with what is found about its rows, or the way to give it one. label: of the uploader."""
    present: UploadedFile | None = getattr(study, file.field)
    with st.container(border=True):
        if present is None:
            _upload(file, study.catalog, label)
        else:
            _present(file, study, present, check)


def _upload(file: RowFile, catalog: Catalog, label: str) -> None:
    """An uploaded file goes to disk at once, and the uploader is emptied."""
    uploads = f"{file.field}_uploads"
    place = st.session_state.setdefault(uploads, 0)
    given = st.file_uploader(label, type=list(file.types), key=f"{file.field}_upload_{place}")
    if given is not None:
        _take_up(file, given)
        st.session_state[uploads] = place + 1
        st.rerun()
    if (refused := st.session_state.get(_refused(file))) is not None:
        show_problems(refused, "The file cannot be used.")
    with st.expander("File format"):
        st.markdown(file.needs)
        csv_button(
            "Download an example file", lambda: file.example(catalog), f"{file.field}_example.csv", key=f"{file.field}_example"
        )


def _refused(file: RowFile) -> str:
    """Session key: why the last file was not taken up."""
    return f"{file.field}_refused"


def _take_up(file: RowFile, given: Upload) -> None:
    """Makes an uploaded file the study's, unless it cannot be read at all."""
    uploaded, _ = spool(given.name, given)
    release([given])
    st.session_state.pop(_refused(file), None)
    try:
        file.read(uploaded)
    except InputError as error:
        st.session_state[_refused(file)] = error
    else:
        _change(file, uploaded)


def _present(file: RowFile, study: Study, present: UploadedFile, check: Callable[[], None]) -> None:
    remove = f"{file.field}_remove"
    try:
        rows = file.read(present)
    except InputError as error:
        show_problems(error)
        st.button("Go on without it", key=remove, on_click=_remove, args=(file,))
        return
    customers = len({row.customer_id for row in rows})
    with st.container(horizontal=True, vertical_alignment="center"):
        words = f"{counted(len(rows), file.noun)} of {counted(customers, 'customer')}."
        st.markdown(f"**{escaped(present.name)}**: {words}", width="stretch")
        st.button("Remove this file", key=remove, on_click=_remove, args=(file,))
    if study.candidates:
        check()
    else:
        st.caption(file.unchecked)


def _remove(file: RowFile) -> None:
    _change(file, None)
    st.session_state.pop(_refused(file), None)


def _change(file: RowFile, uploaded: UploadedFile | None) -> None:
    studies.change(**{file.field: uploaded})

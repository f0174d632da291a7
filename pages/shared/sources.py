"""What a study's source is read from: files that were uploaded, files on the server, or a query of the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Progress
from commet_core.usage.ingest import ArrowSource, FileShape, inspect_all
from commet_core.usage.ingest.database.query import preview, usage_source
from pages.shared import limits, settings, usage_folder
from pages.shared.server_files import files_of, state_of
from pages.shared.spool import path_of
from pages.shared.study import BroughtSource, KeptUsage, Queried, ServerFiles, Uploaded
from pages.shared.work import Held, visitor

SHAPES_LOOKED_AT = 5

NO_FOLDERS = Problem("files on the server", "this server reads no files of its own", "Upload the files on the Usage page")
NO_DATABASE = Problem("the database", "this server is connected to no database", "Upload its rows as a file on the Usage page")
_AGREED = "usage_queries_agreed"
"""Session key: the queries that this visitor has run. One that comes in a link waits until it is read and agreed to."""


@dataclass(frozen=True)
class OpenedSource:
    """Where to read from.

    content  a text that changes when what is read does
    inputs   for `ingest.read`; takes its progress
    shapes   what the first of them look like
    store    a usage store, which is opened and not read
    """

    content: str
    inputs: Callable[[Progress], Sequence[Path | ArrowSource]]
    shapes: Callable[[], Sequence[FileShape]]
    store: Path | None = None


def open_source(source: BroughtSource) -> OpenedSource:
    """Where a source is read from. Raises InputError where that is not there, or not allowed."""
    if isinstance(source, Queried):
        return _query(source)
    if isinstance(source, KeptUsage):
        return OpenedSource(f"kept {source.digest}", lambda _tell: (), tuple, _kept(source))
    paths = _paths(source)
    stores = [path for path in paths if path.is_dir()]
    if stores and len(paths) > 1:
        fix = "Name it alone, or name the files that it was made from"
        raise InputError.of(stores[0].name, "a usage store is not read together with anything else", fix)
    content = state_of(paths)
    if stores:
        return OpenedSource(content, lambda _tell: (), tuple, stores[0])
    encoding = source.mapping.encoding if source.mapping is not None else None
    return OpenedSource(content, lambda _tell: paths, lambda: inspect_all(paths[:SHAPES_LOOKED_AT], SHAPES_LOOKED_AT, encoding))


def _kept(source: KeptUsage) -> Path:
    store = usage_folder.store_of(source.digest)
    if store is None:
        fix = f"Bring the file that it came from again, {source.name}, on the Usage page"
        raise InputError.of(source.name, "this usage is not kept in this workspace, or no longer", fix)
    return store


def _paths(source: Uploaded | ServerFiles) -> Sequence[Path]:
    if isinstance(source, Uploaded):
        return [path_of(file) for file in source.files]
    folders = settings.usage_folders()
    if not folders:
        raise InputError([NO_FOLDERS])
    return files_of(source.names, folders)


def _query(source: Queried) -> OpenedSource:
    url, query = settings.usage_database_url(), source.query
    if url is None:
        raise InputError([NO_DATABASE])
    if query not in st.session_state.get(_AGREED, ()):
        problem = Problem("", "This link asks the database. Read its query before you run it")
        raise Held(problem, "Run this query", partial(agree, query), query)

    def rows(tell: Progress) -> Sequence[ArrowSource]:
        return [
            usage_source(
                url,
                query,
                server_files_allowed=settings.server_files_allowed(),
                waiting=lambda: tell(0.0, "Waiting for the database"),
            )
        ]

    def shapes() -> Sequence[FileShape]:
        limits.QUERIES.spend(visitor(), 1)
        with limits.QUERIES_AT_ONCE.entered(lambda _share, _sentence: None):
            return [preview(url, query, server_files_allowed=settings.server_files_allowed())]

    return OpenedSource(f"{url}\n{source.asked_at}", rows, shapes)


def agree(query: str) -> None:
    """Lets a query be run in this session."""
    st.session_state[_AGREED] = {*st.session_state.get(_AGREED, ()), query}

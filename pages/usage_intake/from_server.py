"""Usage that need not be uploaded: files on the server, and the database. Offered where the server's operator allows it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.database.query import TIMEOUT_SECONDS
from pages.shared import links, remembered, settings
from pages.shared.frame import show_problems
from pages.shared.server_files import files_of
from pages.shared.sources import agree
from pages.shared.study import Queried, ServerFiles, Study
from pages.shared.tables import escaped
from pages.usage_intake import pending

QUERY_EXAMPLE: Final = (
    "SELECT customer_id, created_at AS timestamp, feature, quantity AS value, id AS event_id FROM usage_events"
)


def server_files(study: Study) -> None:
    """Names of files on the server, of any size; only where there are folders."""
    folders, source = settings.usage_folders(), study.source
    present = "\n".join(source.names) if isinstance(source, ServerFiles) else ""
    names = st.text_area(
        "Files, folders or patterns, one on each line",
        placeholder="2026-01.csv\n2026/**/*.parquet",
        help="A folder stands for the usage files in it; `*` for any part of a name, `**` for folders in folders.",
        **links.kept(remembered.text("usage_server_names", present)),
    )
    st.caption(f"They are looked for in {' and '.join(escaped(str(folder)) for folder in folders)}, and may be of any size.")
    named = tuple(line.strip() for line in names.splitlines() if line.strip())
    if st.button("Read these files", type="primary", key="usage_server_read"):
        try:
            found = files_of(named, folders) if named else ()
        except InputError as error:
            show_problems(error)
            return
        if not found:
            st.error("Name at least one file.")
            return
        pending.ask_for(ServerFiles(names=named))
        st.rerun()


def database(study: Study) -> None:
    """A query, whose rows are read as those of a file are; only where there is a database."""
    source = study.source
    query = st.text_area(
        "A query whose rows are usage",
        placeholder=QUERY_EXAMPLE,
        height=150,
        **links.kept(remembered.text("usage_query", source.query if isinstance(source, Queried) else "")),
    )
    st.caption(
        f"It can only read, and may take up to {TIMEOUT_SECONDS // 60} minutes. Columns are recognised by their names, as those "
        "of files are. The link in the address bar will hold the query."
    )
    if st.button("Run this query", type="primary", key="usage_query_run"):
        if not query.strip():
            st.error("Write a query first.")
            return
        agree(query)
        pending.ask_for(Queried(query=query, asked_at=datetime.now(UTC).isoformat(timespec="milliseconds")))
        st.rerun()

"""A quote behind a link: read-only, without the dashboard around it, and with nothing else of its workspace."""

from __future__ import annotations

import streamlit as st

from commet_core.foundation.errors import InputError
from commet_core.reports.quotation import quote_document
from commet_core.workspace.links import quote_behind
from pages.quoting.worked_out import contents, worked_out
from pages.shared import frame, workspaces

GONE = "There is no quote behind this link, or no longer. Ask whoever sent it for a new one."


def main() -> None:
    st.set_page_config(
        page_title="Quote", page_icon=str(frame.ROOT / "pages/shared/icon.png"), initial_sidebar_state="collapsed"
    )
    try:
        found = quote_behind(workspaces.current().engine, st.query_params.get("key", ""), workspaces.now())
        document = None if found is None else quote_document(worked_out(found.quote_file()))
    except InputError:
        document = None
    if document is None:
        st.error(GONE)
    else:
        contents(document)


main()

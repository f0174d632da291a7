"""What the operator of this server has set: in Streamlit's secrets, or in the environment.

Where people sign in, a workspace has its own folders and its own database, in the section `[workspaces.<its id>]` of the secrets;
what is set for a server without a login is then nobody's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pages.shared import login, whose


def usage_folders() -> tuple[Path, ...]:
    """Folders of this server below which visitors may name usage files; none where it is not set."""
    found = _setting("usage_folders", "COMMET_USAGE_FOLDERS") or ()
    named = found.split(os.pathsep) if isinstance(found, str) else found
    return tuple(Path(folder).expanduser() for folder in named if folder)


def usage_database_url() -> str | None:
    """Where the database with usage is; None where it is not set."""
    found = _setting("usage_database_url", "COMMET_USAGE_DATABASE_URL")
    return str(found) if found else None


def pdf_fonts() -> Path | None:
    """A folder with fonts for letters that the PDF's own lack; None where it is not set."""
    found = os.environ.get("COMMET_PDF_FONTS")
    return Path(found).expanduser() if found else None


def server_files_allowed() -> bool:
    """Whether the database's user may have rights over files of its server's machine: set to `allowed`, and to nothing else."""
    return _setting("usage_database_superuser", "COMMET_USAGE_DATABASE_SUPERUSER") == "allowed"


def _setting(secret: str, variable: str) -> Any:
    try:
        found = st.secrets
        if login.configured():
            return found.get("workspaces", {}).get(whose.workspace_id(), {}).get(secret)
        return found.get(secret) or os.environ.get(variable)
    except StreamlitSecretNotFoundError:
        return os.environ.get(variable)

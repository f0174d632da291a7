"""The usage that the visitor's workspace keeps: what a saved study needs, when the upload itself is long gone."""

from __future__ import annotations

from pathlib import Path

from commet_core.cli.workspace import usage_place
from commet_core.usage.ingest import Ingested
from commet_core.usage.store import is_store
from commet_core.workspace import usages
from pages.shared import workspaces


def keep(ingested: Ingested, name: str) -> None:
    """Keeps usage that was read. Raises InputError where it cannot be."""
    usages.keep(workspaces.current(), usage_place(), ingested, name, workspaces.now())


def store_of(digest: str) -> Path | None:
    """The usage store of this digest, if the workspace keeps it."""
    workspace = workspaces.current()
    found = usages.store_place(usage_place(), workspace, digest)
    known = {usage.digest for usage in usages.brought(workspace)}
    return found if digest in known and is_store(found) else None


def delete(digest: str) -> None:
    """Raises InputError where the workspace has no such usage, or the visitor may not delete."""
    usages.forget(workspaces.current(), usage_place(), digest, workspaces.now())

"""Which usage a workspace has, by the digest of its content: the same content is there once, as a store on disk.

<folder>/<mark of the workspace>/<digest>       a usage store (`commet_core.usage.store`)
"""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested
from commet_core.usage.store import is_store, write_store
from commet_core.workspace.schema import STUDIES, STUDY_REVISIONS, USAGES
from commet_core.workspace.workspace import Workspace, missing, moment_text


@dataclass(frozen=True)
class BroughtUsage:
    """Usage that somebody brought. name: what its file was called."""

    digest: str
    name: str
    brought_by: str
    brought_at: str
    rows: int


def store_place(folder: Path, workspace: Workspace, digest: str) -> Path:
    """Where a workspace's usage of this digest is, or goes. Raises InputError for what is no digest."""
    if not re.fullmatch("[0-9a-f]{16,64}", digest):
        raise InputError.of("usage", f"{digest[:80]!r} is no digest of a usage", "Open the study again")
    return folder / hashlib.sha256(workspace.id.encode()).hexdigest()[:16] / digest


def keep(workspace: Workspace, folder: Path, ingested: Ingested, name: str, at: datetime) -> BroughtUsage:
    """Keeps usage that was read, once. Raises InputError where there is no room, or the person may not save."""
    digest = ingested.usage.digest
    place = store_place(folder, workspace, digest)
    with workspace.writing():
        pass  # who may not save writes no file either
    if not is_store(place):
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_store(ingested, place)
        except OSError as error:
            raise InputError.of(name, f"it cannot be kept: {error.strerror}", "Make room on the disk, and save again") from None
    return bring(workspace, digest, name, len(ingested.usage.times), at)


def forget(workspace: Workspace, folder: Path, digest: str, at: datetime) -> BroughtUsage:
    """Deletes usage; studies that need it keep its digest, and say which file to bring."""
    removed = remove(workspace, digest, at)
    shutil.rmtree(store_place(folder, workspace, digest), ignore_errors=True)
    return removed


def bring(workspace: Workspace, digest: str, name: str, rows: int, at: datetime) -> BroughtUsage:
    """Notes usage that is kept under its digest; of the same content the first to bring it stays."""
    values = {"digest": digest, "name": name, "brought_by": workspace.author, "brought_at": moment_text(at), "rows": rows}
    try:
        with workspace.writing() as connection:
            connection.execute(insert(USAGES).values(workspace=workspace.id, **values))
            workspace.note(connection, at, "brought", f"usage {name}")
    except IntegrityError:
        pass
    return find(workspace, digest)


def find(workspace: Workspace, digest: str) -> BroughtUsage:
    """Raises InputError, with what to bring, where this workspace has no such usage."""
    found = {usage.digest: usage for usage in brought(workspace)}.get(digest)
    if found is None:
        raise missing("usage", digest)
    return found


def brought(workspace: Workspace) -> list[BroughtUsage]:
    """All of it, the first brought first."""
    chosen = select(USAGES).where(workspace.rows(USAGES)).order_by(USAGES.c.brought_at, USAGES.c.digest)
    with workspace.reading() as connection:
        rows = connection.execute(chosen).all()
    return [BroughtUsage(row.digest, row.name, row.brought_by, row.brought_at, row.rows) for row in rows]


def needed_by(workspace: Workspace, digest: str) -> list[str]:
    """The names of studies with a revision on this usage."""
    joined = STUDY_REVISIONS.c.study == STUDIES.c.id
    rows = workspace.rows(STUDIES, workspace.rows(STUDY_REVISIONS, joined, STUDY_REVISIONS.c.usage_digest == digest))
    with workspace.reading() as connection:
        return list(connection.execute(select(STUDIES.c.name).where(rows).distinct().order_by(STUDIES.c.name)).scalars())


def remove(workspace: Workspace, digest: str, at: datetime) -> BroughtUsage:
    """Forgets usage; studies that need it keep its digest, and say which file to bring."""
    found = find(workspace, digest)
    with workspace.writing() as connection:
        connection.execute(delete(USAGES).where(workspace.rows(USAGES, USAGES.c.digest == digest)))
        workspace.note(connection, at, "deleted", f"usage {found.name}")
    return found

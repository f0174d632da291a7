"""Which usage a workspace has, by the digest of its content: the same content is there once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

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

"""Drafts: what is on a person's screen and not saved, so that it is there again in any browser of theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from commet_core.foundation.errors import InputError
from commet_core.workspace.schema import DRAFTS
from commet_core.workspace.workspace import Overtaken, Workspace, moment_text

NEW: Final = "new"
"""What a draft is of that belongs to no study yet."""


@dataclass(frozen=True)
class Draft:
    """version: rises with every change; a second tab has to name the one that it read."""

    of: str
    version: int
    written_at: str
    document: dict[str, Any]


def keep_draft(workspace: Workspace, of: str, version: int, document: dict[str, Any], at: datetime) -> Draft:
    """Writes a person's draft over the version that was read, 0 where there was none. Raises Overtaken where another tab wrote."""
    draft = Draft(of, version + 1, moment_text(at), document)
    try:
        _write(workspace, draft)
    except IntegrityError:  # another tab wrote the first one at the same moment
        raise _overtaken() from None
    return draft


def _write(workspace: Workspace, draft: Draft) -> None:
    values = {"version": draft.version, "written_at": draft.written_at, "document": json.dumps(draft.document)}
    with workspace.writing("viewer") as connection:
        own = workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person, DRAFTS.c.of == draft.of)
        before = connection.execute(select(DRAFTS.c.version).where(own).with_for_update()).scalar()
        if (before or 0) != draft.version - 1:
            raise _overtaken()
        if before is None:
            key = {"workspace": workspace.id, "owner": workspace.person, "of": draft.of}
            connection.execute(insert(DRAFTS).values(key | values))
        else:
            connection.execute(update(DRAFTS).where(own).values(values))


def _overtaken() -> InputError:
    what = "it was changed in another tab or browser of yours"
    return Overtaken.of("draft", what, "Reload to see it, or go on here and lose what was done there")


def latest_drafts(workspace: Workspace) -> list[Draft]:
    """A person's drafts, the last written first."""
    with workspace.reading() as connection:
        own = select(DRAFTS).where(workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person))
        rows = connection.execute(own.order_by(DRAFTS.c.written_at.desc(), DRAFTS.c.of)).all()
    return [Draft(row.of, row.version, row.written_at, json.loads(row.document)) for row in rows]


def drop_draft(workspace: Workspace, of: str) -> None:
    """Forgets a draft, as its content was saved or is not wanted."""
    with workspace.writing("viewer") as connection:
        connection.execute(delete(DRAFTS).where(workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person, DRAFTS.c.of == of)))

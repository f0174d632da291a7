"""Who did what, the latest first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from commet_core.workspace.schema import AUDIT
from commet_core.workspace.workspace import Workspace


@dataclass(frozen=True)
class Deed:
    """who did what, about what, and when. person: the key of who it was, whatever address they have now."""

    at: str
    who: str
    what: str
    about: str
    person: str


def deeds(workspace: Workspace, limit: int = 1000) -> list[Deed]:
    """The last of them; in the order in which they were done, whatever a clock said. Raises InputError for who is no owner."""
    with workspace.reading("owner") as connection:
        rows = connection.execute(select(AUDIT).where(workspace.rows(AUDIT)).order_by(AUDIT.c.number.desc()).limit(limit)).all()
    return [Deed(row.at, row.who, row.what, row.about, row.person) for row in rows]

"""What studies and quotes have in common: a head with a version that rises, and revisions that never change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, insert, select, update

from commet_core.version import VERSION
from commet_core.workspace.workspace import Workspace, missing, moment_text


@dataclass(frozen=True)
class Revised:
    """A table of heads with the table of their revisions.

    what: `study`, which is also the column by which a revision names its head; title: the head's column with its name for people.
    """

    heads: Table
    revisions: Table
    what: str
    title: str

    def read(
        self, workspace: Workspace, connection: Connection, head: int, revision: int | None, *, lock: bool = False
    ) -> tuple[Row[Any], Row[Any]]:
        """A head with its latest revision, or another. lock: nobody else changes it before this transaction ends.

        Raises InputError where this workspace has none.
        """
        chosen = select(self.heads).where(workspace.rows(self.heads, self.heads.c.id == head))
        found = connection.execute(chosen.with_for_update() if lock else chosen).first()
        if found is None:
            raise missing(self.what, head)
        number = found.revision if revision is None else revision
        of_head = (self.revisions.c[self.what] == head, self.revisions.c.revision == number)
        row = connection.execute(select(self.revisions).where(workspace.rows(self.revisions, *of_head))).first()
        if row is None:
            raise missing(f"{self.what} {getattr(found, self.title)}", f"revision {number}")
        return found, row

    def create(self, workspace: Workspace, connection: Connection, **values: object) -> int:
        """The id of a new head, whose first revision is still to be written."""
        row = {"workspace": workspace.id, "version": 1, "revision": 1, **values}
        return int(connection.execute(insert(self.heads).values(row).returning(self.heads.c.id)).scalar_one())

    def step(self, workspace: Workspace, connection: Connection, head: int, version: int, **values: object) -> None:
        """The next version of a head that this transaction has locked."""
        changed = update(self.heads).where(workspace.rows(self.heads, self.heads.c.id == head, self.heads.c.version == version))
        assert connection.execute(changed.values(version=version + 1, **values)).rowcount == 1

    def write(
        self,
        workspace: Workspace,
        connection: Connection,
        head: int,
        revision: int,
        at: datetime,
        document: dict[str, Any],
        **values: object,
    ) -> None:
        """A revision of a head, by this person and this engine."""
        row = {
            "workspace": workspace.id,
            self.what: head,
            "revision": revision,
            "author": workspace.author,
            "saved_at": moment_text(at),
            "engine_version": VERSION,
            "document": json.dumps(document),
            **values,
        }
        connection.execute(insert(self.revisions).values(row))

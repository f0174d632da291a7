"""The one way to a workspace's rows: whoever reads or writes is given a `Workspace`, and every statement names it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Engine, Table, and_
from sqlalchemy.sql.elements import ColumnElement

from commet_core.foundation.errors import InputError
from commet_core.workspace.opening import WRITES, in_words
from commet_core.workspace.schema import AUDIT

ALONE: Final = "alone"
"""The workspace, and the person, of a dashboard without a login."""


@dataclass(frozen=True)
class Workspace:
    """A workspace of a database, as one person sees it."""

    engine: Engine
    id: str = ALONE
    person: str = ALONE

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the database."""
        with in_words(self.engine), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose changes are all there at the end, or none is."""
        with in_words(self.engine), self.engine.execution_options(**{WRITES: True}).begin() as connection:
            yield connection

    def rows(self, table: Table, *also: ColumnElement[bool]) -> ColumnElement[bool]:
        """The condition of this workspace's rows of a table."""
        return and_(table.c.workspace == self.id, *also)

    def note(self, connection: Connection, at: datetime, what: str, about: str) -> None:
        """Adds to the list of who did what, in the transaction of what was done."""
        row = {"workspace": self.id, "at": moment_text(at), "who": self.person, "what": what, "about": about}
        connection.execute(AUDIT.insert(), row)


class Overtaken(InputError):
    """Somebody else changed it first; nothing of theirs was lost, and nothing of one's own was saved."""


def moment_text(at: datetime) -> str:
    """A moment as it is kept: ISO 8601 in UTC. Two of them compare as texts."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def missing(what: str, name: object) -> InputError:
    """The error of something that this workspace does not have, whether or not another has it."""
    return InputError.of(what, f"{name!r} is not in this workspace", "It may have been removed; look at the list")

"""The one way to a workspace's rows: whoever reads or writes is given a `Workspace`, and every statement names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, Literal

from sqlalchemy import Connection, Engine, Table, and_, select
from sqlalchemy.sql.elements import ColumnElement

from commet_core.foundation.errors import InputError
from commet_core.workspace.opening import NAMED, WRITES, in_words
from commet_core.workspace.schema import AUDIT, MEMBERS

ALONE: Final = "alone"
"""The first workspace, and the person of a dashboard without a login, who may do everything."""

Role = Literal["viewer", "editor", "owner"]
RANKS: Final[Mapping[Role, int]] = MappingProxyType({"viewer": 1, "editor": 2, "owner": 3})
"""A viewer opens and tries, an editor saves too, an owner says who belongs to the workspace and what is allowed in it."""


def author_words(author: str) -> str:
    """Who saved something, as it is said on a page: a dashboard without a login has one person."""
    return "you" if author == ALONE else author


@dataclass(frozen=True)
class Workspace:
    """A workspace of a database, as one person sees it. person: the key of the person; shown: how the others see who it is."""

    engine: Engine
    id: str = ALONE
    person: str = ALONE
    shown: str = ""

    @property
    def author(self) -> str:
        """What stands beside what the person saves."""
        return self.shown or self.person

    @contextmanager
    def reading(self, least: Role = "viewer") -> Iterator[Connection]:
        """A connection that sees one state of the database. Raises InputError where the person's role does not reach."""
        with (
            in_words(self.engine),
            self.engine.execution_options(**{NAMED: self.id}).connect() as connection,
            connection.begin(),
        ):
            self._check(connection, least)
            yield connection

    @contextmanager
    def writing(self, least: Role = "editor") -> Iterator[Connection]:
        """A connection whose changes are all there at the end, or none is. The role is that of this moment, whatever a page shows."""
        options = {NAMED: self.id, WRITES: True}
        with in_words(self.engine), self.engine.execution_options(**options).begin() as connection:
            self._check(connection, least)
            yield connection

    def rows(self, table: Table, *also: ColumnElement[bool]) -> ColumnElement[bool]:
        """The condition of this workspace's rows of a table."""
        return and_(table.c.workspace == self.id, *also)

    def note(self, connection: Connection, at: datetime, what: str, about: str) -> None:
        """Adds to the list of who did what, in the transaction of what was done."""
        row = {"workspace": self.id, "at": moment_text(at), "who": self.author, "person": self.person}
        connection.execute(AUDIT.insert(), row | {"what": what, "about": about})

    def role(self) -> Role:
        """The person's role at this moment. Raises InputError where it is none."""
        if self.person == ALONE:
            return "owner"
        with self.reading() as connection:
            role: Role = self._role(connection) or "viewer"  # who is no member does not come this far
            return role

    def _role(self, connection: Connection) -> Role | None:
        own = select(MEMBERS.c.role).where(self.rows(MEMBERS, MEMBERS.c.person == self.person))
        role: Role | None = connection.execute(own).scalar()
        return role

    def _check(self, connection: Connection, least: Role) -> None:
        if self.person == ALONE:
            return
        role = self._role(connection)
        if role is None:
            fix = "Ask one of its owners to invite you again; what is on your screen stays there"
            raise NotAllowed.of("workspace", "you are not a member of it, or no longer", fix)
        if RANKS[role] < RANKS[least]:
            raise NotAllowed.of("workspace", *_REFUSALS[least])


_REFUSALS: Final[Mapping[Role, tuple[str, str]]] = MappingProxyType(
    {
        "editor": (
            "you are a viewer here, who opens and tries, and does not save",
            "Ask one of its owners to make you an editor; what is on your screen stays there",
        ),
        "owner": ("this is for its owners", "Ask one of them"),
    }
)


class NotAllowed(InputError):
    """The person's role does not reach for what was asked; nothing was read and nothing was changed."""


class Overtaken(InputError):
    """Somebody else changed it first; nothing of theirs was lost, and nothing of one's own was saved."""


def moment_text(at: datetime) -> str:
    """A moment as it is kept: ISO 8601 in UTC. Two of them compare as texts."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def missing(what: str, name: object) -> InputError:
    """The error of something that this workspace does not have, whether or not another has it."""
    return InputError.of(what, f"{name!r} is not in this workspace", "It may have been removed; look at the list")

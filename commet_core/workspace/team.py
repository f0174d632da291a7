"""Who belongs to which workspace: people as their provider names them, their roles, and invitations by verified address."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from commet_core.foundation.errors import InputError
from commet_core.foundation.patterns import late_pattern
from commet_core.workspace.opening import EVERYTHING, NAMED, WRITES, in_words
from commet_core.workspace.schema import AUDIT, DRAFTS, INVITATIONS, MEMBERS, PEOPLE, WORKSPACES
from commet_core.workspace.workspace import ALONE, RANKS, Role, Workspace, missing, moment_text

INVITATION_DAYS: Final = 14
NAME_MAX: Final = 80
ADDRESS_MAX: Final = 254
_ADDRESS: Final = late_pattern(r"[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\[\]\\]+\.[^\s@<>,;:\"()\[\]\\]+")


@dataclass(frozen=True)
class Person:
    """Somebody as the provider says it. email: empty unless the provider says that it is verified."""

    issuer: str
    subject: str
    email: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """Issuer and subject: no issuer's address has a space in it."""
        return f"{self.issuer} {self.subject}"

    @property
    def shown(self) -> str:
        """How others see who it is: by what the provider has verified."""
        return self.email or f"{self.subject} of {self.issuer}"


@dataclass(frozen=True)
class Membership:
    """A workspace that a person belongs to."""

    workspace: str
    name: str
    role: Role


@dataclass(frozen=True)
class Member:
    """A person of a workspace."""

    person: str
    shown: str
    role: Role
    joined_at: str


@dataclass(frozen=True)
class Invitation:
    """An invitation that nobody has taken up yet."""

    id: int
    email: str
    role: Role
    invited_by: str
    expires_at: str


def sign_in(engine: Engine, person: Person, at: datetime) -> list[Membership]:
    """Notes who has signed in, takes up their invitations, and says where they belong.

    The first person of all owns the first workspace, with what was done there without a login.
    """
    named = engine.execution_options(**{NAMED: EVERYTHING, WRITES: True})
    with in_words(engine), named.begin() as connection:
        connection.execute(select(WORKSPACES.c.workspace).where(WORKSPACES.c.workspace == ALONE).with_for_update())
        _note_person(connection, person, at)
        if connection.execute(select(func.count()).select_from(MEMBERS)).scalar_one() == 0:
            _join(connection, ALONE, person, "owner", at)
            connection.execute(update(DRAFTS).where(DRAFTS.c.owner == ALONE).values(owner=person.key))
        for invitation in _open_invitations(connection, person.email, at):
            _take_up(connection, invitation, person, at)
        return _memberships(connection, person.key)


def memberships(engine: Engine, person: Person) -> list[Membership]:
    """Where a person belongs, the first joined first."""
    with in_words(engine), engine.execution_options(**{NAMED: EVERYTHING}).connect() as connection, connection.begin():
        return _memberships(connection, person.key)


def sign_out(engine: Engine, person: Person, at: datetime) -> None:
    """Ends every sign-in of a person that began before this moment, in whatever browser."""
    named = engine.execution_options(**{NAMED: EVERYTHING, WRITES: True})
    with in_words(engine), named.begin() as connection:
        connection.execute(update(PEOPLE).where(*_is(person)).values(signed_out_at=moment_text(at)))


def is_signed_out(engine: Engine, person: Person, since: datetime) -> bool:
    """Whether the person has signed out after a sign-in that began then."""
    with in_words(engine), engine.execution_options(**{NAMED: EVERYTHING}).connect() as connection, connection.begin():
        signed_out_at = connection.execute(select(PEOPLE.c.signed_out_at).where(*_is(person))).scalar()
    return signed_out_at is not None and signed_out_at >= moment_text(since)


def new_workspace(engine: Engine, name: str, owner_email: str, by: str, at: datetime) -> str:
    """The id of a new workspace, which whoever signs in with this address will own. Raises InputError."""
    if not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        raise InputError.of("name", "this cannot be a workspace's name", f"Give 1 to {NAME_MAX} letters on one line")
    made = Workspace(engine, secrets.token_hex(8), by, by)
    email = _checked_address(owner_email)
    named = engine.execution_options(**{NAMED: EVERYTHING, WRITES: True})
    with in_words(engine), named.begin() as connection:
        connection.execute(insert(WORKSPACES).values(workspace=made.id, name=name.strip(), settings="{}"))
        _invite(made, connection, email, "owner", at)
    return made.id


def check_workspace(engine: Engine, workspace: str) -> None:
    """For whoever names a workspace by its id. Raises InputError, with those that there are, where there is none of it."""
    with in_words(engine), engine.execution_options(**{NAMED: EVERYTHING}).connect() as connection, connection.begin():
        names = {row.workspace: row.name for row in connection.execute(select(WORKSPACES).order_by(WORKSPACES.c.name))}
    if workspace not in names:
        there = "; ".join(f"{each} ({name})" for each, name in names.items())
        raise InputError.of("workspace", f"there is none with the id {workspace[:80]!r}", f"Give one of these: {there}")


def members(workspace: Workspace) -> list[Member]:
    """Its people, by how they are shown."""
    with workspace.reading() as connection:
        rows = connection.execute(select(MEMBERS).where(workspace.rows(MEMBERS)).order_by(MEMBERS.c.shown)).all()
    return [Member(row.person, row.shown, row.role, row.joined_at) for row in rows]


def invite(workspace: Workspace, email: str, role: Role, at: datetime) -> None:
    """Whoever signs in with this verified address within two weeks joins in this role. Raises InputError."""
    if role not in RANKS:
        raise InputError.of("role", f"{role!r} is no role", f"Give one of {', '.join(RANKS)}")
    address = _checked_address(email)
    with workspace.writing("owner") as connection:
        _invite(workspace, connection, address, role, at)


def invitations(workspace: Workspace, at: datetime) -> list[Invitation]:
    """Those that are open, the newest first. Raises InputError for who is no owner."""
    open_ones = workspace.rows(INVITATIONS, INVITATIONS.c.closed_at.is_(None), INVITATIONS.c.expires_at > moment_text(at))
    with workspace.reading("owner") as connection:
        rows = connection.execute(select(INVITATIONS).where(open_ones).order_by(INVITATIONS.c.id.desc())).all()
    return [Invitation(row.id, row.email, row.role, row.invited_by, row.expires_at) for row in rows]


def take_back(workspace: Workspace, invitation: int, at: datetime) -> None:
    """Takes an invitation back. Raises InputError where it is not open, or another workspace's."""
    own = workspace.rows(INVITATIONS, INVITATIONS.c.id == invitation, INVITATIONS.c.closed_at.is_(None))
    with workspace.writing("owner") as connection:
        email = connection.execute(select(INVITATIONS.c.email).where(own)).scalar()
        if email is None:
            raise missing("invitation", invitation)
        connection.execute(update(INVITATIONS).where(own).values(closed_at=moment_text(at)))
        workspace.note(connection, at, "took back", f"the invitation of {email}")


def change_role(workspace: Workspace, person: str, role: Role | None, at: datetime) -> None:
    """Gives a person another role; None: the person does not belong here any more. Raises InputError for the last owner."""
    own = workspace.rows(MEMBERS, MEMBERS.c.person == person)
    with workspace.writing("owner") as connection:
        before = {
            row.person: row for row in connection.execute(select(MEMBERS).where(workspace.rows(MEMBERS)).with_for_update())
        }
        if person not in before:
            raise missing("person", person)
        owners = [each for each, row in before.items() if row.role == "owner"]
        if owners == [person] and role != "owner":
            raise InputError.of(before[person].shown, "a workspace needs an owner", "Make somebody else an owner first")
        if role is None:
            connection.execute(delete(MEMBERS).where(own))
        else:
            connection.execute(update(MEMBERS).where(own).values(role=role))
        workspace.note(connection, at, "removed" if role is None else f"made {role}", before[person].shown)


def _note_person(connection: Connection, person: Person, at: datetime) -> None:
    shown = {"email": person.email, "name": person.name}
    if connection.execute(update(PEOPLE).where(*_is(person)).values(shown)).rowcount == 0:
        row = {"issuer": person.issuer, "subject": person.subject, "first_seen": moment_text(at), **shown}
        connection.execute(insert(PEOPLE).values(row))
    connection.execute(update(MEMBERS).where(MEMBERS.c.person == person.key).values(shown=person.shown))


def _is(person: Person) -> tuple[Any, Any]:
    return PEOPLE.c.issuer == person.issuer, PEOPLE.c.subject == person.subject


def _open_invitations(connection: Connection, email: str, at: datetime) -> list[Row[Any]]:
    if not email:
        return []
    mine = (INVITATIONS.c.email == email.casefold(), INVITATIONS.c.closed_at.is_(None))
    chosen = select(INVITATIONS).where(*mine, INVITATIONS.c.expires_at > moment_text(at)).order_by(INVITATIONS.c.id)
    return list(connection.execute(chosen).all())


def _take_up(connection: Connection, invitation: Row[Any], person: Person, at: datetime) -> None:
    """A member keeps the higher of two roles."""
    connection.execute(update(INVITATIONS).where(INVITATIONS.c.id == invitation.id).values(closed_at=moment_text(at)))
    own = (MEMBERS.c.workspace == invitation.workspace, MEMBERS.c.person == person.key)
    role = connection.execute(select(MEMBERS.c.role).where(*own)).scalar()
    if role is None:
        _join(connection, invitation.workspace, person, invitation.role, at)
    elif RANKS[invitation.role] > RANKS[role]:
        connection.execute(update(MEMBERS).where(*own).values(role=invitation.role))
        _note(connection, invitation.workspace, person, f"became {invitation.role}", at)


def _join(connection: Connection, workspace: str, person: Person, role: Role, at: datetime) -> None:
    row = {"workspace": workspace, "person": person.key, "shown": person.shown, "role": role, "joined_at": moment_text(at)}
    connection.execute(insert(MEMBERS).values(row))
    _note(connection, workspace, person, f"joined as {role}", at)


def _note(connection: Connection, workspace: str, person: Person, what: str, at: datetime) -> None:
    row = {"workspace": workspace, "at": moment_text(at), "who": person.shown, "person": person.key, "what": what}
    connection.execute(insert(AUDIT).values(row | {"about": "the workspace"}))


def _memberships(connection: Connection, person: str) -> list[Membership]:
    joined = select(WORKSPACES.c.workspace, WORKSPACES.c.name, MEMBERS.c.role).join(
        MEMBERS, MEMBERS.c.workspace == WORKSPACES.c.workspace
    )
    rows = connection.execute(joined.where(MEMBERS.c.person == person).order_by(MEMBERS.c.joined_at, WORKSPACES.c.name))
    return [Membership(row.workspace, row.name, row.role) for row in rows]


def _invite(workspace: Workspace, connection: Connection, email: str, role: Role, at: datetime) -> None:
    expires = moment_text(at + timedelta(days=INVITATION_DAYS))
    row = {"workspace": workspace.id, "email": email, "role": role, "invited_by": workspace.author, "expires_at": expires}
    connection.execute(insert(INVITATIONS).values(row))
    workspace.note(connection, at, f"invited as {role}", email)


def _checked_address(email: str) -> str:
    address = email.strip().casefold()
    if len(address) > ADDRESS_MAX or not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise InputError.of(
            "address", f"{email[:40]!r} is no address that somebody can sign in with", "Give name@company.example"
        )
    return address

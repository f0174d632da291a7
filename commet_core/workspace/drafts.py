"""Drafts: what is on a person's screen, with the states that it went through, so that it is there again in any browser of theirs.

A draft is of one tab, so that no tab writes over another: two that began from the same draft part where the second one writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from commet_core.foundation.errors import InputError
from commet_core.workspace.schema import DRAFT_STATES, DRAFTS
from commet_core.workspace.workspace import Overtaken, Workspace, moment_text

DRAFTS_MAX: Final = 20
"""Of a person: where there are more, the one that was written to longest ago goes."""


@dataclass(frozen=True)
class Draft:
    """version: rises with every change. document: what is on the screen beside its states, and which of these it shows."""

    of: str
    version: int
    written_at: str
    document: dict[str, Any]


@dataclass(frozen=True)
class States:
    """Numbered states, without a gap from `first` to `last`; `new` are those that were not written yet."""

    first: int
    last: int
    new: Mapping[int, dict[str, Any]]


def keep_draft(
    workspace: Workspace, of: str, version: int, document: dict[str, Any], at: datetime, states: States | None = None
) -> Draft:
    """Writes a person's draft over the version that was read, 0 where there was none. Raises Overtaken where another tab wrote."""
    draft = Draft(of, version + 1, moment_text(at), document)
    try:
        with workspace.writing("viewer") as connection:
            _write(workspace, connection, draft)
            if states is not None:
                _write_states(workspace, connection, of, states)
            if version == 0:
                _make_room(workspace, connection)
    except IntegrityError:  # another tab wrote the first one at the same moment
        raise _overtaken() from None
    return draft


def _write(workspace: Workspace, connection: Connection, draft: Draft) -> None:
    values = {"version": draft.version, "written_at": draft.written_at, "document": json.dumps(draft.document)}
    own = workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person, DRAFTS.c.of == draft.of)
    before = connection.execute(select(DRAFTS.c.version).where(own).with_for_update()).scalar()
    if (before or 0) != draft.version - 1:
        raise _overtaken()
    if before is None:
        key = {"workspace": workspace.id, "owner": workspace.person, "of": draft.of}
        connection.execute(insert(DRAFTS).values(key | values))
    else:
        connection.execute(update(DRAFTS).where(own).values(values))


def _write_states(workspace: Workspace, connection: Connection, of: str, states: States) -> None:
    """What an edit after an undo leaves behind goes; so does what is too long ago."""
    key = {"workspace": workspace.id, "owner": workspace.person, "of": of}
    own = workspace.rows(DRAFT_STATES, DRAFT_STATES.c.owner == workspace.person, DRAFT_STATES.c.of == of)
    number = DRAFT_STATES.c.number
    gone = or_(number < states.first, number > states.last, number.in_(list(states.new)))
    connection.execute(delete(DRAFT_STATES).where(own, gone))
    rows = [{**key, "number": number, "document": json.dumps(state)} for number, state in states.new.items()]
    if rows:
        connection.execute(insert(DRAFT_STATES), rows)


def _make_room(workspace: Workspace, connection: Connection) -> None:
    own = workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person)
    oldest = select(DRAFTS.c.of).where(own).order_by(DRAFTS.c.written_at.desc(), DRAFTS.c.of).offset(DRAFTS_MAX)
    for of in list(connection.execute(oldest).scalars()):
        _delete(workspace, connection, of)


def _overtaken() -> InputError:
    what = "it was changed in another tab or browser of yours"
    return Overtaken.of("draft", what, "Reload to see it, or go on here and lose what was done there")


def latest_drafts(workspace: Workspace) -> list[Draft]:
    """A person's drafts, the last written first."""
    with workspace.reading() as connection:
        own = select(DRAFTS).where(workspace.rows(DRAFTS, DRAFTS.c.owner == workspace.person))
        rows = connection.execute(own.order_by(DRAFTS.c.written_at.desc(), DRAFTS.c.of)).all()
    return [Draft(row.of, row.version, row.written_at, json.loads(row.document)) for row in rows]


def states_of(workspace: Workspace, of: str) -> dict[int, dict[str, Any]]:
    """The states of a person's draft by their numbers, in order."""
    own = workspace.rows(DRAFT_STATES, DRAFT_STATES.c.owner == workspace.person, DRAFT_STATES.c.of == of)
    with workspace.reading() as connection:
        rows = connection.execute(select(DRAFT_STATES).where(own).order_by(DRAFT_STATES.c.number)).all()
    return {row.number: json.loads(row.document) for row in rows}


def drop_draft(workspace: Workspace, of: str) -> None:
    """Forgets a draft that is not wanted."""
    with workspace.writing("viewer") as connection:
        _delete(workspace, connection, of)


def _delete(workspace: Workspace, connection: Connection, of: str) -> None:
    for table in (DRAFT_STATES, DRAFTS):
        connection.execute(delete(table).where(workspace.rows(table, table.c.owner == workspace.person, table.c.of == of)))

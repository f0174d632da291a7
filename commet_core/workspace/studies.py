"""Studies: catalog, scenario, assumptions, which usage, notes, under a name; every save is a revision that never changes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from commet_core.foundation.errors import InputError
from commet_core.version import VERSION
from commet_core.workspace.differences import listed_differences
from commet_core.workspace.revised import Revised
from commet_core.workspace.schema import STUDIES, STUDY_REVISIONS
from commet_core.workspace.workspace import Overtaken, Workspace, missing

NAME_MAX: Final = 200
KEPT: Final = Revised(STUDIES, STUDY_REVISIONS, "study", "name")


@dataclass(frozen=True)
class Content:
    """What a revision holds. document: plain values as JSON has them. headline: figures to be told again, by name, as text."""

    document: dict[str, Any]
    usage_digest: str | None = None
    notes: str = ""
    headline: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study with one of its revisions. version: of the study as it was read, which a change has to name."""

    id: int
    name: str
    archived: bool
    version: int
    revision: int
    author: str
    saved_at: str
    engine_version: str
    content: Content

    @property
    def other_engine(self) -> bool:
        """Whether another version of the engine saved it, so that its figures may differ from those of this one."""
        return self.engine_version != VERSION


def create(workspace: Workspace, name: str, content: Content, at: datetime) -> Study:
    """A new study with its first revision. Raises InputError."""
    name = _checked(name)
    with workspace.writing() as connection:
        study = KEPT.create(workspace, connection, name=name, archived=False)
        _write_revision(workspace, connection, study, 1, content, at)
        workspace.note(connection, at, "saved", f"study {name}, revision 1")
        return _read(workspace, connection, study, None)


def save(workspace: Workspace, study: int, version: int, content: Content, at: datetime) -> Study:
    """A new revision on top of the version that was read. Raises Overtaken, with what the other changed, where it is not the last."""
    with workspace.writing() as connection:
        before = _read(workspace, connection, study, None, lock=True)
        _check_version(workspace, connection, before, version)
        revision = before.revision + 1
        KEPT.step(workspace, connection, study, before.version, revision=revision)
        _write_revision(workspace, connection, study, revision, content, at)
        workspace.note(connection, at, "saved", f"study {before.name}, revision {revision}")
        return _read(workspace, connection, study, None)


def open_study(workspace: Workspace, study: int, revision: int | None = None) -> Study:
    """A study with its latest revision, or another. Raises InputError where there is none."""
    with workspace.reading() as connection:
        return _read(workspace, connection, study, revision)


def studies(workspace: Workspace, *, archived: bool = False) -> list[Study]:
    """The studies with their latest revisions, by name."""
    with workspace.reading() as connection:
        chosen = (
            select(STUDIES.c.id)
            .where(workspace.rows(STUDIES, STUDIES.c.archived == archived))
            .order_by(STUDIES.c.name, STUDIES.c.id)
        )
        return [_read(workspace, connection, study, None) for study in connection.execute(chosen).scalars()]


def named(workspace: Workspace, name: str) -> Study:
    """The study of this name. Raises InputError where there is none, or several."""
    found = [study for study in studies(workspace) if study.name == name]
    if not found:
        raise missing("study", name)
    if len(found) > 1:
        raise InputError.of("study", f"{len(found)} studies are called {name!r}", "Rename all of them but one")
    return found[0]


def revisions(workspace: Workspace, study: int) -> list[Study]:
    """Every revision of a study, the first one first."""
    with workspace.reading() as connection:
        latest = _read(workspace, connection, study, None)
        return [_read(workspace, connection, study, revision) for revision in range(1, latest.revision + 1)]


def rename(workspace: Workspace, study: int, version: int, name: str, at: datetime) -> Study:
    """The study under another name. Raises Overtaken as `save`."""
    name = _checked(name)
    return _changed(workspace, study, version, at, "renamed", f"study {name}", name=name)


def archive(workspace: Workspace, study: int, version: int, at: datetime, *, archived: bool = True) -> Study:
    """Puts a study away, or gets it back. Raises Overtaken as `save`."""
    what = "archived" if archived else "restored"
    return _changed(workspace, study, version, at, what, f"study {study}", archived=archived)


def duplicate(workspace: Workspace, study: int, name: str, at: datetime) -> Study:
    """A study of its own with the latest content of another."""
    return create(workspace, name, open_study(workspace, study).content, at)


def note_exported(workspace: Workspace, study: Study, at: datetime) -> None:
    """Notes that somebody took a revision along, which a viewer may too."""
    with workspace.writing("viewer") as connection:
        workspace.note(connection, at, "exported", f"study {study.name}, revision {study.revision}")


def _changed(workspace: Workspace, study: int, version: int, at: datetime, what: str, about: str, **values: object) -> Study:
    with workspace.writing() as connection:
        before = _read(workspace, connection, study, None, lock=True)
        _check_version(workspace, connection, before, version)
        KEPT.step(workspace, connection, study, before.version, **values)
        workspace.note(connection, at, what, about)
        return _read(workspace, connection, study, None)


def _check_version(workspace: Workspace, connection: Connection, now: Study, version: int) -> None:
    if now.version == version:
        return
    read = _read_at_version(workspace, connection, now, version)
    what = listed_differences(read.content.document, now.content.document) if read else "its name, or whether it is archived"
    raise _overtaken(now.name, now.author, now.saved_at, what)


def _read_at_version(workspace: Workspace, connection: Connection, now: Study, version: int) -> Study | None:
    """The revision that somebody read who read this version: the latest, less those that were saved since."""
    saved_since = min(now.version - version, now.revision - 1)
    return _read(workspace, connection, now.id, now.revision - saved_since) if saved_since > 0 else None


def _overtaken(name: str, who: str, when: str, what: str) -> InputError:
    said = f"{who} changed it first, at {when}: {what}"
    return Overtaken.of(f"study {name}", said, "Open it again and repeat your change, or save yours as another study")


def _read(workspace: Workspace, connection: Connection, study: int, revision: int | None, *, lock: bool = False) -> Study:
    return _study(*KEPT.read(workspace, connection, study, revision, lock=lock))


def _study(head: Row[Any], row: Row[Any]) -> Study:
    content = Content(json.loads(row.document), row.usage_digest, row.notes, json.loads(row.headline))
    return Study(
        head.id, head.name, head.archived, head.version, row.revision, row.author, row.saved_at, row.engine_version, content
    )


def _write_revision(
    workspace: Workspace, connection: Connection, study: int, revision: int, content: Content, at: datetime
) -> None:
    more = {"usage_digest": content.usage_digest, "notes": content.notes, "headline": json.dumps(content.headline)}
    KEPT.write(workspace, connection, study, revision, at, content.document, **more)


def _checked(name: str) -> str:
    name = name.strip()
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise InputError.of("name", "this cannot be a study's name", f"Give 1 to {NAME_MAX} letters on one line")
    return name

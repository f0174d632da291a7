"""commet-sim workspace: a backup of saved work, its restoration and check; a study as a file; a new workspace for a team."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from commet_core.cli.terminal import say
from commet_core.foundation.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from commet_core.workspace.workspace import Workspace

WORKSPACE_URL: Final = "COMMET_WORKSPACE_URL"
"""The environment variable with the URL of the database; unless set, work is in a file of the user's data folder."""

WORKSPACE_USAGE: Final = "COMMET_WORKSPACE_USAGE"
"""The environment variable with the folder of usage that workspaces keep: several servers of a team share it."""

FILE: Final = "workspace.db"
OPERATOR: Final = "the command line"
"""Who did something in the list of who did what."""


def _data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "commet-simulator"


def place() -> tuple[str, Path]:
    """Where the workspace is, and the folder for copies that are made of it."""
    data = _data()
    return os.environ.get(WORKSPACE_URL) or str(data / FILE), data / "copies"


def usage_place() -> Path:
    """The folder with the usage that workspaces keep: that of the environment, or one beside the database's file."""
    return Path(os.environ.get(WORKSPACE_USAGE) or _data() / "usage")


def run(chosen: argparse.Namespace) -> None:
    if chosen.file is None and chosen.task not in ("check", "new"):
        raise InputError.of("FILE", f"{chosen.task} needs a file", f"commet-sim workspace {chosen.task} workspace.zip")
    tasks = {"backup": _backup, "restore": _restore, "check": _check}
    of_people = {"export-study": _export, "import-study": _import, "new": _new}
    if chosen.task in tasks:
        tasks[chosen.task](chosen.file)
    else:
        of_people[chosen.task](chosen)


@contextmanager
def _opened() -> Iterator[Engine]:
    """The workspace that is there: a file that is not would be made, and be empty."""
    from commet_core.workspace.opening import open_database

    where, copies = place()
    if "://" not in where and not Path(where).exists():
        raise InputError.of(where, "there is no workspace yet", f"Save something first, or set {WORKSPACE_URL}")
    engine = open_database(where, copies)
    try:
        yield engine
    finally:
        engine.dispose()


def _backup(file: Path) -> None:
    from commet_core.workspace.keeping import backup

    with _opened() as engine:
        backup(engine, file)
    say(f"The workspace is copied to {file}")


def _restore(file: Path) -> None:
    from commet_core.workspace.keeping import restore

    where, _ = place()
    restore(where, file).dispose()
    say(f"The workspace of {file} is restored")


def _check(_file: Path | None) -> None:
    from commet_core.workspace.keeping import problems

    with _opened() as engine:
        found = problems(engine)
    if found:
        raise InputError(found)
    say("The workspace is whole")


def _export(chosen: argparse.Namespace) -> None:
    from commet_core.foundation.whole_files import file_written_whole
    from commet_core.workspace import studies, usages
    from commet_core.workspace.study_files import files_of_rows, write_study_file

    with _opened() as engine:
        ours = _workspace(engine, chosen)
        study = studies.named(ours, chosen.study or "")
        store = None
        if chosen.with_usage:
            store = usages.store_place(usage_place(), ours, usages.find(ours, study.content.usage_digest or "none").digest)
        with file_written_whole(chosen.file) as unfinished, unfinished.open("wb") as into:
            write_study_file(study, into, store)
        studies.note_exported(ours, study, _now())
    say(f"The study {study.name}, revision {study.revision}, is in {chosen.file}")
    for named in files_of_rows(study.content.document).values():
        say(f"Without scenario.yaml: the rows of {named['name']} are with the dashboard. Export it there, on the page Saved")


def _import(chosen: argparse.Namespace) -> None:
    from commet_core.foundation.paths import check_file
    from commet_core.workspace import studies, usages
    from commet_core.workspace.opening import open_database
    from commet_core.workspace.study_files import study_file

    check_file(chosen.file)
    where, copies = place()
    engine = open_database(where, copies)
    try:
        ours = _workspace(engine, chosen)
        with study_file(chosen.file, chosen.file.name) as found:
            ingested = found.ingested()
            if ingested is not None:
                usages.keep(ours, usage_place(), ingested, f"usage of {found.name}", _now())
            study = studies.create(ours, chosen.study or found.name, found.content, _now())
    finally:
        engine.dispose()
    say(f"The study {study.name} is imported")


def _new(chosen: argparse.Namespace) -> None:
    from commet_core.workspace.opening import open_database
    from commet_core.workspace.team import new_workspace

    where, copies = place()
    engine = open_database(where, copies)
    try:
        made = new_workspace(engine, chosen.name or "", chosen.owner or "", OPERATOR, _now())
    finally:
        engine.dispose()
    say(f"The workspace {chosen.name} has the id {made}. Whoever signs in with {chosen.owner} within two weeks owns it")


def _workspace(engine: Engine, chosen: argparse.Namespace) -> Workspace:
    """A workspace as the operator sees it, who has the database anyway. Raises InputError where there is none of this id."""
    from commet_core.workspace.team import check_workspace
    from commet_core.workspace.workspace import Workspace

    check_workspace(engine, chosen.workspace)
    return Workspace(engine, chosen.workspace, shown=OPERATOR)


def _now() -> datetime:
    return datetime.now(UTC)

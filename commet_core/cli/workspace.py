"""commet-sim workspace: a backup of saved work, its restoration, and a check of what is there."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from commet_core.cli.terminal import OUT
from commet_core.foundation.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

WORKSPACE_URL: Final = "COMMET_WORKSPACE_URL"
"""The environment variable with the URL of the database; unless set, work is in a file of the user's data folder."""

WORKSPACE_USAGE: Final = "COMMET_WORKSPACE_USAGE"
"""The environment variable with the folder of usage that workspaces keep: several servers of a team share it."""

FILE: Final = "workspace.db"


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
    if chosen.file is None and chosen.task != "check":
        raise InputError.of("FILE", f"{chosen.task} needs a file", f"commet-sim workspace {chosen.task} workspace.zip")
    {"backup": _backup, "restore": _restore, "check": _check}[chosen.task](chosen.file)


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
    _say(f"The workspace is copied to {file}")


def _restore(file: Path) -> None:
    from commet_core.workspace.keeping import restore

    where, _ = place()
    restore(where, file).dispose()
    _say(f"The workspace of {file} is restored")


def _check(_file: Path | None) -> None:
    from commet_core.workspace.keeping import problems

    with _opened() as engine:
        found = problems(engine)
    if found:
        raise InputError(found)
    _say("The workspace is whole")


def _say(sentence: str) -> None:
    OUT.print(escape(sentence), soft_wrap=True)

"""The files below a folder or behind a pattern, none of them left out in silence: what cannot be looked into is a problem."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import Problem
from commet_core.foundation.paths import kind_problem, printable

NOT_USAGE: Final = (".crc", ".md5", ".sha256", ".json.meta")
FILES_MAX: Final = 200_000
"""Below one folder; more are another folder than the one that is meant."""
_MAY_FIX: Final = "Ask for the right to read it, or name the files that you mean"


def files_below(folder: Path) -> tuple[list[Path], list[Problem]]:
    """Files in the order of their names, nothing hidden; and what could not be looked at.

    A link to a folder is followed, unless it leads to where the way came from.
    """
    problems: list[Problem] = []
    found: list[Path] = []
    seen: set[str] = set()
    waiting = [folder]
    while waiting:
        if len(found) > FILES_MAX:
            return [], [
                Problem(
                    printable(folder), f"there are more than {FILES_MAX:,} files below it", "Name the folders that you mean"
                )
            ]
        here = waiting.pop()
        if (real := os.path.realpath(here)) in seen:
            continue
        seen.add(real)
        try:
            names = sorted(path.name for path in here.iterdir())
        except OSError as error:
            problems.append(Problem(printable(here), f"the folder cannot be looked into: {error.strerror}", _MAY_FIX))
            continue
        for path in (here / name for name in names if not is_hidden(name)):
            if path.is_dir():
                waiting.append(path)
            elif (problem := _no_file(path)) is not None:
                problems.append(problem)
            else:
                found.append(path)
    return sorted(found), problems


def files_like(pattern: str) -> tuple[list[Path], list[Problem]]:
    """Files that a pattern stands for, in the order of their names, and folders on its way that cannot be looked into."""
    found = sorted(Path(file) for file in glob.glob(pattern, recursive=True))  # noqa: PTH207
    problems = [problem for path in found if not path.is_dir() and (problem := _no_file(path)) is not None]
    return [path for path in found if path.is_file()], [*problems, *_closed_on_the_way(pattern)]


def is_hidden(name: str) -> bool:
    """Whether a name is one that folders keep for themselves."""
    return name.startswith((".", "_")) or name.endswith(NOT_USAGE)


def _closed_on_the_way(pattern: str) -> list[Problem]:
    what = "the folder cannot be looked into: Permission denied"
    return [
        Problem(printable(folder), what, _MAY_FIX)
        for folder in dict.fromkeys(_folders_on_the_way(Path(pattern).parts))
        if not os.access(folder, os.R_OK | os.X_OK)
    ]


def _folders_on_the_way(parts: Sequence[str]) -> Iterator[str]:
    for start in accumulate(parts[:-1], os.path.join):
        if glob.has_magic(start):
            yield from (path for path in glob.glob(start, recursive=True) if os.path.isdir(path))  # noqa: PTH207, PTH112


def _no_file(path: Path) -> Problem | None:
    """What a name in a folder is, where it is no file: a pipe, a link to nothing."""
    try:
        if (problem := kind_problem(path)) is not None:
            return problem
    except OSError as error:
        return Problem(printable(path), f"it cannot be opened: {error.strerror}", "Remove it, or name the files that you mean")
    if path.is_file():
        return None
    return Problem(printable(path), "this is a link to a file that is not there", "Remove it, or name the files that you mean")

"""Usage files that are on the server already: below folders that its operator has allowed, and nowhere else."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import name_problem
from commet_core.usage.store import is_store

FILES_MAX: Final = 20_000
USAGE_SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".pq"})


def files_of(named: Sequence[str], folders: Sequence[Path]) -> tuple[Path, ...]:
    """The files that names stand for: a file, a pattern with `*`, `?` or `**`, a folder with usage files in it, a usage store.

    A name that is not absolute is looked for in each of the folders. Raises InputError for every name that stands for
    nothing, or for something outside the folders; it does not tell what is there.
    """
    problems: list[Problem] = []
    found: dict[Path, None] = {}
    for name in named:
        files = dict.fromkeys(_below(folders, name))
        found |= files
        if not files:
            problems.append(_nothing(name, folders))
    if len(found) > FILES_MAX:
        problems.append(Problem("files", f"these are {len(found):,} files, more than {FILES_MAX:,}", "Name fewer at a time"))
    if problems:
        raise InputError(problems)
    return tuple(found)


def state_of(files: Sequence[Path]) -> str:
    """A text that changes when a file does: size and time of the last change. Raises InputError where one is gone."""
    try:
        return "\n".join(f"{path} {(found := path.stat()).st_size} {found.st_mtime_ns}" for path in files)
    except OSError:
        raise InputError.of("files", "a file went away meanwhile", "Name the files again") from None


def _below(folders: Sequence[Path], name: str) -> Iterator[Path]:
    for folder in folders:
        root = folder.resolve()
        for path in _matching(folder, name):
            if Path(os.path.realpath(path)).is_relative_to(root):
                yield from _files_in(path, root) if path.is_dir() and not is_store(path) else (path,)


def _within(folder: Path, name: str) -> Path | None:
    """The path that a name means in a folder; None where it leads out of it."""
    for base in (folder.absolute(), folder.resolve()):
        path = Path(os.path.normpath(base / name.strip()))
        if path.is_relative_to(base):
            return path
    return None


def _matching(folder: Path, name: str) -> list[Path]:
    """The path that is there as it is written; else those that it matches as a pattern, in order of their names."""
    path = None if name_problem(name) else _within(folder, name)
    if path is None or os.path.lexists(path):
        return [] if path is None or not _is_usable(path) else [path]
    matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  (it takes any pattern)
    return [Path(match) for match in matches if _is_usable(Path(match))]


def _is_usable(path: Path) -> bool:
    """Whether this is a file or a folder: a pipe or a device would be waited for."""
    try:
        return path.is_file() or path.is_dir()
    except OSError:
        return False


def _files_in(folder: Path, root: Path) -> Iterator[Path]:
    """The usage files of a folder in order of their names; not those of its folders, and not what begins with . or _."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise InputError.of(folder.name, f"the folder cannot be looked into: {error.strerror}", "Ask its operator") from None
    for path in paths:
        suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
        usual = path.name[0] not in "._" and not USAGE_SUFFIXES.isdisjoint(suffixes[-1:])
        if usual and _is_usable(path) and Path(os.path.realpath(path)).is_relative_to(root):
            yield path


def _nothing(name: str, folders: Sequence[Path]) -> Problem:
    allowed = " or ".join(map(str, folders))
    if all(_within(folder, name) is None for folder in folders):
        return Problem(name, "this is not in a folder that this server reads usage from", f"Name files below {allowed}")
    return Problem(name, "no usage file is there", f"Check the spelling; names are looked for in {allowed}")

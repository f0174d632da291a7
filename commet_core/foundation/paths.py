"""Names of files that come from outside: what may be opened, and what may be written. Nothing here opens anything.

A pipe or a device never ends or never begins, and a write through a link lands where nobody looks: all are refused by name.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError, Problem

_KINDS: Final = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def printable(path: Path | str) -> str:
    """A path as text that can be written anywhere: what is not UTF-8 as the code that Python has for it."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def name_problem(path: Path | str) -> Problem | None:
    """What makes a name impossible for every program that reads or writes here; None where nothing does."""
    if "\0" in str(path):
        return Problem(printable(path).replace("\0", "\\0"), "the name holds a NUL character", "Give the name without it")
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return Problem(printable(path), "the name is not UTF-8", "Rename it, or give a name in UTF-8")
    return None


def kind_problem(path: Path) -> Problem | None:
    """What is wrong with a path that is neither a file nor a folder; None for these, and where nothing is. Raises OSError."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            return Problem(printable(path), f"this is {kind}, not a file", "Save what it holds to a file, and give that")
    return None


def check_file(path: Path) -> None:
    """Raises InputError unless the path is a file that is there. Whether it can be read is seen when it is opened."""
    problem = name_problem(path)
    if problem is None:
        try:
            problem = kind_problem(path)
            if problem is None and path.is_dir():
                problem = Problem(str(path), "this is a folder", "Name a file in it")
            elif problem is None and not path.exists():
                problem = Problem(str(path), "there is no such file", "Check the path and the spelling of the name")
        except OSError as error:
            problem = Problem(str(path), f"it cannot be opened: {error.strerror}", "Check the path, and that it may be read")
    if problem is not None:
        raise InputError([problem])


def check_outputs(outputs: Iterable[Path | None], inputs: Iterable[Path | str | None]) -> None:
    """Raises InputError, before anything is done, for outputs that would take the place of an input, a device or a link.

    inputs: files, folders and patterns; an absent output or input is None. Of a folder that is written all in it is replaced.
    """
    given = [path for path in inputs if path is not None]
    problems = [
        problem
        for output in outputs
        if output is not None
        for problem in (output_problem(output), _replaced_input(output, given))
        if problem is not None
    ]
    if problems:
        raise InputError(problems[:1])


def check_output(path: Path) -> None:
    """Raises InputError where nothing may be written in this place, whatever is read."""
    if (problem := output_problem(path)) is not None:
        raise InputError([problem])


def output_problem(path: Path) -> Problem | None:
    """Why nothing may be written in this place; None where it may."""
    if (problem := name_problem(path)) is not None:
        return problem
    if not path.name:
        return Problem(str(path), "this is no name of a file or folder", "Name what is to be written")
    try:
        if path.is_symlink():
            return Problem(
                str(path), "this is a link, which would be replaced", f"Name what it leads to: {os.path.realpath(path)}"
            )
        if kind_problem(path) is not None:
            return Problem(str(path), "this is a device or a pipe, which would be replaced", "Name a file or folder")
    except OSError as error:
        return Problem(str(path), f"nothing can be written there: {error.strerror}", "Choose another place")
    return None


def _replaced_input(output: Path, inputs: Sequence[Path | str]) -> Problem | None:
    if name_problem(output) is not None or not os.path.lexists(output):
        return None
    target = Path(os.path.realpath(output))
    for given in inputs:
        for path in _meant(given):
            source = Path(os.path.realpath(path))
            below = source.is_relative_to(target)
            if below or (target.is_file() and source.is_dir() and target.is_relative_to(source)):
                what = f"it is read too ({printable(given)}), and would be replaced"
                return Problem(str(output), what, "Choose another place to write to; nothing was written")
    return None


def _meant(given: Path | str) -> list[str]:
    """The paths that an input's name stands for."""
    text = str(given)
    if name_problem(text) is not None or "://" in text:
        return []
    return [text] if os.path.lexists(text) or not glob.has_magic(text) else glob.glob(text, recursive=True)  # noqa: PTH207

"""Folders and files that are written whole or not at all, whatever ends the writing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError

if sys.platform != "win32":
    import fcntl

UNFINISHED: Final = ".unfinished-"
EARLIER: Final = "-earlier"
"""In the names of a folder that is being written, and of the one that it replaces; both are beside their place, and hidden."""


@contextmanager
def written_whole(folder: Path, marker: str, content: str) -> Iterator[Path]:
    """A new folder beside `folder` that takes its place when everything in it is written; until then the old one stays.

    marker: a file that is in every folder of this kind, which may be replaced; content: what such a folder is, for messages.
    What a crash left beside `folder` is removed, and an earlier folder that it left without its name gets it back. Raises
    InputError where `folder` holds something else, or cannot be written.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
    except OSError as error:
        raise _not_made(folder, error) from None
    _check_replaceable(folder, marker, content)
    try:
        unfinished, lock = _new_beside(folder)
    except OSError as error:
        raise _not_made(folder, error) from None
    try:
        unfinished.chmod(0o755)
        yield unfinished
        _put_in_place(unfinished, folder)
    except OSError as error:
        raise InputError.of(str(folder), f"the folder cannot be written: {error.strerror}", "Choose another folder") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@contextmanager
def file_written_whole(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place at the end; until then an earlier one stays.

    Raises InputError where it cannot be written, before anything else is done where the folder shows it.
    """
    if path.is_dir():
        raise InputError.of(str(path), "this is a folder, not a file", "Name a file in it")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _file_not_written(path, "its folder is not there, or may not be written to")
    unfinished = path.with_name(f".{path.name}{UNFINISHED}{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise _file_not_written(path, error.strerror or str(error)) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _file_not_written(path: Path, why: str) -> InputError:
    return InputError.of(str(path), f"the file cannot be written: {why}", "Choose another place")


def _put_in_place(unfinished: Path, folder: Path) -> None:
    earlier = unfinished.with_name(unfinished.name + EARLIER)
    if folder.exists():
        folder.rename(earlier)
    try:
        unfinished.rename(folder)
    except BaseException:
        if earlier.exists():
            earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _new_beside(folder: Path) -> tuple[Path, int | None]:
    """A folder to write in, and the lock that says that somebody does: the system lifts it when the process ends."""
    while True:
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}{UNFINISHED}", dir=folder.parent))
        lock = _locked(unfinished, wait=True)
        if unfinished.exists():  # else somebody took it for abandoned before it was locked
            return unfinished, lock
        if lock is not None:
            os.close(lock)


def _locked(folder: Path, *, wait: bool) -> int | None:
    """An open file descriptor that holds the folder's lock; None where it cannot be had.

    Windows knows no locks of folders: what a crash leaves there stays.
    """
    if sys.platform == "win32":
        return None
    try:
        opened = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(opened)
        return None
    return opened


def _clear_abandoned(folder: Path) -> None:
    """Removes what nobody writes any more."""
    name = re.compile(re.escape(f".{folder.name}{UNFINISHED}") + f"[a-z0-9_]{{8}}({EARLIER})?")
    left = [path for path in folder.parent.iterdir() if name.fullmatch(path.name) and path.is_dir()]
    for path in sorted(left, reverse=True):  # an earlier folder before the one that was to take its place
        _clear(path, folder)


def _clear(left: Path, folder: Path) -> None:
    written = left.with_name(left.name.removesuffix(EARLIER))
    lock = _locked(written, wait=False)
    if lock is None and (written == left or written.exists()):
        return
    if left != written and not folder.exists():
        left.rename(folder)
    shutil.rmtree(left, ignore_errors=True)
    if lock is not None:
        with suppress(OSError):
            os.close(lock)


def _not_made(folder: Path, error: OSError) -> InputError:
    return InputError.of(str(folder), f"the folder cannot be made: {error.strerror}", "Choose another folder")


def _check_replaceable(folder: Path, marker: str, content: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "this is a file, not a folder", "Choose another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / marker).exists():
        what = f"the folder holds files that are not {content}"
        raise InputError.of(str(folder), what, "Choose a new or empty folder; nothing was written")

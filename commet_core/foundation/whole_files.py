"""Folders and files that are written whole or not at all, whatever ends the writing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from commet_core.foundation.durable import exchange, sync_file, sync_folder, sync_tree
from commet_core.foundation.errors import InputError
from commet_core.foundation.locks import locked_folder, try_lock, unlock
from commet_core.foundation.paths import check_output

UNFINISHED: Final = ".unfinished-"
EARLIER: Final = "-earlier"
"""In the names of a folder that is being written, and of the one that it replaces; both are beside their place, and hidden."""

PUT_IN_PLACE: Final[list[Path]] = []
"""What this process has written whole, so that a message on its end says what there is."""

_UNFINISHED: Final[set[Path]] = set()


def remove_unfinished() -> None:
    """Removes what this process is writing: it is about to end."""
    for path in list(_UNFINISHED):
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


@contextmanager
def written_whole(folder: Path, marker: str, content: str) -> Iterator[Path]:
    """A new folder beside `folder` that takes its place when everything in it is written; until then the old one stays.

    marker: a file that is in every folder of this kind, which may be replaced; content: what such a folder is, for messages.
    What a crash left beside `folder` is removed, and an earlier folder that it left without its name gets it back. Raises
    InputError where `folder` holds something else, or cannot be written.
    """
    check_output(folder)
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear_abandoned(folder)
    except OSError as error:
        raise _not_made(folder, error) from None
    _check_replaceable(folder, marker, content)
    try:
        unfinished, lock = locked_folder(folder.parent, f".{folder.name}{UNFINISHED}")
    except OSError as error:
        raise _not_made(folder, error) from None
    _UNFINISHED.add(unfinished)
    try:
        unfinished.chmod(0o755)
        yield unfinished
        _put_in_place(unfinished, folder)
        PUT_IN_PLACE.append(folder)
    except OSError as error:
        raise InputError.of(str(folder), f"the folder cannot be written: {error.strerror}", "Choose another folder") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        _UNFINISHED.discard(unfinished)
        unlock(lock)


@contextmanager
def file_written_whole(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place at the end; until then an earlier one stays.

    Raises InputError where it cannot be written, before anything else is done where the folder shows it.
    """
    check_output(path)
    if path.is_dir():
        raise InputError.of(str(path), "this is a folder, not a file", "Name a file in it")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _file_not_written(path, "its folder is not there, or may not be written to")
    unfinished = path.with_name(f".{path.name}{UNFINISHED}{os.getpid()}")
    _UNFINISHED.add(unfinished)
    try:
        yield unfinished
        sync_file(unfinished)
        unfinished.replace(path)
        PUT_IN_PLACE.append(path)
        sync_folder(path.parent)
    except OSError as error:
        raise _file_not_written(path, error.strerror or str(error)) from None
    finally:
        unfinished.unlink(missing_ok=True)
        _UNFINISHED.discard(unfinished)


def _file_not_written(path: Path, why: str) -> InputError:
    return InputError.of(str(path), f"the file cannot be written: {why}", "Choose another place")


def _put_in_place(unfinished: Path, folder: Path) -> None:
    """The new folder takes the name of the old one, which goes; whatever ends this, one of the two has the name, or gets it back."""
    sync_tree(unfinished)
    if not folder.exists():
        unfinished.rename(folder)
    elif not exchange(unfinished, folder):
        _replace_in_two_steps(unfinished, folder)
    sync_folder(folder.parent)


def _replace_in_two_steps(unfinished: Path, folder: Path) -> None:
    """Where a system cannot exchange two names: an end between the steps is mended when the folder is written again."""
    earlier = unfinished.with_name(unfinished.name + EARLIER)
    folder.rename(earlier)
    try:
        unfinished.rename(folder)
    except BaseException:
        earlier.rename(folder)
        raise
    shutil.rmtree(earlier, ignore_errors=True)


def _clear_abandoned(folder: Path) -> None:
    """Removes what nobody writes any more."""
    name = re.compile(re.escape(f".{folder.name}{UNFINISHED}") + f"[a-z0-9_]{{8}}({EARLIER})?")
    left = [path for path in folder.parent.iterdir() if name.fullmatch(path.name) and path.is_dir()]
    for path in sorted(left, reverse=True):  # an earlier folder before the one that was to take its place
        _clear(path, folder)


def _clear(left: Path, folder: Path) -> None:
    written = left.with_name(left.name.removesuffix(EARLIER))
    lock = try_lock(written)
    if lock is None and (written == left or written.exists()):
        return
    if left != written and not folder.exists():
        left.rename(folder)
    shutil.rmtree(left, ignore_errors=True)
    unlock(lock)


def _not_made(folder: Path, error: OSError) -> InputError:
    return InputError.of(str(folder), f"the folder cannot be made: {error.strerror}", "Choose another folder")


def _check_replaceable(folder: Path, marker: str, content: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "this is a file, not a folder", "Choose another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / marker).exists():
        what = f"the folder holds files that are not {content}"
        raise InputError.of(str(folder), what, "Choose a new or empty folder; nothing was written")

"""Folders for what is needed for a while: they go when the work ends, and after a crash when the next work begins.

A living process holds a lock on each of its folders, which the system lifts however the process ends.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.locks import locked_folder, try_lock, unlock

PREFIX: Final = "commet-work-"
NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, None)
"""What the system says of a disk that is full. (NumPy says only that it has not written everything.)"""

_LIVE: Final[set[Path]] = set()
"""Folders of this process."""

_CLEARED: Final[set[Path]] = set()
"""Where this process has looked for what others left."""


class TemporaryFolder:
    """A folder of its own for some work. within: where; else where the system keeps what is temporary. Raises InputError."""

    def __init__(self, within: Path | None = None) -> None:
        parent = Path(tempfile.gettempdir()) if within is None else within
        if parent not in _CLEARED:
            clear_abandoned(parent)
            _CLEARED.add(parent)
        try:
            self.path, self._lock = locked_folder(parent, PREFIX)
        except OSError as error:
            what = f"no temporary folder can be made: {error.strerror or error}"
            raise InputError.of(str(parent), what, "Name a folder that you may write to in TMPDIR") from None
        _LIVE.add(self.path)

    def remove(self) -> None:
        """Removes the folder with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        _LIVE.discard(self.path)
        lock, self._lock = self._lock, None
        unlock(lock)


@contextmanager
def temporary_folder(within: Path | None = None) -> Iterator[Path]:
    """A folder that is there as long as the context; what a crashed process left beside it is removed."""
    folder = TemporaryFolder(within)
    try:
        yield folder.path
    finally:
        folder.remove()


def clear_abandoned(parent: Path | None = None) -> None:
    """Removes the folders of processes that live no more."""
    parent = Path(tempfile.gettempdir()) if parent is None else parent
    name = re.compile(re.escape(PREFIX) + "[a-z0-9_]{8}")
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if name.fullmatch(entry.name) and Path(entry.path) not in _LIVE and entry.is_dir(follow_symlinks=False):
                _clear(Path(entry.path))


def _clear(left: Path) -> None:
    lock = try_lock(left)
    if lock is not None:
        shutil.rmtree(left, ignore_errors=True)
        unlock(lock)


def remove_own() -> None:
    """Removes all folders of this process, whoever still works in them: it is about to end."""
    for path in list(_LIVE):
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def room_on_disk(folder: Path) -> Iterator[None]:
    """What cannot be written into temporary files, in `folder`, as an InputError."""
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        fix = "Free some room there, or name a folder on a larger disk in the environment variable TMPDIR"
        raise InputError.of(str(folder), "the disk has no room for temporary files", fix) from None

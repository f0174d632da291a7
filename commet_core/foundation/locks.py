"""Locks of folders: they say that a living process works there, and the system lifts them however it ends.

Windows knows no locks of folders: what a crash leaves there stays.
"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl


def locked_folder(parent: Path, prefix: str) -> tuple[Path, int | None]:
    """A new folder, and the lock that says that somebody works in it. Raises OSError."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = _locked(folder, wait=True)
        if folder.exists():  # else somebody took it for abandoned before it was locked
            return folder, lock
        unlock(lock)


def try_lock(folder: Path) -> int | None:
    """An open file descriptor that holds the folder's lock; None where a living process has it, or it cannot be had."""
    return _locked(folder, wait=False)


def unlock(lock: int | None) -> None:
    """Gives a lock up."""
    if lock is not None:
        with suppress(OSError):
            os.close(lock)


def _locked(folder: Path, *, wait: bool) -> int | None:
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

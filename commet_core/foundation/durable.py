"""What is written reaches the disk before it gets its name, and two folders change places in one step where a system can."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

_HERE: Final = -100
"""AT_FDCWD of Linux: paths are taken as they are."""
_EXCHANGE: Final = 2


def sync_file(path: Path) -> None:
    """Waits until a file, or what a folder names, is on the disk. Raises OSError where the disk refuses it."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sync_folder(folder: Path) -> None:
    """The names in a folder, where the system can wait for them."""
    with suppress(OSError):
        sync_file(folder)


def sync_tree(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            sync_file(path)
        elif path.is_dir():
            sync_folder(path)
    sync_folder(folder)


def exchange(one: Path, other: Path) -> bool:
    """Lets two folders change names in one step, which nothing can come between; False where the system has no such step."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except (OSError, AttributeError):
        return False
    return int(rename(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE)) == 0

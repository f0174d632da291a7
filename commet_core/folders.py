"""Folders that are written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commet_core.errors import InputError


@contextmanager
def written_whole(folder: Path, marker: str, content: str) -> Iterator[Path]:
    """A new folder beside `folder` that takes its place when everything in it is written; until then the old one stays.

    marker: a file that is in every folder of this kind, which may be replaced; content: what such a folder is, for messages.
    Raises InputError where `folder` holds something else, or cannot be written.
    """
    folder = folder.absolute()
    _check_replaceable(folder, marker, content)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError.of(str(folder), f"the folder cannot be made: {error.strerror}", "Choose another folder") from None
    try:
        unfinished.chmod(0o755)
        yield unfinished
        earlier = unfinished.with_name(unfinished.name + "-earlier")
        if folder.exists():
            folder.rename(earlier)
        unfinished.rename(folder)
        shutil.rmtree(earlier, ignore_errors=True)
    except OSError as error:
        raise InputError.of(str(folder), f"the folder cannot be written: {error.strerror}", "Choose another folder") from None
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _check_replaceable(folder: Path, marker: str, content: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError.of(str(folder), "this is a file, not a folder", "Choose another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / marker).exists():
        what = f"the folder holds files that are not {content}"
        raise InputError.of(str(folder), what, "Choose a new or empty folder; nothing was written")

"""Uploaded files on the server's disk: one copy of each content, named by its digest, for as long as it is asked for.

    <spool>/<sha256 of the content>/<name>

In a workspace of people who sign in, the digest has the workspace's mark before it: the same upload of another is not there.

The same content under several names is one file with several names. What nobody has uploaded again for SPOOL_DAYS is removed,
and the oldest before that where all of them together grow beyond SPOOL_BYTES_MAX.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

from commet_core.foundation.errors import InputError
from pages.shared import whose
from pages.shared.uploads import UploadedFile, safe_name

SPOOL = Path(tempfile.gettempdir()) / "commet-simulator-uploads"
SPOOL_DAYS: Final = 30
SPOOL_BYTES_MAX: Final = 50 << 30
BLOCK_BYTES: Final = 1 << 20
IN_USE_SECONDS: Final = 3600.0

_used: dict[str, float] = {}
"""When a page last asked for a content, by its folder: what is in use makes no room for what comes."""

_placing = threading.Lock()
"""Between a folder's making and its file's coming, nobody removes it."""


def spool(name: str, content: BinaryIO) -> tuple[UploadedFile, float | None]:
    """Keeps an uploaded file. Also returns when it arrived, where its content was not there before: see `unspool`."""
    _check_private()
    _make_room(content.seek(0, os.SEEK_END))
    content.seek(0)
    received, digest = _received(content)
    uploaded = UploadedFile(name=safe_name(name), digest=digest)
    folder = SPOOL / whose.file_name(digest)
    with _placing:
        known = folder.is_dir()
        folder.mkdir(exist_ok=True)
        _place(received, folder / uploaded.name)
        os.utime(folder)
        return uploaded, None if known else folder.stat().st_mtime


def _received(content: BinaryIO) -> tuple[Path, str]:
    """A file of its own with this content, and its digest; nothing where it cannot be written to its end."""
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=SPOOL, delete=False) as kept:
        try:
            while block := content.read(BLOCK_BYTES):
                digest.update(block)
                kept.write(block)
        except BaseException:
            Path(kept.name).unlink()
            raise
    return Path(kept.name), digest.hexdigest()


def _place(received: Path, path: Path) -> None:
    """Puts a file in its folder; where the same content is there already, this is one more name of it."""
    there = next(path.parent.iterdir(), None)
    if there is None:
        received.replace(path)
        return
    try:
        if not path.exists():
            os.link(there, path)
        received.unlink()
    except OSError:  # a disk without links holds it twice
        received.replace(path)


def unspool(uploaded: UploadedFile, arrived: float) -> None:
    """Removes an upload that came to nothing, unless somebody has uploaded the same content since it arrived."""
    folder = SPOOL / whose.file_name(uploaded.digest)
    with _placing:
        if folder.is_dir() and folder.stat().st_mtime == arrived:
            shutil.rmtree(folder, ignore_errors=True)


def path_of(uploaded: UploadedFile) -> Path:
    """Where an uploaded file is. Raises InputError where the server no longer has it."""
    _check_private()
    path = SPOOL / whose.file_name(uploaded.digest) / safe_name(uploaded.name)
    if not path.is_file():
        raise InputError.of(uploaded.name, "the uploaded file is no longer on this server", "Upload it again on the Usage page")
    _used[path.parent.name] = time.monotonic()
    return path


def place(name: str) -> Path:
    """Where a file of the server's own goes, which can be made again when it is removed."""
    _check_private()
    return SPOOL / whose.file_name(name)


def _check_private() -> None:
    """Makes the folder of uploads. Raises InputError where somebody else owns it or may look into it."""
    with suppress(FileExistsError):  # it may be no folder, as is seen now
        SPOOL.mkdir(mode=0o700, exist_ok=True)
    found = SPOOL.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        what = f"the folder for uploads, {SPOOL}, is not this server's alone, and nothing is put into it or taken from it"
        raise InputError.of("upload", what, "Its operator has to remove it, or let TMPDIR name another place")


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to; what is written is at `path` on leaving, or nothing where an error is raised."""
    unfinished = path.with_name(f"{path.name}-{secrets.token_hex(8)}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _make_room(coming_bytes: int) -> None:
    """Forgets what is old, and the oldest that nobody uses. Raises InputError where what is in use leaves no room.

    A link to a forgotten upload asks for the file again.
    """
    oldest = time.time() - timedelta(days=SPOOL_DAYS).total_seconds()
    held = coming_bytes
    for path in sorted(SPOOL.iterdir(), key=lambda path: (_in_use(path), _last_uploaded(path)), reverse=True):
        held += _bytes(path)
        if _in_use(path):
            continue
        if _last_uploaded(path) < oldest or held > SPOOL_BYTES_MAX:
            held -= _bytes(path)
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    if held > SPOOL_BYTES_MAX:
        what = "the files that visitors are working with leave no room for this one on the server"
        raise InputError.of("upload", what, "Try again later, or upload a smaller file")


def _in_use(path: Path) -> bool:
    return _used.get(path.name, float("-inf")) > time.monotonic() - IN_USE_SECONDS


def _last_uploaded(path: Path) -> float:
    """0 for what another visitor's upload has just moved or removed."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _bytes(path: Path) -> int:
    """On disk: all names in a folder are one file."""
    try:
        return max((name.stat().st_size for name in path.iterdir()), default=0) if path.is_dir() else path.stat().st_size
    except FileNotFoundError:
        return 0

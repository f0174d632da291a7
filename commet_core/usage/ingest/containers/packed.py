"""Zip archives, and files compressed as .zst, .bz2 or .xz, unpacked into a folder: bounded, and each with a name for messages."""

from __future__ import annotations

import bz2
import errno
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, cast

import pyarrow as pa

from commet_core.foundation.errors import InputError

ZIPPED: Final = b"PK\x03\x04"
EMPTY_ZIP: Final = b"PK\x05\x06"
UNPACKED_FREELY: Final = 1 << 30
EXPANSION_MAX: Final = 200
"""A file may unpack to so many bytes, or to so many times its own; usage written as text shrinks to a tenth, rarely to a fiftieth."""
MEMBERS_MAX: Final = 10_000
NAME_LETTERS_MAX: Final = 100

_BLOCK_BYTES: Final = 1 << 20
_DAMAGED: Final = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    pa.ArrowException,
    UnicodeError,
    NotImplementedError,
)


@dataclass(frozen=True)
class Unpacked:
    """A file that lay in another. name: as messages and rejects give it: `export.zip, january.csv`."""

    path: Path
    name: str


def _zst(path: Path) -> BinaryIO:
    return cast("BinaryIO", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))


def _bz2(path: Path) -> BinaryIO:
    return cast("BinaryIO", bz2.open(path))


def _xz(path: Path) -> BinaryIO:
    return cast("BinaryIO", lzma.open(path))


COMPRESSED: Final[tuple[tuple[bytes, str, Callable[[Path], BinaryIO]], ...]] = (
    (b"\x28\xb5\x2f\xfd", "zstd", _zst),
    (b"BZh", "bzip2", _bz2),
    (b"\xfd7zXZ\x00", "xz", _xz),
)
"""How such files begin, what they are, and how they are opened."""


def is_packed(head: bytes) -> bool:
    """Whether a file that begins so is unpacked here."""
    return head.startswith((ZIPPED, EMPTY_ZIP, *(start for start, _, _ in COMPRESSED)))


def unpacked(path: Path, name: str, head: bytes, folder: Path) -> list[Unpacked]:
    """The files in a packed one, in the order of their names. name: as messages give it; folder: where they go.

    Raises InputError where it is damaged, protected, unpacks to too much, or holds none.
    """
    room = _Room(name, max(UNPACKED_FREELY, EXPANSION_MAX * path.stat().st_size))
    for start, kind, open_packed in COMPRESSED:
        if head.startswith(start):
            return [_decompressed(path, name, kind, open_packed, folder, room)]
    return _members(path, name, folder, room)


@dataclass
class _Room:
    """How many bytes may still be unpacked."""

    name: str
    left: int

    def copy(self, source: BinaryIO, target: Path) -> None:
        with target.open("wb") as file:
            while block := source.read(_BLOCK_BYTES):
                self.left -= len(block)
                if self.left < 0:
                    what = f"it unpacks to more than {EXPANSION_MAX} times its size, which no usage does"
                    raise InputError.of(self.name, what, "Unpack it yourself, look at it, and give what it holds")
                file.write(block)


def _decompressed(
    path: Path, name: str, kind: str, open_packed: Callable[[Path], BinaryIO], folder: Path, room: _Room
) -> Unpacked:
    target = folder / _safe(path.stem if path.suffix.lower() in (".zst", ".bz2", ".xz") else path.name)
    try:
        with open_packed(path) as source:
            room.copy(source, target)
    except _DAMAGED as error:
        if _is_full(error):
            raise
        raise InputError.of(name, f"the {kind} file is damaged or cut off", "Copy or export it again") from None
    return Unpacked(target, name)


def _members(path: Path, name: str, folder: Path, room: _Room) -> list[Unpacked]:
    """The files of a zip archive, but for those that no one means: of systems, hidden ones and those that begin with `_`."""
    found: list[Unpacked] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in sorted(archive.infolist(), key=lambda at: at.filename) if _is_meant(member)]
            if len(members) > MEMBERS_MAX:
                raise InputError.of(name, f"it holds more than {MEMBERS_MAX:,} files", "Put them into several archives")
            for place, member in enumerate(members):
                if member.flag_bits & 1:
                    raise InputError.of(name, "the archive is protected by a password", "Unpack it, and give what it holds")
                target = folder / f"{place:05}" / _safe(member.filename)
                target.parent.mkdir()
                with archive.open(member) as source:
                    room.copy(cast("BinaryIO", source), target)
                found.append(Unpacked(target, f"{name}, {member.filename}"))
    except _DAMAGED as error:
        if _is_full(error):
            raise
        raise InputError.of(name, "the zip archive is damaged or cut off", "Copy or export it again") from None
    if not found:
        raise InputError.of(name, "the zip archive holds no files", "Export the usage again")
    return found


def _is_meant(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return not member.is_dir() and not any(part.startswith((".", "_")) for part in parts)


def _safe(name: str) -> str:
    """The last part of a name, whose end says the format."""
    return (PurePosixPath(name.replace("\\", "/")).name or "usage")[-NAME_LETTERS_MAX:]


def _is_full(error: BaseException) -> bool:
    """Whether the disk, not the file, is what fails; an archive with bytes missing has members before its beginning."""
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL)

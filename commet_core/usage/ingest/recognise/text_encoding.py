"""In which encoding a text file is written, and a copy of it in UTF-8, which is what DuckDB and the rest here read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

from commet_core.usage.ingest.reading.csv_records import open_bytes

UTF8: Final = "UTF-8"
UTF16: Final = "UTF-16"
WINDOWS: Final = "Windows-1252"

BLOCK_BYTES: Final = 8 << 20
_CODECS: Final = {
    UTF16: ("utf-16",),
    f"{UTF16}LE": ("utf-16-le",),
    f"{UTF16}BE": ("utf-16-be",),
    WINDOWS: ("cp1252", "latin-1"),
}
_LETTER_BEYOND_ASCII: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f")) + b"\x7f"


def encoding_of(head: bytes) -> str | None:
    """The encoding of a file that begins with these bytes; None where they are not text."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if max(zeros) * 5 > len(head) and min(zeros) * 20 < len(head):
        return f"{UTF16}BE" if zeros[0] > zeros[1] else f"{UTF16}LE"
    is_utf8 = _decodes(head)
    controls_share = 1 - len(head.translate(None, _CONTROLS)) / len(head)
    if controls_share > (0.2 if is_utf8 else 0.01):
        return None
    if is_utf8 or _LETTER_BEYOND_ASCII.search(head):
        return UTF8
    ascii_share = len(head.translate(None, bytes(range(128, 256)))) / len(head)
    return WINDOWS if ascii_share > 0.7 else None


def encoding_of_text(path: Path) -> str:
    """The encoding of a whole file that begins in ASCII: UTF-8, though perhaps damaged in places, or Windows-1252."""
    with open_bytes(path) as file:
        damaged = False
        for block in _blocks(file):
            damaged = damaged or not block.isascii()
            if _LETTER_BEYOND_ASCII.search(block):
                return UTF8
    return WINDOWS if damaged else UTF8


def write_utf8(path: Path, copy: Path, encoding: str) -> None:
    """Writes a UTF-8 copy. Raises UnicodeDecodeError where the file is not what `encoding` says."""
    codec, *others = _CODECS[encoding]
    for attempt in (codec, *others):
        try:
            _convert(path, copy, attempt)
        except UnicodeDecodeError:
            if attempt == (codec, *others)[-1]:
                raise
        else:
            return


def _convert(path: Path, copy: Path, codec: str) -> None:
    decoder = codecs.getincrementaldecoder(codec)()
    with open_bytes(path) as file, copy.open("wb") as target:
        for block in _blocks(file):
            target.write(decoder.decode(block).encode("utf-8"))
        target.write(decoder.decode(b"", final=True).encode("utf-8"))


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK_BYTES):
        yield block


def _decodes(head: bytes) -> bool:
    """Whether the bytes are UTF-8; the last letter may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True

"""In which encoding a text file is written, and a copy of it in UTF-8, which is what DuckDB and the rest here read."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from commet_core.foundation.patterns import late_pattern
from commet_core.usage.ingest.reading.csv_records import open_bytes
from commet_core.usage.ingest.recognise.code_pages import WINDOWS, CodePages, code_page, known_pages, words_in
from commet_core.usage.ingest.recognise.questions import Choice, Question

UTF8: Final = "UTF-8"
UTF16: Final = "UTF-16"

BLOCK_BYTES: Final = 8 << 20
BESIDE_UTF8: Final = 0.6
"""At least so many of the bytes beyond ASCII are letters in UTF-8 where a file is UTF-8, though damaged in places."""
_OF_UNICODE: Final = {UTF8: "utf-8-sig", UTF16: "utf-16", f"{UTF16}LE": "utf-16-le", f"{UTF16}BE": "utf-16-be"}
_LETTER_BEYOND_ASCII: Final = late_pattern(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_CONTROLS: Final = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f")) + b"\x7f"
_ASCII: Final = bytes(range(128))


def codec_of(encoding: str) -> str:
    """Python's name of an encoding."""
    return _OF_UNICODE.get(encoding, encoding)


def encoding_named(name: str) -> str | None:
    """An encoding as messages name it, whatever somebody calls it (`cp1251`); None where there is none of this name."""
    try:
        codec = codecs.lookup(name)
        "a".encode(codec.name)
    except (LookupError, TypeError, UnicodeError, ValueError):
        return None
    usual = (UTF8, *_OF_UNICODE, *known_pages())
    return next((known for known in usual if codecs.lookup(known).name == codec.name), name)


def unicode_of(head: bytes) -> str | None:
    """The encoding of a file that begins with these bytes where it is Unicode; empty where it is a code page; None where it is
    no text.
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return UTF16
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if max(zeros) * 5 > len(head) and min(zeros) * 20 < len(head):
        return f"{UTF16}BE" if zeros[0] > zeros[1] else f"{UTF16}LE"
    is_utf8 = _decodes(head)
    controls_share = 1 - len(head.translate(None, _CONTROLS)) / len(head)
    if controls_share > (0.2 if is_utf8 else 0.01):
        return None
    return UTF8 if is_utf8 or _is_mostly_utf8([head]) else ""


def code_page_of(path: Path) -> CodePages:
    """The encoding of a whole file that is a code page, or begins in ASCII: UTF-8 where it is that, though damaged in places."""
    with open_bytes(path) as file:
        if _is_mostly_utf8(_blocks(file)):
            return CodePages(UTF8)
    with open_bytes(path) as file:
        return code_page(words_in(_blocks(file)))


def encoding_question(file: str, readings: Sequence[tuple[str, str]]) -> Question:
    """In which code page a file is written, with a word of it as each reads it."""
    words = " or ".join(repr(word) for _, word in readings)
    what = f"it is not written in UTF-8, and a word in it may be {words}: nothing proves in which code page it is written"
    choices = tuple(Choice(word, {"encoding": name}) for name, word in readings)
    return Question(file, "encoding", what, choices)


def _is_mostly_utf8(blocks: Iterable[bytes]) -> bool:
    beyond, letters = 0, 0
    for block in blocks:
        beyond += len(block.translate(None, _ASCII))
        letters += sum(map(len, _LETTER_BEYOND_ASCII.findall(block))) if not block.isascii() else 0
    return letters >= BESIDE_UTF8 * beyond


def write_utf8(path: Path, copy: Path, encoding: str) -> None:
    """Writes a UTF-8 copy. Raises UnicodeDecodeError where the file is not what `encoding` says."""
    try:
        _convert(path, copy, codec_of(encoding))
    except UnicodeDecodeError:
        if encoding != WINDOWS:
            raise
        _convert(path, copy, "latin-1")


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

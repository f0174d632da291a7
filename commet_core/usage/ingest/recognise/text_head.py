"""The beginning of a text file: unpacked, decoded, in whole lines."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest.reading.csv_records import open_bytes
from commet_core.usage.ingest.reading.damaged_files import damaged_gzip
from commet_core.usage.ingest.recognise.code_pages import CodePages
from commet_core.usage.ingest.recognise.text_encoding import code_page_of, codec_of, unicode_of

HEAD_BYTES: Final = 1 << 18


@dataclass(frozen=True)
class TextHead:
    """What a text file begins with: whole lines, unless there is only one.

    rows_guessed: of the whole file, from its size
    readings: (an encoding, a word as it reads it) of all that may be meant, where nothing decides; of which `encoding` is the first
    """

    text: str
    encoding: str
    compressed: bool
    rows_guessed: float
    readings: tuple[tuple[str, str], ...] = ()


def text_head(path: Path, head: bytes, given: str | None = None) -> TextHead:
    """What a file begins with whose first bytes these are. given: the encoding, where somebody has said it. Raises InputError where it is no text that can be read."""
    compressed = head.startswith(b"\x1f\x8b")
    if compressed:
        try:
            with open_bytes(path) as file:
                head = file.read(HEAD_BYTES)
        except (OSError, EOFError, zlib.error):
            raise damaged_gzip(path.name) from None
        if not head:
            raise InputError.of(path.name, "the compressed file is empty", "Export the usage again")
    found = unicode_of(head)
    if found is None:
        raise InputError.of(path.name, "the file is not text", "Give CSV, JSON lines or Parquet; save text as UTF-8")
    pages = CodePages(given or found) if given or found else code_page_of(path)
    encoding = pages.name
    whole = len(head) < HEAD_BYTES
    text = head.decode(codec_of(encoding), "replace")
    lines = re.split(r"\r\n|\r|\n", text)
    in_one_line = len(lines) == 1
    if in_one_line and not whole and not text.lstrip().startswith(("[", "{")):  # an array of JSON often is one line
        what = f"its first line is longer than {HEAD_BYTES:,} bytes"
        raise InputError.of(path.name, what, "Write one row on each line, with column names on the first")
    kept = lines if whole or in_one_line else lines[:-1]
    guessed_rows = path.stat().st_size * (4 if compressed else 1) * len(lines) / len(head)
    return TextHead("\n".join(kept), encoding, compressed, guessed_rows, pages.readings)

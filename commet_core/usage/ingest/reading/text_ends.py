"""Whether the last record of a text file can have been overlooked: DuckDB leaves one out, without a word, that fills its buffer."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Final

from commet_core.usage.ingest.reading.csv_records import RECORD_BYTES_MAX, Layout, locate, open_bytes

BUFFER_BYTES: Final = 16 * RECORD_BYTES_MAX
"""What DuckDB reads at a time; a shorter record is complained of where it is too long."""
PACKED_AT_MOST: Final = 1032
"""Gzip makes no text smaller than by this factor."""
_BLOCK_BYTES: Final = 1 << 20


def record_count(path: Path, layout: Layout) -> int | None:
    """How many records a file has, where its end is such that one may have been overlooked; None where none can have been."""
    return locate(path, layout, ())[1] if _in_doubt(path, layout.quote.encode()) else None


def _in_doubt(path: Path, quote: bytes) -> bool:
    """Whether the last line is longer than a record may be, or ends a quote that was opened on another line."""
    end = _end_of(path)
    if end is None:
        return False
    line = end.rstrip(b"\r\n").replace(b"\r", b"\n").rpartition(b"\n")
    return not line[1] or bool(quote and line[2].count(quote) % 2)


def _end_of(path: Path) -> bytes | None:
    """The last bytes of a file, unpacked, as many as a record may have; None where it is too small to hold one that is overlooked."""
    with open_bytes(path) as file:
        packed = isinstance(file, gzip.GzipFile)
        size = path.stat().st_size
        if size * (PACKED_AT_MOST if packed else 1) < BUFFER_BYTES:
            return None
        if not packed:
            file.seek(size - RECORD_BYTES_MAX)
            return file.read()
        end, count = b"", 0
        while block := file.read(_BLOCK_BYTES):
            end, count = (end + block)[-RECORD_BYTES_MAX:], count + len(block)
    return end if count >= BUFFER_BYTES else None

"""A usage file is looked at: what its first bytes say it is, and then what it looks like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_file
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.columns import HEADER_EXAMPLE
from commet_core.usage.ingest.recognise.csv_shape import csv_shape
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.json_shape import json_array_shape, json_lines_shape
from commet_core.usage.ingest.recognise.text_head import HEAD_BYTES, TextHead, text_head
from commet_core.usage.ingest.recognise.typed_shape import arrow_shape, parquet_shape

OTHER_FORMATS: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive", "Save the sheet as CSV (UTF-8), or unpack the archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind", "Save the sheet as CSV (UTF-8)"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "Unpack it, or compress it with gzip"),
    (b"BZh", "compressed with bzip2", "Unpack it, or compress it with gzip"),
    (b"\xfd7zXZ", "compressed with xz", "Unpack it, or compress it with gzip"),
    (b"SQLite format 3", "an SQLite database", "Export the usage as CSV"),
    (b"ORC", "an ORC file", "Save it as Parquet"),
    (b"Obj\x01", "an Avro file", "Save it as Parquet"),
)
"""How files begin that are often taken for usage, what they are, and what to do."""


def inspect(path: Path | str | ArrowSource) -> FileShape:
    """A file's shape, or that of rows in Arrow batches. Raises InputError where it cannot be read as usage."""
    if isinstance(path, ArrowSource):
        return arrow_shape(path)
    path = Path(path)
    shape = _shape(path, _first_bytes(path))
    if not shape.columns:
        raise InputError.of(shape.file, "it names no columns", f"Its first line has to name them, such as {HEADER_EXAMPLE}")
    return shape


def _first_bytes(path: Path) -> bytes:
    check_file(path)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        what = f"the file cannot be opened: {error.strerror or error}"
        raise InputError.of(str(path), what, "Check that it may be read") from None
    if not head:
        raise InputError.of(path.name, "the file is empty", "Export the usage again")
    return head


def _shape(path: Path, head: bytes) -> FileShape:
    if head.startswith(b"PAR1"):
        return parquet_shape(path)
    if path.suffix.lower() in {".parquet", ".pq"}:
        fix = "Export it again, or name it after what it is (.csv, .jsonl)"
        raise InputError.of(path.name, "its name says Parquet, but it is not a Parquet file", fix)
    for start, what, fix in OTHER_FORMATS:
        if head.startswith(start):
            raise InputError.of(path.name, f"the file is {what}, which is not read", fix)
    text = text_head(path, head)
    first = text.text.lstrip()[:1]
    if not first:
        raise InputError.of(path.name, "the file is empty but for blank lines", "Export the usage again")
    shape = _reader(path, first)(path, text)
    return replace(shape, encoding=text.encoding, compressed=text.compressed)


def _reader(path: Path, first: str) -> Callable[[Path, TextHead], FileShape]:
    """What reads a text file that begins with this letter: the name decides where JSON lines begin with something else."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if first == "[":
        return json_array_shape
    return json_lines_shape if first == "{" or suffixes[-1:] in ([".json"], [".jsonl"], [".ndjson"]) else csv_shape

"""A usage file is looked at: what its first bytes say it is, and then what it looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_file
from commet_core.usage.ingest.containers.opening import Source, opened
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.columns import HEADER_EXAMPLE
from commet_core.usage.ingest.recognise.csv_shape import csv_shape
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.json_shape import is_first_of_several, json_array_shape, json_lines_shape
from commet_core.usage.ingest.recognise.text_head import HEAD_BYTES, TextHead, text_head
from commet_core.usage.ingest.recognise.typed_shape import arrow_shape, parquet_shape

OTHER_FORMATS: Final = (
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", "Unpack it, or pack it as zip"),
    (b"Rar!", "a RAR archive", "Unpack it, or pack it as zip"),
    (b"%PDF", "a PDF document", "Export the usage as CSV"),
    (b"SQLite format 3", "an SQLite database", "Export the usage as CSV"),
    (b"ORC", "an ORC file", "Save it as Parquet"),
    (b"Obj\x01", "an Avro file", "Save it as Parquet"),
)
"""How files begin that are often taken for usage, what they are, and what to do."""


def inspect(path: Path | str | ArrowSource) -> FileShape:
    """A file's shape, or that of rows in Arrow batches; of a workbook or an archive that of the one thing it holds.

    Raises InputError where it cannot be read as usage, and where it holds several things, which `inspect_all` looks at.
    """
    shapes = inspect_all([path], 2)
    if len(shapes) > 1:
        what = f"it holds several tables: {shapes[0].file} and {shapes[1].file} are the first"
        raise InputError.of(str(path), what, "Look at all of them, with inspect_all")
    return shapes[0]


def inspect_all(
    paths: Sequence[Path | str | ArrowSource], most: int | None = None, encoding: str | None = None
) -> list[FileShape]:
    """The shapes of files and of what is in them, of the first `most` at most. encoding: of text, where somebody has said it.

    Raises InputError as `inspect`.
    """
    with opened([path if isinstance(path, ArrowSource) else Path(path) for path in paths], encoding) as found:
        return [shape_of(source, found.names, encoding) for source in found.sources[:most]]


def shape_of(source: Source, names: Mapping[Path, str] = MappingProxyType({}), encoding: str | None = None) -> FileShape:
    """The shape of a file that holds no other, or of rows in Arrow batches. names: of files that messages call otherwise;
    encoding: of text, where somebody has said it.
    """
    if isinstance(source, ArrowSource):
        return arrow_shape(source)
    try:
        shape = _shape(source, _first_bytes(source), encoding)
    except InputError as error:
        raise error if source not in names else InputError(_renamed(error, source.name, names[source])) from None
    if not shape.columns:
        raise InputError.of(shape.file, "it names no columns", f"Its first line has to name them, such as {HEADER_EXAMPLE}")
    return replace(shape, file=names[source]) if source in names else shape


def _renamed(error: InputError, name: str, known_as: str) -> list[Problem]:
    return [replace(problem, where=known_as) if problem.where == name else problem for problem in error.problems]


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


def _shape(path: Path, head: bytes, encoding: str | None) -> FileShape:
    if head.startswith(b"PAR1"):
        return parquet_shape(path)
    if path.suffix.lower() in {".parquet", ".pq"}:
        fix = "Export it again, or name it after what it is (.csv, .jsonl)"
        raise InputError.of(path.name, "its name says Parquet, but it is not a Parquet file", fix)
    for start, what, fix in OTHER_FORMATS:
        if head.startswith(start):
            raise InputError.of(path.name, f"the file is {what}, which is not read", fix)
    text = text_head(path, head, encoding)
    first = text.text.lstrip()[:1]
    if not first:
        raise InputError.of(path.name, "the file is empty but for blank lines", "Export the usage again")
    shape = _reader(path, first, text)(path, text)
    return replace(shape, encoding=text.encoding, encodings=text.readings, compressed=text.compressed)


def _reader(path: Path, first: str, head: TextHead) -> Callable[[Path, TextHead], FileShape]:
    """What reads a text file that begins with this letter: the name decides where JSON lines begin with something else."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    lines_named = suffixes[-1:] in ([".jsonl"], [".ndjson"])
    if first == "[" and not (lines_named and is_first_of_several(head.text)):
        return json_array_shape
    return json_lines_shape if first == "{" or lines_named or suffixes[-1:] == [".json"] else csv_shape

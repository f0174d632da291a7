"""The files that a usage lies in: named one by one, by a pattern or by their folder; and each looked at."""

from __future__ import annotations

import glob
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from commet_core.errors import InputError, Problem
from commet_core.ingest.arrow_source import ArrowSource
from commet_core.ingest.csv_records import open_bytes
from commet_core.ingest.file_shape import FileShape
from commet_core.ingest.inspection import inspect
from commet_core.ingest.text_encoding import UTF8, encoding_of

HEAD_BYTES: Final = 1 << 14
NOT_USAGE: Final = (".crc", ".md5", ".sha256", ".json.meta")


def listed(paths: Sequence[Path | str | ArrowSource]) -> list[Path | ArrowSource]:
    """Each path, or the files that a pattern (`usage-*.csv`) or a folder stands for, in the order of their names.

    Of a folder every file below it, but for hidden ones and those that begin with `_`. Raises InputError with every pattern
    and folder that holds none.
    """
    found: list[Path | ArrowSource] = []
    problems: list[Problem] = []
    for path in paths:
        if isinstance(path, ArrowSource):
            found.append(path)
            continue
        files = _files(Path(path))
        found.extend(files)
        if not files:
            what = "the folder holds no files" if Path(path).is_dir() else "no file is like this"
            problems.append(Problem(str(path), what, "Check the path and the spelling of the name"))
    if problems:
        raise InputError(problems)
    return found


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        below = sorted(file for file in path.rglob("*") if file.is_file())
        return [file for file in below if not _is_hidden(file.relative_to(path))]
    if not path.exists() and glob.has_magic(str(path)):
        return sorted(Path(file) for file in glob.glob(str(path), recursive=True) if Path(file).is_file())  # noqa: PTH207
    return [path]


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts) or path.name.endswith(NOT_USAGE)


@dataclass
class Inspector:
    """Looks at files one after the other; one that begins as the one before is not looked at closely again."""

    _last: FileShape | None = None
    _mark: object = None

    def inspect(self, path: Path | ArrowSource) -> tuple[FileShape, bool]:
        """A file's shape, and whether it is the one of the file before. Raises InputError."""
        if isinstance(path, ArrowSource):
            self._last = None
            return inspect(path), False
        mark = _mark(path)
        if self._last is not None and mark is not None and mark == self._mark:
            shape = replace(self._last, path=path, file=path.name, rows=_rows(path, self._last), preview=())
            return shape, True
        self._last, self._mark = inspect(path), mark
        return self._last, False


def _mark(path: Path) -> object:
    """What files have in common that are read alike; None for one that has to be looked at."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            return "parquet", pq.read_metadata(path).schema.to_arrow_schema()
        with open_bytes(path) as file:
            head = file.read(HEAD_BYTES)
    except (OSError, EOFError, zlib.error, pa.ArrowException):
        return None
    line, end, _ = head.partition(b"\n")
    if not end or line.startswith((b"{", b"[")) or encoding_of(head) != UTF8:
        return None
    return "text", path.suffixes, start[:2] == b"\x1f\x8b", line


def _rows(path: Path, alike: FileShape) -> int:
    """The number of rows, or a guess from the size of a file that is alike."""
    if alike.format == "parquet":
        return int(pq.read_metadata(path).num_rows)
    return max(1, alike.rows * path.stat().st_size // max(1, alike.path.stat().st_size))

"""The files that a usage lies in: named one by one, by a pattern or by their folder; and each looked at."""

from __future__ import annotations

import glob
import os
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.paths import check_file, name_problem
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.reading.csv_records import open_bytes
from commet_core.usage.ingest.reading.folders import files_below, files_like
from commet_core.usage.ingest.recognise.file_shape import FileShape
from commet_core.usage.ingest.recognise.inspection import shape_of
from commet_core.usage.ingest.recognise.text_encoding import UTF8, unicode_of

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

HEAD_BYTES: Final = 1 << 14


@dataclass(frozen=True)
class Listed:
    """sources: what is read; without_rows: files of folders and patterns that hold no rows, which nobody named."""

    sources: list[Path | ArrowSource]
    without_rows: list[Path]

    @property
    def bytes(self) -> int:
        """How large the files are together."""
        return sum(source.stat().st_size for source in self.sources if isinstance(source, Path) and source.is_file())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the report says of the files without rows."""
        if not self.without_rows:
            return ()
        first, *others = self.without_rows
        which = f"{first.name} has" if not others else f"{first.name} and {len(others):,} more have"
        return (f"{which} no rows",)


def listed(paths: Sequence[Path | str | ArrowSource]) -> Listed:
    """Each path, or the files that a pattern (`usage-*.csv`) or a folder stands for, in the order of their names.

    Of a folder every file below it, but for hidden ones and those that begin with `_`. Raises InputError with every pattern
    and folder that holds none with rows, and with every file that would be read twice.
    """
    found: list[Path | ArrowSource] = []
    without_rows: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        if isinstance(path, ArrowSource):
            found.append(path)
            continue
        files, empty, closed = _files(Path(path))
        found.extend(files)
        without_rows.extend(empty)
        problems.extend(closed)
        if not files and not closed:
            problems.append(_nothing(Path(path), empty))
    problems += _read_twice(found)
    if problems:
        raise InputError(problems)
    return Listed(found, without_rows)


def _files(path: Path) -> tuple[list[Path], list[Path], list[Problem]]:
    """The files that are read, those without rows, and what cannot be looked at."""
    if (problem := name_problem(path)) is not None:
        return [], [], [problem]
    if os.path.isdir(path):  # noqa: PTH112  (it raises nothing)
        below, problems = files_below(path)
        return *_with_rows(below), problems
    if not os.path.lexists(path) and glob.has_magic(str(path)):
        found, problems = files_like(str(path))
        return *_with_rows(found), problems
    return [path], [], []


def _with_rows(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Exports of every hour or task have files for those in which nothing happened."""
    empty = [file for file in files if _has_no_rows(file)]
    return [file for file in files if file not in set(empty)], empty


def _has_no_rows(path: Path) -> bool:
    """Whether there is nothing in a file, or a header alone; one that cannot be read is not taken for that."""
    try:
        with path.open("rb") as file:
            if file.read(4) == b"PAR1":
                return int(_metadata(path).num_rows) == 0
        if path.stat().st_size > HEAD_BYTES:
            return False
        with open_bytes(path) as file:
            lines = [line for line in file.read(HEAD_BYTES).splitlines() if line.strip(b" \t\xef\xbb\xbf")]
        return not lines or (len(lines) == 1 and lines[0][:1] not in (b"{", b"[") and not shape_of(path).preview)
    except (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeError, InputError):
        return False


def _nothing(path: Path, empty: Sequence[Path]) -> Problem:
    if empty:
        which = "the only file in it has" if len(empty) == 1 else f"all {len(empty):,} files in it have"
        return Problem(str(path), f"{which} no rows", "Export the usage again")
    what = "the folder holds no files" if path.is_dir() else "no file is like this"
    return Problem(str(path), what, "Check the path and the spelling of the name")


def _read_twice(found: Sequence[Path | ArrowSource]) -> list[Problem]:
    often = Counter(Path(os.path.realpath(path)) for path in found if isinstance(path, Path))
    what, fix = "the file is named more than once, and its rows would count each time", "Name each file once"
    return [Problem(str(path), what, fix) for path, count in often.items() if count > 1]


@dataclass
class Inspector:
    """Looks at files one after the other; one that begins as the one before is not looked at closely again.

    names: of files that messages call otherwise; encoding: of text, where somebody has said it
    """

    names: Mapping[Path, str] = field(default_factory=dict)
    encoding: str | None = None
    _last: FileShape | None = None
    _mark: object = None

    def inspect(self, path: Path | ArrowSource) -> tuple[FileShape, bool]:
        """A file's shape, and whether it is the one of the file before. Raises InputError."""
        if isinstance(path, ArrowSource):
            self._last = None
            return shape_of(path), False
        mark = _mark(path)
        if self._last is not None and mark is not None and mark == self._mark:
            shape = replace(
                self._last, path=path, file=self.names.get(path, path.name), rows=_rows(path, self._last), preview=()
            )
            return shape, True
        self._last = shape_of(path, self.names, self.encoding)
        self._mark = mark if not self._last.above else None  # titles may differ in number where the first line is the same
        return self._last, False


def _mark(path: Path) -> object:
    """What files have in common that are read alike; None for one that has to be looked at."""
    try:
        check_file(path)
        with path.open("rb") as file:
            start = file.read(4)
        if start == b"PAR1":
            return "parquet", _metadata(path).schema.to_arrow_schema()
        with open_bytes(path) as file:
            head = file.read(HEAD_BYTES)
    except (InputError, OSError, EOFError, zlib.error, pa.ArrowException, UnicodeError):
        return None
    line, end, _ = head.partition(b"\n")
    if not end or line.startswith((b"{", b"[")) or unicode_of(head) != UTF8:
        return None
    return "text", path.suffixes, start[:2] == b"\x1f\x8b", line


def _rows(path: Path, alike: FileShape) -> int:
    """The number of rows, or a guess from the size of a file that is alike."""
    if alike.format == "parquet":
        return int(_metadata(path).num_rows)
    return max(1, alike.rows * path.stat().st_size // max(1, alike.path.stat().st_size))


def _metadata(path: Path) -> FileMetaData:
    """What stands at the end of a Parquet file. Raises as Arrow does."""
    from pyarrow.parquet import read_metadata  # noqa: PLC0415  # dear to who reads none

    return read_metadata(path)

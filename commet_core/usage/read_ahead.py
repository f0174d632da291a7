"""Parquet files decoded in a thread before anybody asks for their rows.

Arrow gives up Python's lock while it decodes: meanwhile a command imports what it needs to understand the file and to replay it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Thread
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from commet_core.foundation.memory import usual_memory_limit

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, ParquetFile

COLUMNS_MAX: Final = 8
"""Of a file with more columns most are not read; with so few it is not worth waiting until it is known which they are."""

SHARE: Final = 8
BYTES_MAX: Final = 320 << 20
"""What is decoded ahead takes one part in so many of the memory at most, and no more than so many bytes."""

DICTIONARY_BYTES_PER_ROW_MAX: Final = 6
"""A column with fewer bytes a row keeps its texts in a dictionary; one with more would have to be coded row by row."""


@contextmanager
def reading_ahead(paths: Sequence[str], memory_limit: int | None = None) -> Iterator[None]:
    """Within it groups of rows of these files are decoded in their order, until they take a share of the memory."""
    ahead = _ReadAhead(paths, min(BYTES_MAX, (memory_limit or usual_memory_limit()) // SHARE))
    _AT_WORK.append(ahead)
    try:
        yield
    finally:
        _AT_WORK.remove(ahead)
        ahead.stop()


def is_ahead() -> bool:
    """Whether there are groups that were decoded and not asked for."""
    return any(ahead.has_groups for ahead in _AT_WORK)


def decoded_ahead(path: Path, metadata: FileMetaData, group: int) -> pa.Table | None:
    """A group of rows of a file, once, texts as dictionaries where the file has them so; None where it was not decoded."""
    taken = (ahead.take(path, metadata, group) for ahead in _AT_WORK)
    return next((table for table in taken if table is not None), None)


def opened_parquet(path: Path, **known: Any) -> ParquetFile:
    """Raises OSError, ArrowException or UnicodeError where it is damaged."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415  # dear to who reads none

    return ParquetFile(path, **known)


def is_in_dictionary(metadata: FileMetaData, place: int) -> bool:
    """Whether the texts of a column are kept once each, so that it is short."""
    if not metadata.num_row_groups:
        return False
    group = metadata.row_group(0)
    chunk = group.column(place)
    return bool(chunk.has_dictionary_page and chunk.total_uncompressed_size < DICTIONARY_BYTES_PER_ROW_MAX * group.num_rows)


class _ReadAhead:
    """The thread, and what it has decoded: by file and group a table, or None while it is at it."""

    def __init__(self, paths: Sequence[str], room: int) -> None:
        self._paths, self._room = [Path(path) for path in paths], room
        self._found: dict[tuple[Path, int], pa.Table | None] = {}
        self._asked_for: set[tuple[Path, int]] = set()
        self._metadata: dict[Path, FileMetaData] = {}
        self._changed = Condition()
        self._thread = Thread(target=self._decode, name="read ahead")
        self._thread.start()

    @property
    def has_groups(self) -> bool:
        return bool(self._found)

    def stop(self) -> None:
        """Ends with the group that is being decoded."""
        self._room = 0
        self._thread.join()

    def take(self, path: Path, metadata: FileMetaData, group: int) -> pa.Table | None:
        key = path, group
        with self._changed:
            self._asked_for.add(key)
            while key in self._found and self._found[key] is None and self._thread.is_alive():
                self._changed.wait(1.0)
            table = self._found.pop(key, None)
            return table if self._metadata.get(path) == metadata else None

    def _decode(self) -> None:
        for path in self._paths:
            try:
                self._decode_file(path)
            except (OSError, pa.ArrowException, UnicodeError):  # who reads the file says so
                with self._changed:
                    self._found = {key: table for key, table in self._found.items() if table is not None}
                    self._changed.notify_all()

    def _decode_file(self, path: Path) -> None:
        if not path.is_file():
            return
        with path.open("rb") as start:
            if start.read(4) != b"PAR1":
                return
        metadata = opened_parquet(path).metadata
        if metadata.num_columns > COLUMNS_MAX:
            return
        columns = [metadata.schema.column(place) for place in range(metadata.num_columns)]
        short = [column.path for place, column in enumerate(columns) if is_in_dictionary(metadata, place)]
        file = opened_parquet(path, metadata=metadata, read_dictionary=short)
        for group in range(metadata.num_row_groups):
            if self._room <= 0:
                return
            with self._changed:
                if (path, group) in self._asked_for:
                    continue
                self._metadata[path] = metadata
                self._found[path, group] = None
            table = file.read_row_group(group, use_threads=False)
            self._room -= table.nbytes
            with self._changed:
                self._found[path, group] = table
                self._changed.notify_all()


_AT_WORK: Final[list[_ReadAhead]] = []

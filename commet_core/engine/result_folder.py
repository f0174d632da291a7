"""The result folder of interfaces.md: a file for each table, which grows piece by piece, and a summary.

Each file has a thread that encodes, compresses and writes it, beside the replay of the pieces that come after: Arrow gives up
Python's lock for it. Texts stay the dictionaries that they are; to readers they are plain texts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Literal, Self

import pyarrow as pa
import pyarrow.parquet as pq

from commet_core.engine.outcome import Outcome
from commet_core.engine.tables import TABLES
from commet_core.foundation.durable import sync_file
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.whole_files import written_whole

Format = Literal["parquet", "csv"]

SUMMARY: Final = "summary.json"

VALUES_AT_ONCE: Final = 1 << 15
"""So many values of a column are encoded at a time: with as few as is usual, a seventh of the time goes between them."""

_REPEATED: Final = ("demanded", "served", "credits")
"""Columns of units that customers ask for again and again: kept once each, they take half the bytes and less time. To look for
the different values of other amounts costs more than it saves, and columns with one value are written fastest as they are.
"""

_COUNTED: Final = ("events", "served_events")
"""Columns of numbers that are small and all different: their differences take half the time and two fifths of the bytes."""

_SOUGHT: Final = ("customer_id",)
"""Columns by which readers skip parts of a file. Smallest and largest values of the others cost more than they save; every part
has all candidates.
"""


def whole_or_not_at_all(folder: Path) -> AbstractContextManager[Path]:
    """A new folder that takes the place of `folder`, or of an earlier result in it, when everything is written."""
    return written_whole(folder, SUMMARY, "an earlier result")


def write_summary(outcome: Outcome, folder: Path) -> None:
    text = json.dumps(outcome.summary, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", "utf-8")


def write_table(table: pa.Table, folder: Path, name: str, form: Format) -> None:
    """One table that is there whole, as a file of the folder."""
    file = (_CsvFile if form == "csv" else _ParquetFile)(folder / f"{name}.{form}")
    file.add(table)
    file.close()


class ResultTables:
    """The files of a result folder's tables. A context manager: at its end everything is written."""

    def __init__(self, folder: Path, form: Format) -> None:
        self._folder, self._form = folder, form
        self._files: dict[str, _Written] = {}
        self._stack = ExitStack()
        for name in (*TABLES, "rejects"):  # there even if nothing comes
            self._file(name)

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """More rows of each table, after those that came before."""
        for name, table in tables.items():
            self._file(name).add(table)

    def add_rejects(self, tables: Iterable[pa.Table]) -> None:
        for table in tables:
            self._file("rejects").add(table)

    def finish(self) -> None:
        """Nothing more comes of the tables that there are: their files reach the disk beside what is done next."""
        for file in self._files.values():
            file.finish()

    def _file(self, name: str) -> _Written:
        if name not in self._files:
            kind = _CsvFile if self._form == "csv" else _ParquetFile
            self._files[name] = self._stack.enter_context(_Written(kind(self._folder / f"{name}.{self._form}")))
        return self._files[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, where)


class _Written:
    """A file with a thread that writes it, a table at a time. What goes wrong there is raised where the next rows are added, or at the end."""

    def __init__(self, file: _ParquetFile | _CsvFile) -> None:
        self._file = file
        self._thread = ThreadPoolExecutor(1)
        self._pending: deque[Future[None]] = deque()
        self._is_finished = False

    def add(self, table: pa.Table) -> None:
        while self._pending:
            self._pending.popleft().result()
        self._pending.append(self._thread.submit(self._file.add, table))

    def finish(self) -> None:
        if not self._is_finished:
            self._pending.append(self._thread.submit(self._end))
        self._is_finished = True

    def _end(self) -> None:
        self._file.close()
        sync_file(self._file.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if error is None:
            self.finish()
        self._thread.shutdown(cancel_futures=error is not None)
        self._file.close()
        if error is None:
            for written in self._pending:
                written.result()


class _ParquetFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: pq.ParquetWriter | None = None

    def add(self, table: pa.Table) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                self.path,
                table.schema,
                use_dictionary=[field.name for field in table.schema if _is_repeated(field)] or False,
                column_encoding={name: "DELTA_BINARY_PACKED" for name in _COUNTED if name in table.column_names} or None,
                write_statistics=[name for name in _SOUGHT if name in table.column_names] or False,
                compression="lz4",
                write_batch_size=VALUES_AT_ONCE,
                store_schema=False,
            )
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def _is_repeated(field: pa.Field) -> bool:
    """Whether a column has few different values, of which each is kept once."""
    return bool(pa.types.is_dictionary(field.type) or pa.types.is_string(field.type) or field.name in _REPEATED)


class _CsvFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None

    def add(self, table: pa.Table) -> None:
        content = to_csv(table)
        if self._file is not None:
            content = content[content.index(b"\n") + 1 :]
        self._file = self._file or self.path.open("wb")
        self._file.write(content)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

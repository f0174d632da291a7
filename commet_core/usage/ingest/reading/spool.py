"""Usable rows of all files, as integers in input order, until they are grouped: in memory, or beyond a limit on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pyarrow as pa

from commet_core.usage.grouping import EventKeys, Rows
from commet_core.usage.ingest.reading.asked import NOTHING, Asking
from commet_core.usage.ingest.reading.names import Names, trimmed
from commet_core.usage.ingest.rejects.reasons import Reason
from commet_core.usage.level_marks import marked
from commet_core.usage.token_grouping import TokenChunks
from commet_core.usage.tokens import TokenRows
from commet_core.usage.usage import FEATURES_MAX, Usage, check_feature_count

if TYPE_CHECKING:
    from commet_core.catalog.request_prices import RequestPrices

EVENT_BYTES: Final = 18
"""Bytes of an event in `Usage`, without tokens."""
TOKEN_BYTES: Final = 42


class SpooledRows(NamedTuple):
    """Rows of one file. `keys` are there where the file has event ids, `tokens` where one of the rows has any."""

    file: int
    rows: Rows
    keys: EventKeys | None
    tokens: TokenRows | None


@dataclass
class Spool:
    """Collects rows; one thread at a time adds to it.

    folder         where rows go that are too many for memory
    memory_limit   bytes; None: everything is kept in memory
    asked          by the scenario, of the reading
    levels         the features whose values are levels
    customers, features, models   the texts that stand behind the codes of the rows
    """

    folder: Path
    memory_limit: int | None = None
    asked: Asking = NOTHING
    levels: frozenset[str] = frozenset()
    customers: Names = field(default_factory=Names)
    features: Names = field(default_factory=Names)
    models: Names = field(default_factory=Names)
    _chunks: list[SpooledRows] = field(default_factory=list)
    _bytes: int = 0
    _by_tokens: list[bool] = field(default_factory=list)
    _unpriced: list[int] = field(default_factory=list)

    @property
    def chunk_count(self) -> int:
        return len(self._chunks)

    def forget(self, chunk_count: int) -> None:
        """Leaves out what was added after so many chunks."""
        del self._chunks[chunk_count:]

    @property
    def chunks(self) -> Sequence[SpooledRows]:
        """What was added, in its order, with one code for each customer and feature, however many spaces are around it."""
        customers, features = _first_codes(self.customers), _first_codes(self.features)
        if customers is None and features is None:
            return self._chunks
        return [chunk._replace(rows=_recoded(chunk.rows, customers, features)) for chunk in self._chunks]

    def use(self, chunks: Sequence[SpooledRows]) -> None:
        """Takes these chunks for those that were added."""
        self._chunks = list(chunks)

    def rows_of(self, file: int) -> Iterator[Rows]:
        """The rows of one file, as they were added."""
        return (chunk.rows for chunk in self._chunks if chunk.file == file)

    @property
    def event_bytes(self) -> int:
        has_tokens = any(chunk.tokens is not None for chunk in self._chunks)
        return EVENT_BYTES + (TOKEN_BYTES if has_tokens else 0)

    def add(self, file: int, rows: Rows, keys: EventKeys | None = None, tokens: TokenRows | None = None) -> None:
        """Takes rows in, after all that came before. Raises InputError where there are too many features."""
        if len(self.features) > FEATURES_MAX:
            check_feature_count(len(self.features))
        self._bytes += sum(column.nbytes for column in (*rows, *(keys or ()), *(tokens or ())))
        chunk = SpooledRows(file, rows, keys, tokens)
        self._chunks.append(chunk if self.memory_limit is None or self._bytes <= self.memory_limit else self._on_disk(chunk))

    def unpriced(self, features: np.ndarray, tokens: TokenRows | None) -> np.ndarray | None:
        """uint8, one per row: why a request that is priced by its tokens has no price, as a `Reason`; None where all have one."""
        if tokens is None or (prices := self.asked.result().prices) is None:
            return None
        new_features = trimmed(self.features.texts(len(self._by_tokens))).to_pylist()
        self._by_tokens += [feature in prices.features for feature in new_features]
        new_models = trimmed(self.models.texts(len(self._unpriced))).to_pylist()
        self._unpriced += [_why_unpriced(prices, model) for model in new_models]
        reasons = np.array([*self._unpriced, 0], np.uint8)[tokens.models]  # NO_MODEL takes the last
        reasons[~np.array(self._by_tokens, bool)[features]] = 0
        return reasons if reasons.any() else None

    def group(self, file_count: int, **placement: Any) -> tuple[Usage, list[int]]:
        """The rows as `Usage`, and how many duplicates were left out of each file. placement: as `Usage.from_rows` takes it."""
        chunks = [chunk.rows for chunk in self._chunks]
        customers, features = trimmed(self.customers.texts()), self.feature_texts()
        keys = [chunk.keys for chunk in self._chunks]
        tokens = TokenChunks(trimmed(self.models.texts()), [chunk.tokens for chunk in self._chunks])
        usage, dropped = Usage.from_rows(chunks, customers, features, keys, tokens, **placement)
        duplicates = [0] * file_count
        for chunk, count in zip(self._chunks, dropped.tolist(), strict=True):
            duplicates[chunk.file] += count
        return usage, duplicates

    def feature_texts(self) -> pa.Array:
        """The text of each feature's code, of a level with its mark."""
        return marked(trimmed(self.features.texts()), self.levels)

    def _on_disk(self, chunk: SpooledRows) -> SpooledRows:
        path = self.folder / f"rows-{len(self._chunks)}"
        keys = None if chunk.keys is None else EventKeys(*_moved(path, "keys", chunk.keys))
        tokens = None if chunk.tokens is None else TokenRows(*_moved(path, "tokens", chunk.tokens))
        return chunk._replace(rows=Rows(*_moved(path, "rows", chunk.rows)), keys=keys, tokens=tokens)


def _first_codes(names: Names) -> np.ndarray | None:
    """For each code the first that stands for the same name; None where each name has one."""
    codes = np.asarray(trimmed(names.texts()).dictionary_encode().indices)
    _, first = np.unique(codes, return_index=True)
    return None if len(first) == len(codes) else first[codes]


def _recoded(rows: Rows, customers: np.ndarray | None, features: np.ndarray | None) -> Rows:
    own = rows.customers if customers is None else customers.astype(rows.customers.dtype)[rows.customers]
    used = rows.features if features is None else features.astype(rows.features.dtype)[rows.features]
    return rows._replace(customers=own, features=used)


def _why_unpriced(prices: RequestPrices, model: str) -> int:
    if prices.is_priced(model):
        return 0
    return Reason.MODEL_IN_DOLLARS if prices.is_known(model) else Reason.MODEL_UNKNOWN


def _moved(path: Path, part: str, columns: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """The columns as they lie in files, from where they are read when they are needed."""
    moved: list[np.ndarray] = []
    for index, column in enumerate(columns):
        file = path.with_name(f"{path.name}-{part}-{index}")
        column.tofile(file)
        moved.append(np.memmap(file, column.dtype, mode="r", shape=column.shape))
    return moved


def _reserve(file: int, size: int) -> None:
    """Makes the file so large. Raises OSError where the disk is full: a mapped file that finds no room ends the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.ftruncate(file, size)


def on_disk(folder: Path, memory: int) -> dict[str, Any]:
    """Where `Spool.group` puts a usage that is too large for so many bytes: into files, some customers at a time."""

    def allocate(name: str, count: int, kind: type[np.generic]) -> np.ndarray:
        path = folder / f"{name}.unfinished"
        with path.open("wb") as file:
            _reserve(file.fileno(), max(1, count * np.dtype(kind).itemsize))
        return np.memmap(path, kind, mode="r+", shape=(count,))

    return {"rows_per_part": max(1, memory // EVENT_BYTES), "allocate": allocate}

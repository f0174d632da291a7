"""What was computed from content, kept for every visitor while there is room: by bytes, what was not used longest goes first.

A key names the content (a digest, a study's source, a scenario), never a visitor: who brings the same content gets the same
answer, and nobody can come by another's without bringing it.
"""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import wraps
from mmap import mmap
from typing import Any, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import streamlit as st
from pydantic import BaseModel

from commet_core.engine.replay import Replay
from commet_core.usage.usage import Usage
from pages.shared.work import awaited

P = ParamSpec("P")
T = TypeVar("T")

KEPT_BYTES_MAX: Final = 2 << 30
KEPT_COUNT_MAX: Final = 64
FIGURES_BYTES_MAX: Final = 1 << 29
FIGURES_COUNT_MAX: Final = 512


class Kept:
    """Values by key, in order of use. Safe to use from several threads."""

    def __init__(self, bytes_max: int, count_max: int) -> None:
        self.bytes_max, self.count_max = bytes_max, count_max
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}
        self._held: dict[str, dict[int, int]] = {}
        self._mapped: dict[str, dict[int, int]] = {}
        self._newest = ""

    def get(self, key: str) -> Any | None:
        """The value, which counts as used now; None where there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values[key] = self._values.pop(key)
            return self._values[key]

    def put(self, key: str, value: Any, mapped: Any = None) -> None:
        """Keeps a value, and forgets others while they are too many or take up too much. The newest stays, however large.

        mapped: what of it lies on disk, and takes no memory in what rests on it either.
        """
        with self._lock:
            self._mapped[key] = memory_of(mapped)
            self._values.pop(key, None)
            self._values[key] = value
            for measured in {
                self._newest,
                key,
            } & self._values.keys():  # the one before has grown since, by what pages took from it
                self._held[measured] = memory_of(self._values[measured])
            self._newest = key
            while len(self._values) > self.count_max:
                self._forget(next(iter(self._values)))
            while self._bytes() > self.bytes_max and (unneeded := self._first_that_frees()) is not None:
                self._forget(unneeded)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()
            self._held.clear()
            self._mapped.clear()

    def __len__(self) -> int:
        return len(self._values)

    def _forget(self, key: str) -> None:
        del self._values[key], self._held[key], self._mapped[key]

    def _bytes(self) -> int:
        """What all values hold together, each array once."""
        sizes = {address: size for blocks in self._held.values() for address, size in blocks.items()}
        return sum(sizes[address] for address in sizes.keys() - self._on_disk())

    def _on_disk(self) -> set[int]:
        return {address for blocks in self._mapped.values() for address in blocks}

    def _first_that_frees(self) -> str | None:
        """The least used value without which less memory is held; not the newest."""
        on_disk = self._on_disk()
        holders = Counter(address for blocks in self._held.values() for address in blocks if address not in on_disk)
        older = [key for key in self._values if key != self._newest]
        return next((key for key in older if any(holders[address] == 1 for address in self._held[key])), None)


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """Usage and replays that this server keeps."""
    return Kept(KEPT_BYTES_MAX, KEPT_COUNT_MAX)


@st.cache_resource(show_spinner=False)
def kept_figures() -> Kept:
    """What pages have drawn from usage and replays."""
    return Kept(FIGURES_BYTES_MAX, FIGURES_COUNT_MAX)


def by_content(what: str = "") -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keeps what a function returns. Its arguments are usages, replays, documents, or plain values, and all that it depends on.

    what: where it may take long, says so in words, such as `Counting the usage`; the page shows that it goes on.
    """

    def of(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def remembered(*arguments: P.args, **named: P.kwargs) -> T:
            parts = (*map(_content, arguments), *(f"{name}={_content(value)}" for name, value in named.items()))
            key = "\0".join((function.__module__, function.__qualname__, *parts))
            return figure(key, lambda: function(*arguments, **named), what)

        return remembered

    return of


def figure(key: str, compute: Callable[[], T], what: str = "") -> T:
    """What pages show, kept under a key that names all that it depends on. what: as `by_content` takes it."""
    found: tuple[T] | None = kept_figures().get(key)
    if found is None:
        found = (awaited(key, lambda _tell: compute(), what) if what else compute(),)
        kept_figures().put(key, found)
    return found[0]


def _content(value: Any) -> str:
    """A text that is the same for the same content alone."""
    if isinstance(value, Replay):
        return _content_of_replay(value)
    if isinstance(value, Usage):
        return value.digest
    return value.model_dump_json() if isinstance(value, BaseModel) else repr(value)


_CONTENTS: WeakKeyDictionary[Replay, str] = WeakKeyDictionary()
"""What `_content_of_replay` said of replays that are there: a scenario may hold very many rows."""


def _content_of_replay(replayed: Replay) -> str:
    found = _CONTENTS.get(replayed)
    if found is None:
        scenario = hashlib.sha256(replayed.scenario.model_dump_json().encode()).hexdigest()
        found = _CONTENTS[replayed] = f"{replayed.usage.digest} {scenario}"
    return found


def memory_of(value: Any) -> dict[int, int]:
    """The arrays that a value holds in memory, in whatever it is made of: address → bytes. One that is there twice counts once."""
    return dict(_blocks(value, {}))


def _blocks(value: Any, seen: dict[int, Any]) -> Iterator[tuple[int, int]]:
    if id(value) in seen:
        return
    seen[id(value)] = value  # held, so that nothing else gets its id meanwhile
    if isinstance(value, np.ndarray):
        whole = value
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        if not isinstance(whole.base, mmap):
            yield whole.ctypes.data, whole.nbytes
    elif isinstance(value, bytes):
        yield id(value), len(value)
    elif isinstance(value, pa.Table | pa.RecordBatch):
        for column in value.columns:
            yield from _blocks(column, seen)
    elif isinstance(value, pa.ChunkedArray):
        for chunk in value.chunks:
            yield from _blocks(chunk, seen)
    elif isinstance(value, pa.Array):
        yield from ((buffer.address, buffer.size) for buffer in value.buffers() if buffer is not None)
        if isinstance(value, pa.DictionaryArray):
            yield from _blocks(value.dictionary, seen)
    else:
        for part in _parts(value):
            yield from _blocks(part, seen)


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()
    elif is_dataclass(value) and not isinstance(value, type) and hasattr(value, "__dict__"):  # slots alone hold no arrays
        yield from vars(value).values()

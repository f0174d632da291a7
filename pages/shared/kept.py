"""What was computed from content, kept for every visitor while there is room: by bytes, what was not used longest goes first.

A key names the content (a digest, a study's source, a scenario), never a visitor: who brings the same content gets the same
answer, and nobody can come by another's without bringing it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import is_dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import streamlit as st

KEPT_BYTES_MAX: Final = 2 << 30


class Kept:
    """Values by key, in order of use. Safe to use from several threads."""

    def __init__(self, bytes_max: int = KEPT_BYTES_MAX) -> None:
        self.bytes_max = bytes_max
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        """The value, which counts as used now; None where there is none."""
        with self._lock:
            if key not in self._values:
                return None
            self._values[key] = self._values.pop(key)
            return self._values[key]

    def put(self, key: str, value: Any) -> None:
        """Keeps a value, and forgets others while they take up too much. The newest stays, however large."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            held = {key: memory_of(value) for key, value in self._values.items()}
            while _bytes(held) > self.bytes_max and (unneeded := _first_that_frees(held)) is not None:
                del self._values[unneeded], held[unneeded]

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """What this server keeps."""
    return Kept()


def memory_of(value: Any) -> dict[int, int]:
    """The arrays that a value holds, in whatever it is made of: address → bytes. One that it holds twice counts once."""
    return dict(_blocks(value, {}))


def _blocks(value: Any, seen: dict[int, Any]) -> Iterator[tuple[int, int]]:
    if id(value) in seen:
        return
    seen[id(value)] = value  # held, so that nothing else gets its id meanwhile
    if isinstance(value, np.ndarray):
        whole = value
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        yield whole.ctypes.data, whole.nbytes
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
    elif is_dataclass(value) and not isinstance(value, type):
        yield from vars(value).values()


def _bytes(held: dict[str, dict[int, int]]) -> int:
    return sum({address: size for blocks in held.values() for address, size in blocks.items()}.values())


def _first_that_frees(held: dict[str, dict[int, int]]) -> str | None:
    """The least used value without which less memory is held; not the newest."""
    for key in list(held)[:-1]:
        others = {address for other, blocks in held.items() if other != key for address in blocks}
        if held[key].keys() - others:
            return key
    return None

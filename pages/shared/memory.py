"""What memory values hold: the arrays in whatever they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from datetime import date, datetime
from mmap import mmap
from typing import Any, Final

import numpy as np
import pyarrow as pa

_HOLDS_NO_ARRAY: Final = frozenset({type(None), bool, int, float, str, date, datetime})


def memory_of(value: Any) -> dict[int, int]:
    """The arrays that a value holds in memory, in whatever it is made of: address → bytes. One that is there twice counts once."""
    blocks: dict[int, int] = {}
    seen: dict[int, Any] = {}  # the values themselves, so that nothing else gets an id of theirs meanwhile
    ahead = [value]
    while ahead:
        part = ahead.pop()
        if type(part) in _HOLDS_NO_ARRAY or id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, np.ndarray | bytes | pa.Array):
            blocks.update(_blocks(part))
        ahead.extend(_parts(part))
    return blocks


def _blocks(value: np.ndarray | bytes | pa.Array) -> Iterator[tuple[int, int]]:
    """Address and bytes of each."""
    if isinstance(value, np.ndarray):
        whole = value
        while isinstance(whole.base, np.ndarray):
            whole = whole.base
        if not isinstance(whole.base, mmap):
            yield whole.ctypes.data, whole.nbytes
    elif isinstance(value, bytes):
        yield id(value), len(value)
    else:
        yield from ((buffer.address, buffer.size) for buffer in value.buffers() if buffer is not None)


def _parts(value: Any) -> Iterable[Any]:
    """What else it is made of. Copies, made at once: other pages may be adding to the value."""
    if isinstance(value, tuple | list):
        return tuple(value)
    if isinstance(value, dict):
        return value.copy().values()
    if isinstance(value, pa.Table | pa.RecordBatch):
        return value.columns
    if isinstance(value, pa.ChunkedArray):
        return value.chunks
    if isinstance(value, pa.DictionaryArray):
        return (value.dictionary,)
    if is_dataclass(type(value)) and hasattr(value, "__dict__"):  # slots alone hold no arrays
        return vars(value).copy().values()
    return ()

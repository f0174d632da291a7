"""What the machine code of a kernel follows from, so that code on disk is not taken for a kernel that has changed since.

numba looks at the file of a kernel alone. Steps, other kernels, constants and the fields of records that it uses stand in other
files: after an update its machine code would go on with what they were, without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from types import CodeType
from typing import Any

import numpy as np

from commet_core.foundation.compiled import Kernel

_PLAIN = (bool, int, float, str, bytes, tuple, np.generic)


def stamp_of(function: Callable[..., Any]) -> str:
    """The same for the same instructions, with all that they refer to."""
    stamp = sha256()
    for part in _parts(function, set()):
        stamp.update(repr(part).encode())
    return stamp.hexdigest()


def _parts(function: Any, seen: set[int]) -> Iterator[object]:
    yield function.__qualname__
    if id(function) in seen:
        return
    seen.add(id(function))
    yield from _instructions(function.__code__)
    for name in sorted({*_names(function.__code__), *map(str, function.__annotations__.values())}):
        value = function.__globals__.get(name)
        if isinstance(value, Kernel):
            yield from _parts(value.py_func, seen)
        elif isinstance(value, _PLAIN):
            yield name, value
        elif isinstance(value, np.ndarray):
            yield name, value.dtype.str, value.shape, value.tobytes()
        elif hasattr(value, "_fields"):
            yield name, value._fields


def _instructions(code: CodeType) -> Iterator[object]:
    yield code.co_code, code.co_names, code.co_varnames, code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
        else:
            yield constant


def _names(code: CodeType) -> Iterator[str]:
    """Names that a function looks up, those in it too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)

"""How a process that does one thing and ends gets its memory from the system, where it is Linux with GNU's C library.

The system takes longer to hand out a page of memory, and to clear it, than most of what is done to a row: so what is freed serves
what follows, in whatever thread, and pages are large ones where the system has them.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Any, Final

_ARENAS, _APART, _GIVEN_BACK, _AT_ONCE = -8, -3, -1, -2
"""M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD of mallopt."""

_LARGE_PAGES: Final = 14
"""MADV_HUGEPAGE."""

PAGE_BYTES: Final = 1 << 21
ROOM_BYTES: Final = 1 << 30
"""Addresses that are taken at once: they cost nothing before something is written there."""


def keep_memory() -> None:
    """To be called before there are threads. Where the system has none of this, nothing happens."""
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None)
        for parameter, value in ((_ARENAS, 1), (_APART, 32 << 20), (_GIVEN_BACK, ROOM_BYTES)):
            libc.mallopt(parameter, value)
        _take_large_pages(libc)


def _take_large_pages(libc: Any) -> None:
    libc.sbrk.restype = libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    libc.mallopt(_AT_ONCE, ROOM_BYTES)
    first = -(-libc.sbrk(0) // PAGE_BYTES) * PAGE_BYTES
    libc.free(libc.malloc(ctypes.c_size_t(8 * PAGE_BYTES)))
    end = libc.sbrk(0)
    libc.mallopt(_AT_ONCE, PAGE_BYTES)
    if end > first:
        libc.madvise(first, end - first, _LARGE_PAGES)

"""How much memory a process takes, and how one that does one thing and ends gets it from Linux with GNU's C library.

The system takes longer to hand out a page of memory, and to clear it, than most of what is done to a row: so what is freed serves
what follows, in whatever thread. Large pages are not asked for: where a machine is shared they are dearer still.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from typing import Final

_ARENAS, _APART, _GIVEN_BACK = -8, -3, -1
"""M_ARENA_MAX, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD of mallopt."""

APART_BYTES: Final = 32 << 20
"""Blocks of so many bytes lie apart from others, and go back to the system when they are freed."""
NEVER: Final = 2**31 - 1
"""Bytes: so many are never free at the end of what is there."""


MEMORY_SHARE: Final = 4
MEMORY_UNKNOWN: Final = 16 << 30


def usual_memory_limit() -> int:
    """A quarter of the machine's memory, in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEMORY_SHARE
    except (AttributeError, ValueError, OSError):
        return MEMORY_UNKNOWN // MEMORY_SHARE


def keep_memory() -> None:
    """To be called before there are threads. Where the system has none of this, nothing happens."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in ((_ARENAS, 1), (_APART, APART_BYTES), (_GIVEN_BACK, NEVER)):
            mallopt(parameter, value)

"""Codes and names that nothing else has yet."""

from __future__ import annotations

import re
from collections.abc import Iterable


def free_code(name: str, taken: Iterable[str]) -> str:
    """A code made from a name, different from those taken: `Starter Pack` → starter_pack, starter_pack_2, …"""
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60] or "new"
    taken, number, code = set(taken), 1, stem
    while code in taken:
        number += 1
        code = f"{stem}_{number}"
    return code


def free_name(name: str, taken: Iterable[str]) -> str:
    """A name different from those taken: `Pro`, `Pro 2`, …"""
    taken, number, free = set(taken), 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free

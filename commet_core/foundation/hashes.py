"""Hashes from which all that is random is drawn: the same on every machine, in any order, for any number of threads."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled

SHARE_BITS: Final = 32


@compiled
def splitmix64(number):  # type: ignore[no-untyped-def]
    """A 64-bit hash of a 64-bit number."""
    mixed = number + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@compiled
def within_share(hashes, salt, share_micros):  # type: ignore[no-untyped-def]
    """bool, one per hash (uint64): whether it is in a share of all, given in millionths. Nested: who is in 10 % is in 20 %."""
    found = np.empty(len(hashes), np.bool_)
    for place in range(len(hashes)):
        drawn = np.int64(splitmix64(hashes[place] ^ np.uint64(salt)) >> np.uint64(64 - SHARE_BITS))
        found[place] = drawn * 1_000_000 < share_micros << SHARE_BITS
    return found

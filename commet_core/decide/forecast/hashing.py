"""Chance by hash: numbers that depend on a key alone, so that a path is the same alone and among a thousand (decisions.md 3.6)."""

from __future__ import annotations

from typing import Final

import numpy as np

from commet_core.foundation.compiled import compiled
from commet_core.foundation.hashes import splitmix64

ACTIVE: Final = 1
LEAVES: Final = 2
SLOPE: Final = 3
BLOCK: Final = 4
EVENT: Final = 5
DONOR: Final = 6
DAY_OF_MONTH: Final = 7
COUNT: Final = 8
LEVEL: Final = 9
TREND: Final = 10
GROWTH: Final = 11
CANCEL: Final = 12
"""What a key is asked for: each has a stream of its own."""

POISSON_BY_STEPS_MAX: Final = 500.0


@compiled
def child(key, kind, number):  # type: ignore[no-untyped-def]
    """A key of its own for the number-th thing of a kind: uint64."""
    salted = np.uint64(key) ^ splitmix64(np.uint64(kind) * np.uint64(0xD1B54A32D192ED03))
    return splitmix64(salted + np.uint64(number) * np.uint64(0x9E3779B97F4A7C15))


@compiled
def uniform(key):  # type: ignore[no-untyped-def]
    """A number between 0 and 1, both left out."""
    return (np.float64(np.uint64(key) >> np.uint64(11)) + 0.5) * 2.0**-53


@compiled
def normal(key):  # type: ignore[no-untyped-def]
    """A standard normal number: the cosine of Box and Muller's pair."""
    radius = np.sqrt(-2.0 * np.log(uniform(key)))
    return radius * np.cos(2.0 * np.pi * uniform(splitmix64(np.uint64(key))))


@compiled
def poisson(key, mean):  # type: ignore[no-untyped-def]
    """A Poisson number: the first whose cumulative chance exceeds a uniform one; of a large mean the rounded normal."""
    if mean <= 0.0:
        return 0
    if mean > POISSON_BY_STEPS_MAX:
        return max(0, int(np.floor(mean + np.sqrt(mean) * normal(key) + 0.5)))
    left = uniform(key)
    number, chance = 0, np.exp(-mean)
    while left >= chance and number < 10_000:
        left -= chance
        number += 1
        chance *= mean / number
    return number


def key_of(key: int | np.uint64, kind: int, number: int | np.uint64) -> np.uint64:
    """`child`, asked for outside of machine code."""
    return np.uint64(child(np.uint64(key), kind, number))

"""Repeatable draws: random numbers that are a function of what they are drawn for, and tables to read them through.

A draw depends on a chain of whole numbers alone (seed, customer, day, place in the day). So customers and days can be
drawn in any order, and one more of them changes none of the others. What a draw becomes is looked up in a table of
quantiles that is rounded far above the last digit, where the logarithm and the exponential of two machines may differ:
the same arguments give the same events everywhere.
"""

from __future__ import annotations

import hashlib
import math
from functools import cache
from statistics import NormalDist

import numpy as np

TABLE_BITS = 16
TABLE_SIZE = 2**TABLE_BITS
"""Entries of a table of quantiles: entry k stands for the share (k + 1/2) / TABLE_SIZE."""

TABLE_DECIMALS = 9
_STEP = np.uint64(0x9E3779B97F4A7C15)


def root_key(*words: object) -> np.ndarray:
    """The key that every draw of a generator descends from: uint64, shape (1,)."""
    text = "\0".join(str(word) for word in words).encode()
    return np.frombuffer(hashlib.blake2b(text, digest_size=8).digest(), "<u8").astype(np.uint64)


def child_keys(parents: np.ndarray, numbers: np.ndarray | int) -> np.ndarray:
    """One uint64 key for each pair of a parent key and a number ≥ 0 (broadcast): the output of SplitMix64 at that number."""
    keys = np.atleast_1d(np.asarray(numbers)).astype(np.uint64)
    keys = (keys + np.uint64(1)) * _STEP + parents
    keys ^= keys >> np.uint64(30)
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    keys ^= keys >> np.uint64(27)
    keys *= np.uint64(0x94D049BB133111EB)
    keys ^= keys >> np.uint64(31)
    return keys


def shares(keys: np.ndarray) -> np.ndarray:
    """The keys as float64, even over [0, 1)."""
    return (keys >> np.uint64(11)) * 2.0**-53


def table_places(keys: np.ndarray, part: int) -> np.ndarray:
    """Places in a table of quantiles, int64. A key has four independent parts, 0 to 3."""
    return ((keys >> np.uint64(TABLE_BITS * part)) & np.uint64(TABLE_SIZE - 1)).astype(np.int64)


def steady(numbers: np.ndarray) -> np.ndarray:
    """The numbers rounded to TABLE_DECIMALS, so that the last digits of a machine's arithmetic do not show."""
    return np.round(numbers, TABLE_DECIMALS)


def middle_shares() -> np.ndarray:
    """The share that each entry of a table stands for, float64, ascending."""
    return (np.arange(TABLE_SIZE) + 0.5) / TABLE_SIZE


@cache
def normal_quantiles() -> np.ndarray:
    """Quantiles of the standard normal distribution, float64."""
    upper = np.array([NormalDist().inv_cdf(share) for share in middle_shares()[TABLE_SIZE // 2 :].tolist()])
    return steady(np.concatenate([-upper[::-1], upper]))


@cache
def log_normal_quantiles(spread: float) -> np.ndarray:
    """Quantiles of a log-normal distribution of mean 1; `spread` is the standard deviation of the logarithm."""
    return with_mean_one(np.exp(spread * normal_quantiles()))


@cache
def waiting_quantiles() -> np.ndarray:
    """Quantiles of an exponential distribution of mean 1: how long one waits for what may happen at any time."""
    return with_mean_one(-np.log1p(-middle_shares()))


def with_mean_one(quantiles: np.ndarray) -> np.ndarray:
    return steady(quantiles / (math.fsum(quantiles) / TABLE_SIZE))

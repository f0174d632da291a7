"""Draws: resamplings of customers (decisions.md 1.1). All that is random is a hash of (seed, customer, draw).

A customer's weight in a draw is a Poisson(1) number, the same for every candidate. Sums are of whole numbers, so that any
order of customers and any number of threads give the same digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, factorial
from typing import Final, NamedTuple

import numpy as np

from commet_core.decide.tails import Tail
from commet_core.foundation.compiled import compiled
from commet_core.foundation.hashes import splitmix64
from commet_core.foundation.parallel import worker_count, worker_pool
from commet_core.foundation.sums import sum_by_index

DRAWS: Final = 2000
SINGLES_MAX: Final = 10_000
"""With more customers, those in no candidate's tail are drawn in groups (decisions.md 1.1, step 7)."""

GROUPS: Final = 8192

_POISSON_MAX: Final = 20
_POISSON: Final = np.array(
    [min(2**64 - 1, int(sum(exp(-1) / factorial(k) for k in range(n + 1)) * 2**64)) for n in range(_POISSON_MAX)], np.uint64
)
"""2**64 × the chance of a Poisson(1) number up to n: the number is the first entry above a uniform 64-bit one."""

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)


class Units(NamedTuple):
    """What is drawn: customers, or groups of those who are in no tail; one entry per unit.

    hashes       uint64: of (seed, customer), or of the group's number
    sizes        int64: customers in it
    amounts      int64, candidates × units: minor units billed (or earned), summed over the unit
    """

    hashes: np.ndarray
    sizes: np.ndarray
    amounts: np.ndarray


class Drawn(NamedTuple):
    """What came of the draws: int64.

    weights    one per draw: Σw over the customers
    totals     candidates × draws: Σw × amount, without a fitted tail
    tails      pairs × draws: what the fitted tails add to the pair's Σw × difference
    """

    weights: np.ndarray
    totals: np.ndarray
    tails: np.ndarray


def units_of(hashes: np.ndarray, amounts: np.ndarray, tails: Sequence[Tail]) -> tuple[Units, np.ndarray]:
    """The units to draw, and int64 the unit of each customer (that of a tail's customers is theirs alone)."""
    customers = len(hashes)
    if customers <= SINGLES_MAX:
        return Units(hashes, np.ones(customers, np.int64), amounts), np.arange(customers)
    single = np.zeros(customers, bool)
    for tail in tails:
        single[tail.members] = True
    group = (hashes % np.uint64(GROUPS)).astype(np.int64)
    unit = np.where(single, GROUPS + np.cumsum(single) - 1, group)
    count = GROUPS + int(single.sum())
    sizes = np.bincount(unit, minlength=count)
    sums = np.stack([sum_by_index(unit, own, count) for own in amounts])
    unit_hashes = np.empty(count, np.uint64)
    unit_hashes[:GROUPS] = np.arange(GROUPS, dtype=np.uint64) * GOLDEN
    unit_hashes[GROUPS:] = hashes[single]
    return Units(unit_hashes, sizes, sums), unit


def drawn(units: Units, unit_of: np.ndarray, tails: Sequence[Tail], draws: int = DRAWS) -> Drawn:
    """Weighs every unit in every draw, and lets the customers of each pair's tail pay what the fitted tail says."""
    members = np.concatenate([tail.members for tail in tails] or [np.empty(0, np.int64)]).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum([len(tail.members) for tail in tails])]).astype(np.int64)
    terms = np.concatenate([tail.terms() for tail in tails] or [np.empty((0, 7))])
    places = unit_of[members]
    weights, totals = np.empty(draws, np.int64), np.empty((len(units.amounts), draws), np.int64)
    added = np.empty((len(tails), draws), np.int64)

    def draw(bounds: tuple[int, int]) -> None:
        _draw(*bounds, units, places, offsets, terms, _POISSON, weights, totals, added)

    edges = np.linspace(0, draws, worker_count() + 1).astype(int)
    with worker_pool() as pool:
        list(pool.map(draw, zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)))
    return Drawn(weights, totals, added)


@compiled
def _weigh(hashes, salt, table, uniforms, weights):  # type: ignore[no-untyped-def]
    """The Poisson number of every unit in a draw: how many entries of the table its uniform number reaches.

    Entry by entry for all units, without a branch, so that the processor compares several at a time.
    """
    for unit in range(len(hashes)):
        uniforms[unit] = splitmix64(hashes[unit] ^ salt)
        weights[unit] = 0
    for chance in table:
        reached = np.int64(0)
        for unit in range(len(hashes)):
            more = np.int64(uniforms[unit] >= chance)
            weights[unit] += more
            reached += more
        if reached == 0:
            break


@compiled
def _draw(first, last, units, places, offsets, terms, table, weights, totals, added):  # type: ignore[no-untyped-def]
    """The draws first … last − 1. terms: per member of a tail: value, median, sign, threshold, scale, shape, limit."""
    unit_weights, uniforms = np.empty(len(units.hashes), np.int64), np.empty(len(units.hashes), np.uint64)
    for draw in range(first, last):
        salt = splitmix64(np.uint64(draw))
        _weigh(units.hashes, salt, table, uniforms, unit_weights)
        weight = 0
        for unit in range(len(units.hashes)):
            weight += unit_weights[unit] * units.sizes[unit]
        weights[draw] = weight
        for candidate in range(len(units.amounts)):
            total = 0
            for unit in range(len(units.hashes)):
                total += unit_weights[unit] * units.amounts[candidate, unit]
            totals[candidate, draw] = total
        for pair in range(len(offsets) - 1):
            more = 0
            for member in range(offsets[pair], offsets[pair + 1]):
                unit = places[member]
                if unit_weights[unit] > 0:
                    hashed = splitmix64(units.hashes[unit] ^ salt ^ np.uint64(0xD1B54A32D192ED03))
                    uniform = (np.float64(hashed >> np.uint64(11)) + 0.5) * 2.0**-53
                    value, median, sign, threshold, scale, shape, limit = terms[member]
                    fitted = min(threshold + scale / shape * (uniform**-shape - 1.0), limit)
                    more += unit_weights[unit] * (np.int64(np.floor(median + sign * fitted + 0.5)) - np.int64(value))
            added[pair, draw] = more

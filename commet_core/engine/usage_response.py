"""Usage as it answers to its price (decisions.md 4.2): each customer's events kept, repeated or scaled by one factor.

A factor below 1 keeps an event where hash(seed, customer, event) lies below it: what is kept at a smaller factor is kept at a larger.
Above 1 events are repeated at the same time. Totals are scaled, whole where all values of the customer's feature are. A customer's
first event stays, with nothing used in place of what is not kept, so that the subscription starts when it did.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

import numpy as np

from commet_core.engine.run import Run
from commet_core.foundation.compiled import compiled
from commet_core.foundation.errors import InputError
from commet_core.foundation.hashes import SHARE_BITS, splitmix64
from commet_core.foundation.money import MICROS
from commet_core.usage.usage import Usage

FACTOR_MIN, FACTOR_MAX = 0.25, 4.0
EVENT_SALT: Final = 0xA24BAED4963EE407


def factors(run: Run, baseline: Run, elasticity: Decimal) -> tuple[np.ndarray, int]:
    """int64 millionths, one per customer of the timeline: r^ε within ¼ … 4, r the bill on the candidate ÷ on the baseline.

    Returns also how many customers have no bill on the baseline, and therefore a factor of 1.
    """
    billed, before = run.customer_billed, baseline.customer_billed
    known = (before > 0) & (billed >= 0)
    ratio = np.ones(len(billed))
    np.divide(billed, before, out=ratio, where=known)
    with np.errstate(divide="ignore"):
        answered = np.where(known, ratio ** float(elasticity), 1.0)
    return np.rint(np.clip(answered, FACTOR_MIN, FACTOR_MAX) * MICROS).astype(np.int64), int(np.count_nonzero(before <= 0))


def responding(usage: Usage, customers: np.ndarray, factor_micros: np.ndarray, hashes: np.ndarray, *, totals: bool) -> Usage:
    """The usage with the factors of some customers, given by their places. hashes: uint64, one per customer of the usage.

    Raises InputError where tokens of totals would have to be scaled.
    """
    every = np.full(usage.customer_count, MICROS, np.int64)
    every[customers] = factor_micros
    if np.all(every == MICROS):
        return usage
    if totals:
        if usage.tokens is not None:
            what = "totals of AI tokens cannot be scaled"
            raise InputError.of("assumptions.usage_response", what, "Leave it out, or give the requests one by one")
        values = _scaled(usage.offsets, usage.feature_indexes, usage.values, every, len(usage.features))
        return replace(usage, values=values, _derived=_hashes_of(usage))
    counts, empty = _kept(usage.offsets, every, hashes)
    offsets = np.concatenate([[0], np.cumsum(counts)])[usage.offsets]
    events = np.repeat(np.arange(usage.event_count), counts)
    values = np.where(empty[events], 0, usage.values[events])
    return _of_events(usage, offsets, events, values)


def without(usage: Usage, dropped: np.ndarray) -> Usage:
    """The usage without some events. dropped: bool, one per event."""
    kept = np.flatnonzero(~dropped)
    offsets = np.concatenate([[0], np.cumsum(~dropped)])[usage.offsets]
    return _of_events(usage, offsets, kept, usage.values[kept])


def _of_events(usage: Usage, offsets: np.ndarray, events: np.ndarray, values: np.ndarray) -> Usage:
    """A usage of these events of another, with other values."""
    return replace(
        usage,
        offsets=offsets,
        times=usage.times[events],
        feature_indexes=usage.feature_indexes[events],
        values=values,
        tokens=None if usage.tokens is None else usage.tokens.slice(events),
        _derived=_hashes_of(usage),
    )


def _hashes_of(usage: Usage) -> dict[object, object]:
    """What was derived of the customers alone."""
    return {key: value for key, value in list(usage._derived.items()) if isinstance(key, tuple) and key[0] == "hashes"}


@compiled
def _kept(offsets, factors, hashes):  # type: ignore[no-untyped-def]
    """How often each event is there, and which are there with nothing used."""
    counts = np.ones(offsets[-1], np.int64)
    empty = np.zeros(offsets[-1], np.bool_)
    for customer in range(len(factors)):
        whole, part = factors[customer] // 1_000_000, factors[customer] % 1_000_000
        if whole == 1 and part == 0:
            continue
        for event in range(offsets[customer], offsets[customer + 1]):
            place = splitmix64(np.uint64(event - offsets[customer]) ^ np.uint64(EVENT_SALT))
            drawn = np.int64(splitmix64(hashes[customer] ^ place) >> np.uint64(64 - SHARE_BITS))
            counts[event] = whole + (drawn * 1_000_000 < part << SHARE_BITS)
        first = offsets[customer]
        if first < offsets[customer + 1] and counts[first] == 0:
            counts[first], empty[first] = 1, True
    return counts, empty


@compiled
def _scaled(offsets, features, values, factors, feature_count):  # type: ignore[no-untyped-def]
    """Values × the customer's factor, rounded half up: to millionths, or to whole units where all of its feature's are whole."""
    scaled = values.copy()
    for customer in range(len(factors)):
        factor = factors[customer]
        if factor == 1_000_000:
            continue
        whole = np.ones(feature_count, np.bool_)
        for event in range(offsets[customer], offsets[customer + 1]):
            if values[event] % 1_000_000:
                whole[features[event]] = False
        for event in range(offsets[customer], offsets[customer + 1]):
            value = values[event]
            micros = value // 1_000_000 * factor + (value % 1_000_000 * factor + 500_000) // 1_000_000
            scaled[event] = (micros + 500_000) // 1_000_000 * 1_000_000 if whole[features[event]] else micros
    return scaled

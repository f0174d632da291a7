"""Distributions over customers: bins that people can read, the same for every candidate; counts in whole customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
import pyarrow as pa

from commet_core.engine.monthly_costs import monthly_costs
from commet_core.engine.price_changes import customer_changes
from commet_core.engine.replay import Replay
from commet_core.engine.run import Run
from commet_core.foundation.arrow import amount_type, decimals
from commet_core.foundation.money import MICROS, minor_decimals
from commet_core.foundation.vocabulary import PRICE_CHANGES, PriceChange
from commet_core.reports.compare.behind import customer_ids
from commet_core.reports.compare.differences import difference_of

Of = TypeVar("Of")

LINEAR_RATIO_MAX = 20
"""Amounts that lie within this factor of each other are cut into bins of equal width, others into ever wider ones."""

BINS_ABOUT = 14
FINE_RATIO_MAX = 500
SMALL_RATIO = 1000
"""What is less than a thousandth of the largest amount shares one bin."""

OUTLIERS_PART = 100
"""Bins at an end that together hold at most one customer in so many, over all candidates, become one."""

COARSE_STEPS = (Decimal(1), Decimal(2), Decimal(5))
FINE_STEPS = (Decimal(1), Decimal("1.5"), Decimal(2), Decimal(3), Decimal(5), Decimal(7))


@dataclass(frozen=True)
class Bin:
    """Amounts from `low` up to `high`, in the currency's unit; the edge that is nearer to zero is in, zero itself is not.

    0 to 0: exactly nothing. gathered: outliers, all that lie beyond the edge that is nearer to zero.
    """

    low: Decimal
    high: Decimal
    gathered: bool = False


@dataclass(frozen=True)
class Histogram(Generic[Of]):
    """Customers per bin, for each candidate: `counts[name][place]` belongs to `bins[place]`."""

    bins: tuple[Bin, ...]
    counts: Mapping[Of, tuple[int, ...]]


@dataclass(frozen=True)
class DifferenceHistogram:
    """Customers per bin, for each candidate and group: `counts[name][group][place]` belongs to `bins[place]`."""

    bins: tuple[Bin, ...]
    counts: Mapping[str, Mapping[PriceChange, tuple[int, ...]]]


def cost_histogram(replayed: Replay) -> Histogram[str]:
    """How many customers pay how much a month (`compare.monthly_costs`), in the same bins for all candidates."""
    costs = {run.candidate.name: monthly_costs(run) for run in replayed.runs}
    return _histogram(costs, MICROS * 10 ** minor_decimals(replayed.currency))


def difference_histogram(replayed: Replay) -> DifferenceHistogram:
    """How many customers pay how much more or less than under the baseline, over the window, group by group.

    The same bins for every candidate; the baseline itself is left out.
    """
    others = [run for run in replayed.runs if run is not replayed.baseline]
    groups = {run.candidate.name: customer_changes(run, replayed.baseline) for run in others}
    amounts = {
        (run.candidate.name, group): difference_of(replayed, run)[groups[run.candidate.name] == place]
        for run in others
        for place, group in enumerate(PRICE_CHANGES)
    }
    found = _histogram(amounts, 10 ** minor_decimals(replayed.currency))
    counts = {name: {group: found.counts[name, group] for group in PRICE_CHANGES} for name in groups}
    return DifferenceHistogram(found.bins, counts)


def costing(replayed: Replay, run: Run, chosen: Bin) -> np.ndarray:
    """bool, one per customer of the timeline: its monthly cost lies in the bin."""
    return _within(monthly_costs(run), chosen, MICROS * 10 ** minor_decimals(replayed.currency))


def differing(replayed: Replay, run: Run, chosen: Bin) -> np.ndarray:
    """bool, one per customer of the timeline: its difference from the baseline lies in the bin."""
    return _within(difference_of(replayed, run), chosen, 10 ** minor_decimals(replayed.currency))


def _within(amounts: np.ndarray, chosen: Bin, unit: int) -> np.ndarray:
    low, high = int(chosen.low * unit), int(chosen.high * unit)
    if low == high:
        return amounts == low
    sizes, sign = (amounts, 1) if high > 0 else (-amounts, -1)
    least, most = sorted((sign * low, sign * high))
    return (sizes >= max(1, least)) & (sizes < most)


def _histogram(amounts: Mapping[Of, np.ndarray], unit: int) -> Histogram[Of]:
    """Bins of |amount| on either side of zero, and exactly zero between them; the empty ones at both ends left out.

    amounts: int64 per candidate, `unit` of them in the currency's unit.
    """
    everything = np.concatenate(list(amounts.values())) if amounts else np.empty(0, np.int64)
    above = _above_zero(np.sort(np.abs(everything[everything != 0])), unit)
    below = [Bin(-span.high, -span.low, span.gathered) for span in reversed(above)]
    bins = [*below, Bin(Decimal(0), Decimal(0)), *above]
    edges = [above[0].low, *(span.high for span in above)] if above else []
    bounds = np.array([max(1, int(edge * unit)) for edge in edges], np.int64)
    counts = {name: _counts(own, bounds) for name, own in amounts.items()}
    filled = np.flatnonzero(sum(counts.values())) if counts else np.empty(0, np.int64)
    shown = slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0)
    return _gathered(bins[shown], {name: own[shown] for name, own in counts.items()})


def _above_zero(sizes: np.ndarray, unit: int) -> list[Bin]:
    """Bins as fine as the most usual amounts ask for; what one customer in OUTLIERS_PART has beyond them shares a last one.

    sizes: int64 above zero, in order, `unit` of them in the currency's unit.
    """
    if not len(sizes):
        return []
    least, usual, most = (Decimal(int(sizes[place])) / unit for place in (0, -1 - len(sizes) // OUTLIERS_PART, -1))
    edges = _edges(least, usual)
    spans = [Bin(low, high) for low, high in pairwise(edges)]
    return spans if most < edges[-1] else [*spans, Bin(edges[-1], Decimal(1).scaleb(most.adjusted() + 1), gathered=True)]


def _gathered(bins: Sequence[Bin], counts: Mapping[Of, np.ndarray]) -> Histogram[Of]:
    """With outliers in one bin at either end, where they would take several."""
    in_all: np.ndarray = np.sum(list(counts.values()), axis=0) if counts else np.empty(0, np.int64)
    few = np.sum(in_all) // OUTLIERS_PART
    low = sum(1 for place, span in enumerate(bins) if span.high < 0 and np.sum(in_all[: place + 1]) <= few)
    high = sum(1 for place, span in enumerate(bins) if span.low > 0 and np.sum(in_all[place:]) <= few)
    starts = [0, *range(max(1, low), max(1, len(bins) - max(0, high - 1)))] if bins else []
    ends = [*starts[1:], len(bins)] if bins else []
    spans = [
        bins[start] if until == start + 1 else Bin(bins[start].low, bins[until - 1].high, gathered=True)
        for start, until in zip(starts, ends, strict=True)
    ]
    merged = {name: np.add.reduceat(own, starts) if starts else own for name, own in counts.items()}
    return Histogram(tuple(spans), {name: tuple(own.tolist()) for name, own in merged.items()})


def _edges(least: Decimal, most: Decimal) -> list[Decimal]:
    """Edges of the bins on one side of zero; the first is zero where small amounts share a bin."""
    small = most / SMALL_RATIO
    return nice_edges(least, most) if least >= small else [Decimal(0), *nice_edges(small, most)]


def _counts(amounts: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """int64, one per bin from the most negative to the largest. bounds: the edges of |amount|, the last above all."""
    per_side = max(0, len(bounds) - 1)
    magnitude = np.searchsorted(bounds, np.abs(amounts), side="right")
    return np.bincount(np.sign(amounts) * magnitude + per_side, minlength=2 * per_side + 1)


def nice_edges(least: Decimal, most: Decimal) -> list[Decimal]:
    """Round edges of half-open bins that cover amounts from `least` (above zero) to `most`, both included."""
    if most <= LINEAR_RATIO_MAX * least:
        return _even_edges(least, most)
    edges: list[Decimal] = []
    decade = Decimal(1).scaleb(least.adjusted())
    steps = FINE_STEPS if most <= FINE_RATIO_MAX * least else COARSE_STEPS
    while not edges or edges[-1] <= most:
        edges += [step * decade for step in steps]
        decade *= 10
    first = max(place for place, edge in enumerate(edges) if edge <= least)
    last = min(place for place, edge in enumerate(edges) if edge > most)
    return edges[first : last + 1]


def _even_edges(least: Decimal, most: Decimal) -> list[Decimal]:
    step = _round_step(max(most - least, most / BINS_ABOUT) / BINS_ABOUT)
    edges = [(least / step).to_integral_value(ROUND_FLOOR) * step]
    while edges[-1] <= most:
        edges.append(edges[-1] + step)
    return edges


def _round_step(width: Decimal) -> Decimal:
    """The least of 1, 2, 5, 10 … that is not below a width."""
    decade = Decimal(1).scaleb(width.adjusted())
    return next(step * decade for step in (*COARSE_STEPS, Decimal(10)) if step * decade >= width)


def ranked(run: Run, points_max: int) -> pa.Table:
    """What customers are billed, largest first, thinned to about `points_max` of them: rank (from 1), customer_id, billed.

    The first and the last are always there; towards the front, where customers differ most, ranks stand closer together.
    """
    order = np.argsort(-run.customer_billed, kind="stable")
    ranks = _thinned(len(order), points_max)
    rows = order[ranks]
    return pa.table(
        {
            "rank": pa.array(ranks + 1),
            "customer_id": customer_ids(run, rows),
            "billed": decimals(run.customer_billed[rows], amount_type(run.currency)),
        }
    )


def _thinned(count: int, points_max: int) -> np.ndarray:
    """Places from 0 to count − 1, ascending."""
    if count <= points_max:
        return np.arange(count)
    half = points_max // 2
    near = np.geomspace(1, count, half).astype(np.int64) - 1
    far = np.linspace(0, count - 1, half).astype(np.int64)
    return np.unique(np.concatenate([near, far, [count - 1]]))


def shares_of_largest(replayed: Replay, parts: Sequence[int] = (1, 10)) -> pa.Table:
    """What the largest 1 % and 10 % of customers bring in: candidate, percent, customers, billed, total."""
    rows = []
    for run in replayed.runs:
        largest_first = np.sort(run.customer_billed)[::-1]
        for percent in parts:
            count = -(-run.customer_count * percent // 100)
            rows.append((run, percent, count, int(largest_first[:count].sum()), int(largest_first.sum())))
    kind = amount_type(replayed.currency)
    return pa.table(
        {
            "candidate": pa.array([row[0].candidate.name for row in rows], pa.string()),
            "percent": pa.array([row[1] for row in rows], pa.int64()),
            "customers": pa.array([row[2] for row in rows], pa.int64()),
            "billed": decimals(np.array([row[3] for row in rows], np.int64), kind),
            "total": decimals(np.array([row[4] for row in rows], np.int64), kind),
        }
    )

"""Levels as a mapping counts them: of each customer's reports in a calendar month one value, at the time of the last report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.usage.ingest.reading.repeats import filtered
from commet_core.usage.ingest.reading.spool import Spool, SpooledRows
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.columns import quoted
from commet_core.usage.ingest.recognise.reading_rules import Count
from commet_core.usage.ingest.rejects.reasons import LEVEL_ROW

Groups = tuple[np.ndarray, np.ndarray, np.ndarray]
"""The places of reports, those of one customer, feature and month together and in time order; where each group begins in
them; and where it ends.
"""


_How = Callable[[np.ndarray, Groups], np.ndarray]


def count_levels(readings: Sequence[FileRows], spool: Spool) -> list[str]:
    """Takes one row for each customer, level and calendar month, in the zone of the file's times, in place of its reports.

    max      the highest of the reports
    last     the last of them
    average  their mean, half up to 6 decimals
    unique   how many different values they have

    Returns what is said of levels that nothing is called.
    """
    hows = {feature: how for reading in readings for feature, how in reading.mapping.rules.count}
    if not hows:
        return []
    zone = next((reading.mapping.rules.time_zone for reading in readings if reading.mapping.rules.time_zone), None) or "UTC"
    chunks = list(spool.chunks)
    names = [name.strip() for name in spool.features.texts().to_pylist()]
    features, times, values = (np.concatenate([getattr(chunk.rows, name) for chunk in chunks]) for name in _COLUMNS)
    customers = np.concatenate([chunk.rows.customers for chunk in chunks])
    keep, counted = np.ones(len(times), bool), values.copy()
    for code, name in enumerate(names):
        places = np.flatnonzero(features == code) if name in hows else np.empty(0, np.int64)
        if len(places):
            groups = _groups(places, customers[places], times[places], zone)
            keep[groups[0]] = False
            lasts = groups[0][groups[2] - 1]
            keep[lasts] = True
            counted[lasts] = _COUNTS[hows[name]](values[groups[0]], groups)
    _use(readings, spool, chunks, keep, counted)
    absent = [feature for feature in hows if feature not in names]
    return (
        [f"`count` speaks of {quoted(absent)}, and no row has {'this feature' if len(absent) == 1 else 'these features'}"]
        if absent
        else []
    )


_COLUMNS: Final = ("features", "times", "values")


def _groups(places: np.ndarray, customers: np.ndarray, times: np.ndarray, zone: str) -> Groups:
    local = pc.local_timestamp(pa.array(times, pa.timestamp("us", "UTC")).cast(pa.timestamp("us", zone)))
    months = 12 * np.asarray(pc.year(local)) + np.asarray(pc.month(local))
    order = np.lexsort((places, times, months, customers))
    same = (customers[order][1:] == customers[order][:-1]) & (months[order][1:] == months[order][:-1])
    starts = np.concatenate([[0], np.flatnonzero(~same) + 1])
    return places[order], starts, np.concatenate([starts[1:], [len(places)]])


def _highest(values: np.ndarray, groups: Groups) -> np.ndarray:
    return np.maximum.reduceat(values, groups[1])


def _last(values: np.ndarray, groups: Groups) -> np.ndarray:
    return values[groups[2] - 1]


def _average(values: np.ndarray, groups: Groups) -> np.ndarray:
    counts = groups[2] - groups[1]
    sums = np.add.reduceat(values.astype(object), groups[1])
    return np.array([(2 * total + count) // (2 * count) for total, count in zip(sums, counts.tolist(), strict=True)], np.int64)


def _unique(values: np.ndarray, groups: Groups) -> np.ndarray:
    group_of = np.repeat(np.arange(len(groups[1])), groups[2] - groups[1])
    order = np.lexsort((values, group_of))
    changes = np.ones(len(values), bool)
    changes[1:] = (values[order][1:] != values[order][:-1]) | (group_of[order][1:] != group_of[order][:-1])
    return np.bincount(group_of[order][changes], minlength=len(groups[1])) * 10**6


_COUNTS: Final[dict[Count, _How]] = {"max": _highest, "last": _last, "average": _average, "unique": _unique}


def _use(
    readings: Sequence[FileRows], spool: Spool, chunks: Sequence[SpooledRows], keep: np.ndarray, counted: np.ndarray
) -> None:
    kept, start = [], 0
    for chunk in chunks:
        rows = slice(start, start := start + len(chunk.rows.times))
        readings[chunk.file].left_out[LEVEL_ROW] += int((~keep[rows]).sum())
        kept.append(filtered(chunk._replace(rows=chunk.rows._replace(values=counted[rows])), keep[rows]))
    for reading in readings:
        reading.left_out += type(reading.left_out)()  # what is 0 is not said
    spool.use(kept)

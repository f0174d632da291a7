"""Rows that repeat others: with an event id that was there before, or, without ids, the same in two files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from commet_core.usage.grouping import EventKeys, Rows
from commet_core.usage.ingest.reading.spool import SpooledRows
from commet_core.usage.tokens import TokenRows

ROWS_COMPARED_MAX: Final = 4_000_000
_FACTORS: Final = tuple(
    np.uint64(factor) for factor in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
)


def last_of_each(chunks: Sequence[SpooledRows]) -> tuple[list[SpooledRows], list[int]]:
    """The rows without those whose event id comes again later for the same customer, and how many each chunk lost."""
    order, groups = _by_event(chunks)
    last = np.ones(len(order), bool)
    last[:-1] = groups[1:] != groups[:-1]
    dropped = np.zeros(sum(len(chunk.rows.times) for chunk in chunks), bool)
    dropped[order[~last]] = True
    kept, lost, start = [], [], 0
    for chunk in chunks:
        keep = ~dropped[start : start + len(chunk.rows.times)]
        start += len(keep)
        lost.append(int((~keep).sum()))
        kept.append(chunk if keep.all() else filtered(chunk, keep))
    return kept, lost


def differing_repeats(chunks: Sequence[SpooledRows]) -> int:
    """How many rows have an event id that was there before, and another time, feature or value."""
    order, groups = _by_event(chunks)
    if not len(order):
        return 0
    first = np.concatenate([[True], groups[1:] != groups[:-1]])
    first_of = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    differs = np.zeros(len(order), bool)
    for name in ("times", "features", "values"):
        column = np.concatenate([getattr(chunk.rows, name) for chunk in chunks])[order]
        differs |= column != column[first_of]
    return int(differs.sum())


def same_in_two_files(chunks: Sequence[SpooledRows]) -> tuple[int, bool]:
    """How many rows without an event id stand in an earlier file too, customer, time, feature and value alike.

    And whether that is all of them: of very many rows some are compared.
    """
    without = [chunk for chunk in chunks if chunk.keys is None and len(chunk.rows.times)]
    if len({chunk.file for chunk in without}) < 2 or not _overlap(without):
        return 0, True
    step = np.uint64(1 + sum(len(chunk.rows.times) for chunk in without) // ROWS_COMPARED_MAX)
    seen, same = np.empty(0, np.uint64), 0
    for file in sorted({chunk.file for chunk in without}):
        hashes = np.concatenate([_hashes(chunk.rows) for chunk in without if chunk.file == file])
        compared = hashes[hashes % step == 0]
        same += int(np.isin(compared, seen).sum())
        seen = np.concatenate([seen, compared])
    return same * int(step), step == 1


def repeats_in_words(differing: int, same: int, *, are_all: bool = True) -> list[str]:
    """What is said of them: duplicates that differ from the row that counts, and rows that stand in two files."""
    notes = []
    if differing:
        which = f"{differing:,} duplicates have" if differing > 1 else "1 duplicate has"
        notes.append(
            f"{which} another time, feature or value than the first row of the same event id, which counts;"
            " `duplicates: last` in the mapping takes the last"
        )
    if same:
        which = f"{'' if are_all else 'about '}{same:,} rows are" if same > 1 else "1 row is"
        notes.append(f"{which} the same in two files and counted in both: where exports overlap, give one of them")
    return notes


def _overlap(chunks: Sequence[SpooledRows]) -> bool:
    """Whether the times of two files overlap."""
    spans: dict[int, tuple[int, int]] = {}
    for chunk in chunks:
        times = chunk.rows.times
        least, most = spans.get(chunk.file, (int(times[0]), int(times[0])))
        spans[chunk.file] = min(least, int(times.min())), max(most, int(times.max()))
    return any(later[0] <= earlier[1] for earlier, later in pairwise(sorted(spans.values())))


def _hashes(rows: Rows) -> np.ndarray:
    """uint64, one per row."""
    hashed = np.zeros(len(rows.times), np.uint64)
    for column, factor in zip((rows.customers, rows.features, rows.times, rows.values), _FACTORS, strict=True):
        hashed = (hashed ^ column.astype(np.int64).view(np.uint64)) * factor
        hashed ^= hashed >> np.uint64(29)
    return hashed


def _by_event(chunks: Sequence[SpooledRows]) -> tuple[np.ndarray, np.ndarray]:
    """The places of rows with an event id, those of one customer and id together in the order of the input; and their ids.

    int64 both, one per such row; the second changes where another id begins.
    """
    parts = [(chunk.rows.customers, chunk.keys) for chunk in chunks]
    present = np.concatenate([np.zeros(len(own), bool) if keys is None else keys.present for own, keys in parts])
    rows = np.flatnonzero(present)
    nothing = np.empty(0, np.uint64)
    ones, others = (
        np.concatenate([nothing, *(np.asarray(getattr(keys, name))[keys.present] for _, keys in parts if keys is not None)])
        for name in ("ones", "others")
    )
    customers = np.concatenate([own for own, _ in parts])[rows]
    order = np.lexsort((rows, customers, others, ones))
    same = [column[order][1:] == column[order][:-1] for column in (ones, others, customers)]
    starts = np.concatenate([[0], np.cumsum(~(same[0] & same[1] & same[2]))]) if len(rows) else rows
    return rows[order], starts


def filtered(chunk: SpooledRows, keep: np.ndarray) -> SpooledRows:
    """Some rows of a chunk. keep: bool, one per row."""
    keys = chunk.keys and EventKeys(*(column[keep] for column in chunk.keys))
    tokens = chunk.tokens and TokenRows(*(column[keep] for column in chunk.tokens))
    return chunk._replace(rows=Rows(*(column[keep] for column in chunk.rows)), keys=keys, tokens=tokens)

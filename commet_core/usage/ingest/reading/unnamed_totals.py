"""Totals whose rows say it by their values alone: the sum of the rows above, or of all others at every time and feature; and
those that are called after what they add up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commet_core.usage.ingest.reading.names import Names
from commet_core.usage.ingest.reading.spool import Spool
from commet_core.usage.ingest.reading.usable_rows import FileRows
from commet_core.usage.ingest.recognise.total_rows import LIKELY_WORDS, MAY_BE_SUBTOTAL, subtotal_names

ROWS_MAX: Final = 200_000
"""Tables with totals are made for people to read, and are smaller."""
ROWS_ABOVE_MIN: Final = 3
TIMES_MIN: Final = 2
OTHERS_MIN: Final = 2


def named_subtotals(rows: FileRows, spool: Spool) -> tuple[str, ...]:
    """The names of customers and features of a file that are totals of others: `acme Total` beside `acme`."""
    rules = rows.mapping.rules
    if rules.totals == "keep" or rules.total_names:
        return ()
    found: list[str] = []
    columns = (("customers", spool.customers), *((("features", spool.features),) if not rows.mapping.features else ()))
    for column, names in columns:
        texts = names.texts()
        likely = np.flatnonzero(np.asarray(pc.match_substring_regex(texts, MAY_BE_SUBTOTAL, ignore_case=True)))
        if len(likely) and (totals := subtotal_names(texts.take(pa.array(likely)).to_pylist(), texts.to_pylist())):
            used = _used(names, totals, (getattr(chunk, column) for chunk in spool.rows_of(rows.file)))
            found += [name.strip() for name in used]
    return tuple(dict.fromkeys(found))


def _used(names: Names, wanted: Sequence[str], columns: Iterable[np.ndarray]) -> list[str]:
    """Those of the names that rows have. columns: the codes of the rows."""
    texts = names.texts()
    codes = np.flatnonzero(np.asarray(pc.is_in(texts, value_set=pa.array(wanted))))
    seen = np.unique(np.concatenate([np.empty(0, np.int64), *(column[np.isin(column, codes)] for column in columns)]))
    return texts.take(pa.array(seen.astype(np.int64))).to_pylist()


def unnamed_totals(rows: FileRows, spool: Spool) -> tuple[str, ...]:
    """The names of customers and features that are totals, as they stand in the file; none where a mapping keeps totals.

    Each row of such a name is exactly the sum of the rows above it, at least three, since the one before; the last of them
    is the last row of all; and no other file has the name. Or a customer's row at each time and feature, of which there are
    two or more, is the sum of everybody else's there, two or more; so is a feature's at each time and customer. One time is
    enough for a name such as `All`. Events with an id are no tables.
    """
    if rows.mapping.rules.totals == "keep" or rows.usable_count > ROWS_MAX:
        return ()
    chunks = [chunk for chunk in spool.chunks if chunk.file == rows.file]
    if not chunks or any(chunk.keys is not None or chunk.tokens is not None for chunk in chunks):
        return ()
    customers, features, times, values = (
        np.concatenate([getattr(chunk.rows, name) for chunk in chunks]) for name in ("customers", "features", "times", "values")
    )
    sides = [(spool.customers, customers, features)]
    sides += (
        [] if rows.mapping.features else [(spool.features, features, customers)]
    )  # a column of its own: somebody has named it
    for names, codes, groups in sides:
        for code in _halves(codes, values):
            name = str(names.texts(code)[0]).strip()
            times_min = 1 if name.lower() in LIKELY_WORDS else TIMES_MIN
            if _is_sum_of_others(codes == code, times, groups, values, times_min):
                return (name,)
    found: list[str] = []
    for names, codes, groups, column in (
        (spool.customers, customers, features, "customers"),
        (spool.features, features, customers, "features"),
    ):
        last = int(codes[-1])
        if column == "features" and rows.mapping.features:  # a column of its own: somebody has named it
            continue
        if _is_total(codes, groups, values, last) and not _is_elsewhere(spool, rows.file, column, last):
            found.append(str(names.texts(last)[0]).strip())
    return tuple(found)


def _is_total(codes: np.ndarray, groups: np.ndarray, values: np.ndarray, name: int) -> bool:
    """Whether each row with this name is the sum of the rows of its group above, since the name's last one there."""
    places = np.flatnonzero(codes == name)
    if len(places) > len(codes) // (ROWS_ABOVE_MIN + 1):
        return False
    sums: dict[int, int] = defaultdict(int)
    counts: dict[int, int] = defaultdict(int)
    for code, group, value in zip(codes.tolist(), groups.tolist(), values.tolist(), strict=True):
        if code != name:
            sums[group] += value
            counts[group] += 1
        elif counts[group] < ROWS_ABOVE_MIN or sums[group] != value or not value:
            return False
        else:
            sums[group] = counts[group] = 0
    return not any(counts.values())


def _halves(customers: np.ndarray, values: np.ndarray) -> list[int]:
    """The customers that have half of all units, nearly enough: a total has."""
    sums = np.bincount(customers, weights=values)
    return np.flatnonzero(np.isclose(2 * sums, sums.sum(), rtol=1e-9) & (sums > 0)).tolist()


def _is_sum_of_others(own: np.ndarray, times: np.ndarray, groups: np.ndarray, values: np.ndarray, times_min: int) -> bool:
    """Whether one row of a name, at each time and in each group, is the sum of the others' there, so often at least.

    own: bool, the rows of a customer, and groups are features; or the other way round
    """
    order = np.lexsort((groups, times))
    changes = (np.diff(times[order]) != 0) | (np.diff(groups[order]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1])
    mine, amounts = own[order], values[order]
    sums = np.add.reduceat(np.where(mine, 2 * amounts, amounts), starts) - np.add.reduceat(amounts, starts)
    counts = np.add.reduceat(mine.astype(np.int64), starts)
    others = np.diff([*starts, len(mine)]) - counts
    total = np.add.reduceat(amounts, starts)
    is_sum = (2 * sums == total) & (counts == 1) & (others >= OTHERS_MIN)
    return len(starts) >= times_min and bool(is_sum.all())


def _is_elsewhere(spool: Spool, file: int, column: str, name: int) -> bool:
    return any(bool((getattr(chunk.rows, column) == name).any()) for chunk in spool.chunks if chunk.file != file)

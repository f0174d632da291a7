"""Rows that come twice: the second of a customer with the same event id, whatever its file, is a duplicate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from commet_core.ingest.file_rows import COLUMNS_SCHEMA, EVENT_KEY_SCHEMA, FileRows


def without_duplicates(readings: Sequence[FileRows]) -> tuple[pa.Table, list[int]]:
    """The usable rows of all files, in their order, and how many duplicates were left out of each file."""
    table = pa.Table.from_batches([batch for reading in readings for batch in reading.batches], COLUMNS_SCHEMA)
    counts = [reading.usable_count for reading in readings]
    assert table.num_rows == sum(counts)
    if not any(reading.event_keys for reading in readings):
        return table, [0] * len(readings)
    table = table.unify_dictionaries()
    duplicate = _is_duplicate(_event_keys(readings), table["customer_id"])
    ends = np.cumsum([0, *counts])
    per_file = [int(duplicate[first:last].sum()) for first, last in pairwise(ends)]
    return (table.filter(pa.array(~duplicate)) if duplicate.any() else table), per_file


def _event_keys(readings: Sequence[FileRows]) -> pa.Table:
    """EVENT_KEY_SCHEMA, one per usable row; of files without event ids too."""
    batches: list[pa.RecordBatch] = []
    for reading in readings:
        none = [pa.array(np.zeros(reading.usable_count, kind.to_pandas_dtype())) for kind in EVENT_KEY_SCHEMA.types]
        without = pa.RecordBatch.from_arrays(none, schema=EVENT_KEY_SCHEMA)
        batches.extend(reading.event_keys or [without])
    return pa.Table.from_batches(batches, EVENT_KEY_SCHEMA)


def _is_duplicate(keys: pa.Table, customers: pa.ChunkedArray) -> np.ndarray:
    """Whether an earlier row of the same customer has the same event id. customers: codes with one dictionary for all."""
    duplicate = np.zeros(keys.num_rows, bool)
    rows = np.flatnonzero(keys["has_event"].to_numpy())
    event = keys["event"].to_numpy()[rows]
    ordered = np.sort(event)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(repeated):
        return duplicate
    rows = rows[np.isin(event, repeated)]
    codes = np.concatenate([np.asarray(chunk.indices) for chunk in customers.chunks])[rows]
    identity = (codes, keys["event"].to_numpy()[rows], keys["event_again"].to_numpy()[rows])
    order = np.lexsort(identity)
    same = np.logical_and.reduce([column[order][1:] == column[order][:-1] for column in identity])
    duplicate[rows[order[1:][same]]] = True
    return duplicate

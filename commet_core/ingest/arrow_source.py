"""Rows that come as Arrow batches, from a database or a cluster, and are read by the same rules as a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class ArrowSource:
    """Rows in batches, in order; they are never all in memory.

    name   as messages and `rejects` give it
    open   begins to read from the first row; `read` and `inspect` each call it once
    rows   how many there will be, where that is known: for the progress alone
    """

    name: str
    open: Callable[[], pa.RecordBatchReader]
    rows: int | None = None

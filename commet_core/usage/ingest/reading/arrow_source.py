"""Rows that come as Arrow batches, from a database or a cluster, and are read by the same rules as a file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class ArrowSource:
    """Rows in batches, in order; they are never all in memory.

    name     as messages and `rejects` give it
    open     begins to read from the first row; `read` and `inspect` each call it once. On leaving, the context may raise
             InputError, which then says why the rows could not be read
    rows     how many there will be, where that is known or guessed: for the progress alone
    schema   of the batches, where it is known beforehand: `inspect` then has no need to open
    line_of  the lines of rows (int64, from 0) where they stand; else a row's line is its number
    at_hand  whether all rows lie on this machine and can be read again and again: then they decide how they are written
    first    opens the first rows alone; where there is a schema `inspect` asks for them only if names do not say enough
    """

    name: str
    open: Callable[[], AbstractContextManager[pa.RecordBatchReader]]
    rows: int | None = None
    schema: pa.Schema | None = None
    first: Callable[[], AbstractContextManager[pa.RecordBatchReader]] | None = None
    line_of: Callable[[np.ndarray], np.ndarray] | None = None
    at_hand: bool = False

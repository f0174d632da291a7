"""What tasks do: a function of Arrow batches, in Python workers that Spark uses again."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType

MANY: Final = 10_000
"""Objects that the last search for garbage has left, or new ones: as many take some milliseconds."""


def in_tasks(
    rows: DataFrame, function: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]], columns: str | StructType
) -> DataFrame:
    """What the function makes of each partition's rows. columns: of what it makes."""
    return rows.mapInArrow(partial(_done, function), columns)


def _done(
    function: Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    yield from function(batches)
    _keep()


def _keep() -> None:
    """A worker looks for garbage after each task. Where much is there to stay, modules above all, that takes longer than a small task."""
    if len(gc.get_objects()) > MANY:
        gc.collect()
        gc.freeze()

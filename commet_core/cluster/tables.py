"""The tables that tasks handed over, as DataFrames."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from commet_core.cluster.accounting import NUMBERED_REJECTS, RejectPlaces
from commet_core.cluster.payload import REJECTS
from commet_core.cluster.tasks import in_tasks
from commet_core.usage.ingest.rejects.reasons import REJECTS_KEPT


def decoded(payloads: DataFrame, kind: str, decode: Callable[[bytes], pa.Table], schema: pa.Schema) -> DataFrame:
    """The payloads of one kind, put together as a table."""
    own = payloads.where(payloads.kind == kind).select("payload")
    return in_tasks(own, partial(_tables, decode), from_arrow_schema(schema))


def _tables(decode: Callable[[bytes], pa.Table], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for content in batch["payload"]:
            yield from decode(content.as_py()).to_batches()


def numbered_rejects(payloads: DataFrame, places: RejectPlaces) -> DataFrame:
    """Every rejected row, as `NUMBERED_REJECTS`."""
    return decoded(payloads, REJECTS, places.table, NUMBERED_REJECTS)


def first_rejects(payloads: DataFrame, places: RejectPlaces) -> pa.Table:
    """The first rejected rows, in the order of the input, as `NUMBERED_REJECTS`."""
    first = numbered_rejects(payloads, places).orderBy("number", "line").limit(REJECTS_KEPT)
    return first.toArrow().cast(NUMBERED_REJECTS)

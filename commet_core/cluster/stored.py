"""A usage store on a cluster: each task opens it and replays some of its customers; nothing is sorted or sent around.

The store is on a file system that the driver and all workers share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from commet_core.cluster.accounting import RejectPlaces
from commet_core.cluster.customers import CustomerGroup
from commet_core.cluster.payload import PAYLOAD_COLUMNS, REJECTS, payload, to_ipc
from commet_core.cluster.reading import REJECT_COLUMNS
from commet_core.cluster.replaying import replay_groups
from commet_core.cluster.tasks import in_tasks
from commet_core.engine.pieces import EVENTS_PER_PIECE
from commet_core.foundation.ranges import ranges_alike, ranges_up_to
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest.rejects.report import IngestReport
from commet_core.usage.slices import usage_of
from commet_core.usage.store import customers_of, rejects_file
from commet_core.usage.usage import Usage

RANGE_COLUMNS: Final = "first long, last long"
"""The customers of a task: from the first to before the last, by their place in the store."""


def payloads_of_store(
    spark: SparkSession, scenario: Scenario, folder: Path, usage: Usage, report: IngestReport, partitions: int | None
) -> DataFrame:
    """The result tables of each task, counts and rejected rows: `PAYLOAD_COLUMNS`. The scenario has a window."""
    ranges = ranges_alike(usage.offsets, partitions or spark.sparkContext.defaultParallelism)
    tasks = spark.createDataFrame(spark.sparkContext.parallelize(ranges, len(ranges)), RANGE_COLUMNS)
    names = places_of_rejects(report).files
    return in_tasks(tasks, partial(replay_stored, scenario, folder, names), PAYLOAD_COLUMNS)


def places_of_rejects(report: IngestReport) -> RejectPlaces:
    """The files of the rejected rows, numbered; the store knows the lines."""
    return RejectPlaces(tuple(dict.fromkeys(file.file for file in report.files)), {})


def replay_stored(
    scenario: Scenario, folder: Path, files: Sequence[str], ranges: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Ranges of customers → rows of `PAYLOAD_COLUMNS`; files: the names of those that the store was made from."""
    for batch in ranges:
        for row in batch.to_pylist():
            yield from replay_groups(scenario, _groups(folder, row["first"], row["last"]))
            if row["first"] == 0:
                yield from _rejects(folder, files)


def _groups(folder: Path, first: int, last: int) -> Iterator[CustomerGroup]:
    usage = customers_of(folder, partial(usage_of, first=first, last=last))
    for part in ranges_up_to(usage.offsets, EVENTS_PER_PIECE):
        yield CustomerGroup(usage_of(usage, *part), [])


def _rejects(folder: Path, files: Sequence[str]) -> Iterator[pa.RecordBatch]:
    numbers = {name: number for number, name in enumerate(files)}
    with pq.ParquetFile(rejects_file(folder)) as rejects:
        for batch in rejects.iter_batches():
            file = pa.array([numbers[name] for name in batch["file"].to_pylist()], pa.int64())
            columns = [file, pa.array(np.zeros(len(file), np.int64)), *(batch[name] for name in REJECT_COLUMNS.names[2:])]
            yield payload(REJECTS, to_ipc(pa.Table.from_arrays(columns, schema=REJECT_COLUMNS)))

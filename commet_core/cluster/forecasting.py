"""Possible futures on a cluster: a path of some customers is a task, and what they come to adds up (decisions.md 3.6).

The history is read and its parts are estimated on the driver; what is drawn and replayed from them, many times longer, is on the
cluster. A path is the same wherever it is drawn.
"""

from __future__ import annotations

from pyspark.sql import SparkSession

from commet_core.decide.forecast.replayed import Replaying, ReplayPaths
from commet_core.decide.forecast.totals import StepTotals, added
from commet_core.foundation.progress import Progress


def paths_on(spark: SparkSession, partitions: int | None = None) -> ReplayPaths:
    """What replays paths on a cluster, for `forecast(..., replay_paths=...)`. partitions: of a batch; as many as cores unless given."""

    def replay_paths(replaying: Replaying, paths: range, tell: Progress) -> list[StepTotals]:
        context = spark.sparkContext
        tasks = [(path, place) for path in paths for place in range(len(replaying.pieces))]
        shared = context.broadcast(replaying)
        try:
            spread = context.parallelize(tasks, min(len(tasks), partitions or context.defaultParallelism))
            totals = spread.mapPartitions(lambda some: (shared.value.of_piece(path, place) for path, place in some)).collect()
        finally:
            shared.destroy()
        tell(1.0, f"Replayed {len(paths):,} possible futures")
        each = len(replaying.pieces)
        return [added(totals[first : first + each]) for first in range(0, len(totals), each)]

    return replay_paths

"""A process that replays once on Spark, or holds one large customer, and says what that took.

    python -m benchmarks.spark_scaling_worker spark|memory FILE EVENTS CORES

Writes one line of JSON. The processor's seconds are those of this process and of all that it started: Spark's Java and the
Python workers. Bytes that travelled and the seconds of the two stages are Spark's own account of its tasks.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from commet_core.cluster import replay_paths, start_session
from commet_core.cluster.customers import ONE_FILE
from commet_core.cluster.reading import EVENT_SCHEMA
from commet_core.cluster.replaying import replay_partition
from commet_core.foundation.window import Window
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.warmup import warm

BATCH_ROWS = 10_000


WINDOW = Window.model_validate({"start": "2026-01-01", "end": "2026-07-01"})


def scenario() -> Scenario:
    """Three models, one of each kind."""
    preset = catalog_presets()["sample_ai_images"]
    return Scenario.model_validate({"catalog": preset.catalog, "candidates": list(preset.candidates), "window": WINDOW})


def spark(path: Path, events: int, cores: int) -> dict[str, float]:
    session = start_session(f"local[{cores}]")
    context = session.sparkContext
    context.setLogLevel("OFF")
    replay_once(session, path.with_name("warm.parquet"))
    before = processor_seconds()
    seen = {stage.stageId() for stage in stages(context)}
    began = perf_counter()
    replay_once(session, path)
    wall = perf_counter() - began
    new = [stage for stage in stages(context) if stage.stageId() not in seen]
    seconds = [stage.executorRunTime() / 1000 for stage in new]
    wrote = [stage.shuffleWriteBytes() for stage in new]
    reading = sum(run for run, written in zip(seconds, wrote, strict=True) if written > events)
    return {
        "events": events,
        "cores": cores,
        "wall": wall,
        "processor": processor_seconds() - before,
        "reading": reading,
        "replaying": sum(seconds) - reading,
        "shuffle_bytes": sum(wrote),
    }


def replay_once(session: SparkSession, path: Path) -> None:
    with replay_paths(session, scenario(), [path]) as replayed:
        assert replayed.outcome.summary["rows_used"] > 0


def stages(context: Any) -> list[Any]:
    """What Spark has counted of every stage so far."""
    java = context._gateway
    nothing = java.jvm.java.util.ArrayList()
    listed = context._jsc.sc().statusStore().stageList(nothing, False, False, java.new_array(java.jvm.double, 0), nothing)
    return [listed.apply(place) for place in range(listed.size())]


def processor_seconds() -> float:
    """Of this process and all below it, those that have ended too (Linux)."""
    parents, ticks = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(entry.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), sum(int(field) for field in fields[11:15])
    mine = os.getpid()
    return sum(tick for pid, tick in ticks.items() if mine in line_of(pid, parents)) / os.sysconf("SC_CLK_TCK")


def line_of(pid: int, parents: dict[int, int]) -> Iterator[int]:
    """A process and those above it."""
    while pid:
        yield pid
        pid = parents.get(pid, 0)


def memory(_path: Path, events: int, _cores: int) -> dict[str, float]:
    """The most memory that a task holds for one customer with so many events."""
    warm()
    idle = peak_bytes()
    for _ in replay_partition(scenario(), ONE_FILE, one_customer(events)):
        pass
    return {"bytes": peak_bytes() - idle}


def one_customer(events: int) -> Iterator[pa.RecordBatch]:
    for first in range(0, events, BATCH_ROWS):
        count = min(BATCH_ROWS, events - first)
        numbers = np.arange(first, first + count)
        times = 1_767_225_600_000_000 + numbers * (180 * 86_400_000_000 // events)
        columns = [["customer"] * count, numbers, times, ["image"] * count, np.full(count, 10**6), numbers, numbers]
        without = [pa.nulls(count, field.type) for field in list(EVENT_SCHEMA)[len(columns) :]]
        yield pa.RecordBatch.from_arrays([*map(pa.array, columns), *without], schema=EVENT_SCHEMA)


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    task = {"spark": spark, "memory": memory}[sys.argv[1]]
    print(json.dumps(task(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))

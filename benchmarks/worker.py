"""A process that does one task and says how long it took and how much memory it needed.

    python -m benchmarks.worker TASK FOLDER

The task is done twice, and the second time counts: then its code and its file are in memory, as they are for whoever tries
one price after another. Memory is the most that the process ever held, less what it held when all was imported, compiled
and made ready. Writes one line of JSON.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.tasks import LOOP_EVENTS, TASKS, python_credits_share, write_inputs
from commet_core.warmup import warm

RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def peak_bytes() -> int:
    """The most memory that this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * RSS_UNIT


def measure(task: str, folder: Path) -> dict[str, float]:
    warm()
    do = TASKS[task](folder)
    idle = peak_bytes()
    do()
    began, busy = perf_counter(), process_time()
    do()
    seconds, cpu_seconds = perf_counter() - began, process_time() - busy
    share = python_credits_share(folder) if task == "loop" else 1.0
    return {"seconds": seconds / share, "cpu_seconds": cpu_seconds / share, "bytes": peak_bytes() - idle}


def main(task: str, folder: Path, events: int) -> None:
    found = {"events": write_inputs(folder, events)} if task == "inputs" else measure(task, folder)
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else LOOP_EVENTS)

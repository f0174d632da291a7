"""How long a forecast takes, and how much memory: twelve months ahead, three candidates, from six months of usage.

    python -m benchmarks.forecast_speed [--events 1000000] [--only images tokens sparse]

Each row is a process of its own, in which all is compiled before it counts. CPU seconds are those of all cores together; on a busy
machine they say more than the clock. Memory is the most that the process ever held, the usage and compiled code included.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from benchmarks.processes import ROOT, environment
from benchmarks.speed import at_most
from benchmarks.worker import peak_bytes
from commet_core.catalog.plans import MODELS
from commet_core.decide.forecast import begin, paths_of, record_so_far
from commet_core.decide.forecast.ground import CUSTOMERS_MIN
from commet_core.engine.replay import replay
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.slices import usage_of
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage
from commet_core.warmup import warm

START: Final = date(2026, 1, 1)
HISTORY: Final = 6
AHEAD: Final = 12
SHAPES: Final[dict[str, tuple[str, int, str]]] = {
    "images": ("ai_images", 2_300, "450 events a customer"),
    "tokens": ("llm_chat", 700, "1,700 events a customer, with tokens"),
    "sparse": ("ai_images", 60_000, "20 events a customer"),
}
"""The preset, so many customers asked for, and what they are like with a million events."""

GOALS: Final = {"first": (20, "the first 20 paths", 10), "paths": (100, "100 paths", 60), "record": (40, "the record", 60)}
"""Of each task: paths (of the record: an origin), its name, and in how many seconds it should be done on two cores."""

MILLION: Final = 1_000_000
CORES: Final = 2
FEW: Final = 50
"""Customers whose paths compile everything."""

MEMORY_TIMES_MAX: Final = 1.5
"""The memory of a forecast, times that of a replay of its history."""


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast_speed")
    parser.add_argument("--events", type=int, default=MILLION)
    parser.add_argument("--only", nargs="+", choices=list(SHAPES), default=list(SHAPES))
    parser.add_argument("--task", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.task:
        task, path, preset = chosen.task
        print(json.dumps(measured(task, Path(path), preset)))
        return
    print(f"{os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
    for shape in chosen.only:
        _print_shape(shape, chosen.events)


def _print_shape(shape: str, events: int) -> None:
    """The rows of one shape of usage."""
    preset, customers, like = SHAPES[shape]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "usage"
        usage = Usage.from_table(
            generate(preset, max(CUSTOMERS_MIN, customers * events // MILLION), HISTORY, 1, START, events=events)
        )
        with path.open("wb") as file:
            pickle.dump(usage, file)
        replayed = _in_process(path, preset, "replay")
        print(f"\n{usage.event_count:,} events of {usage.customer_count:,} customers ({like})")
        print(f"{'':58}{'goal':>12}{'measured':>12}")
        memory = 0.0
        for task, (_, name, seconds) in GOALS.items():
            took = _in_process(path, preset, task)
            memory = max(memory, took["bytes"])
            row = at_most(f"{name}, CPU s", CORES * seconds, took["cpu_seconds"])
            print(f"{row} ({took['seconds']:.1f} s by the clock)", flush=True)
        row = at_most("memory, times a replay's own", MEMORY_TIMES_MAX, memory / replayed["bytes"])
        print(f"{row} ({memory / 2**20:,.0f} MB)")


def _in_process(path: Path, preset: str, task: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.forecast_speed", "--task", task, str(path), preset]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True)  # noqa: S603
    took: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return took


def measured(task: str, path: Path, preset: str) -> dict[str, float]:
    """What a task takes in this process: seconds, CPU seconds, and the most bytes that it ever held."""
    warm()
    with path.open("rb") as file:
        scenario, usage = _scenario(preset), pickle.load(file)  # noqa: S301  (written by this program)
    _compile(scenario, usage)
    work = _work(scenario, usage, task)
    began, busy = time.perf_counter(), time.process_time()
    work()
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - busy}
    return {**took, "bytes": peak_bytes()}


def _scenario(preset: str) -> Scenario:
    """The preset's line-up of three models."""
    fitting = next(
        each for each in catalog_presets().values() if each.usage_preset == preset and len(each.models) == len(MODELS)
    )
    window = {"start": START, "end": START.replace(month=START.month + HISTORY)}
    return fitting.scenario(window=window)


def _compile(scenario: Scenario, usage: Usage) -> None:
    """Two paths of a few customers, so that everything is compiled for what comes."""
    few = usage_of(usage, 0, min(usage.customer_count, FEW))
    begun = begin(scenario, few, AHEAD)
    paths_of(begun, range(2))
    replay(scenario, few)


def _work(scenario: Scenario, usage: Usage, task: str) -> Callable[[], object]:
    """What is measured: from the usage on, so that what a forecast is made of is worked out in it."""
    if task == "replay":
        return lambda: replay(scenario, usage)
    if task == "record":
        return lambda: record_so_far(begin(scenario, usage, AHEAD))
    return lambda: paths_of(begin(scenario, usage, AHEAD), range(GOALS[task][0]))


if __name__ == "__main__":
    main(sys.argv[1:])

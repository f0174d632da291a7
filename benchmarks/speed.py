"""How fast and how large: three models replayed, cold and warm, against the plain ways of asking less.

    python -m benchmarks.speed [EVENTS ...] [--rounds N]

For each size (default 1,000,000 and 10,000,000 events) one table, all of it measured in this run, the tasks in turn
(A B C, A B C, ...), each in a process of its own; then the goals, and by how much they are met or missed. `tasks` says what
each task does, `processes` what is measured from a process's start to its end. Other work on the machine shows in the spread and in the load; CPU seconds suffer least.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.processes import CHECK, ROOT, Whole, check_to_bare_import, environment, replay_to_duckdb, started

SIZES = (1_000_000, 10_000_000)
ROUNDS = 5
STARTS = 7

TITLES = {
    "group_by": "DuckDB GROUP BY customer, feature, month",
    "pandas": "pandas, metered alone by groupby, in floats",
    "loop": "Python loop, credits alone (from 500,000 events)",
    "cold": "cold: Parquet to all tables, 3 models",
    "cold_one": "cold: Parquet to all tables, 1 model",
    "warm": "warm: store to all tables, 3 models",
    "warm_one": "warm: store to all tables, 1 model",
    "warm_whole": "warm, all tables kept in memory, 3 models",
    "price": "a changed price to a new comparison, 3 models",
    "plans_metered": "1,000 Metered plans, in sums",
    "plans_credits": "1,000 Credits plans, packs of one size, in sums",
    "plans_balance": "1,000 Balance plans, in sums",
    "plans_by_event": "1,000 Credits plans, limited packs, by event",
}

PLANS = ("plans_metered", "plans_credits", "plans_balance", "plans_by_event")
PLANS_UP_TO = 1_000_000
"""A thousand replays each."""

WHOLE = ("pandas", "warm_whole")
WHOLE_UP_TO = 50_000_000
"""These tasks hold every event several times over; beyond so many events they are left out."""

STARTED = {
    "command line --version": (100, ("-m", "commet_core", "--version")),
    "command line, check of a small file": (1000, CHECK),
    "import of the core": (
        500,
        ("-c", "import commet_core.engine.replay, commet_core.usage.ingest, commet_core.reports.compare"),
    ),
}
"""What is started, and in how many milliseconds it should be done."""


@dataclass(frozen=True)
class Figures:
    """What the runs of one task took: seconds and CPU seconds, one per run; bytes, the most of any."""

    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    bytes_peak: float

    @property
    def median_seconds(self) -> float:
        return median(self.seconds)


class Measured(NamedTuple):
    """One size: events, the figures of each task, and the whole replay command in times of whole DuckDB processes."""

    events: int
    figures: dict[str, Figures]
    whole: Whole


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed")
    parser.add_argument("sizes", nargs="*", type=lambda text: int(text.replace("_", "").replace(",", "")), metavar="EVENTS")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="runs of each task; their median is shown")
    chosen = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    measured = {size: measure(size, chosen.rounds) for size in chosen.sizes or SIZES}
    goals = [goal for size, found in measured.items() for goal in goals_of(size, found)]
    print(f"\n{'goals':58}{'goal':>12}{'measured':>12}")
    for line in [*goals, *growth(measured), *starts()]:
        print(line)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


def measure(size: int, rounds: int) -> Measured:
    """Prints the table of one size."""
    with tempfile.TemporaryDirectory() as folder:
        events = int(worked("inputs", folder, str(size))["events"])
        tasks = [
            task for task in TITLES if (size <= WHOLE_UP_TO or task not in WHOLE) and (size <= PLANS_UP_TO or task not in PLANS)
        ]
        runs: dict[str, list[dict[str, float]]] = {task: [] for task in tasks}
        for _ in range(rounds):
            for task, done in runs.items():
                done.append(worked(task, folder))
        whole = replay_to_duckdb(Path(folder), rounds)
    figures = {
        task: Figures(
            tuple(run["seconds"] for run in done),
            tuple(run["cpu_seconds"] for run in done),
            max(run["bytes"] for run in done),
        )
        for task, done in runs.items()
    }
    show(events, figures)
    return Measured(events, figures, whole)


def worked(*arguments: str) -> dict[str, float]:
    """What a worker says of its task."""
    command = [sys.executable, "-m", "benchmarks.worker", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(events: int, figures: dict[str, Figures]) -> None:
    own = figures["group_by"].median_seconds
    print(f"\n{events:,} events")
    heads = ("median s", "from", "to", "CPU s", "events/s", "x GROUP BY", "bytes/event")
    print(f"{'':50}" + "".join(f"{head:>12}" for head in heads))
    for task, found in figures.items():
        speed = f"{events / found.median_seconds / 1e6:,.1f} M"
        held = "" if task == "loop" else f"{found.bytes_peak / events:,.0f}"
        seconds = "".join(f"{part:12.3f}" for part in (found.median_seconds, min(found.seconds), max(found.seconds)))
        print(
            f"{TITLES[task]:50}{seconds}{median(found.cpu_seconds):12.3f}{speed:>12}{found.median_seconds / own:12.2f}{held:>12}"
        )


def goals_of(size: int, measured: Measured) -> Iterator[str]:
    """The goals that are set for a size."""
    at, events, figures = f"at {size:,} events", measured.events, measured.figures
    yield at_most(f"whole replay command, times DuckDB's GROUP BY, {at}", 1.0, measured.whole.group_by)
    yield at_most(f"whole replay command, times a copy of its tables, {at}", 1.0, measured.whole.copy)
    if size >= 10_000_000:
        ratio = figures["cold"].median_seconds / figures["group_by"].median_seconds
        yield at_most(f"cold, times the GROUP BY, {at}", 1.0, ratio)
        yield at_least(f"warm, million events a second, {at}", 50, events / figures["warm"].median_seconds / 1e6)
    if size == 1_000_000:
        yield at_most(f"changed price, milliseconds, {at}", 50, figures["price"].median_seconds * 1000)
        for task in PLANS:
            most = 30 if task == "plans_by_event" else 10
            yield at_most(f"{TITLES[task]}, seconds, {at}", most, figures[task].median_seconds)
    else:
        for task, most in (("cold", 60), ("cold_one", 60), ("warm", 25), ("warm_one", 25)):
            models = 1 if task.endswith("one") else 3
            name = f"{task.removesuffix('_one')}, {models} model{'s' * (models > 1)}, bytes an event, {at}"
            yield at_most(name, most, figures[task].bytes_peak / events)


def growth(measured: dict[int, Measured]) -> Iterator[str]:
    """How cost grows from one size to the next: linear is 1."""
    sizes = sorted(measured)
    for smaller, larger in pairwise(sizes):
        (few, before, _), (many, after, _) = measured[smaller], measured[larger]
        for task in ("cold", "warm"):
            times = after[task].median_seconds / before[task].median_seconds / (many / few)
            yield at_most(f"{task}, cost an event at {larger:,}, times that at {smaller:,}", 1.0, times)


def starts() -> Iterator[str]:
    """How long until a fresh process has started, in milliseconds, and how a short command compares with a bare import."""
    for name, (most, arguments) in STARTED.items():
        yield at_most(f"{name}, milliseconds", most, median(started(*arguments) for _ in range(STARTS)) * 1000)
    yield at_most("check of a small file, times a bare import", 2, check_to_bare_import())


def at_most(name: str, goal: float, found: float) -> str:
    return verdict(name, f"<= {goal:,.4g}", found, found / goal)


def at_least(name: str, goal: float, found: float) -> str:
    return verdict(name, f">= {goal:,.4g}", found, goal / found)


def verdict(name: str, goal: str, found: float, times: float) -> str:
    """A goal, what was measured, and by how much it is missed; `times`: how often the goal it is, 1 or less is met."""
    return f"{name:58}{goal:>12}{found:12,.4g}   " + ("met" if times <= 1 else f"missed by {times - 1:.0%}")


if __name__ == "__main__":
    main(sys.argv[1:])

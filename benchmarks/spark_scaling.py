"""How the replay on Spark grows with usage and cores, measured here, and what that says of larger clusters.

    python -m benchmarks.spark_scaling [EVENTS ...] [--cores 1 2]

For each size (default 1, 2, 5 and 10 million events) and number of cores of this machine one replay of three models in a
Spark of its own, after a small one that warms it up. Then a line is fitted to the processor's seconds (fixed + events), with
the bytes that travel and the memory that a customer needs, and a billion and a hundred billion events are reckoned from it.

The model, for E events on C cores in nodes of 16 cores:

    core-hours  = E x seconds an event / 3600
    hours       = the largest of: core-hours / C; E x shuffle bytes / (network of C / 16 nodes); the largest customer
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from commet_core.usage.synthetic import generate, write_usage

SIZES = (1_000_000, 2_000_000, 5_000_000, 10_000_000)
CORES = (1, 2)
MEMORY_SIZES = (1_000_000, 5_000_000)
EVENTS_PER_CUSTOMER = 2_000
WARM_EVENTS = 100_000
ROWS_PER_GROUP = 250_000

CLUSTERS = (16, 64, 512)
TARGETS = (10**9, 10**11)
NODE_CORES = 16
NODE_NETWORK_BYTES = 1.25e9
"""Bytes a second of a node's network: 10 Gbit/s."""
LARGEST_SHARE = 0.001
"""Of all events, the share of the largest customer."""


@dataclass(frozen=True)
class Measured:
    """One replay. Seconds: of the clock, of all processors, and the tasks' own in the two stages; bytes that travelled."""

    events: int
    cores: int
    wall: float
    processor: float
    reading: float
    replaying: float
    shuffle_bytes: int


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("events", type=int, nargs="*", default=SIZES)
    parser.add_argument("--cores", type=int, nargs="+", default=CORES)
    chosen = parser.parse_args()
    found = []
    print(
        f"{'events':>12}{'cores':>7}{'seconds':>9}{'CPU s':>8}{'µs/event':>10}{'reading':>9}{'replaying':>11}{'shuffle B/event':>17}"
    )
    for events in chosen.events:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "usage.parquet"
            write_inputs(path.parent, events)
            for cores in chosen.cores:
                one = in_its_own_process("spark", path, events, cores)
                found.append(Measured(**one))
                show(found[-1])
    memory = [in_its_own_process("memory", Path(), events, 1)["bytes"] for events in MEMORY_SIZES]
    bytes_per_event = (memory[1] - memory[0]) / (MEMORY_SIZES[1] - MEMORY_SIZES[0])
    report(found, bytes_per_event)


def show(one: Measured) -> None:
    per_event = one.processor / one.events * 1e6
    print(
        f"{one.events:12,}{one.cores:7}{one.wall:9.1f}{one.processor:8.1f}{per_event:10.2f}{one.reading:9.1f}"
        f"{one.replaying:11.1f}{one.shuffle_bytes / one.events:17.1f}",
        flush=True,
    )


def write_inputs(folder: Path, events: int) -> None:
    """Synthetic usage of half a year with event ids, in groups of rows that cores can read apart; and a little to warm up."""
    for name, count in (("usage.parquet", events), ("warm.parquet", WARM_EVENTS)):
        customers = max(100, count // EVENTS_PER_CUSTOMER)
        write_usage(generate("ai_images", customers, months=6, seed=7, events=count), folder / name)
        pa.parquet.write_table(pa.parquet.read_table(folder / name), folder / name, row_group_size=ROWS_PER_GROUP)


def in_its_own_process(task: str, path: Path, events: int, cores: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.spark_scaling_worker",
        task,
        str(path),
        str(events),
        str(cores),
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def report(found: Sequence[Measured], memory_bytes_per_event: float) -> None:
    """Prints the fitted lines and what they say of clusters."""
    slope, fixed = np.polyfit([one.events for one in found], [one.processor for one in found], 1)
    late_seconds = max(one.replaying / one.events for one in found if one.events == max(o.events for o in found))
    shuffle = found[-1].shuffle_bytes / found[-1].events
    print(f"\nprocessor: {fixed:.1f} s + {slope * 1e6:.2f} µs an event; {shuffle:.0f} bytes an event travel")
    print(f"a customer's task: {late_seconds * 1e6:.2f} µs and {memory_bytes_per_event:.0f} bytes an event of the customer")
    both = {cores: [one for one in found if one.cores == cores] for cores in sorted({one.cores for one in found})}
    for cores, ones in both.items():
        rate = ones[-1].events / ones[-1].wall
        print(f"{cores} core(s): {rate:,.0f} events a second at {ones[-1].events:,} events")
    print(f"\n{'events':>16}{'cores':>7}{'core-hours':>12}{'hours':>8}  bound by")
    for events in TARGETS:
        for cores in CLUSTERS:
            bounds = hours(events, cores, slope, fixed, shuffle, late_seconds)
            bound = max(bounds, key=lambda name: bounds[name])
            print(f"{events:16,}{cores:7}{events * slope / 3600:12,.1f}{bounds[bound]:8.2f}  {bound}")


def hours(
    events: int, cores: int, seconds: float, fixed: float, shuffle_bytes: float, customer_seconds: float
) -> dict[str, float]:
    """Hours that each of the things takes that can bound a run."""
    nodes = max(1, cores // NODE_CORES)
    return {
        "the cores": (fixed + events * seconds / cores) / 3600,
        "the network": events * shuffle_bytes / (nodes * NODE_NETWORK_BYTES) / 3600,
        "the largest customer": (fixed + events * LARGEST_SHARE * customer_seconds) / 3600,
    }


if __name__ == "__main__":
    main()

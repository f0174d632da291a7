"""How long a changed price takes to become a new comparison, against the plain ways of asking less.

    python -m benchmarks.speed [EVENTS ...]

For each size (default 100,000 and 1,000,000 events) one table: the median of several runs, and its ratio to a DuckDB
`GROUP BY customer, feature, month` of the same events in a Parquet file, which computes far less, and to a
straightforward Python loop over the events that does the credits model alone. All in one run, on one machine.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from commet_core.catalog import Catalog
from commet_core.catalog_presets import catalog_presets
from commet_core.compare import differences, revenue_by_month, summarize
from commet_core.replay import replay
from commet_core.scenario import Scenario
from commet_core.synthetic import generate
from commet_core.usage import Usage
from commet_core.warmup import warm

RUNS = 9
SIZES = (100_000, 1_000_000)


def main(sizes: tuple[int, ...]) -> None:
    warm()
    for size in sizes:
        measure(size)


def measure(size: int) -> None:
    """Prints the table for one size."""
    table = generate("ai_images", customers=max(100, size // 200), months=6, seed=7, events=size)
    usage = Usage.from_table(table)
    prices = iter(range(1, 1000))
    figures = {
        "changed price to comparison, 3 models": milliseconds(lambda: comparison(usage, next(prices))),
        "first comparison, timeline included": milliseconds(lambda: comparison(Usage.from_table(table), 1)),
        "DuckDB GROUP BY of the Parquet file": group_by(table),
        "Python loop, credits alone": milliseconds(lambda: python_credits(usage), runs=1),
    }
    own = figures["changed price to comparison, 3 models"]
    print(f"\n{usage.event_count:,} events, {usage.customer_count:,} customers")
    print(f"{'':44}{'milliseconds':>14}{'times the first':>18}")
    for name, figure in figures.items():
        print(f"{name:44}{figure:14,.1f}{figure / own:18,.1f}")


def milliseconds(task: Callable[[], object], runs: int = RUNS) -> float:
    """The median of several runs; one more before them is not counted where there are several."""
    times = []
    for _ in range(runs + (runs > 1)):
        began = perf_counter()
        task()
        times.append((perf_counter() - began) * 1000)
    return median(times[-runs:])


def comparison(usage: Usage, price: int) -> None:
    """Everything that the Compare page shows, after a plan's price has changed."""
    preset = catalog_presets()["sample_ai_images"]
    document = preset.catalog.document()
    for plan in document["plans"].values():
        if plan.get("prices"):
            plan["prices"] = {interval: str(Decimal(amount) + price) for interval, amount in plan["prices"].items()}
    scenario = Scenario.model_validate({"catalog": Catalog.model_validate(document), "candidates": list(preset.candidates)})
    replayed = replay(scenario, usage)
    summarize(replayed)
    revenue_by_month(replayed)
    for run in replayed.runs:
        differences(replayed, run)


def group_by(table: pa.Table) -> float:
    """Milliseconds of DuckDB's sums by customer, feature and month."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "usage.parquet")
        pa.parquet.write_table(table, path)
        query = """
            SELECT customer_id, feature, date_trunc('month', "timestamp"), sum(value), count(*)
            FROM read_parquet($path) GROUP BY ALL
        """
        with duckdb.connect() as connection:
            return milliseconds(lambda: connection.sql(query, params={"path": path}).to_arrow_table())


def python_credits(usage: Usage) -> dict[tuple[int, int], int]:
    """Credits blocked by customer and month, the way one would first write it: a loop with a dictionary."""
    months = usage.times.astype("M8[us]").astype("M8[M]").astype(np.int64).tolist()
    left: dict[tuple[int, int], int] = defaultdict(lambda: 1_000_000_000)
    blocked: dict[tuple[int, int], int] = defaultdict(int)
    values = usage.values.tolist()
    for customer in range(usage.customer_count):
        for event in range(usage.offsets[customer], usage.offsets[customer + 1]):
            account = (customer, months[event])
            cost = values[event] * 10
            if cost <= left[account]:
                left[account] -= cost
            else:
                blocked[account] += values[event]
    return blocked


if __name__ == "__main__":
    main(tuple(int(size.replace("_", "").replace(",", "")) for size in sys.argv[1:]) or SIZES)

"""What is timed: each task is made ready once, outside the clock, and then done as often as asked for.

`TASKS` names them. A task gets the folder that `write_inputs` filled, and returns what is to be timed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from itertools import count
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from commet_core.catalog.plans import Catalog, MeteredPlan
from commet_core.decide.sweep import sweep
from commet_core.engine.pieces import replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.reports.compare import differences, revenue_by_month, summarize
from commet_core.scenario.presets import CatalogPreset, catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read
from commet_core.usage.store import open_store, prepare
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

PARQUET = "usage.parquet"
STORE = "usage.store"
SCENARIO = "scenario.json"
LOOP_EVENTS = 500_000
"""As many events as the Python loop is given; its time is scaled to all of them."""

EVENTS_PER_CUSTOMER = 200
ROWS_PER_GROUP = 1_000_000
"""As Arrow and pandas write Parquet unless they are told otherwise."""

MONTHS = 6

FILE_SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("timestamp", pa.timestamp("us", tz="UTC")),
        ("feature", pa.string()),
        ("value", pa.decimal128(18, 6)),
    ]
)

Task = Callable[[Path], Callable[[], object]]


def write_inputs(folder: Path, events: int) -> int:
    """A Parquet file as people have it (customer, time, feature and value, in order of time), its usage store, and a scenario.

    Returns the number of events, which is about the one asked for.
    """
    table = generate("ai_images", customers=max(100, events // EVENTS_PER_CUSTOMER), months=MONTHS, seed=7, events=events)
    with pa.parquet.ParquetWriter(folder / PARQUET, FILE_SCHEMA, store_schema=False) as writer:
        for first in range(0, table.num_rows, ROWS_PER_GROUP):
            batch = table.slice(first, ROWS_PER_GROUP).combine_chunks().to_batches()[0]
            writer.write_table(pa.Table.from_arrays(_file_columns(batch), schema=FILE_SCHEMA))
    prepare([folder / PARQUET], folder / STORE)
    (folder / SCENARIO).write_text(_scenario(3).model_dump_json(), "utf-8")
    return table.num_rows


def _file_columns(batch: pa.RecordBatch) -> list[pa.Array]:
    words = np.zeros((batch.num_rows, 2), np.int64)
    words[:, 0] = batch["value"].to_numpy()
    values = pa.Array.from_buffers(FILE_SCHEMA.field("value").type, batch.num_rows, [None, pa.py_buffer(words)])
    return [batch["customer_id"].cast(pa.string()), batch["timestamp"], batch["feature"].cast(pa.string()), values]


def group_by(folder: Path) -> Callable[[], object]:
    """DuckDB's sums by customer, feature and month: no plan, no order of events, no invoices."""
    query = """
        SELECT customer_id, feature, date_trunc('month', "timestamp"), sum(value), count(*)
        FROM read_parquet($path) GROUP BY ALL
    """
    connection = duckdb.connect()
    return lambda: connection.sql(query, params={"path": str(folder / PARQUET)}).to_arrow_table()


def pandas_metered(folder: Path) -> Callable[[], object]:
    """The metered plan alone, by calendar month and in floats, as one would first write it with pandas."""
    plan = _preset().catalog.plans["metered_pro"]
    assert isinstance(plan, MeteredPlan)
    included = {code: float(terms.included) for code, terms in plan.features.items()}
    prices = {code: float((terms.overage and terms.overage.unit_price) or 0) for code, terms in plan.features.items()}

    def overage() -> pd.Series:
        events = pd.read_parquet(folder / PARQUET)
        events["value"] = events["value"].astype("float64")
        months = events["timestamp"].dt.year * 12 + events["timestamp"].dt.month
        used = events.groupby(["customer_id", "feature", months], observed=True)["value"].sum().reset_index()
        beyond = (used["value"] - used["feature"].map(included)).clip(lower=0)
        return (beyond * used["feature"].map(prices)).round(2).groupby(used["customer_id"]).sum()

    return overage


def python_credits(folder: Path) -> Callable[[], object]:
    """Credits alone, a loop over the first events with a dictionary: what is blocked by customer and month."""
    usage = open_store(folder / STORE).usage
    customers = int(np.searchsorted(usage.offsets, LOOP_EVENTS, side="right")) - 1
    events = int(usage.offsets[customers])
    months = usage.times[:events].astype("M8[us]").astype("M8[M]").astype(np.int64).tolist()
    values, bounds = (column.tolist() for column in (usage.values[:events], usage.offsets[: customers + 1]))  # noqa: PD011

    def blocked() -> dict[tuple[int, int], int]:
        left: dict[tuple[int, int], int] = defaultdict(lambda: 1_500_000_000)
        refused: dict[tuple[int, int], int] = defaultdict(int)
        for customer in range(customers):
            for event in range(bounds[customer], bounds[customer + 1]):
                account = (customer, months[event])
                cost = values[event] * 10
                if cost <= left[account]:
                    left[account] -= cost
                else:
                    refused[account] += values[event]
        return refused

    return blocked


def python_credits_share(folder: Path) -> float:
    """The share of the events that the Python loop sees."""
    usage = open_store(folder / STORE).usage
    customers = int(np.searchsorted(usage.offsets, LOOP_EVENTS, side="right")) - 1
    return float(usage.offsets[customers] / usage.event_count)


def cold(folder: Path, candidates: int) -> Callable[[], object]:
    """From the Parquet file to every column of every result table."""
    scenario = _scenario(candidates)
    return lambda: sum(replay_pieces(scenario, read([folder / PARQUET]).usage, _table_rows))


def warm(folder: Path, candidates: int) -> Callable[[], object]:
    """From the memory-mapped store to every column of every result table: timeline, replay, invoices, laws and tables.

    Customers in parts; a part's tables are given up when they are complete, as one who writes them to disk does.
    """
    scenario = _scenario(candidates)
    return lambda: sum(replay_pieces(scenario, open_store(folder / STORE).usage, _table_rows))


def warm_whole(folder: Path, candidates: int) -> Callable[[], object]:
    """The same at once, all of it kept: one `Replay` in memory, and each table whole."""
    scenario = _scenario(candidates)

    def tables() -> list[pa.Table]:
        replayed = replay(scenario, open_store(folder / STORE).usage)
        return [replayed.table(name) for name in TABLES]

    return tables


def changed_price(folder: Path) -> Callable[[], object]:
    """Everything that the Compare page shows, after the price of every plan has changed."""
    usage, prices = open_store(folder / STORE).usage, count(1)
    return lambda: _compare(usage, next(prices))


def _compare(usage: Usage, price: int) -> None:
    preset = _preset()
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


def thousand_plans(folder: Path, name: str, purchases: Mapping[str, object] | None = None) -> Callable[[], object]:
    """A thousand plans of one model over all customers: base prices and allowances in a grid, as sweeps have them."""
    usage, preset = open_store(folder / STORE).usage, _preset()
    candidates = [
        {**candidate, "purchases": purchases} if purchases and candidate["name"] == name else candidate
        for candidate in preset.candidates
    ]
    scenario = Scenario.model_validate({"catalog": preset.catalog, "candidates": candidates})
    allowance = {
        "Metered": "plans.metered_pro.features.image.included=50:525:25",
        "Credits": "plans.credits_pro.included_credits=500:2400:100",
        "Balance": "plans.balance_pro.included_balance=5:43:2",
    }
    plan = scenario.plan_code(next(candidate for candidate in scenario.candidates if candidate.name == name))
    terms = [f"plans.{plan}.prices.monthly=10:59:1", allowance[name]]
    return lambda: sweep(scenario, usage, name, terms)


def _table_rows(replayed: Replay) -> int:
    """Builds every table of every candidate, one after the other; how many rows they have."""
    return sum(table(run).num_rows for table in TABLES.values() for run in replayed.runs)


def _scenario(candidates: int) -> Scenario:
    preset = _preset()
    return Scenario.model_validate({"catalog": preset.catalog, "candidates": list(preset.candidates)[:candidates]})


def _preset() -> CatalogPreset:
    """Metered, Credits (packs, three in five customers buy them) and Balance, for the features of the generated usage."""
    return catalog_presets()["sample_ai_images"]


def _idle(_: Path) -> Callable[[], object]:
    return lambda: None


TASKS: Mapping[str, Task] = {
    "idle": _idle,
    "group_by": group_by,
    "pandas": pandas_metered,
    "loop": python_credits,
    "cold": partial(cold, candidates=3),
    "cold_one": partial(cold, candidates=1),
    "warm": partial(warm, candidates=3),
    "warm_one": partial(warm, candidates=1),
    "warm_whole": partial(warm_whole, candidates=3),
    "price": changed_price,
    "plans_metered": partial(thousand_plans, name="Metered"),
    "plans_credits": partial(thousand_plans, name="Credits", purchases={"pack": "medium"}),
    "plans_balance": partial(thousand_plans, name="Balance"),
    "plans_by_event": partial(thousand_plans, name="Credits"),
}

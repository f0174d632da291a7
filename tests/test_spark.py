"""The replay on Spark gives what the replay on one machine gives, to the last digit, in a real Spark session."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core.ingest import read
from commet_core.replay import replay
from commet_core.results import summary, without_dictionaries
from commet_core.scenario import Scenario
from commet_core.tables import TABLES

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")

SCENARIO = {
    "catalog": {
        "currency": "usd",
        "features": {"call": {}, "image": {}, "chat": {}},
        "plans": {
            "metered": {
                "consumption_model": "metered",
                "prices": {"monthly": 99},
                "features": {"call": {"included": 100, "overage": {"unit_price": "0.000000123"}}, "image": {"included": 40}},
            },
            "credits": {
                "consumption_model": "credits",
                "prices": {"monthly": 49, "yearly": 490},
                "included_credits": 300,
                "features": {"call": {"credits_per_unit": 1}, "image": {"credits_per_unit": "7.5"}},
            },
            "balance": {
                "consumption_model": "balance",
                "prices": {"weekly": 5},
                "block_on_exhaustion": True,
                "features": {"call": {"unit_price": "0.01"}, "chat": {"unit_price": "0.333333333"}},
            },
        },
        "credit_packs": {"small": {"credits": 50, "price": 4}, "large": {"credits": 400, "price": 20}},
    },
    "seed": 11,
    "window": {"start": "2026-01-10", "end": "2026-04-05"},
    "candidates": [
        {"name": "Metered", "plan": "metered"},
        {
            "name": "Credits",
            "plan": "credits",
            "interval": "yearly",
            "purchases": {"pack": "smallest_sufficient", "max_packs_per_period": 3, "probability": "0.4"},
        },
        {"name": "Balance", "plan": "balance", "top_up": {"amount": 2, "max_per_period": 2, "probability": "0.7"}},
    ],
}
"""Hard limits make the order of events matter, and chances make the hash of a customer matter."""


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.model_validate(SCENARIO)


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One Spark session for all tests: two cores of this machine. In CI a missing Java is a failure."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        assert "CI" not in os.environ, "Spark's tests need Java: apt-get install openjdk-17-jre-headless"
        pytest.skip("Spark needs Java")
    from pyspark.sql import SparkSession

    from commet_core.spark import start_session

    small = {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    for name, value in small.items():
        SparkSession.builder.config(name, value)
    session = start_session("local[2]")
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def usage_table(events: int = 6_000, *, customers: int = 40, seed: int = 3) -> pa.Table:
    """Untidy usage: one customer has half of all events, times repeat, some ids come twice, some rows are wrong."""
    rng = np.random.default_rng(seed)
    who = np.where(rng.random(events) < 0.5, 0, rng.integers(1, customers, events))
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = [(first + timedelta(hours=int(hour))).isoformat() for hour in rng.integers(0, 24 * 100, events)]
    ids = [f"id-{number}" if number % 3 else None for number in rng.integers(0, events * 3, events)]
    values = rng.choice(["1", "2.5", "0.000001", "13", " 4 ", ""], events)
    features = rng.choice(["call", "image", "chat", "unknown"], events, p=[0.5, 0.3, 0.15, 0.05])
    names = [f" customer {code} " if row % 7 else f"customer {code}" for row, code in enumerate(who)]
    table = {
        "customer_id": names, "timestamp": times, "feature": features.tolist(), "value": values.tolist(), "event_id": ids,
    }  # fmt: skip
    for row, (column, wrong) in enumerate(
        [("customer_id", "  "), ("timestamp", "31/01/2026"), ("value", "-1"), ("feature", ""), ("value", "1,000")] * 4
    ):
        table[column][row * 97 + 5] = wrong
    return pa.table({name: pa.array(column, pa.string()) for name, column in table.items()})


def in_order(table: pa.Table) -> pa.Table:
    return table.sort_by([(name, "ascending") for name in table.column_names])


def assert_same(on_spark, scenario: Scenario, paths: list[Path]) -> None:
    """Every table, the report and the summary are those of the local engine."""
    ingested = read(paths)
    local = replay(scenario, ingested.usage)
    for name in TABLES:
        expected = without_dictionaries(local.table(name))
        assert in_order(on_spark.table(name).toArrow().cast(expected.schema)).equals(in_order(expected)), name
    assert in_order(on_spark.rejects.toArrow()).to_pylist() == in_order(ingested.report.rejects).to_pylist()
    assert on_spark.report.rejects.equals(ingested.report.rejects)
    assert on_spark.report.reasons == ingested.report.reasons
    assert on_spark.summary == summary(local, ingested.report)


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "usage.parquet"
    pa.parquet.write_table(usage_table(), path, row_group_size=500)
    return path


@pytest.mark.parametrize("partitions", [1, 2, 7])
def test_any_number_of_partitions_gives_the_same_numbers(spark, scenario: Scenario, parquet: Path, partitions: int) -> None:
    from commet_core.spark import replay_paths

    with replay_paths(spark, scenario, [parquet], partitions=partitions) as on_spark:
        assert_same(on_spark, scenario, [parquet])
        assert on_spark.report.rows_rejected == 20
        assert on_spark.report.duplicates > 100
        assert on_spark.summary["outside_window"] > 100
        assert on_spark.summary["candidates"]["Credits"]["purchases"] != "0.00"

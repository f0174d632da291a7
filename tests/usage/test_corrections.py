"""Rows below zero (billing-rules 15.7): rejected with the option named, and read where a scenario nets them."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.usage.ingest import read
from commet_core.usage.store import open_store, prepare

CSV = "customer_id,timestamp,feature,value\nana,2026-01-01T09:00:00Z,call,5\nana,2026-01-02T09:00:00Z,call,-2.5\n"


def file_of(folder: Path, kind: str) -> Path:
    if kind == "csv":
        (folder / "usage.csv").write_text(CSV, "utf-8")
        return folder / "usage.csv"
    rows = {
        "customer_id": ["ana", "ana"],
        "timestamp": ["2026-01-01T09:00:00Z", "2026-01-02T09:00:00Z"],
        "feature": ["call"] * 2,
    }
    pq.write_table(pa.table({**rows, "value": [5.0, -2.5]}), folder / "usage.parquet")
    return folder / "usage.parquet"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_row_below_zero_is_read_where_a_scenario_nets_it_alone(tmp_path: Path, kind: str) -> None:
    path = file_of(tmp_path, kind)
    rejected = read([path])
    assert rejected.usage.values.tolist() == [5_000_000]
    (reject,) = rejected.report.rejects.to_pylist()
    assert Decimal(reject["value"]) == Decimal("-2.5")
    assert "corrections: net" in reject["reason"]
    netted = read([path], corrections=True)
    assert netted.usage.values.tolist() == [5_000_000, -2_500_000]
    assert netted.report.rows_rejected == 0


def test_a_store_keeps_what_it_was_made_with(tmp_path: Path) -> None:
    path = file_of(tmp_path, "csv")
    prepare([path], tmp_path / "netted", corrections=True)
    prepare([path], tmp_path / "plain")
    assert open_store(tmp_path / "netted").usage.values.tolist() == [5_000_000, -2_500_000]
    assert open_store(tmp_path / "plain").usage.values.tolist() == [5_000_000]

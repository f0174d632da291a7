"""commet-sim migrate as people use it: what it prints, what it writes, how it ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from commet_core.cli import main

SAMPLE = Path(__file__).parents[1] / "sample_data"
INPUT = (str(SAMPLE / "scenario.yaml"), "--usage", str(SAMPLE / "usage.parquet"))


def test_it_prints_the_answer_and_writes_tables_and_plans(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    asked = ["--from", "Credits", "--to", "Metered", "--strategy", "renewal", "waves=2:1:newest", "--strategy", "now"]
    assert main(["migrate", *INPUT, *asked, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Moving 129 customers from Credits to Metered at the next renewal, from 1 Apr 2026, earns $")
    migration = pq.read_table(out / "migration.parquet")
    assert migration.column_names[:7] == ["strategy", "month", "revenue", "revenue_staying", "moved", "above_rise", "cost"]
    assert migration["strategy"].unique().to_pylist() == ["renewal", "waves=2:1:newest", "now"]
    assert sum(migration["moved"].to_pylist()) == 3 * 129
    moves = pq.read_table(out / "moves.parquet")
    assert moves.column_names[:5] == ["strategy", "customer_id", "at", "bill_before", "bill_after"]
    assert moves.num_rows == 3 * 129
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["answer"][0] in printed
    assert (out / summary["strategies"]["waves=2:1:newest"]["plan"]).is_file()


def test_as_csv_with_a_day_and_a_rise(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["--from", "Metered", "--to", "Balance", "--at", "2026-03-01", "--rise", "5%", "--format", "csv"]
    assert main(["migrate", *INPUT, *asked, "--strategy", "opt_in", "--out", str(out)]) == 0
    with (out / "moves.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert all(float(row["bill_after"]) < float(row["bill_before"]) and row["at"] >= "2026-03-01" for row in rows)


def test_bad_input_is_said_in_words_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert main(["migrate", *INPUT, "--from", "Meterd", "--to", "Credit", "--strategy", "renewal", *out]) == 2
    said = capsys.readouterr().err.replace("\n", " ")
    assert "Did you mean Metered?" in said
    assert "Did you mean Credits?" in said
    assert main(["migrate", *INPUT, "--from", "Metered", "--to", "Credits", "--strategy", "soon", "waves=0", *out]) == 2
    said = capsys.readouterr().err.replace("\n", " ")
    assert "strategy 'soon': is not one that is known" in said
    assert "strategy 'waves=0'" in said
    assert list(tmp_path.iterdir()) == []


def test_in_months_ahead_it_prints_medians_and_on_how_many_futures_it_pays_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["--from", "Credits", "--to", "Metered", "--strategy", "renewal", "now", "--months", "2", "--paths", "10"]
    assert main(["migrate", *INPUT, *asked, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert printed.startswith(summary["answer"][0])
    assert "customers from Credits to Metered at the next renewal, from 1 Jul 2026, earns $" in summary["answer"][0]
    assert "8 in 10" in printed
    assert (summary["months"], summary["paths"], summary["at"]) == (2, 10, "2026-07-01")
    ahead = pq.read_table(out / "migration_ahead.parquet").to_pylist()
    assert [row["strategy"] for row in ahead] == ["renewal"] * 3 + ["now"] * 3
    assert all(row["p10"] <= row["p50"] <= row["p90"] for row in ahead)
    assert pq.read_table(out / "migration_paths.parquet").num_rows == 20
    assert not list(out.glob("plan-*"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--months", "3", "--at", "2026-05-01"], "begins where the whole months of usage end"),
        (["--paths", "20"], "they are possible futures, of months ahead"),
        (["--months", "0"], "0 months ahead cannot be forecast"),
        (["--months", "3", "--paths", "0"], "0 paths give no range"),
    ],
)
def test_what_does_not_go_with_months_ahead_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: list[str], said: str
) -> None:
    assert main(["migrate", *INPUT, "--from", "Credits", "--to", "Metered", *asked, "--out", str(tmp_path / "out")]) == 2
    assert said in " ".join(capsys.readouterr().err.split())

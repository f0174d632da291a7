"""commet-sim solve and sweep as people use them: what they print, what they write, how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core import Catalog
from commet_core.cli import main

SAMPLE = Path(__file__).parents[1] / "sample_data"
INPUT = (str(SAMPLE / "scenario.yaml"), "--usage", str(SAMPLE / "usage.parquet"), "--candidate", "Credits")
PRICE = "plans.credits_pro.prices.monthly"


def test_solve_prints_the_answer_and_writes_the_curve_and_the_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, plan = tmp_path / "out", tmp_path / "plan.yaml"
    assert main(["solve", *INPUT, "--term", f"{PRICE}=20:24:1", "--out", str(out), "--take-over", str(plan)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Credits brings in what Metered does (within 0.5 %) at $22 a month.\n")
    points = pyarrow.parquet.read_table(out / "points.parquet")
    assert [str(value) for value in points[PRICE].to_pylist()] == [f"{price}.000000000" for price in range(20, 25)]
    assert points["meets"].to_pylist() == [False, False, True, False, False]
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert summary["best"] == {PRICE: "22"}
    assert summary["answer"][0] in printed
    assert Catalog.load(plan).plans["credits_pro"].prices["monthly"] == 22


def test_sweep_prints_the_front_and_writes_every_point(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    terms = ["--term", f"{PRICE}=20:24:2", "--term", "plans.credits_pro.included_credits=1000:2000:500"]
    assert main(["sweep", *INPUT, *terms, "--target", "blocked<=25%", "--format", "csv", "--out", str(tmp_path / "out")]) == 0
    assert "plans that no other beats in revenue and customers who pay more." in capsys.readouterr().out
    points = pyarrow.csv.read_csv(tmp_path / "out" / "points.csv")
    assert points.num_rows == 9
    assert set(points["on_front"].to_pylist()) == {True, False}


def test_bad_input_is_said_in_words_all_at_once_and_leaves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ["--term", "plans.credits_pro.prices.month=1:2", "--target", "profit>=3"]
    assert main(["solve", *INPUT, *wrong, "--out", str(tmp_path / "out"), "--take-over", str(tmp_path / "plan.yaml")]) == 2
    said = capsys.readouterr().err.replace("\n", " ")
    assert "Did you mean plans.credits_pro.prices.monthly?" in said
    assert "target 'profit>=3': is not one that is known" in said
    assert list(tmp_path.iterdir()) == []


def test_an_output_never_replaces_an_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text((SAMPLE / "scenario.yaml").read_text("utf-8"), "utf-8")
    arguments = [str(scenario), *INPUT[1:], "--term", f"{PRICE}=20:24:1", "--out", str(tmp_path / "out")]
    assert main(["solve", *arguments, "--take-over", str(scenario)]) == 2
    assert "scenario.yaml" in capsys.readouterr().err


def test_the_bridge_adds_up_to_the_differences_of_the_same_folder(tmp_path: Path) -> None:
    asked = ["replay", *INPUT[:3], "--bridge", "--out", str(tmp_path / "out")]
    assert main(asked) == 0
    steps = pyarrow.parquet.read_table(tmp_path / "out" / "bridge.parquet").to_pylist()
    differences = pyarrow.parquet.read_table(tmp_path / "out" / "differences.parquet").to_pylist()
    for row in differences:
        if row["measure"] == "billed":
            assert sum(step["amount"] for step in steps if step["candidate"] == row["candidate"]) == row["difference"]
    assert [(step["candidate"], step["term"]) for step in steps][:3] == [
        ("Credits", "base"),
        ("Credits", "overage"),
        ("Credits", "packs"),
    ]


def test_nothing_is_asked_of_a_single_candidate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "scenario.yaml"
    lines = (SAMPLE / "scenario.yaml").read_text("utf-8").replace("catalog.yaml", str(SAMPLE / "catalog.yaml")).splitlines()
    scenario.write_text("\n".join(line for line in lines if not line.startswith(("  - {name: Credits", "  - {name: Balance"))))
    assert main(["assume", str(scenario), *INPUT[1:3], "--out", str(tmp_path / "out")]) == 2
    assert "candidates: there is only one, so that no other can lead. Add a second candidate" in capsys.readouterr().err

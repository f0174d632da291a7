"""Many candidates on a narrow terminal: printed below each other rather than cut off."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from commet_core.cli import main

SAMPLE = Path(__file__).parents[1] / "sample_data"


def test_eight_candidates_are_printed_whole_at_eighty_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plans = ["metered_starter", "metered_pro", "credits_starter", "credits_pro", "balance_starter", "balance_pro"]
    candidates = [{"name": plan, "plan": plan} for plan in plans]
    candidates += [
        {"name": "A name that is longer than any column", "plan": "metered_pro"},
        {"name": "All", "group": "metered"},
    ]
    scenario = {
        "catalog": str(SAMPLE / "catalog.yaml"),
        "window": {"start": "2026-01-01", "end": "2026-03-01"},
        "candidates": [each | ({"choose": "cheapest"} if "group" in each else {}) for each in candidates],
    }
    scenario["checks"] = [{"candidate": "All", "customers_above": {"rise": "20%", "at_most": "5%"}}]
    (tmp_path / "eight.yaml").write_text(yaml.safe_dump(scenario), "utf-8")
    usage = str(SAMPLE / "usage_small.csv")
    main(["replay", str(tmp_path / "eight.yaml"), "--usage", usage, "--out", str(tmp_path / "out"), "--check"])
    printed = capsys.readouterr().out
    assert "…" not in printed
    assert all(len(line) <= 80 for line in printed.splitlines() if line.startswith("│"))
    billed = [line for line in printed.splitlines() if line.startswith("│ billed")]
    assert sum(line.count("$") for line in billed) == 8
    assert len(billed) > 1

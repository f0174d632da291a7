"""The command line as people use it: what it prints, what it writes, how it ends."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core.cli import main

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
REAL_USAGE = ROOT.parent / "shared" / "usage" / "servegen_m_large.parquet"

SCENARIO = """
catalog:
  features: {call: {name: Call, unit: call}}
  plans:
    metered: {consumption_model: metered, prices: {monthly: 99}, features: {call: {included: 10, overage: {unit_price: 0.01}}}}
    credits: {consumption_model: credits, prices: {monthly: 49}, included_credits: 20, features: {call: {credits_per_unit: 1}}}
window: {start: 2026-01-01, end: 2026-02-01}
candidates:
  - {name: Metered, plan: metered}
  - {name: Credits, plan: credits}
"""

USAGE = """customer;time;event;quantity
=1+1;2026-01-01T10:00:00Z;call;15
acme;2026-01-05;call;25
acme;2026-02-05;call;1
acme;2026-01-06;call;-1
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO, "utf-8")
    return path


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_text(USAGE, "utf-8")
    return path


def run(*arguments: object) -> int:
    return main([str(argument) for argument in arguments])


def replayed(scenario: Path, usage: Path, out: Path, *more: str) -> dict:
    assert run("replay", scenario, "--usage", usage, "--out", out, *more) == 0
    return json.loads((out / "summary.json").read_text("utf-8"))


def test_replay_writes_every_table_and_a_summary(scenario: Path, usage: Path, tmp_path: Path) -> None:
    summary = replayed(scenario, usage, tmp_path / "out")
    names = ["customers", "periods", "feature_periods", "invoices", "invoice_lines", "accounts", "rejects"]
    names += ["differences", "weak_point", "alerts"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(
        [*(f"{name}.parquet" for name in names), "summary.json"]
    )
    # 2 × $99 base; overage (15 - 10) + (25 - 10) = 20 calls × $0.01
    assert summary["candidates"]["Metered"]["billed"] == "198.20"
    assert summary["candidates"]["Metered"]["overage"] == "0.20"
    # 25 calls need more than 20 credits
    assert summary["candidates"]["Credits"]["blocked_events"] == 1
    assert summary["candidates"]["Credits"]["first_blocked_at"] == "2026-01-05T00:00:00Z"
    assert [summary[key] for key in ("rows_read", "rows_used", "rejected", "duplicates", "outside_window")] == [4, 2, 1, 0, 1]


LINE_UPS = """
catalog:
  features: {call: {name: Call, unit: call}}
  plans:
    free: {consumption_model: metered, features: {call: {included: 20}}}
    paid: {consumption_model: metered, prices: {monthly: 99}, features: {call: {included: 10, overage: {unit_price: 0.01}}}}
  plan_groups: {all: [free, paid]}
window: {start: 2026-01-01, end: 2026-02-01}
candidates:
  - {name: All, group: all}
  - {name: Paid, plan: paid}
"""


def test_of_a_line_up_it_prints_who_is_on_which_plan(usage: Path, tmp_path: Path, capsys) -> None:
    """Of 15 calls Free refuses none, of 25 it refuses 5: one customer is on each, and Paid charges 99 + 15 × 0.01."""
    scenario = tmp_path / "line_ups.yaml"
    scenario.write_text(LINE_UPS, "utf-8")
    summary = replayed(scenario, usage, tmp_path / "out")
    assert [summary["candidates"]["All"][key] for key in ("group", "choose", "billed")] == ["all", "cheapest", "99.15"]
    assert summary["candidates"]["Paid"]["plan"] == "paid"
    printed = [[cell.strip() for cell in line.split("│")[1:-1]] for line in capsys.readouterr().out.splitlines() if "│" in line]
    assert ["All", "free", "1", "1", "$0.00"] in printed
    assert ["cheapest", "paid", "1", "1", "$99.15"] in printed
    assert len([row for row in printed if len(row) == 5]) == 2


def test_without_line_ups_it_prints_no_plans(scenario: Path, usage: Path, tmp_path: Path, capsys) -> None:
    replayed(scenario, usage, tmp_path / "out")
    assert "customers by plan" not in capsys.readouterr().out


def test_tables_have_decimals_and_utc_times(scenario: Path, usage: Path, tmp_path: Path) -> None:
    replayed(scenario, usage, tmp_path / "out")
    customers = pa.parquet.read_table(tmp_path / "out" / "customers.parquet")
    assert customers.schema.field("billed").type == pa.decimal128(20, 2)
    assert customers.schema.field("first_blocked_at").type == pa.timestamp("us", tz="UTC")
    assert customers.schema.field("customer_id").type == pa.string()
    assert customers["customer_id"].to_pylist() == ["=1+1", "acme"] * 2
    assert sum(customers["billed"].to_pylist()) == Decimal("198.20") + Decimal(98)


def test_csv_results_open_harmlessly(scenario: Path, usage: Path, tmp_path: Path) -> None:
    replayed(scenario, usage, tmp_path / "out", "--format", "csv")
    customers = pa.csv.read_csv(tmp_path / "out" / "customers.csv")
    assert customers["customer_id"].to_pylist() == ["'=1+1", "acme"] * 2
    rejects = pa.csv.read_csv(tmp_path / "out" / "rejects.csv").to_pylist()
    assert [(row["file"], row["line"], row["column"], row["value"]) for row in rejects] == [("usage.csv", 5, "quantity", "'-1")]


def test_an_earlier_result_is_replaced_and_another_folder_is_not(scenario: Path, usage: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out"
    replayed(scenario, usage, out)
    (out / "stale.txt").write_text("x", "utf-8")
    replayed(scenario, usage, out, "--format", "csv")
    assert not (out / "stale.txt").exists()
    assert not (out / "customers.parquet").exists()

    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("x", "utf-8")
    assert run("replay", scenario, "--usage", usage, "--out", foreign) == 2
    assert "holds files that are not an earlier result" in capsys.readouterr().err
    assert [path.name for path in foreign.iterdir()] == ["thesis.doc"]


def test_a_failed_run_leaves_no_folder(scenario: Path, tmp_path: Path, capsys) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("customer_id,timestamp,feature\n", "utf-8")
    assert run("replay", scenario, "--usage", bad, "--out", tmp_path / "out") == 2
    assert "bad.csv" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", "scenario.yaml"]


def test_every_mistake_of_a_scenario_is_reported_at_once(usage: Path, tmp_path: Path, capsys) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(
        SCENARIO.replace("monthly: 49", "monthly: -49")
        .replace("end: 2026-02-01", "end: 2026-01-01")
        .replace("plan: metered}", "plan: metred}")
        + "baseline: Nobody\nrows: sometimes\n",
        "utf-8",
    )
    assert run("replay", scenario, "--usage", usage, "--out", tmp_path / "out") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["catalog.plans.credits.prices.monthly", "rows", "window", "baseline"]
    scenario.write_text(scenario.read_text("utf-8").replace("-49", "49"), "utf-8")
    assert run("replay", scenario, "--usage", usage, "--out", tmp_path / "out") == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "candidates.0.plan: plan 'metred' does not exist. Did you mean metered?"


@pytest.mark.parametrize("window", ["{start: 0001-01-01, end: 2026-01-01}", "{start: 2026-01-01, end: 9999-01-01}"])
def test_a_window_of_centuries_is_refused_at_once(usage: Path, tmp_path: Path, capsys, window: str) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(SCENARIO.replace("{start: 2026-01-01, end: 2026-02-01}", window), "utf-8")
    assert run("replay", scenario, "--usage", usage, "--out", tmp_path / "out") == 2
    assert "Choose at most 50 years between 1970-01-01 and 2200-01-01." in capsys.readouterr().err


def test_check_says_what_a_file_holds(usage: Path, capsys) -> None:
    assert run("check", "--usage", usage) == 0
    said = capsys.readouterr().out
    assert "4 rows read = 3 used + 1 rejected + 0 duplicates (not looked for: no event id column)" in said
    assert "usage.csv: customer_id from customer, timestamp from time, feature from event, value from quantity" in said
    assert "2 customers, from 2026-01-01 10:00 to 2026-02-05 00:00 UTC" in said
    assert "usage.csv, line 5, quantity '-1'" in said


def test_rejected_rows_are_counted_by_reason_and_written_to_a_file(tmp_path: Path, capsys) -> None:
    usage, listed = tmp_path / "usage.csv", tmp_path / "rejects.csv"
    usage.write_text("customer_id,timestamp,feature,value\nacme,2026-01-01,call,1\n,x,call,1\n=1,y,call,1\nacme,z,call,-1\n")
    assert run("check", "--usage", usage, "--rejects", listed) == 0
    said = capsys.readouterr().out
    assert "3 rejected rows, by reason:\n  2 × this is not a time" in said
    assert "\n  1 × the customer is empty: every row needs one\n" in said
    assert said.endswith(f"All rejected rows are in {listed}\n")
    rows = pyarrow.csv.read_csv(listed).to_pylist()
    assert [(row["line"], row["column"]) for row in rows] == [(3, "customer_id"), (4, "timestamp"), (5, "timestamp")]


def test_rejected_rows_are_written_where_no_row_can_be_used(tmp_path: Path, capsys) -> None:
    usage, listed = tmp_path / "usage.csv", tmp_path / "rejects.csv"
    usage.write_text("customer_id,timestamp,feature\nacme,x,call\nacme,y,call\n")
    assert run("check", "--usage", usage, "--rejects", listed) == 2
    assert "none of its 2 rows can be used" in capsys.readouterr().err
    assert pyarrow.csv.read_csv(listed)["line"].to_pylist() == [2, 3]


def test_a_place_where_rejected_rows_cannot_be_written_is_refused(usage: Path, tmp_path: Path, capsys) -> None:
    assert run("check", "--usage", usage, "--rejects", tmp_path / "none" / "rejects.csv") == 2
    assert "rejects.csv: the file cannot be written: its folder is not there" in capsys.readouterr().err
    folder = tmp_path / "folder"
    folder.mkdir()
    assert run("check", "--usage", usage, "--rejects", folder) == 2
    assert f"{folder}: this is a folder, not a file. Name a file in it." in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == [folder, usage]


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (
            PermissionError(13, "Permission denied", "/mnt/x"),
            "/mnt/x: Permission denied. Check that it is there, that you may read",
        ),
        (OSError("cut short"), "the system: cut short. Check that it is there"),
        (MemoryError(), "memory: there is not enough of it. Give --memory-limit"),
    ],
)
def test_what_the_system_refuses_is_said_in_words(usage: Path, capsys, monkeypatch, raised: Exception, said: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("commet_core.cli.sources.load", refuse)
    assert run("check", "--usage", usage) == 2
    assert said in capsys.readouterr().err


def test_a_column_may_be_named(tmp_path: Path, capsys) -> None:
    odd = tmp_path / "odd.csv"
    odd.write_text("wer,wann,was\nacme,2026-01-01,call\n", "utf-8")
    assert run("check", "--usage", odd) == 2
    capsys.readouterr()
    assert (
        run("check", "--usage", odd, "--column", "customer_id=wer", "--column", "timestamp=wann", "--column", "feature=was")
        == 0
    )
    assert "1 row read = 1 used" in capsys.readouterr().out


def test_what_synth_writes_can_be_read(tmp_path: Path, capsys) -> None:
    out = tmp_path / "usage.parquet"
    assert run("synth", "llm_chat", "--customers", 5, "--months", 1, "--seed", 3, "--out", out) == 0
    assert run("check", "--usage", out) == 0
    assert f"{pa.parquet.read_metadata(out).num_rows:,} rows read" in capsys.readouterr().out


def test_the_sample_of_the_readme(tmp_path: Path) -> None:
    summary = replayed(SAMPLE / "scenario.yaml", SAMPLE / "usage.parquet", tmp_path / "out")
    assert list(summary["candidates"]) == ["Metered", "Credits", "Balance"]
    for totals in summary["candidates"].values():
        parts = sum(Decimal(totals[part]) for part in ("plan_base", "overage", "purchases", "credit"))
        assert Decimal(totals["billed"]) == parts > 0


def test_replay_of_the_package_is_the_function_whatever_was_imported_before() -> None:
    import commet_core
    import commet_core.engine.replay

    assert commet_core.replay is sys.modules["commet_core.engine.replay"].replay
    assert "replay" in commet_core.__all__


@pytest.mark.skipif(not REAL_USAGE.exists(), reason="the real usage is not here")
def test_real_usage_of_a_language_model(tmp_path: Path) -> None:
    """162 clients, rows are totals. Of a metered plan with all units overage the bill can be added up from the file."""
    scenario = tmp_path / "scenario.yaml"
    plan = "{consumption_model: metered, prices: {monthly: 0}, features: {llm_request: {overage: {unit_price: 0.01}}}}"
    scenario.write_text(
        f"catalog: {{features: {{llm_request: {{}}}}, plans: {{metered: {plan}}}}}\nrows: aggregate\n"
        "candidates: [{name: Metered, plan: metered}]\n",
        "utf-8",
    )
    summary = replayed(scenario, REAL_USAGE, tmp_path / "out")
    asked = pa.parquet.read_table(REAL_USAGE, columns=["value"])["value"].cast(pa.decimal128(20, 0))
    assert Decimal(summary["candidates"]["Metered"]["billed"]) == pa.compute.sum(asked).as_py() / 100
    assert summary["candidates"]["Metered"]["customers"] == 162


def test_a_file_of_the_package_starts_as_the_command_line_does(usage: Path) -> None:
    """As `spark-submit` starts it: with the package's folder in front of all others, where `calendar` is not Python's."""
    started = [sys.executable, ROOT / "commet_core" / "__main__.py", "check", "--usage", usage]
    done = subprocess.run(started, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 rejected" in done.stdout

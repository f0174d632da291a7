"""Decisions about customers of a market on the command line: they are asked in the market's currency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
import yaml

from commet_core.cli import main


def plan(price: int, japanese: int) -> dict[str, Any]:
    feature = {"included": 1, "overage": {"unit_price": "0.5"}}
    regional = {"jpy": {"prices": {"monthly": japanese}, "features": {"call": {"unit_price": 70}}}}
    return {
        "consumption_model": "metered",
        "prices": {"monthly": price},
        "features": {"call": feature},
        "currency_prices": regional,
    }


CATALOG = {
    "currency": "usd",
    "currencies": {"jpy": {"exchange_rate": 150}},
    "markets": {"japan": {"name": "Japan", "currency": "jpy"}},
    "features": {"call": {"unit_cost": "0.1"}},
    "plans": {"low": plan(10, 1500), "high": plan(12, 1800)},
}


def results(folder: Path, *markets: str) -> tuple[int, Path]:
    """What a replay of two plans in some markets ends with, and its folder."""
    usage = folder / "usage.csv"
    usage.write_text("customer_id,timestamp,feature,value\na,2026-01-01,call,3\nb,2026-01-01,call,1\n", "utf-8")
    candidates = [{"name": name, "plan": name, **({"market": markets[0]} if markets else {})} for name in ("low", "high")]
    scenario: dict[str, Any] = {
        "catalog": CATALOG,
        "window": {"start": "2026-01-01", "end": "2026-02-01"},
        "candidates": candidates,
    }
    scenario["checks"] = [{"candidate": "low", "margin": {"at_least": "80%"}}]
    file = folder / "scenario.yaml"
    if len(markets) > 1:
        rows = "".join(f"{who},2026-01-01,start,{market}\n" for who, market in zip("ab", markets, strict=True))
        (folder / "rows.csv").write_text(f"customer_id,at,action,market\n{rows}", "utf-8")
        (folder / "rates.csv").write_text("date,currency,rate\n2026-01-01,jpy,0.0066\n", "utf-8")
        scenario |= {"subscriptions": "rows.csv", "reporting": {"currency": "usd", "rates": "rates.csv"}}
        scenario["candidates"] = [{"name": name, "plan": name} for name in ("low", "high")]
    file.write_text(yaml.safe_dump(scenario), "utf-8")
    ended = main(
        ["replay", str(file), "--usage", str(usage), "--out", str(folder / "out"), "--format", "csv", "--check", "--bridge"]
    )
    return ended, folder / "out"


def test_the_bridge_and_the_margin_of_a_market_are_in_its_currency(tmp_path: Path) -> None:
    ended, out = results(tmp_path, "japan")
    # Two customers at 1,800 instead of 1,500 yen: 600 more. a pays 1,500 + 2 × 70, b 1,500: 3,140; 4 calls cost $0.40, 60 yen: 98.1 %.
    assert ended == 0
    rows = pyarrow.csv.read_csv(out / "bridge.csv").to_pylist()
    assert [(row["term"], row["amount"]) for row in rows] == [("plans.high.prices.monthly", 600)]
    assert [row["found"] for row in pyarrow.csv.read_csv(out / "checks.csv").to_pylist()] == ["98.1 %"]


def test_the_bridge_and_the_margin_of_several_markets_are_in_the_reporting_currency(tmp_path: Path) -> None:
    ended, out = results(tmp_path, "japan", "")
    # a in yen, b in dollars: 300 yen at 0.0066 and 2 dollars more. Low: 1640 yen, 10.82 of lines, and 10; 4 calls cost 0.40.
    assert ended == 0
    rows = pyarrow.csv.read_csv(out / "bridge.csv").to_pylist()
    assert [(row["term"], str(row["amount"])) for row in rows] == [
        ("plans.high.prices.monthly", "2.0"),
        ("plans.high.currency_prices.jpy.prices.monthly", "1.98"),
    ]
    assert [row["found"] for row in pyarrow.csv.read_csv(out / "checks.csv").to_pylist()] == ["98.1 %"]


def command(folder: Path, *words: str) -> int:
    """A command on the scenario and usage that `results` has left."""
    return main([words[0], str(folder / "scenario.yaml"), "--usage", str(folder / "usage.csv"), *words[1:]])


def test_an_answer_is_of_all_markets_or_of_one(tmp_path: Path) -> None:
    results(tmp_path, "japan", "")
    for name, more in (("all", ()), ("japan", ("--market", "japan"))):
        assert command(tmp_path, "answer", "--months", "0", "--out", str(tmp_path / f"{name}.md"), *more) == 0
    whole, japan = ((tmp_path / f"{name}.md").read_text("utf-8") for name in ("all", "japan"))
    assert "Japan (JPY): 1 customer is billed ¥1,640 under low ($10.82)" in whole
    assert "Currency USD" in whole
    assert "¥1,800" in japan
    assert "Currency JPY" in japan


def test_a_price_is_asked_of_one_market_and_of_several_is_refused_with_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results(tmp_path, "japan", "")
    asked = ("solve", "--candidate", "high", "--term", "plans.high.prices.monthly=1000:2000:100", "--out", str(tmp_path / "s"))
    capsys.readouterr()
    assert command(tmp_path, *asked) == 2
    assert "Choose one market: none or japan" in " ".join(capsys.readouterr().err.split())
    assert command(tmp_path, *asked, "--market", "japan") == 0
    assert "¥1,500" in capsys.readouterr().out
    assert command(tmp_path, *asked, "--market", "japan", "--take-over", str(tmp_path / "c.yaml")) == 2
    assert "terms of one market" in " ".join(capsys.readouterr().err.split())

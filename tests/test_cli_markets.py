"""Decisions about customers of a market on the command line: they are asked in the market's currency."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.csv
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
    bridge = [] if len(markets) > 1 else ["--bridge"]
    ended = main(
        ["replay", str(file), "--usage", str(usage), "--out", str(folder / "out"), "--format", "csv", "--check", *bridge]
    )
    return ended, folder / "out"


def test_the_bridge_and_the_margin_of_a_market_are_in_its_currency(tmp_path: Path) -> None:
    ended, out = results(tmp_path, "japan")
    # Two customers at 1,800 instead of 1,500 yen: 600 more. a pays 1,500 + 2 × 70, b 1,500: 3,140; 4 calls cost $0.40, 60 yen: 98.1 %.
    assert ended == 0
    rows = pyarrow.csv.read_csv(out / "bridge.csv").to_pylist()
    assert [(row["term"], row["amount"]) for row in rows] == [("plans.high.prices.monthly", 600)]
    assert [row["found"] for row in pyarrow.csv.read_csv(out / "checks.csv").to_pylist()] == ["98.1 %"]


def test_a_margin_of_several_currencies_is_refused_in_words(tmp_path: Path) -> None:
    ended, out = results(tmp_path, "japan", "")
    assert ended == 3
    assert "in several markets, and a margin is worked out in one currency" in (out / "checks.csv").read_text("utf-8")

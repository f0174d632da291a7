"""What `summary.json` tells of alerts, promo codes, corrections and rates is what the tables hold, whole and piece by piece."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.everything import MAPPING, capped, versioned, write_usage_lines

from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import Piece, replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import IngestReport, read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping


def replayed(document: Mapping[str, Any], folder: Path) -> tuple[Replay, IngestReport]:
    write_usage_lines(path := folder / "usage.csv")
    scenario = Scenario.model_validate(document)
    found = read(path, parse_mapping(MAPPING, "mapping"), corrections=scenario.corrections == "net")
    return replay(scenario, found.usage), found.report


@pytest.mark.parametrize("document", [capped, versioned])
def test_the_summary_counts_what_is_in_the_tables(document: Any, tmp_path: Path) -> None:
    whole, report = replayed(document(), tmp_path)
    summary = Outcome.of(whole, report).summary
    parts = sum(part.sums.counted.counts.total() for part in replay_pieces(whole.scenario, whole.usage, Piece.of, 60))
    assert parts == Piece.of(whole).sums.counted.counts.total()
    for name, told in summary["candidates"].items():
        alerts = Counter(row["alert"] for row in rows_of(whole, "alerts", name))
        assert told["alerts"] == alerts
        if name == "Pro":
            reasons = Counter(row["reason"] or "accepted" for row in rows_of(whole, "redemptions", name))
            assert told["redemptions"] == reasons
            assert sum(reasons.values()) > reasons["accepted"] > 0
            assert "seats.limit_reached" in alerts
        if whole.scenario.corrections == "net":
            rows = [row for row in rows_of(whole, "corrections", name) if row["feature"] == "calls"]
            parts_of_calls = {part: sum(row[part] for row in rows) for part in ("asked", "offset", "not_offset")}
            assert {part: Decimal(units) for part, units in told["corrections"]["calls"].items()} == parts_of_calls
            assert min(parts_of_calls.values()) > 0


def rows_of(whole: Replay, table: str, candidate: str) -> list[dict[str, Any]]:
    return [row for row in whole.table(table).to_pylist() if row["candidate"] == candidate]


def test_the_summary_tells_rates_zone_and_lines_of_further_rules(tmp_path: Path) -> None:
    document = capped()
    document["reporting"]["rates"] += [
        {"date": "2025-06-01", "currency": "jpy", "rate": 1},
        {"date": "2026-09-01", "currency": "jpy", "rate": 2},
    ]
    whole, report = replayed(document, tmp_path)
    summary = Outcome.of(whole, report).summary
    assert summary["rates"] == {"jpy": {"2026-01-01": "0.00655", "2026-03-01": "0.0069"}}
    assert summary["exchange_rates"] == {"jpy": "150"}
    assert summary["time_zone"] == "UTC"
    pro = summary["candidates"]["Pro"]
    parts = ("plan_base", "overage", "purchases", "discount", "credit", "commitment", "seats", "quota", "addons")
    assert sum(Decimal(pro[part]) for part in parts) == Decimal(pro["billed"])
    assert all(Decimal(pro[part]) for part in parts if part != "purchases")


def test_a_summary_without_markets_has_no_rates(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").write_text("customer_id,timestamp,feature,value\na,2026-01-01,calls,1\n")
    plan = {"consumption_model": "metered", "prices": {"monthly": 1}, "features": {"calls": {"included": 9}}}
    scenario = Scenario.model_validate(
        {"catalog": {"features": {"calls": {}}, "plans": {"p": plan}}, "candidates": [{"name": "P", "plan": "p"}]}
    )
    found = read(tmp_path / "usage.csv")
    summary = Outcome.of(replay(scenario, found.usage), found.report).summary
    assert not {"rates", "exchange_rates"} & set(summary)
    assert not {"alerts", "corrections", "redemptions", "seats"} & set(summary["candidates"]["P"])

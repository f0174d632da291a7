"""Levels among the rows of a usage (billing-rules 10.4): the same as in a file of their own, and what is wrong with them in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from commet_core.cli import main
from commet_core.engine.outcome import Outcome
from commet_core.engine.pieces import Piece, replay_pieces
from commet_core.engine.replay import replay
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.saved_rules import rules_document
from commet_core.usage.store import open_store, prepare

SCENARIO: dict[str, Any] = yaml.safe_load("""
catalog:
  features: {calls: {}, editors: {type: seats}, store: {type: quota}}
  plans:
    pro:
      consumption_model: metered
      prices: {monthly: 60}
      features:
        calls: {included: 5, overage: {unit_price: 0.5}}
        editors: {included: 3, overage: {unit_price: 12}}
        store: {included: 2, overage: {unit_price: 1}}
window: {start: 2026-06-01, end: 2026-08-01}
candidates: [{name: Pro, plan: pro}]
""")
LEVELS = [
    ("ana", "2026-06-01", "editors", "5"),
    ("ana", "2026-06-11T09:00:00", "editors", "7"),
    ("ana", "2026-06-21", "editors", "4"),
    ("ana", "2026-06-26", "editors", "6"),
    ("ana", "2026-06-26", "store", "2.5"),
    ("bob", "2026-05-20", "editors", "4"),
    ("bob", "2026-07-20", "editors", "0"),
]
CALLS = [("ana", "2026-06-05", "calls", "12"), ("cyd", "2026-06-07", "calls", "3")]


def read_rows(folder: Path, rows: list[tuple[str, ...]], mapping: str = "") -> Ingested:
    path = folder / "usage.csv"
    path.write_text("".join(",".join(row) + "\n" for row in [("customer_id", "timestamp", "feature", "value"), *rows]))
    return read([path], parse_mapping(mapping, "mapping") if mapping else None)


def tables(scenario: dict[str, Any], found: Ingested) -> dict[str, list[dict[str, Any]]]:
    replayed = replay(Scenario.model_validate(scenario), found.usage)
    return {name: replayed.table(name).to_pylist() for name in replayed.table_names}


def test_levels_among_usage_are_those_of_a_file_of_their_own(tmp_path: Path) -> None:
    rows = [{"customer_id": who, "at": at, "feature": feature, "set": level} for who, at, feature, level in LEVELS]
    expected = tables({**SCENARIO, "levels": rows}, read_rows(tmp_path, CALLS))
    assert [row["true_up_amount"] for row in expected["levels"] if row["true_up_amount"]] != []
    assert tables(SCENARIO, read_rows(tmp_path, LEVELS + CALLS, "levels: [editors, store]")) == expected


def test_rows_of_changes_come_after_those_of_the_usage(tmp_path: Path) -> None:
    changes = [{"customer_id": "ana", "at": "2026-06-01", "feature": "editors", "change": "2"}]
    found = tables({**SCENARIO, "levels": changes}, read_rows(tmp_path, [*LEVELS[:1], *CALLS], "levels: editors"))
    assert [row["opening"] for row in found["levels"]] == [7, 7]


def test_columns_of_a_wide_table_are_levels_and_a_zero_is_one(tmp_path: Path) -> None:
    (tmp_path / "wide.csv").write_text("customer,date,calls,editors\nana,2026-06-01,12,5\nana,2026-06-11,0,0\n")
    mapping = parse_mapping("levels: [editors]", "mapping")
    found = tables(SCENARIO, read([tmp_path / "wide.csv"], mapping))
    assert [(row["opening"], row["closing"]) for row in found["levels"]] == [(5, 0), (0, 0)]
    store = prepare([tmp_path / "wide.csv"], tmp_path / "usage.store", mapping)
    assert tables(SCENARIO, open_store(tmp_path / "usage.store")) == found == tables(SCENARIO, store)


def test_parts_come_to_the_same_and_rows_of_levels_are_counted(tmp_path: Path) -> None:
    found = read_rows(tmp_path, LEVELS + CALLS, "levels: [editors, store]")
    scenario = Scenario.model_validate(SCENARIO)
    whole = replay(scenario, found.usage)
    parts = list(replay_pieces(scenario, found.usage, Piece.of, events=1))
    assert len(parts) == 3
    for name in whole.table_names:
        together = pa.concat_tables([without_dictionaries(part.tables[name]) for part in parts])
        assert together.to_pylist() == whole.table(name).to_pylist(), name
    outcome = Outcome.of(whole, found.report)
    assert (outcome.summary["rows_used"], outcome.summary["level_rows"], outcome.events_outside) == (2, 7, 0)


@pytest.mark.parametrize(
    ("rows", "mapping", "message"),
    [
        ([("ana", "2026-06-01", "editors", "5")], "", r"'editors': it is used up in the usage, and held by the catalog"),
        (CALLS, "levels: [calls]", r"'calls': its mapping says that it is a level, and its type in the catalog is usage"),
        ([("ana", "2026-06-01", "rooms", "5")], "levels: [rooms]", r"'rooms': .* the catalog does not have it. Add it to"),
        ([("ana", "2026-06-01", "editors", "1.5")], "levels: [editors]", r"a level of seats is no whole number"),
    ],
)
def test_what_is_wrong_with_levels_among_usage_is_said(
    tmp_path: Path, rows: list[tuple[str, ...]], mapping: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        replay(Scenario.model_validate(SCENARIO), read_rows(tmp_path, rows, mapping).usage)


def test_a_level_below_zero_is_rejected_or_told(tmp_path: Path) -> None:
    below = [("ana", "2026-06-01", "editors", "-1"), *CALLS]
    found = read_rows(tmp_path, below, "levels: [editors]")
    assert found.report.rows_rejected == 1
    path, mapping = tmp_path / "usage.csv", parse_mapping("levels: [editors]", "mapping")
    with pytest.raises(InputError, match="a level is below zero, first of customer 'ana'"):
        replay(Scenario.model_validate({**SCENARIO, "corrections": "net"}), read([path], mapping, corrections=True).usage)


def test_a_mapping_keeps_its_levels_and_refuses_what_names_none() -> None:
    saved = parse_mapping("levels: [editors, store]", "mapping")
    assert rules_document(saved.rules())["levels"] == ["editors", "store"]
    with pytest.raises(InputError, match="does not say what is a level"):
        parse_mapping("levels: {editors: max}", "mapping")


def test_the_command_line_tells_rows_of_levels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_rows(tmp_path, LEVELS + CALLS)
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump(SCENARIO))
    (tmp_path / "mapping.yaml").write_text("levels: [editors, store]\n")
    paths = ["--usage", str(tmp_path / "usage.csv"), "--mapping", str(tmp_path / "mapping.yaml")]
    assert main(["replay", str(tmp_path / "scenario.yaml"), *paths, "--out", str(tmp_path / "out")]) == 0
    assert "9 rows read = 2 used + 0 rejected" in capsys.readouterr().out


def test_rows_of_levels_that_cannot_be_used_are_told_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of levels: one that would come below zero, one that is no whole seat, and one that is used."""
    rows = "ann,2026-06-02,editors,,-2\nann,2026-06-03,editors,1.5,\nann,2026-06-04,editors,3,\n"
    (tmp_path / "seats.csv").write_text(f"customer_id,at,feature,set,change\n{rows}")
    (tmp_path / "scenario.yaml").write_text(yaml.safe_dump({**SCENARIO, "levels": "seats.csv"}))
    (tmp_path / "usage.csv").write_text("customer_id,timestamp,feature,value\nann,2026-06-05,calls,1\n")
    paths = ["--usage", str(tmp_path / "usage.csv"), "--out", str(tmp_path / "out"), "--format", "csv"]
    assert main(["replay", str(tmp_path / "scenario.yaml"), *paths]) == 0
    said = capsys.readouterr().out
    assert "2 rows of levels are rejected, the others are used:\n  seats.csv, line 2, change: customer 'ann': " in said
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["level_rows_rejected"] == 2
    assert (tmp_path / "out" / "rejects.csv").read_text().count("seats.csv") == 2

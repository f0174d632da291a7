"""Which requests to AI models need a price: those of every plan and add-on that customers can have (billing-rules 11.3)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.cli import main
from commet_core.scenario import priced_requests
from commet_core.scenario.priced_requests import request_prices
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import read

LATER = [{"from": "2026-02-01", "features": {"chat": {"pricing": "ai_model"}}}]
ADD_ON = {"chats": {"feature": "chat", "consumption_model": "balance", "base_price": 5, "pricing": "ai_model"}}
ACTIVATED = {"customer_id": "ana", "at": "2026-01-02", "action": "activate_add_on", "item": "chats"}


def scenario(plan: Mapping[str, Any], candidate: Mapping[str, Any], **more: Any) -> Scenario:
    terms = {"consumption_model": "balance", "prices": {"monthly": 10}, "features": {"call": {"unit_price": 1}}}
    catalog = {"features": {"call": {}, "chat": {}}, "plans": {"plan": {**terms, **plan}}, "addons": ADD_ON}
    return Scenario.model_validate({"catalog": catalog, "candidates": [{"name": "P", "plan": "plan", **candidate}], **more})


@pytest.mark.parametrize(
    ("plan", "candidate", "more"),
    [
        ({"versions": LATER}, {}, {}),
        ({}, {"addons": ["chats"]}, {}),
        ({}, {}, {"subscriptions": [ACTIVATED]}),
    ],
    ids=["of a later version", "of a candidate's add-on", "of an add-on that somebody activates"],
)
def test_a_request_whose_model_has_no_price_is_rejected_and_the_others_are_used(
    plan: dict[str, Any], candidate: dict[str, Any], more: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "usage.csv"
    file.write_text(
        "customer_id,timestamp,feature,value,model,input_tokens,output_tokens\n"
        "ana,2026-02-05,chat,1,nobody/knows,1000,500\n"
        "ana,2026-02-07,chat,1,openai/gpt-4o,1000,500\n",
        "utf-8",
    )
    found = read([file], prices=request_prices(scenario(plan, candidate, **more)))
    (reject,) = found.report.rejects.to_pylist()
    assert (reject["line"], reject["column"], reject["value"]) == (2, "model", "nobody/knows")
    assert found.usage.event_count == 1


def test_an_add_on_that_nobody_has_asks_for_no_price() -> None:
    assert request_prices(scenario({}, {})) is None


def test_every_command_that_replays_rejects_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    usage, study = tmp_path / "usage.csv", tmp_path / "scenario.json"
    rows = [f"ana,2026-02-{day:02},chat,1,{model},1000,500" for day, model in ((5, "nobody/knows"), (7, "openai/gpt-4o"))]
    usage.write_text("customer_id,timestamp,feature,value,model,input_tokens,output_tokens\n" + "\n".join(rows), "utf-8")
    candidates = [{"name": name, "plan": "plan", "addons": ["chats"]} for name in ("P", "Q")]
    study.write_text(json.dumps(scenario({}, {}).model_dump(mode="json") | {"candidates": candidates}), "utf-8")
    outs = {"replay": "replayed", "answer": "answer.md", "assume": "assumed"}
    for command, out in outs.items():
        assert main([command, str(study), "--usage", str(usage), "--out", str(tmp_path / out)]) == 0, command
        told = capsys.readouterr()
        assert "line 2, model 'nobody/knows'" in (told.out if command == "replay" else told.err), command


def test_what_the_reading_is_asked_is_worked_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many batches of rows ask for it."""
    rows = 600
    columns = {
        "customer_id": ["ana"] * rows,
        "timestamp": pa.array([datetime(2026, 2, 5, tzinfo=UTC)] * rows, pa.timestamp("us", "UTC")),
        "feature": ["chat"] * rows,
        "value": [1] * rows,
        "model": ["openai/gpt-4o"] * rows,
        "input_tokens": [1000] * rows,
        "output_tokens": [500] * rows,
    }
    pq.write_table(pa.table(columns), tmp_path / "usage.parquet", row_group_size=rows // 6)
    document = scenario({}, {"addons": ["chats"]}).model_dump(mode="json")
    (tmp_path / "scenario.json").write_text(json.dumps(document), "utf-8")
    asked: list[Scenario] = []
    monkeypatch.setattr(priced_requests, "request_prices", lambda found: asked.append(found) or request_prices(found))
    given = [str(tmp_path / name) for name in ("scenario.json", "usage.parquet", "out")]
    assert main(["replay", given[0], "--usage", given[1], "--out", given[2]]) == 0
    assert len(asked) == 1

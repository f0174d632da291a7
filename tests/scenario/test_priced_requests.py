"""Which requests to AI models need a price: those of every plan and add-on that customers can have (billing-rules 11.3)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

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

"""Subscriptions as a table of what is wrong with them, and as an example to begin with."""

from datetime import date

from support.subscribed import CATALOG, action, calls, scenario

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import replay
from commet_core.scenario.presets import catalog_presets
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import COLUMNS, SubscriptionRow
from commet_core.scenario.subscriptions.checks import check_rows
from commet_core.scenario.subscriptions.example import example_rows
from commet_core.scenario.subscriptions.problems import SCHEMA, problem_table


def test_problems_say_where_and_what() -> None:
    rows = [
        SubscriptionRow(file="subs.csv", line=7, customer_id="ana", at="2026-04-10", action="resume"),
        SubscriptionRow(file="subs.csv", line=9, customer_id="bob", at="soon", action="pause"),
    ]
    found = problem_table(replay(scenario(rows), calls(ana=1, bob=1, cyd=1)).subscribers.problems).to_pylist()
    assert [(row["file"], row["line"], row["customer_id"], row["column"], row["value"]) for row in found] == [
        ("subs.csv", 9, "bob", "at", "soon"),
        ("subs.csv", 7, "ana", "action", "resume"),
    ]
    assert found[1]["what"] == "the subscription is not paused"
    assert found[1]["fix"] == "Resume after a pause"


def test_without_problems_the_table_has_its_columns() -> None:
    assert problem_table(replay(scenario([action("start", "2026-04-01")]), calls(ana=1)).subscribers.problems).schema == SCHEMA


def test_the_example_is_sound_with_the_catalog_that_it_is_made_for() -> None:
    for catalog in (Catalog.model_validate(CATALOG), *(preset.catalog for preset in catalog_presets().values())):
        table = example_rows(catalog)
        assert table.column_names == list(COLUMNS)
        rows = [SubscriptionRow.model_validate(row) for row in table.to_pylist()]
        assert len(rows) >= 5
        assert check_rows(rows, catalog, []).problems == []


def test_the_example_can_be_lived() -> None:
    catalog = Catalog.model_validate(CATALOG)
    rows = example_rows(catalog).to_pylist()
    for model in ("basic", "credits", "balance"):
        own = [
            row
            for row in rows
            if catalog.plans[_plan_of(rows, row["customer_id"])].consumption_model == catalog.plans[model].consumption_model
        ]
        stated = {"catalog": catalog, "window": {"start": date(2026, 1, 1), "end": date(2026, 7, 1)}, "subscriptions": own}
        result = replay(Scenario.model_validate(stated | {"candidates": [{"name": model, "plan": model}]}), calls(ana=1))
        assert result.problems == ()
        assert result.runs[0].customer_count > 1


def _plan_of(rows: list[dict[str, str]], customer_id: str) -> str:
    return next(row["plan"] for row in rows if row["customer_id"] == customer_id)


def test_an_empty_catalog_has_an_example_too() -> None:
    assert example_rows(Catalog.model_validate({})).num_rows == 5

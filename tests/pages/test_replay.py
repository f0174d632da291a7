"""The Replay page, through the app: choosing, reading, filtering, and inputs that are not what one expects."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from support.replay_page import FEATURES, PACKS, PLANS, choose, metrics, page, study_of, texts

from commet_core.engine.replay import replay
from commet_core.reports.statement import allowance, statement_of
from commet_core.scenario.scenario import Scenario
from commet_core.usage.usage import Usage
from pages.shared.charts import allowance as charts
from pages.shared.palette import LIGHT

FIRST_DAY = date(2026, 1, 5)

ADA = [("ada", "2026-01-05", "call", 13), ("ada", "2026-01-06", "image", 3), ("ada", "2026-02-07", "call", 2)]
USUAL = [*ADA, ("bob", "2026-01-05", "call", 1)]


def with_one(plan: dict[str, Any], events: list[tuple[Any, ...]], *, currency: str = "usd", **changes: Any) -> AppTest:
    """The page for a single candidate on a plan of one's own."""
    catalog = {"currency": currency, "features": FEATURES, "plans": {"own": plan}, "credit_packs": {}}
    return page(study_of(events, catalog, candidates=({"name": "Own", "plan": "own"},), **changes))


def bars(app: AppTest) -> list[str]:
    """The words on progress bars."""
    return [bar.proto.text.replace("\\", "") for bar in app.get("progress")]


def ledger(app: AppTest) -> list[dict[str, str]]:
    return app.dataframe[-1].value.to_dict("records")


def test_it_opens_on_the_sample_with_the_largest_customer_and_everything_ties_out() -> None:
    app = page()
    assert " and on Compare." in app.success[0].value
    assert app.selectbox(key="replay_customer").index == 0
    assert len(ledger(app)) == 100


def test_a_metered_customer_in_words_and_figures() -> None:
    app = page(study_of(USUAL))
    assert metrics(app) == {"Billed, USD": "$198.05", "Events": "3", "Events refused": "1"}
    said = texts(app)
    assert "$198.00 base price + $0.05 overage. First refused on 6 Jan 2026." in said
    assert "API calls, 5 Jan 2026 to 4 Feb 2026: 3 calls beyond the 10 included × $0.015 = $0.045, rounded to $0.05" in said
    assert "$198.05 in 3 lines, in 2 invoices and on Compare." in said
    assert "charged at the end of the period; nothing of it is refused." in said
    assert [row["outcome"] for row in ledger(app)] == ["Served", "Refused: not in the plan", "Served"]
    assert [row["overage_cost"] for row in ledger(app)] == ["$0.045", "–", "$0.00"]


def test_a_feature_outside_the_plan_is_said_in_place_of_a_chart() -> None:
    app = page(study_of(USUAL))
    app.selectbox(key="replay_feature").set_value("image").run()
    assert "The plan does not have Images: everything asked of it is refused." in texts(app)


def test_credits_show_stocks_packs_and_purchases() -> None:
    app = choose(page(study_of(USUAL)), "Credits")
    assert metrics(app)["Plan credits left of 10"] == "8"
    assert metrics(app)["Purchased credits left"] == "2"
    said = texts(app)
    assert "| Small *pack* | 5 | $3.00 |" in said
    assert "| Images | 4 credits per image | 2 images |" in said
    assert [(row["credits"], row["credits_bought"], row["outcome"]) for row in ledger(app)] == [
        ("13", "5", "Served"),
        ("0", "0", "Refused: not enough credits"),
        ("2", "0", "Served"),
    ]
    assert "at most 1 pack a period; this one bought 5 credits." in said


def test_a_balance_below_zero_is_said_to_be_overage() -> None:
    app = choose(page(study_of(USUAL)), "Balance")
    app.slider(key="replay_day").set_value(FIRST_DAY).run()
    assert metrics(app)["Balance left of \\$5.00"] == "-$8.00"
    assert "$8.00 of overage so far" in texts(app)
    assert [row["balance_left"] for row in ledger(app)] == ["-$8.00", "-$8.00", "$3.00"]


def test_the_portal_follows_the_day() -> None:
    app = page(study_of(USUAL))
    app.slider(key="replay_day").set_value(FIRST_DAY).run()
    assert "API calls: 13 of 10 calls used, 3 beyond at $0.015 each" in bars(app)
    assert "resets on 5 Feb 2026. Next charge on 5 Feb 2026." in texts(app)


def test_the_candidate_and_the_customer_are_in_the_link_and_outlive_other_pages() -> None:
    app = choose(page(study_of(USUAL)), "Credits")
    app.selectbox(key="replay_customer").set_value("bob").run()
    assert (app.query_params["candidate"], app.query_params["customer"]) == ("Credits", "bob")
    app.switch_page("app.py").run()
    app.switch_page("pages/customers.py").run()
    assert app.selectbox(key="replay_customer").value == "bob"
    assert app.button_group(key="replay_candidate").value == "Credits"


def test_a_link_opens_its_customer_and_candidate() -> None:
    app = page(study_of(USUAL), candidate="Balance", customer="bob")
    assert app.selectbox(key="replay_customer").value == "bob"
    assert metrics(app)["Balance left of \\$5.00"] == "$5.00"


def test_a_link_to_what_does_not_exist_says_so_and_shows_the_largest() -> None:
    app = page(study_of(USUAL), candidate="Gone", customer="nobody")
    assert "the candidate 'Gone' is not part of this comparison" in texts(app)
    assert "the customer 'nobody' has no usage in this window" in texts(app)
    assert app.selectbox(key="replay_customer").value == "ada"


def test_the_ledger_is_filtered() -> None:
    app = page(study_of(USUAL))
    app.toggle(key="replay_refused").set_value(True).run()
    assert [row["event"] for row in ledger(app)] == ["2"]
    app.selectbox(key="replay_ledger_feature").set_value("call").run()
    assert "No event matches." in texts(app)
    app.toggle(key="replay_refused").set_value(False).run()
    assert [row["event"] for row in ledger(app)] == ["1", "3"]
    app.selectbox(key="replay_ledger_period").set_value(1).run()
    assert [row["event"] for row in ledger(app)] == ["3"]


def test_a_chosen_invoice_shows_its_lines() -> None:
    app = page(study_of(USUAL))
    assert "**Invoice 2**" in texts(app)
    app.session_state["replay_invoice_of_Metered_ada"] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    app.run()
    assert "**Invoice 1**" in texts(app)
    assert "3 calls beyond" not in texts(app)


def test_customers_are_ordered_by_what_was_chosen() -> None:
    rows = [*USUAL, *[("carl", f"2026-01-{day:02}", "image", 1) for day in range(10, 20)]]
    app = page(study_of(rows))
    assert app.selectbox(key="replay_customer").options[0] == "ada · $198.05 · 3 events"
    app.selectbox(key="replay_order").set_value("refused").run()
    assert app.selectbox(key="replay_customer").options[0] == "carl · $198.00 · 10 events"
    assert app.selectbox(key="replay_customer").value == "ada"


def test_among_many_customers_a_part_of_the_name_finds_one() -> None:
    rows = [(f"customer {place:03}", "2026-01-05", "call", 1) for place in range(600)]
    app = page(study_of(rows))
    assert app.selectbox(key="replay_customer").label == "Customer (500 of 600)"
    app.text_input(key="replay_search").set_value("R 59").run()
    assert len(app.selectbox(key="replay_customer").options) == 10
    assert app.selectbox(key="replay_customer").value == "customer 590"
    app.text_input(key="replay_search").set_value("nobody").run()
    assert "No customer's name contains 'nobody'" in texts(app)


def test_a_link_opens_a_customer_beyond_those_listed() -> None:
    rows = [(f"customer {place:03}", "2026-01-05", "call", 1) for place in range(600)]
    app = page(study_of(rows), customer="customer 599")
    assert app.selectbox(key="replay_customer").value == "customer 599"
    assert len(app.selectbox(key="replay_customer").options) == 501


@pytest.mark.parametrize("name", ["=1+1", 'Ada "Countess"', "$a$ *b* | :red[c] `d`", "a\nb", "<b>bold</b>", "x" * 900])
def test_a_strange_name_is_shown_as_it_is(name: str) -> None:
    app = page(study_of([(name, "2026-01-05", "call", 20)]))
    assert app.selectbox(key="replay_customer").value == name
    assert " and on Compare." in app.success[0].value


def test_names_in_a_catalog_are_never_markup() -> None:
    plan = PLANS["metered"] | {"name": "Pro | *gold*\n# $1"}
    app = with_one(plan, ADA)
    shown = "\n".join(element.value for element in app.markdown)
    assert "**Pro \\| \\*gold\\* \\# \\$1**" in shown
    assert "| Pro \\| \\*gold\\* \\# \\$1, base price for the month" in shown


def test_a_single_event_on_the_last_day() -> None:
    app = with_one(PLANS["metered"], [("ada", "2026-01-31T23:59:59", "call", 1)])
    assert metrics(app)["Billed, USD"] == "$99.00"
    assert not app.slider


def test_a_free_plan_has_no_invoices() -> None:
    app = with_one(PLANS["metered"] | {"prices": {}}, ADA)
    assert "This customer has no invoices" in texts(app)
    assert "On a free plan what is included is a hard limit: 1 event was refused" in texts(app)


def test_a_plan_without_features_refuses_everything() -> None:
    app = with_one(PLANS["credits"] | {"features": {}}, ADA)
    assert metrics(app)["Events refused"] == "3"
    assert "The plan has no features, so everything is refused." in texts(app)
    assert "None are sold on this plan." in texts(app)


def test_weekly_plans_in_yen() -> None:
    app = with_one(PLANS["metered"] | {"prices": {"weekly": 900}}, ADA, currency="jpy")
    assert metrics(app)["Billed, JPY"] == "¥7,200"
    assert "¥900 a week" in texts(app)


def test_unlimited_features_are_served_without_a_limit() -> None:
    plan = PLANS["metered"] | {"features": {"call": {"unlimited": True}, "image": {"included": 1}}}
    app = with_one(plan, ADA)
    assert "API calls: 2 calls used, unlimited" in texts(app)
    assert [row["included_left"] for row in ledger(app)] == ["–", "1", "–"]


def test_top_ups_are_shown_with_their_assumption() -> None:
    plan = PLANS["balance"] | {"block_on_exhaustion": True}
    catalog = {"features": FEATURES, "plans": {"own": plan}}
    top_up = {"amount": 10, "max_per_period": 2}
    app = page(study_of(USUAL, catalog, candidates=({"name": "Own", "plan": "own", "top_up": top_up},)))
    words = "Assumption: a customer who is short tops up by $10.00, at most 2 times a period; this one added $10.00."
    assert texts(app).count(words) == 2
    assert ledger(app)[0]["topped_up"] == "$10.00"
    assert "**Top-ups**" in texts(app)


def test_totals_are_served_in_part() -> None:
    app = with_one(PLANS["metered"] | {"features": {"call": {"included": 10}}}, ADA, rows="aggregate")
    assert metrics(app)["Rows refused, in whole or in part"] == "2"
    assert (ledger(app)[0]["outcome"], ledger(app)[0]["served"]) == ("Served in part: included used up", "10")


def test_huge_values_keep_every_digit() -> None:
    plan = PLANS["balance"] | {"features": {"call": {"unit_price": "0.000000001"}}}
    app = with_one(plan, [("ada", "2026-01-05", "call", "1234567890123.123456")])
    assert ledger(app)[0]["value"] == "1,234,567,890,123.123456"
    assert ledger(app)[0]["cost"] == "$1,234.567890123"


def test_without_plans_it_says_what_is_missing() -> None:
    app = page(study_of(ADA, {"features": FEATURES}, candidates=()))
    assert [note.value for note in app.info] == ["No plan is chosen for comparison yet, so there is nothing to replay."]
    assert not app.error
    assert not app.metric


@pytest.mark.parametrize("model", ["metered", "credits", "balance"])
def test_a_chart_of_many_events_and_weekly_resets_stays_below_ten_thousand_points(model: str) -> None:
    """20,000 events over thirty years of weeks, most of them refused or beyond the allowance, with purchases on the way."""
    plan = PLANS[model] | {"prices": {"weekly": 5}}
    candidate = {"name": "Own", "plan": "own"} | ({"purchases": {"pack": "small"}} if model == "credits" else {})
    scenario = Scenario.model_validate(
        {"catalog": {"features": FEATURES, "plans": {"own": plan}, "credit_packs": PACKS}, "candidates": [candidate]}
    )
    times = [datetime(1996, 1, 1, tzinfo=UTC) + timedelta(hours=13 * step) for step in range(20_000)]
    usage = Usage.from_events(["ada"] * 20_000, times, ["call", "image"] * 10_000, [step % 7 for step in range(20_000)])
    replayed = replay(scenario, usage)
    statement = statement_of(replayed, replayed.runs[0], "ada")
    if model == "metered":
        figure = charts.used_of_feature(allowance.used_of_feature(statement, "call"), "calls", LIGHT)
    elif model == "credits":
        figure = charts.credits_left(allowance.credits_left(statement), LIGHT)
    else:
        figure = charts.balance_left(allowance.balance_left(statement), "usd", LIGHT)
    assert 2_000 < sum(len(trace.x) for trace in figure.data) < 10_000
    assert {trace.type for trace in figure.data} == {"scatter"}


def test_amounts_on_the_page_are_those_of_the_core() -> None:
    """The chart's last step is what the ledger's last row leaves."""
    app = choose(page(study_of(USUAL)), "Credits")
    last = ledger(app)[-1]
    assert Decimal(last["plan_credits_left"]) + Decimal(last["purchased_credits_left"]) == Decimal(10)

"""The form of actions is filled from one line for each kind: what it asks is what the row may say, and all have words."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.engine.replay import replay
from commet_core.foundation.vocabulary import ActionKind
from commet_core.foundation.wording import action_name
from commet_core.reports.statement import Statement, statement_of
from commet_core.reports.statement.action_form import ASKED, fields_of, filled, possible_kinds
from commet_core.reports.statement.action_words import action_words
from commet_core.reports.statement.trying import refusals
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions import SubscriptionRow
from commet_core.scenario.subscriptions.checks import CELLS_OF, check_rows
from commet_core.usage.usage import Usage

LIMITS = {"calls": {"included": 5}}
CATALOG: dict[str, Any] = {
    "features": {"calls": {"name": "Calls", "unit": "call"}, "sms": {"name": "Messages"}, "editors": {"type": "seats", "name": "Editors", "unit": "seat"}},
    "plans": {
        "pro": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"monthly": 30, "yearly": 300},
            "features": {"calls": {"included": 5, "overage": {"unit_price": 1}}, "editors": {"included": 2, "overage": {"unit_price": {"monthly": 9, "yearly": 90}}}},
            "versions": [{"from": "2026-04-10", "prices": {"monthly": 40}}],
        },
        "lite": {"name": "Lite", "consumption_model": "metered", "prices": {"monthly": 5}, "features": LIMITS},
        "big": {"name": "Big", "consumption_model": "metered", "prices": {"monthly": 9}, "features": {"calls": {"included": 50}}},
        "credits": {"consumption_model": "credits", "prices": {"monthly": 5}, "included_credits": 9, "features": {"calls": {"credits_per_unit": 1}}},
        "balance": {"consumption_model": "balance", "prices": {"monthly": 5}, "block_on_exhaustion": True, "features": {"calls": {"unit_price": 1}}},
    },
    "plan_groups": {"all": ["lite", "big"]},
    "credit_packs": {"small": {"name": "Small", "credits": 5, "price": 3}},
    "addons": {"sms": {"name": "SMS", "feature": "sms", "consumption_model": "metered", "base_price": 6, "included": 2}},
    "offers": {"half": {"name": "Half", "percent": 50, "cycles": 1}, "taste": {"phases": [{"type": "free_trial", "duration_days": 7}]}},
    "promo_codes": {"SPRING": {"offer": "half"}},
}  # fmt: skip
AT = datetime(2026, 4, 16, tzinfo=UTC)


def statement(plan: str, *rows: dict[str, Any]) -> Statement:
    document = {"catalog": CATALOG, "window": {"start": "2026-04-01", "end": "2026-07-01"}, "subscriptions": list(rows)}
    scenario = Scenario.model_validate(document | {"candidates": [{"name": plan, "plan": plan}]})
    result = replay(scenario, Usage.from_events(["ana"], [datetime(2026, 4, 2, tzinfo=UTC)], ["calls"], [1]))
    return statement_of(result, result.runs[0], "ana")


def row_of(found: Statement, kind: ActionKind, **typed: str) -> SubscriptionRow:
    fields = fields_of(found, kind, AT)
    cells = filled(fields, {field.name: field.first or "" for field in fields} | typed)
    return SubscriptionRow.model_validate({"customer_id": "ana", "at": "2026-04-16", "action": kind} | cells)


@pytest.mark.parametrize("plan", CATALOG["plans"])
def test_what_the_form_says_at_first_is_a_row_that_can_be_read(plan: str) -> None:
    found = statement(plan)
    for kind in possible_kinds(found):
        asked = {column for field in fields_of(found, kind, AT) for column in field.columns}
        assert asked <= CELLS_OF[kind], kind
        assert not check_rows([row_of(found, kind)], Catalog.model_validate(CATALOG), []).problems, kind


def test_every_action_is_asked_for_somewhere_and_all_that_a_row_may_say_of_it() -> None:
    assert sorted(ASKED) == sorted(get_args(ActionKind))
    offered: dict[str, set[str]] = {}
    for plan in CATALOG["plans"]:
        found = statement(plan)
        for kind in possible_kinds(found):
            offered.setdefault(kind, set()).update(column for field in fields_of(found, kind, AT) for column in field.columns)
    assert set(offered) == set(ASKED)
    not_asked = {kind: CELLS_OF[kind] - offered[kind] for kind in ASKED if CELLS_OF[kind] - offered[kind]}
    assert not_asked == {"start": {"market"}}  # a statement is of customers in one market


def test_a_start_may_be_on_another_plan_or_interval() -> None:
    found = statement("lite")
    field = next(one for one in fields_of(found, "start", AT) if one.name == "start_plan")
    assert field.options is not None
    assert [option.words for option in field.options.values()] == ["The candidate's plan", "Big, monthly: $9.00 a month"]
    row = row_of(found, "start", start_plan="big monthly")
    assert (row.plan, row.interval) == ("big", "monthly")
    assert refusals(found.replayed, row.model_copy(update={"at": "2026-04-01"})) == ()
    yearly = next(one for one in fields_of(statement("pro"), "start", AT) if one.name == "start_plan")
    assert list(yearly.options or ()) == ["", "pro yearly"]
    begun = statement("lite", {"customer_id": "ana", "at": "2026-04-01", "action": "start"})
    assert "start" not in possible_kinds(begun)


def test_only_what_a_plan_allows_is_offered() -> None:
    kinds = {plan: set(possible_kinds(statement(plan))) for plan in CATALOG["plans"]}
    every = {"set_level", "change_level", "apply_offer", "customer_credit", "start", "pause", "resume", "cancel", "reactivate"}
    metered = every | {"activate_add_on", "end_add_on", "change_plan"}
    assert kinds == {
        "pro": metered | {"adopt_version"},
        "lite": metered | {"grant", "end_grant"},
        "big": metered,
        "credits": every | {"buy_pack", "adjust"},
        "balance": every | {"top_up", "adjust"},
    }


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"action": "start"}, "start"),
        ({"action": "start", "plan": "pro", "promo_code": "SPRING"}, "start on Pro, monthly with the promo code SPRING"),
        ({"action": "start", "item": "half"}, "start with the offer Half"),
        ({"action": "change_plan", "plan": "big", "item": "half"}, "change to Big, monthly with the offer Half"),
        ({"action": "reactivate", "item": "half"}, "reactivate with the offer Half"),
        ({"action": "adjust", "item": "plan_credits", "amount": "1"}, "give 1 plan credit"),
        ({"action": "adjust", "item": "purchased_credits", "amount": "-3"}, "take away 3 purchased credits"),
        ({"action": "adjust", "item": "balance", "amount": "-3"}, "take away $3.00 of balance"),
        ({"action": "set_level", "item": "editors", "amount": "5"}, "hold 5 seats of Editors"),
        ({"action": "change_level", "item": "editors", "amount": "-1"}, "1 seat of Editors fewer"),
        ({"action": "activate_add_on", "item": "sms"}, "activate the add-on SMS"),
        ({"action": "end_add_on", "item": "sms"}, "end the add-on SMS"),
        ({"action": "apply_offer", "item": "half"}, "the offer Half from the next charge on"),
        ({"action": "adopt_version"}, "adopt the latest version"),
        ({"action": "adopt_version", "item": "2026-04-10", "when": "now"}, "adopt the version of 10 Apr 2026, at once"),
        ({"action": "customer_credit", "amount": "20"}, "grant a customer credit of $20.00"),
        ({"action": "customer_credit", "amount": "20", "until": "2026-05-01"}, "grant a customer credit of $20.00 until 1 May 2026"),
        ({"action": "grant", "plan": "big", "cycles": "2"}, "lend the plan Big for 2 billing cycles"),
        ({"action": "end_grant"}, "end the plan that is lent"),
    ],
)  # fmt: skip
def test_actions_in_words(cells: dict[str, str], words: str) -> None:
    row = SubscriptionRow.model_validate({"customer_id": "ana", "at": "2026-04-16"} | cells)
    assert action_words(Catalog.model_validate(CATALOG), row) == f"16 Apr 2026: {words}"
    assert action_name(cells["action"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("plan", "kind", "typed", "column", "what"),
    [
        ("pro", "set_level", {"held": "1.5"}, "amount", "1.5 is not a whole number, and seats are"),
        ("pro", "change_level", {"more": "-1"}, "amount", "the level would come below zero"),
        ("pro", "end_add_on", {}, "item", "add-on 'sms' is not active"),
        ("pro", "customer_credit", {"credit": "0.001"}, "amount", "is no whole number of the currency's smallest unit"),
        ("pro", "customer_credit", {"until": "2026-04-01"}, "until", "'2026-04-01' is not after '2026-04-16'"),
        ("lite", "grant", {"cycles": "none"}, "cycles", "'none' is not a number of cycles"),
        ("credits", "adjust", {"adjustment": "0"}, "amount", "0 is not more than 0"),
        ("pro", "start", {"promo_code": "SPRING", "start_offer": "half"}, "promo_code", "the row names an offer too"),
        ("lite", "end_grant", {}, "action", "no plan is granted then"),
    ],
)
def test_a_refusal_names_the_column_that_is_wrong(plan: str, kind: Any, typed: dict[str, str], column: str, what: str) -> None:
    found = statement(plan)
    (refusal,) = refusals(found.replayed, row_of(found, kind, **typed))
    assert (refusal.candidate, refusal.column, refusal.what) == (plan, column, what)


def test_what_adds_to_itself_may_be_tried_again() -> None:
    found = statement("pro")
    level, credit = row_of(found, "set_level"), row_of(found, "customer_credit")
    scenario = found.replayed.scenario.model_copy(update={"subscriptions": (level, credit)})
    tried = replace(found.replayed, scenario=scenario)
    assert [refusal.what for refusal in refusals(tried, level)] == ["this is tried already"]
    assert refusals(tried, credit) == ()

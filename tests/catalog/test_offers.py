"""What is wrong with offers in phases and promo codes, all at once: path, what, and what would be right (interfaces.md)."""

from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario

PLAN = {"consumption_model": "metered", "prices": {"monthly": 60}, "features": {}}


def catalog(**parts: Any) -> dict[str, Any]:
    return {"plans": {"pro": PLAN}, **parts}


def problems(document: dict[str, Any]) -> list[str]:
    with pytest.raises(InputError) as caught:
        Catalog.model_validate(document)
    return sorted(str(problem) for problem in caught.value.problems)


def test_every_mistake_in_phases_is_said_at_once() -> None:
    phases = [
        {"type": "percentage", "percentage": 50},
        {"type": "free_trial", "duration_cycles": 2},
        {"type": "fixed_price", "price": {"eur": 5}, "duration_cycles": 1, "amount": 3},
        {"type": "amount_off"},
    ]
    offer = {"percent": 20, "starts_at": "2026-07-01", "ends_at": "2026-07-01", "phases": phases}
    assert problems(catalog(offers={"launch": offer})) == [
        "offers.launch.ends_at: 2026-07-01 is not after 2026-07-01, where it starts. Let it end later.",
        "offers.launch.percent: the offer has phases, which say that. Remove percent.",
        "offers.launch.phases.0.duration_cycles: is missing. Say for how many charges: only the last phase is open.",
        "offers.launch.phases.1.duration_cycles: free_trial takes no duration_cycles. Remove it.",
        "offers.launch.phases.1.duration_days: is missing. Add it: free_trial says duration_days.",
        "offers.launch.phases.1.type: a free_trial comes after another phase. Put it first.",
        "offers.launch.phases.2.amount: fixed_price takes no amount. Remove it.",
        "offers.launch.phases.2.price: has no amount in usd. Add usd, the catalog's currency.",
        "offers.launch.phases.3.amount: is missing. Add it: amount_off says amount.",
    ]


def test_an_amount_that_is_wrong_is_named_by_its_place_whether_it_says_a_currency_or_not() -> None:
    phases = [
        {"type": "amount_off", "amount": -5, "duration_cycles": True},
        {"type": "fixed_price", "price": {"usd": -1, "eur": True}},
    ]
    assert problems(catalog(offers={"launch": {"phases": phases}})) == [
        "offers.launch.phases.0.amount: -5 is negative. Give a number, 0 or more, with at most 9 decimals.",
        "offers.launch.phases.0.duration_cycles: true is not a whole number. Give a whole number.",
        "offers.launch.phases.1.price.eur: true is not a number. Give a number, 0 or more, with at most 9 decimals.",
        "offers.launch.phases.1.price.usd: -1 is negative. Give a number, 0 or more, with at most 9 decimals.",
    ]


def test_a_promo_code_leads_to_one_discount_on_plans_that_are_there() -> None:
    offers = {"two": {"phases": [{"type": "free_trial", "duration_days": 3}, {"type": "percentage", "percentage": 5}]}}
    codes = {
        "A": {"offer": "two", "plans": ["prp"]},
        "B": {"offer": "tow"},
        "C": {"offer": "two", "plans": ["pro"], "billing_interval": "yearly"},
    }
    said = problems(catalog(offers=offers, promo_codes=codes))
    assert said == [
        "promo_codes.A.offer: offer 'two' is not a single percentage or amount. Name an offer with one percentage or amount_off phase.",
        "promo_codes.A.plans.0: plan 'prp' does not exist. Did you mean pro?",
        "promo_codes.B.offer: offer 'tow' does not exist. Did you mean two?",
        "promo_codes.C.billing_interval: none of its plans has a yearly price. Name an interval that one has.",
        "promo_codes.C.offer: offer 'two' is not a single percentage or amount. Name an offer with one percentage or amount_off phase.",
    ]


def test_a_limited_code_on_a_line_up_that_chooses_by_itself_is_an_error() -> None:
    document = catalog(
        offers={"half": {"percent": 50}},
        promo_codes={"A": {"offer": "half", "max_redemptions": 3}},
        plan_groups={"all": ["pro"]},
    )
    candidate = {"name": "All", "group": "all", "promo_code": "A"}
    with pytest.raises(InputError, match="promo code 'A' has max_redemptions, and the line-up chooses plans by itself"):
        Scenario.model_validate({"catalog": document, "candidates": [candidate]})
    Scenario.model_validate({"catalog": document, "candidates": [candidate | {"choose": "assigned"}]})


def test_a_catalog_with_phases_is_written_as_it_is_read() -> None:
    phases = [
        {"type": "free_trial", "duration_days": 14},
        {"type": "fixed_price", "price": {"usd": 39, "ars": 42000}, "duration_cycles": 1},
        {"type": "amount_off", "amount": "10.5"},
    ]
    offers = {
        "launch": {"starts_at": "2026-01-01", "phases": phases},
        "half": {"phases": [{"type": "percentage", "percentage": 50}]},
    }
    codes = {"A": {"offer": "half", "plans": ["pro"], "billing_interval": "monthly", "expires_at": "2026-12-31"}}
    whole = Catalog.model_validate(catalog(offers=offers, promo_codes=codes))
    assert Catalog.model_validate(whole.document()) == whole
    assert "amount: 10.5" in whole.to_yaml()
    assert "price:\n        usd: 39" in whole.to_yaml()

"""Prices of tiers and packages as terms to be tried: their paths, and what another value comes to."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from commet_core.decide.terms import free_term, terms_of, with_values
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario

TIERS = {"tiers_mode": "volume", "tiers": [{"up_to": 10, "unit_price": 2, "flat_amount": 5}, {"unit_price": 1}]}
PLACE = "plans.pro.features.call.overage"


def scenario(overage: dict[str, Any]) -> Scenario:
    plan = {"consumption_model": "metered", "prices": {"monthly": 10}, "features": {"call": {"overage": overage}}}
    catalog = {"features": {"call": {"name": "Calls"}}, "plans": {"pro": plan}}
    return Scenario.model_validate({"catalog": catalog, "candidates": [{"name": "Pro", "plan": "pro"}]})


def test_each_price_and_fee_of_a_tier_is_a_term() -> None:
    tried = scenario(TIERS)
    terms = {term.path: (term.value, term.words) for term in terms_of(tried, tried.candidates[0])}
    assert {path.removeprefix(f"{PLACE}."): said for path, said in terms.items() if path.startswith(PLACE)} == {
        "tiers.0.unit_price": (2, "the price of Calls in tier 1 on pro"),
        "tiers.0.flat_amount": (5, "the fee of tier 1 of Calls on pro"),
        "tiers.1.unit_price": (1, "the price of Calls in tier 2 on pro"),
    }


def test_another_value_is_put_into_its_tier_alone() -> None:
    tried = scenario(TIERS)
    free = free_term(tried, tried.candidates[0], f"{PLACE}.tiers.1.unit_price=0.5:1.5:0.5")
    changed = with_values(tried.catalog, [free.term], [Decimal("0.5")])
    (before,), (after,) = (
        [plan.features["call"].overage_price for plan in each.plans.values()] for each in (tried.catalog, changed)
    )
    assert before is not None
    assert after is not None
    assert after.tiers == (before.tiers[0], before.tiers[1].model_copy(update={"unit_price": Decimal("0.5")}))


def test_packages_have_their_terms_and_a_size_below_one_is_refused() -> None:
    tried = scenario({"package_size": 5, "package_price": 3})
    paths = [term.path for term in terms_of(tried, tried.candidates[0]) if term.path.startswith(PLACE)]
    assert paths == [f"{PLACE}.package_size", f"{PLACE}.package_price"]
    with pytest.raises(InputError, match=r"0\.5 is less than one unit"):
        free_term(tried, tried.candidates[0], f"{PLACE}.package_size=0.5:2:0.5")

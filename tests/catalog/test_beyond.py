"""Rollover, expiry, commitments and spend caps in a catalog: what is wrong with them is said with its path, all at once."""

from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.reports.quote.words import plan_in_words

METERED = {"consumption_model": "metered", "prices": {"monthly": 99}, "features": {"call": {"included": 1}}}
CREDITS = {
    "consumption_model": "credits",
    "prices": {"monthly": 49},
    "included_credits": 10,
    "features": {"call": {"credits_per_unit": 1}},
}


def catalog_with(**plans: Any) -> dict[str, Any]:
    return {"features": {"call": {}}, "plans": plans}


WRONG = [
    (METERED | {"rollover": {"max_periods": 1}}, "plans.p.rollover"),
    (CREDITS | {"rollover": {"max_periods": 0}}, "plans.p.rollover.max_periods"),
    (CREDITS | {"rollover": {"max_amount": "0.0000001"}}, "plans.p.rollover.max_amount"),
    (METERED | {"minimum_commitment": {"amount": 0, "per": "interval"}}, "plans.p.minimum_commitment.amount"),
    (METERED | {"minimum_commitment": {"amount": 5, "per": "term"}}, "plans.p.minimum_commitment"),
    (METERED | {"minimum_commitment": {"amount": 5, "per": "interval", "term_months": 3}}, "plans.p.minimum_commitment"),
    (METERED | {"minimum_commitment": {"amount": 5, "per": "year"}}, "plans.p.minimum_commitment.per"),
    (METERED | {"prices": {}, "minimum_commitment": {"amount": 5, "per": "interval"}}, "plans.p.minimum_commitment"),
    (
        METERED | {"prices": {"one_time": 5}, "minimum_commitment": {"amount": 5, "per": "interval"}},
        "plans.p.minimum_commitment",
    ),
    (METERED | {"spend_cap": {"amount": -1}}, "plans.p.spend_cap.amount"),
    (METERED | {"spend_cap": {"amount": 5, "beyond": "stop"}}, "plans.p.spend_cap.beyond"),
]


@pytest.mark.parametrize(("plan", "path"), WRONG, ids=[f"{place}: {path}" for place, (_, path) in enumerate(WRONG)])
def test_what_is_wrong_is_said_where_it_stands(plan: dict[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        Catalog.model_validate(catalog_with(p=plan))
    assert [problem.where for problem in caught.value.problems] == [path]
    assert all(problem.fix for problem in caught.value.problems)


def test_all_problems_are_said_at_once() -> None:
    packs = {"x": {"credits": 5, "price": 1, "expires_after_days": 0}}
    wrong = METERED | {"spend_cap": {"amount": "much"}, "minimum_commitment": {"amount": 5, "per": "term"}}
    with pytest.raises(InputError) as caught:
        Catalog.model_validate(catalog_with(p=wrong, q=CREDITS | {"rollover": {"max_periods": 1.5}}) | {"credit_packs": packs})
    where = {problem.where for problem in caught.value.problems}
    assert where == {
        "plans.p.spend_cap.amount",
        "plans.p.minimum_commitment",
        "plans.q.rollover.max_periods",
        "credit_packs.x.expires_after_days",
    }


def test_a_catalog_with_them_is_written_and_read_again_and_said_in_words() -> None:
    plan = CREDITS | {
        "rollover": {"max_periods": 1, "max_amount": 5},
        "minimum_commitment": {"amount": 500, "per": "term", "term_months": 12},
        "spend_cap": {"amount": 50, "beyond": "free"},
    }
    packs = {"x": {"credits": 5, "price": 1, "expires_after_days": 30}}
    catalog = Catalog.model_validate(catalog_with(p=plan) | {"credit_packs": packs})
    assert Catalog.model_validate(catalog.document()) == catalog
    words = plan_in_words(catalog, "p")
    assert "goes into the next period, for 1 period more, at most 5" in words
    assert "commit to at least $500.00 for every 12 months" in words
    assert "A period costs at most $50.00 in packs: what goes beyond is free" in words

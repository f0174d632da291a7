"""Versions of a plan that change seats, quota and boolean features (billing-rules 8.7), and what is wrong with them."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

from commet_core.catalog.plans import Catalog
from commet_core.catalog.versions import HeldTerms, held_plan, versions_of
from commet_core.foundation.errors import InputError

CATALOG: dict[str, Any] = {
    "features": {"calls": {}, "editors": {"type": "seats"}, "rooms": {"type": "quota"}, "sso": {"type": "boolean"}},
    "plans": {
        "pro": {
            "consumption_model": "metered",
            "prices": {"monthly": 60},
            "features": {"calls": {"included": 5}, "editors": {"included": 3, "overage": {"unit_price": 12}}},
        }
    },
}


def with_versions(*versions: dict[str, Any], **terms: Any) -> dict[str, Any]:
    raw = deepcopy(CATALOG)
    raw["plans"]["pro"] |= {"versions": list(versions), **terms}
    return raw


def problems(raw: dict[str, Any]) -> dict[str, str]:
    try:
        Catalog.model_validate(raw)
    except InputError as error:
        return {problem.where: f"{problem.what}. {problem.fix}" for problem in error.problems}
    return {}


JUNE = {"from": "2026-06-01", "features": {"editors": {"included": 5}, "rooms": {"included": 2}, "sso": True}}
JULY = {"from": "2026-07-01", "features": {"editors": None, "sso": False}}


def test_each_version_has_what_it_says_and_the_rest_of_the_one_before() -> None:
    first, june, july = versions_of(Catalog.model_validate(with_versions(JUNE, JULY)).plans["pro"])
    assert {code: terms.included for code, terms in first.plan.levels.items()} == {"editors": 3}
    assert {code: terms.included for code, terms in june.plan.levels.items()} == {"editors": 5, "rooms": 2}
    assert june.plan.levels["editors"].overage == first.plan.levels["editors"].overage
    assert (list(july.plan.levels), list(july.plan.features)) == (["rooms"], ["calls"])
    assert (first.plan.switches, june.plan.switches, july.plan.switches) == ((), ("sso",), ())


def test_a_version_is_written_as_it_was_read() -> None:
    catalog = Catalog.model_validate(with_versions(JUNE, JULY))
    versions = catalog.document()["plans"]["pro"]["versions"]
    assert versions[0]["features"] == {"editors": {"included": "5"}, "rooms": {"included": "2"}, "sso": True}
    assert versions[1]["features"] == {"editors": None, "sso": False}
    assert Catalog.model_validate(catalog.document()) == catalog


def test_a_boolean_feature_is_there_in_every_version_that_does_not_take_it_away() -> None:
    raw = with_versions({"from": "2026-06-01", "prices": {"monthly": 70}}, JULY)
    raw["plans"]["pro"]["features"]["sso"] = True
    catalog = Catalog.model_validate(raw)
    rated = [catalog.rated(add_ons=False).as_rated(version.plan) for version in versions_of(catalog.plans["pro"])]
    assert ["sso" in plan.features for plan in rated] == [True, True, False]


def test_of_prices_by_interval_the_lower_one_of_the_customers_interval_holds() -> None:
    prices = {"prices": {"monthly": 60, "yearly": 600}}
    later = {"from": "2026-06-01", "features": {"editors": {"overage": {"unit_price": {"monthly": 9, "yearly": 130}}}}}
    raw = with_versions(later, **prices)
    raw["plans"]["pro"]["features"]["editors"]["overage"] = {"unit_price": {"monthly": 12, "yearly": 120}}
    plan = Catalog.model_validate(raw).plans["pro"]
    adopted = HeldTerms(0, 0, 0, better=(1,))
    for interval, price in (("monthly", 9), ("yearly", 120)):
        overage = held_plan(plan, adopted, interval).levels["editors"].overage  # type: ignore[arg-type]
        assert overage is not None
        assert overage.unit_price == {"every": Decimal(price)}


def test_each_version_in_full_has_to_be_a_plan_and_all_is_said_at_once() -> None:
    found = problems(
        with_versions(
            {"from": "2026-06-01", "features": {"editors": {"included": "2.5"}, "sso": {"included": 1}}},
            {
                "from": "2026-07-01",
                "features": {"rooms": {"overage": {"unit_price": 1, "package_size": 2, "package_price": 3}}},
            },
            {"from": "2026-08-01", "features": {"calls": True}},
        )
    )
    assert "seats are" in found["plans.pro.versions.0.features.editors.included"]
    assert "Write true" in found["plans.pro.versions.0.features.sso"]
    assert any(where.startswith("plans.pro.versions.1.features.rooms.overage") for where in found)
    assert "used" in found["plans.pro.versions.2.features.calls"]


def test_a_version_says_a_price_of_a_seat_for_each_of_the_plans_intervals() -> None:
    later = {"from": "2026-06-01", "features": {"rooms": {"included": 1, "overage": {"unit_price": 4}}}}
    raw = with_versions(later, prices={"yearly": 600})
    raw["plans"]["pro"]["features"]["editors"]["overage"] = {"unit_price": {"yearly": 120}}
    assert problems(raw) == {
        "plans.pro.versions.0.features.rooms.overage.unit_price": (
            "is one number, and the plan is billed yearly. Give a price for each interval: {yearly: …}"
        )
    }

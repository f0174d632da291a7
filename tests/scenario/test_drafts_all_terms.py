"""Seats, quota, boolean features, add-ons, offers in phases and promo codes in a design: taken up, changed, renamed, gone."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts import Design, how, with_code, with_how, with_model, with_value, without
from commet_core.scenario.drafts.add_ons import with_add_on_model, with_feature, with_new_add_on
from commet_core.scenario.drafts.candidates import add_ons_for
from commet_core.scenario.drafts.feature_types import type_of, with_new_feature, with_type
from commet_core.scenario.drafts.interval_prices import intervals_to_price, with_price_for
from commet_core.scenario.drafts.offers import with_new_promo_code, with_phase, with_phase_type, with_phases, without_phase
from commet_core.scenario.drafts.overage import with_way
from commet_core.scenario.drafts.saved import as_typed, design_of
from tests.support.all_terms import CANDIDATES, DOCUMENT
from tests.support.everything import EVERYTHING

SEAT_PRICE = ("plans", "pro", "features", "editors", "overage", "unit_price")


def design() -> Design:
    return Design(copy.deepcopy(DOCUMENT), copy.deepcopy(CANDIDATES))


def plain(**plan: Any) -> Design:
    """One plain metered plan with calls."""
    terms = {"consumption_model": "metered", "prices": {"monthly": "40"}, "features": {"call": {"included": "5"}}, **plan}
    return Design({"currency": "usd", "features": {"call": {}}, "plans": {"pro": terms}})


def test_a_design_with_everything_goes_through_yaml_and_back_and_loses_nothing() -> None:
    catalog, candidates = design().checked()
    again = Catalog.model_validate(yaml.safe_load(catalog.to_yaml()))
    assert again == catalog
    assert Design.of(again, candidates) == Design.of(catalog, candidates)
    assert Design.of(catalog, candidates).document == DOCUMENT
    assert Design.of(catalog, candidates).candidates == tuple(
        Candidate.model_validate(each).model_dump(mode="json", exclude_defaults=True) for each in CANDIDATES
    )


def test_a_design_with_everything_is_taken_up_again_as_it_was_typed() -> None:
    wrong = with_value(design(), ("plans", "pro", "features", "editors", "included"), "many")
    assert design_of(as_typed(wrong)) == Design(wrong.document, wrong.candidates)


def test_seats_are_charged_for_every_interval_of_a_plan_that_has_a_yearly_price() -> None:
    added, code = with_new_feature(plain(), "seats", "pro")
    assert added.value(("plans", "pro", "features", code)) == {"included": "1", "overage": {"unit_price": "10"}}
    added.checked()
    yearly, code = with_new_feature(plain(prices={"monthly": "40", "yearly": "400"}), "seats", "pro")
    assert yearly.value(("plans", "pro", "features", code, "overage")) == {"unit_price": {"monthly": "10", "yearly": "100"}}
    yearly.checked()
    free, code = with_new_feature(plain(prices={}), "quota", "pro")
    assert free.value(("plans", "pro", "features", code)) == {"included": "1"}


def test_a_number_becomes_the_price_of_the_first_interval_when_another_gets_one() -> None:
    one = with_value(with_way(design(), SEAT_PRICE[:-1], "unit_price"), SEAT_PRICE, "12")
    intervals = intervals_to_price(["monthly", "yearly"], "12")
    assert intervals == ["monthly", "yearly"]
    two = with_price_for(one, SEAT_PRICE, intervals, "yearly", "120")
    assert two.value(SEAT_PRICE) == {"monthly": "12", "yearly": "120"}
    two.checked()
    assert with_price_for(two, SEAT_PRICE, intervals, "monthly", "").value(SEAT_PRICE) == {"yearly": "120"}
    assert intervals_to_price(["monthly"], "12") == []
    assert intervals_to_price([], {"monthly": "12"}) == ["monthly"]


@pytest.mark.parametrize("way", ["unit_price", "packages", "graduated"])
def test_seats_charge_in_another_way_at_about_the_same_worth_in_each_interval(way: Any) -> None:
    changed = with_way(design(), SEAT_PRICE[:-1], way)
    overage = changed.value(SEAT_PRICE[:-1])
    key = {"unit_price": "unit_price", "packages": "package_price"}.get(way)
    prices = overage[key] if key else overage["tiers"][0]["unit_price"]
    factor = 5 if way == "packages" else 1
    assert {interval: int(price) // factor for interval, price in prices.items()} == {"monthly": 12, "yearly": 120}
    changed.checked()


def test_a_feature_that_is_counted_otherwise_and_back_has_its_terms_again() -> None:
    for kind in ("seats", "quota", "boolean"):
        there = with_type(design(), "call", kind)
        assert type_of(there, "call") == kind
        assert with_type(there, "call", "usage").document == DOCUMENT
        assert with_type(with_type(there, "call", "seats"), "call", "usage").document == DOCUMENT


def test_seats_and_boolean_features_stay_when_the_model_changes() -> None:
    changed = with_model(design(), "pro", "credits")
    features = changed.group("plans")["pro"]["features"]
    assert {code: features[code] for code in ("editors", "projects", "sso")} == {
        code: DOCUMENT["plans"]["pro"]["features"][code] for code in ("editors", "projects", "sso")
    }
    assert with_model(changed, "pro", "metered").document["plans"]["pro"] == DOCUMENT["plans"]["pro"]


def test_versions_keep_their_days_and_prices_on_another_model_and_are_whole_again_on_the_former() -> None:
    changed = with_model(design(), "pro", "credits")
    assert changed.group("plans")["pro"]["versions"] == [{"from": "2026-06-01", "prices": {"monthly": "65"}}]
    dearer = with_value(changed, ("plans", "pro", "versions", "0", "prices", "monthly"), "70")
    assert with_model(dearer, "pro", "metered").group("plans")["pro"]["versions"] == [
        {"from": "2026-06-01", "prices": {"monthly": "70"}}
    ]


def test_a_plan_treats_seats_and_boolean_features_in_their_own_ways() -> None:
    assert how(DOCUMENT["plans"]["wallet"], "editors", held=True) == "charged"
    assert how(DOCUMENT["plans"]["pro"], "sso") == "there"
    limited = with_how(design(), "wallet", "editors", "limited")
    assert limited.value(("plans", "wallet", "features", "editors")) == {"included": "1"}
    charged = with_how(limited, "wallet", "editors", "charged")
    assert charged.value(("plans", "wallet", "features", "editors", "overage")) == {"unit_price": "7.5"}
    assert with_how(with_how(design(), "pro", "sso", "absent"), "pro", "sso", "there").document == DOCUMENT


def test_a_renamed_feature_offer_code_or_add_on_is_renamed_wherever_it_is_named() -> None:
    renamed = with_code(with_code(design(), "features", "sms", "text"), "features", "call", "api")
    assert renamed.value(("addons", "texts", "feature")) == "text"
    assert renamed.document["plans"]["pro"]["versions"][0]["features"] == {"api": {"included": "600"}}
    renamed = with_code(
        with_code(with_code(renamed, "offers", "welcome", "hello"), "addons", "texts", "sms"), "plans", "pro", "p"
    )
    renamed = with_code(renamed, "promo_codes", "SPRING", "MAY")
    assert renamed.document["promo_codes"] == {"MAY": {**DOCUMENT["promo_codes"]["SPRING"], "offer": "hello", "plans": ["p"]}}
    assert renamed.candidates[0]["addons"] == ["sms", "auditing"]
    assert renamed.candidates[1]["promo_code"] == "MAY"
    renamed.checked()


def test_a_renamed_feature_is_renamed_in_prices_by_currency() -> None:
    document = copy.deepcopy(EVERYTHING["catalog"])
    assert with_code(Design(document), "features", "calls", "api").checked_catalog().features.keys() >= {"api", "image"}


def test_what_is_nothing_without_what_was_deleted_goes_with_it_and_the_notes_say_so() -> None:
    gone = without(design(), "features", "sms")
    assert list(gone.group("addons")) == ["auditing"]
    assert "With it went 1 add-on." in gone.notes
    assert gone.candidates[0]["addons"] == ["auditing"]
    gone = without(design(), "offers", "welcome")
    assert gone.group("promo_codes") == {}
    assert "promo_code" not in gone.candidates[1]
    gone.checked()


def test_an_add_on_begins_with_a_feature_that_a_plan_lacks_and_fits_the_type_of_another() -> None:
    added, code = with_new_add_on(plain())
    assert added.group("addons")[code] == {
        "name": "New add-on",
        "feature": "single_sign_on",
        "consumption_model": "boolean",
        "base_price": "10",
    }
    added.checked()
    of_usage = with_feature(added, code, "call")
    assert of_usage.group("addons")[code]["consumption_model"] == "metered"
    with_add_on_model(without(of_usage, "plans", "pro"), code, "balance").checked()
    assert with_feature(of_usage, code, "single_sign_on").document == added.document


def test_only_add_ons_of_the_plans_model_can_be_had() -> None:
    assert add_ons_for(design(), ["pro"]) == ["texts", "auditing"]
    assert add_ons_for(design(), ["wallet"]) == ["auditing"]


def test_an_offer_in_phases_begins_with_what_it_took_off_and_is_short_again() -> None:
    phased = with_phases(design(), "welcome", on=True)
    assert phased.group("offers")["welcome"]["phases"] == [{"type": "percentage", "percentage": "20", "duration_cycles": 3}]
    assert with_phases(phased, "welcome", on=False).document == DOCUMENT
    more = with_phase_type(with_phase(without(phased, "promo_codes", "SPRING"), "welcome"), "welcome", 1, "fixed_price")
    more.checked()
    assert more.group("offers")["welcome"]["phases"][1] == {"type": "fixed_price", "price": "39", "duration_cycles": "2"}
    assert without_phase(more, "welcome", 1).group("offers") == phased.group("offers")


def test_a_new_promo_code_leads_to_an_offer_of_one_discount() -> None:
    added, code = with_new_promo_code(without(design(), "offers", "welcome"))
    assert added.group("promo_codes") == {"WELCOME": {"offer": "new_offer"}}
    assert code == "WELCOME"
    added.checked()

"""Designs: edits are pure, what refers to something follows it, and terms are carried over at the same worth."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from commet_core.catalog.plans import Catalog
from commet_core.foundation.errors import InputError
from commet_core.scenario.candidates import Candidate
from commet_core.scenario.drafts import (
    Design,
    code_problem,
    free_code,
    free_name,
    how,
    places_in_words,
    with_candidate,
    with_candidate_value,
    with_code,
    with_copy,
    with_how,
    with_model,
    with_new,
    with_new_plan,
    with_value,
    without,
    without_candidate,
)
from commet_core.scenario.presets import catalog_presets

DOCUMENT: dict[str, Any] = {
    "currency": "usd",
    "features": {"image": {"name": "Image", "unit": "image"}, "chat": {}},
    "plans": {
        "metered": {
            "name": "Pro",
            "consumption_model": "metered",
            "prices": {"monthly": "50", "yearly": "500"},
            "features": {"image": {"included": "100", "overage": {"unit_price": "0.25"}}, "chat": {"unlimited": True}},
        },
        "credits": {
            "name": "Pro",
            "consumption_model": "credits",
            "prices": {"monthly": "49"},
            "included_credits": "1000",
            "features": {"image": {"credits_per_unit": "10"}},
        },
        "balance": {
            "consumption_model": "balance",
            "prices": {"monthly": "50"},
            "block_on_exhaustion": True,
            "features": {"image": {"unit_price": "0.06"}},
        },
    },
    "credit_packs": {"small": {"credits": "500", "price": "20", "plans": ["credits"]}, "any": {"credits": "9", "price": "1"}},
    "plan_groups": {"standard": ["metered"], "prepaid": ["credits"]},
}
CANDIDATES = (
    {"name": "M", "plan": "metered", "interval": "yearly"},
    {"name": "C", "plan": "credits", "purchases": {"pack": "small", "max_packs_per_period": 2}},
    {"name": "B", "plan": "balance", "top_up": {"amount": "20"}},
)


@pytest.fixture
def design() -> Design:
    return Design(copy.deepcopy(DOCUMENT), copy.deepcopy(CANDIDATES), "C")


class TestEdits:
    def test_an_edit_leaves_the_design_it_began_from_as_it_was(self, design: Design) -> None:
        with_value(design, ("plans", "metered", "prices", "monthly"), "1")
        with_model(design, "metered", "credits")
        with_code(design, "features", "image", "picture")
        without(design, "plans", "credits")
        with_candidate_value(design, 1, "name", "D")
        assert (design.document, design.candidates) == (DOCUMENT, CANDIDATES)

    def test_nothing_takes_the_key_out(self, design: Design) -> None:
        edited = with_value(design, ("plans", "balance", "block_on_exhaustion"), None)
        assert "block_on_exhaustion" not in edited.document["plans"]["balance"]

    def test_a_design_of_a_catalog_is_that_catalog(self) -> None:
        for preset in catalog_presets().values():
            candidates = tuple(Candidate.model_validate(one) for one in preset.candidates)
            assert Design.of(preset.catalog, candidates).checked() == (preset.catalog, candidates)

    def test_without_candidates_the_catalog_is_checked_alone(self) -> None:
        assert Design({"currency": "eur"}).checked() == (Catalog(currency="eur"), ())

    def test_what_is_wrong_is_said_with_its_place_in_the_design(self, design: Design) -> None:
        edited = with_candidate_value(with_value(design, ("plans", "metered", "prices", "monthly"), "x"), 0, "name", "")
        with pytest.raises(InputError) as raised:
            edited.checked()
        places = [problem.where for problem in raised.value.problems]
        assert places == ["plans.metered.prices.monthly", "candidates.0.name"]
        assert [places_in_words(edited, place) for place in places] == [
            "Plan “Pro” › prices › monthly",
            "Candidate “number 1” › name",
        ]
        assert places_in_words(edited, "currency") == "currency"

    def test_codes_and_names_are_made_free(self) -> None:
        assert free_code("Starter Pack!", []) == "starter_pack"
        assert free_code("Pro", ["pro", "pro_2"]) == "pro_3"
        assert free_code("€", []) == "new"
        assert free_name("Pro", ["Pro"]) == "Pro 2"


class TestReferences:
    def test_a_renamed_plan_is_renamed_everywhere(self, design: Design) -> None:
        edited = with_code(design, "plans", "credits", "prepaid")
        assert list(edited.document["plans"]) == ["metered", "prepaid", "balance"]
        assert edited.document["plan_groups"]["prepaid"] == ["prepaid"]
        assert edited.document["credit_packs"]["small"]["plans"] == ["prepaid"]
        assert edited.candidates[1]["plan"] == "prepaid"
        edited.checked()

    def test_a_renamed_feature_is_renamed_in_every_plan(self, design: Design) -> None:
        edited = with_code(design, "features", "image", "picture")
        assert all("picture" in plan["features"] for plan in edited.document["plans"].values())
        assert edited.document["features"]["picture"]["name"] == "Image"
        edited.checked()

    def test_a_renamed_pack_is_renamed_in_the_purchase_rules(self, design: Design) -> None:
        edited = with_code(design, "credit_packs", "small", "tiny")
        assert edited.candidates[1]["purchases"] == {"pack": "tiny", "max_packs_per_period": 2}
        edited.checked()

    @pytest.mark.parametrize(
        ("wanted", "what"),
        [
            ("balance", "another plan has the code 'balance'"),
            ("", "'' is not a usable code"),
            ("a\nb", "'a\\nb' is not a usable code"),
        ],
    )
    def test_a_code_that_cannot_be_used(self, design: Design, wanted: str, what: str) -> None:
        problem = code_problem(design, "plans", "metered", wanted)
        assert problem is not None
        assert (problem.where, problem.what) == ("plans.metered", what)
        with pytest.raises(InputError):
            with_code(design, "plans", "metered", wanted)

    def test_its_own_code_is_free(self, design: Design) -> None:
        assert code_problem(design, "plans", "metered", "metered") is None

    def test_a_deleted_plan_goes_with_its_candidates_and_from_groups_and_packs(self, design: Design) -> None:
        edited = without(design, "plans", "credits")
        assert [candidate["name"] for candidate in edited.candidates] == ["M", "B"]
        assert edited.document["plan_groups"]["prepaid"] == []
        assert edited.document["credit_packs"]["small"]["plans"] == []
        assert edited.notes == ("Deleted the plan “Pro”.", "“C” is no longer compared, as its plan is gone.")
        edited.checked()

    def test_a_deleted_feature_goes_from_every_plan(self, design: Design) -> None:
        edited = without(design, "features", "chat")
        assert edited.notes == ("Deleted the feature “chat”.", "It was taken out of 1 plan.")
        edited.checked()

    def test_where_the_pack_is_gone_customers_buy_another(self, design: Design) -> None:
        edited = without(design, "credit_packs", "small")
        assert edited.candidates[1]["purchases"] == {"pack": "smallest_sufficient", "max_packs_per_period": 2}
        assert edited.notes[-1] == "Customers of “C” can no longer buy the pack they bought."
        edited = without(edited, "credit_packs", "any")
        edited.checked()

    def test_an_interval_that_is_gone_is_left(self, design: Design) -> None:
        edited = with_value(design, ("plans", "metered", "prices", "yearly"), None)
        assert "interval" not in edited.candidates[0]
        assert edited.notes == ("“M” no longer has a yearly price; it is compared on what there is.",)

    def test_the_baseline_follows_the_name_of_its_candidate(self, design: Design) -> None:
        assert with_candidate_value(design, 1, "name", " Packs ").baseline == "Packs"
        assert with_candidate_value(design, 0, "name", "X").baseline == "C"


class TestModels:
    def test_metered_to_balance_keeps_the_price_of_a_unit(self, design: Design) -> None:
        plan = with_model(design, "metered", "balance").document["plans"]["metered"]
        assert plan["features"] == {"image": {"unit_price": "0.25"}, "chat": {"unlimited": True}}

    def test_metered_to_credits_lets_the_base_price_buy_a_thousand_credits(self, design: Design) -> None:
        """$50 buy 1,000 credits, so $0.25 an image is 5 credits."""
        plan = with_model(design, "metered", "credits").document["plans"]["metered"]
        assert plan["included_credits"] == "1000"
        assert plan["features"]["image"] == {"credits_per_unit": "5"}

    def test_credits_to_metered_includes_what_the_credits_bought(self, design: Design) -> None:
        """$49 ÷ 1,000 × 10 credits = $0.49 an image; $49 buy 100 images."""
        plan = with_model(design, "credits", "metered").document["plans"]["credits"]
        assert "included_credits" not in plan
        assert plan["features"]["image"] == {"included": "100", "overage": {"unit_price": "0.49"}}

    def test_balance_to_metered(self, design: Design) -> None:
        """$50 at $0.06 are 833.3 images, to two digits 830."""
        plan = with_model(design, "balance", "metered").document["plans"]["balance"]
        assert plan["features"]["image"] == {"included": "830", "overage": {"unit_price": "0.06"}}

    def test_back_again_gives_what_was_there(self, design: Design) -> None:
        typed = with_value(design, ("plans", "credits", "features", "image", "credits_per_unit"), "12.345")
        edited = with_model(with_model(typed, "credits", "balance"), "credits", "credits")
        assert edited.document["plans"]["credits"] == typed.document["plans"]["credits"]

    def test_back_again_under_another_code_too(self, design: Design) -> None:
        edited = with_code(with_model(design, "credits", "balance"), "plans", "credits", "other")
        assert with_model(edited, "other", "credits").document["plans"]["other"] == DOCUMENT["plans"]["credits"]

    @pytest.mark.parametrize("model", ["metered", "credits", "balance"])
    @pytest.mark.parametrize("code", ["metered", "credits", "balance"])
    def test_every_model_makes_a_plan_that_is_right(self, design: Design, code: str, model: Any) -> None:
        edited = with_model(design, code, model)
        catalog, _ = edited.checked()
        assert catalog.plans[code].consumption_model == model

    def test_a_plan_that_changes_its_model_leaves_groups_and_packs(self, design: Design) -> None:
        edited = with_model(design, "credits", "balance")
        assert edited.document["plan_groups"]["prepaid"] == []
        assert edited.document["credit_packs"]["small"]["plans"] == []
        assert edited.notes == (
            "The plan left its plan group and the packs that named it, as these are for plans of its former model.",
        )
        assert "purchases" not in edited.candidates[1]

    def test_half_typed_terms_are_no_obstacle(self, design: Design) -> None:
        typed = with_value(design, ("plans", "metered", "features", "image", "overage", "unit_price"), "x")
        typed = with_value(typed, ("plans", "metered", "prices", "monthly"), "1e999")
        assert with_model(typed, "metered", "balance").document["plans"]["metered"]["features"]["image"] == {
            "unit_price": "0.049"
        }

    @pytest.mark.parametrize("model", ["metered", "credits", "balance"])
    def test_a_first_plan_is_right_from_the_start(self, model: Any) -> None:
        design, code = with_new_plan(Design({"currency": "usd", "features": {"image": {}}}), model)
        assert design.checked()[0].plans[code].consumption_model == model
        assert code == "new_plan"

    def test_a_new_plan_begins_like_another(self, design: Design) -> None:
        edited, code = with_new_plan(design, "credits", "metered")
        plan = edited.document["plans"][code]
        assert (plan["name"], plan["prices"]) == ("New plan", {"monthly": "50", "yearly": "500"})
        assert list(plan["features"]) == ["image", "chat"]
        edited.checked()


class TestFeatures:
    def test_how_a_feature_is_treated(self, design: Design) -> None:
        plans = design.document["plans"]
        assert [how(plans["metered"], feature) for feature in ("image", "chat", "zzz")] == ["charged", "unlimited", "absent"]
        assert how(plans["credits"], "image") == how(plans["balance"], "image") == "priced"
        assert how({"consumption_model": "metered", "features": {"a": {}}}, "a") == "limited"

    @pytest.mark.parametrize(
        ("plan", "feature", "wanted"),
        [
            ("metered", "image", "limited"),
            ("metered", "image", "absent"),
            ("metered", "image", "unlimited"),
            ("metered", "chat", "charged"),
            ("metered", "chat", "limited"),
            ("credits", "chat", "priced"),
            ("balance", "chat", "priced"),
        ],
    )
    def test_it_can_be_treated_otherwise(self, design: Design, plan: str, feature: str, wanted: Any) -> None:
        edited = with_how(design, plan, feature, wanted)
        assert how(edited.document["plans"][plan], feature) == wanted
        edited.checked()

    def test_a_limit_keeps_what_is_included(self, design: Design) -> None:
        edited = with_how(design, "metered", "image", "limited")
        assert edited.value(("plans", "metered", "features", "image")) == {"included": "100"}


class TestCandidates:
    def test_a_credits_plan_with_packs_is_compared_with_customers_who_buy(self, design: Design) -> None:
        edited = with_candidate(design, "credits")
        assert edited.candidates[-1] == {"name": "Pro", "plan": "credits", "purchases": {"pack": "smallest_sufficient"}}

    def test_names_are_told_apart(self, design: Design) -> None:
        edited = with_candidate(with_candidate(design, "credits"), "metered", "yearly")
        assert edited.candidates[-1]["name"] == "Pro, yearly"
        edited.checked()

    def test_one_that_is_removed_is_said(self, design: Design) -> None:
        assert without_candidate(design, 0).notes == ("“M” is no longer compared.",)

    def test_a_copy_is_no_candidate(self, design: Design) -> None:
        edited, code = with_copy(design, "plans", "metered")
        assert (code, edited.document["plans"][code]["name"]) == ("pro_copy", "Pro copy")
        assert edited.candidates == design.candidates

    def test_a_new_pack_has_a_code_of_its_own(self, design: Design) -> None:
        _, code = with_new(design, "credit_packs", "Small", {"credits": "1", "price": "1"})
        assert code == "small_2"

"""Designs of whole line-ups: plan groups and their order, offers, free plans, AI models, and names that codes follow."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from commet_core.scenario.drafts import (
    Design,
    how,
    intervals_of,
    places_in_words,
    plans_of,
    with_candidate,
    with_candidate_value,
    with_code,
    with_how,
    with_model,
    with_name,
    with_new,
    with_value,
    without,
)
from commet_core.scenario.drafts.free import with_new_free_plan
from commet_core.scenario.drafts.groups import (
    dearer_below,
    joinable,
    members,
    model_of,
    with_member,
    with_moved,
    with_new_group,
    without_member,
)
from commet_core.scenario.drafts.line_ups import (
    line_up_groups,
    line_ups_to_compare,
    models_to_group,
    with_candidate_on,
    with_line_up_of,
    with_line_ups,
    with_new_line_up,
)
from commet_core.scenario.drafts.models import margin_of_percent, percent_of_margin, with_new_model, with_own_prices
from commet_core.scenario.drafts.offers import discount_of, with_discount, with_new_offer


def plan(model: str, **more: Any) -> dict[str, Any]:
    return {"consumption_model": model, **more}


DOCUMENT: dict[str, Any] = {
    "currency": "usd",
    "features": {"image": {"name": "Image", "unit": "image"}},
    "plans": {
        "pro": plan(
            "metered",
            name="Pro",
            prices={"monthly": "50"},
            trial_days="14",
            features={"image": {"included": "100", "overage": {"unit_price": "0.25"}}},
        ),
        "yearly": plan("metered", name="Yearly", prices={"yearly": "240"}),
        "weekly": plan("metered", name="Weekly", prices={"weekly": "10"}),
        "zero": plan("metered", name="Zero"),
        "wallet": plan("balance", name="Wallet", prices={"monthly": "50"}, features={"image": {"unit_price": "0.06"}}),
    },
    "plan_groups": {"standard": ["yearly", "pro"]},
    "offers": {"launch": {"name": "Launch", "percent": "20"}},
}


@pytest.fixture
def design() -> Design:
    candidates = ({"name": "Pro", "plan": "pro", "offer": "launch"}, {"name": "Other", "plan": "pro"})
    return Design(copy.deepcopy(DOCUMENT), candidates, "Pro")


class TestGroups:
    def test_a_new_group_takes_the_plans_that_are_in_none_lowest_price_first(self, design: Design) -> None:
        """Free 0, weekly 10 × 52 ÷ 12 = 43.33 a month."""
        edited, code = with_new_group(design, "metered")
        assert (code, members(edited, code)) == ("metered", ["zero", "weekly"])
        edited.checked()

    def test_a_second_order_of_plans_that_all_have_a_group_takes_all_of_them(self, design: Design) -> None:
        first, _ = with_new_group(design, "metered")
        second, code = with_new_group(first, "metered")
        assert members(second, code) == ["zero", "yearly", "weekly", "pro"]

    def test_only_plans_of_its_model_may_join_a_group(self, design: Design) -> None:
        assert model_of(design, "standard") == "metered"
        assert joinable(design, "standard") == ["weekly", "zero"]

    def test_any_plan_may_join_an_empty_group(self, design: Design) -> None:
        empty = without_member(without_member(design, "standard", "pro"), "standard", "yearly")
        assert model_of(empty, "standard") is None
        assert joinable(empty, "standard") == list(DOCUMENT["plans"])
        empty.checked()

    def test_a_plan_joins_below_the_first_that_costs_more(self, design: Design) -> None:
        """240 a year are 20 a month, so that 43.33 lies between 20 and 50."""
        assert members(with_member(design, "standard", "weekly"), "standard") == ["yearly", "weekly", "pro"]
        assert members(with_member(design, "standard", "zero"), "standard") == ["zero", "yearly", "pro"]

    def test_plans_move_up_and_down_and_not_beyond_the_ends(self, design: Design) -> None:
        assert members(with_moved(design, "standard", "yearly", 1), "standard") == ["pro", "yearly"]
        assert members(with_moved(design, "standard", "pro", -1), "standard") == ["pro", "yearly"]
        assert members(with_moved(design, "standard", "yearly", -1), "standard") == ["yearly", "pro"]

    def test_an_order_against_the_prices_is_told(self, design: Design) -> None:
        assert dearer_below(design, "standard") == []
        assert dearer_below(with_moved(design, "standard", "yearly", 1), "standard") == [("Pro", "Yearly")]

    def test_a_plan_that_has_its_model_again_is_back_in_its_place(self, design: Design) -> None:
        away = with_model(design, "yearly", "balance")
        assert members(away, "standard") == ["pro"]
        back = with_model(away, "yearly", "metered")
        assert members(back, "standard") == ["yearly", "pro"]
        back.checked()

    def test_not_in_a_group_that_is_of_another_model_by_now(self, design: Design) -> None:
        away = with_model(with_model(design, "yearly", "balance"), "pro", "balance")
        assert members(away, "standard") == []
        other = with_value(away, ("plan_groups", "standard"), ["wallet"])
        assert members(with_model(other, "yearly", "metered"), "standard") == ["wallet"]

    def test_a_group_is_renamed_and_deleted(self, design: Design) -> None:
        assert members(with_code(design, "plan_groups", "standard", "all"), "all") == ["yearly", "pro"]
        gone = without(design, "plan_groups", "standard")
        assert gone.notes == ("Deleted the plan group “standard”.",)
        gone.checked()

    def test_a_place_in_a_group_counts_from_one(self, design: Design) -> None:
        assert places_in_words(design, "plan_groups.standard.0") == "Plan group “standard” › number 1"


class TestLineUps:
    def test_a_new_line_up_lets_each_customer_have_what_costs_least(self, design: Design) -> None:
        assert with_new_line_up(design, "standard").candidates[-1] == {
            "name": "Standard line-up",
            "group": "standard",
            "choose": "cheapest",
        }

    def test_a_candidate_moves_from_a_plan_to_a_group_and_back(self, design: Design) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        assert moved.candidates[0] == {"name": "Pro", "group": "standard", "choose": "cheapest", "offer": "launch"}
        assert plans_of(moved, moved.candidates[0]) == ["yearly", "pro"]
        back = with_candidate_on(moved, 0, plan="pro")
        assert back.candidates == design.candidates

    def test_back_on_a_plan_nothing_of_the_line_up_is_left(self, design: Design) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        for key, value in {"choose": "upgrade", "blocked_share_max": "0.05", "upgrade_after_periods": "3"}.items():
            moved = with_candidate_value(moved, 0, key, value)
        back = with_candidate_on(moved, 0, plan="pro")
        assert back.candidates == design.candidates
        back.checked()

    def test_a_line_up_has_the_intervals_that_all_of_its_paid_plans_have(self, design: Design) -> None:
        both = with_value(design, ("plans", "pro", "prices", "yearly"), "500")
        group = with_value(both, ("plan_groups", "standard"), ["zero", "yearly", "pro"])
        assert intervals_of(group, ["zero", "yearly", "pro"]) == ["yearly"]
        assert intervals_of(group, ["yearly", "weekly"]) == intervals_of(group, ["zero"]) == []

    def test_a_line_up_keeps_an_interval_until_a_paid_plan_lacks_it(self, design: Design) -> None:
        both = with_value(design, ("plans", "pro", "prices", "yearly"), "500")
        group = with_value(both, ("plan_groups", "standard"), ["zero", "yearly", "pro"])
        yearly = with_candidate_value(with_candidate_on(group, 0, group="standard"), 0, "interval", "yearly")
        assert yearly.candidates[0]["interval"] == "yearly"
        yearly.checked()
        lacking = with_value(yearly, ("plans", "pro", "prices", "yearly"), None)
        assert "interval" not in lacking.candidates[0]
        assert lacking.notes == ("“Pro” no longer has for each of its plans a yearly price; it is compared on what there is.",)
        lacking.checked()

    def test_a_renamed_plan_leaves_line_ups_as_they_are(self, design: Design) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        renamed = with_code(moved, "plans", "pro", "team")
        assert renamed.candidates == ({**moved.candidates[0]}, {"name": "Other", "plan": "team"})
        assert members(renamed, "standard") == ["yearly", "team"]
        renamed.checked()

    def test_a_line_up_goes_on_without_a_deleted_plan(self, design: Design) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        edited = without(moved, "plans", "yearly")
        assert edited.candidates == moved.candidates
        assert edited.notes == (
            "Deleted the plan “Yearly”.",
            "“Pro” is compared with the other plans of its line-up.",
        )
        assert without(edited, "plans", "pro").notes == (
            "Deleted the plan “Pro”.",
            "“Pro” is no longer compared, as its plan group is gone or empty.",
            "“Other” is no longer compared, as its plan is gone.",
        )

    def test_a_line_up_whose_pack_is_gone_buys_what_another_plan_of_it_sells(self) -> None:
        packs = {"a": {"credits": "5", "price": "1", "plans": ["one"]}, "b": {"credits": "5", "price": "1", "plans": ["two"]}}
        plans = {"one": plan("credits", prices={"monthly": "1"}), "two": plan("credits", prices={"monthly": "2"})}
        document = {"plans": plans, "credit_packs": packs, "plan_groups": {"all": ["one", "two"]}}
        design = with_new_line_up(Design(document), "all")
        assert design.candidates[0]["purchases"] == {"pack": "smallest_sufficient"}
        buying = with_candidate_value(design, 0, "purchases", {"pack": "b"})
        buying.checked()
        assert buying.notes == ()
        assert without(buying, "credit_packs", "b").candidates[0]["purchases"] == {"pack": "smallest_sufficient"}

    @pytest.mark.parametrize("gone", ["deleted", "emptied"])
    def test_without_its_group_a_line_up_is_not_compared(self, design: Design, gone: str) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        empty = without_member(without_member(moved, "standard", "pro"), "standard", "yearly")
        edited = without(moved, "plan_groups", "standard") if gone == "deleted" else empty
        assert [candidate["name"] for candidate in edited.candidates] == ["Other"]
        assert edited.notes[-1] == "“Pro” is no longer compared, as its plan group is gone or empty."

    def test_a_renamed_group_takes_its_line_ups_along(self, design: Design) -> None:
        moved = with_candidate_on(design, 0, group="standard")
        assert with_code(moved, "plan_groups", "standard", "all").candidates[0]["group"] == "all"


class TestComparingLineUps:
    """Metered plans that are in no group but for `standard`, and two credits plans."""

    @pytest.fixture
    def several(self, design: Design) -> Design:
        document = copy.deepcopy(design.document)
        document["plans"] |= {
            "large": plan("credits", name="Large", prices={"monthly": "9"}),
            "small": plan("credits", name="Small", prices={"monthly": "5"}),
        }
        document["credit_packs"] = {"pack": {"credits": "5", "price": "1"}}
        return Design(document, design.candidates, "Pro")

    def test_models_with_two_plans_and_no_group_can_have_one(self, several: Design) -> None:
        assert (line_up_groups(several), models_to_group(several), line_ups_to_compare(several)) == (
            ["standard"],
            ["credits"],
            [],
        )

    def test_one_click_makes_a_group_of_all_plans_of_a_model_and_its_candidate(self, several: Design) -> None:
        edited = with_line_up_of(several, "credits")
        assert members(edited, "credits") == ["small", "large"]
        assert edited.candidates[-1] == {
            "name": "Credits line-up",
            "group": "credits",
            "choose": "cheapest",
            "purchases": {"pack": "smallest_sufficient"},
        }
        assert models_to_group(edited) == []
        edited.checked()

    def test_a_group_of_one_plan_is_no_line_up_to_choose_in(self, several: Design) -> None:
        single = with_value(several, ("plan_groups", "credits"), ["small"])
        assert (line_up_groups(single), models_to_group(single)) == (["standard"], ["credits"])
        grouped = with_line_up_of(single, "credits")
        assert members(grouped, "credits_2") == ["small", "large"]

    def test_the_line_ups_take_the_place_of_what_was_compared(self, several: Design) -> None:
        rule = {"pack": "pack", "max_packs_per_period": 3}
        candidates = (*several.candidates, {"name": "C", "plan": "small", "purchases": rule})
        grouped = replace(with_line_up_of(several, "credits"), candidates=candidates, baseline="C")
        assert line_ups_to_compare(grouped) == ["standard", "credits"]
        edited = with_line_ups(grouped)
        assert edited.candidates == (
            {"name": "Standard line-up", "group": "standard", "choose": "cheapest"},
            {"name": "Credits line-up", "group": "credits", "choose": "cheapest", "purchases": rule},
        )
        assert (edited.baseline, edited.notes) == (
            "Credits line-up",
            ("You now compare “Standard line-up” and “Credits line-up”.",),
        )
        edited.checked()


class TestOffers:
    def test_a_new_offer_takes_a_fifth_off_three_charges(self, design: Design) -> None:
        edited, code = with_new_offer(design)
        offer = edited.checked()[0].offers[code]
        assert (offer.name, offer.percent, offer.amount, offer.cycles) == ("New offer", 20, None, 3)

    def test_an_amount_in_place_of_a_percentage_keeps_the_number(self, design: Design) -> None:
        edited = with_discount(design, "launch", "amount")
        assert edited.group("offers")["launch"] == {"name": "Launch", "amount": "20"}
        assert discount_of(edited.group("offers")["launch"]) == "amount"
        assert with_discount(edited, "launch", "percent").group("offers") == DOCUMENT["offers"]

    def test_an_offer_is_renamed_in_the_candidates(self, design: Design) -> None:
        edited = with_code(design, "offers", "launch", "start")
        assert [candidate.get("offer") for candidate in edited.candidates] == ["start", None]
        edited.checked()

    def test_candidates_of_a_deleted_offer_begin_without_one(self, design: Design) -> None:
        edited = without(design, "offers", "launch")
        assert [candidate.get("offer") for candidate in edited.candidates] == [None, None]
        assert edited.notes == (
            "Deleted the offer “Launch”.",
            "“Pro” begins without an offer now, as its offer is gone.",
        )
        edited.checked()


class TestFreePlans:
    def test_a_free_plan_includes_a_tenth_and_is_the_lowest_of_its_group(self, design: Design) -> None:
        edited, code = with_new_free_plan(design, "pro")
        assert edited.group("plans")[code] == plan("metered", name="Free", features={"image": {"included": "10"}})
        assert members(edited, "standard") == ["free", "yearly", "pro"]
        assert edited.checked()[0].plans[code].free

    def test_a_free_balance_plan_grants_a_tenth_of_the_price_where_that_was_the_balance(self, design: Design) -> None:
        edited, code = with_new_free_plan(design, "wallet")
        assert edited.group("plans")[code]["included_balance"] == "5"
        edited.checked()


class TestModels:
    def test_a_feature_is_priced_by_its_model_and_by_its_unit_again(self, design: Design) -> None:
        edited = with_how(design, "wallet", "image", "by_model")
        assert edited.value(("plans", "wallet", "features", "image")) == {"pricing": "ai_model", "margin": "0.2"}
        assert how(edited.group("plans")["wallet"], "image") == "by_model"
        edited.checked()
        back = with_how(edited, "wallet", "image", "priced")
        assert list(back.value(("plans", "wallet", "features", "image"))) == ["unit_price"]
        back.checked()

    @pytest.mark.parametrize(
        ("typed", "margin"), [("20", "0.2"), ("0", "0"), ("12.5", "0.125"), ("1000", "10"), ("100000", "1000")]
    )
    def test_a_margin_is_typed_in_percent(self, typed: str, margin: str) -> None:
        assert margin_of_percent(typed) == margin
        assert percent_of_margin(margin) == typed

    @pytest.mark.parametrize("typed", ["lots", "-5", ""])
    def test_what_is_no_margin_stays_as_typed(self, typed: str) -> None:
        assert margin_of_percent(typed) == typed
        assert percent_of_margin(typed) == typed

    def test_prices_of_ones_own_are_exact(self, design: Design) -> None:
        prices = {"input": Decimal("3.0"), "output": Decimal(15), "cache_read": Decimal("0.30")}
        edited = with_own_prices(design, "anthropic/claude", prices)
        assert edited.group("models") == {"anthropic/claude": {"input": "3", "output": "15", "cache_read": "0.3"}}
        edited.checked()

    def test_a_place_in_a_model_whose_name_has_a_point(self, design: Design) -> None:
        edited = with_own_prices(design, "openai/gpt-3.5", {"input": Decimal(1), "output": Decimal(2)})
        assert places_in_words(edited, "models.openai/gpt-3.5.cache_read") == "AI model “openai/gpt-3.5” › cache read"

    def test_new_models_have_names_of_their_own(self, design: Design) -> None:
        first, one = with_new_model(design)
        second, other = with_new_model(first)
        assert (one, other) == ("own/my_model", "own/my_model_2")
        second.checked()
        assert without(second, "models", one).notes == ("Deleted the AI model “own/my_model”.",)


class TestNames:
    def test_the_code_of_something_new_follows_its_first_name(self, design: Design) -> None:
        made, code = with_new(design, "features", "New feature", {})
        named, renamed = with_name(made, "features", code, "Video second")
        assert renamed == "video_second"
        assert named.group("features")["video_second"] == {"name": "Video second"}
        again, kept = with_name(named, "features", renamed, "Film")
        assert (kept, again.group("features")["video_second"]["name"]) == ("video_second", "Film")

    def test_a_code_that_somebody_chose_stays(self, design: Design) -> None:
        made, code = with_new(design, "features", "New feature", {})
        chosen = with_code(made, "features", code, "vid")
        assert with_name(chosen, "features", "vid", "Video")[1] == "vid"
        assert with_name(design, "features", "image", "Picture")[1] == "image"

    def test_a_name_taken_out_leaves_the_code(self, design: Design) -> None:
        edited, code = with_name(design, "plans", "pro", "")
        assert code == "pro"
        assert "name" not in edited.group("plans")["pro"]

    def test_a_candidate_that_is_called_as_its_plan_keeps_being(self, design: Design) -> None:
        edited, _ = with_name(design, "plans", "pro", "Team")
        assert [candidate["name"] for candidate in edited.candidates] == ["Team", "Other"]
        assert edited.baseline == "Team"

    def test_a_new_plan_takes_its_candidate_and_groups_along(self, design: Design) -> None:
        made, code = with_new(design, "plans", "New plan", plan("metered", prices={"monthly": "5"}))
        compared = with_value(with_candidate(made, code), ("plan_groups", "standard"), [code, "pro"])
        named, renamed = with_name(compared, "plans", code, "Basic")
        assert (renamed, named.candidates[-1]) == ("basic", {"name": "Basic", "plan": "basic"})
        assert members(named, "standard") == ["basic", "pro"]
        named.checked()

"""The Plans page: what is typed goes into the study when it is right, and stays where it is when it is not."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from support.plans_page import APP, field, key, opened, said, selected, study, typed, unfolded

from commet_core.catalog.features import Feature
from commet_core.catalog.model_prices import PriceBook
from commet_core.reports.quote.requests import STARTING_REQUEST
from pages.shared.study import from_link, to_link


@pytest.fixture
def page() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=180)
    app.switch_page("pages/plans.py")
    return unfolded(app)


class TestOpening:
    def test_only_the_open_tab_is_drawn(self, page: AppTest) -> None:
        labels = [tab.label for tab in page.tabs]
        assert labels == [
            "Plans",
            "Features",
            "Credit packs",
            "Add-ons",
            "Plan groups",
            "Offers",
            "AI models",
            "Currency and file",
        ]
        for label in labels:
            opened(page, label)
            assert not page.exception
            assert [tab.label for tab in page.tabs if tab.children] == [label]

    def test_it_opens_on_the_sample_with_bills_and_a_curve(self, page: AppTest) -> None:
        assert not page.exception
        assert [metric.label for metric in page.metric] == ["First month"] * 3
        assert [metric.value for metric in page.metric] == ["$20.00"] * 3
        assert "$20 a month or $200 a year. Image: 150 images included every month, then $0.10 an image." in said(page)
        assert "From 105 images a month Metered is cheaper than Credits." in said(page)

    def test_who_wants_a_quote_has_the_bills_first(self, page: AppTest) -> None:
        def titles() -> list[str]:
            return [one.value for one in [*page.main.header, *page.main.subheader]]

        usual = titles()
        page.query_params["show"] = "bill"
        page.run()
        assert not page.exception
        assert (usual[0], usual.index("Live bill")) == ("What you compare", 1)
        assert titles() == ["Live bill", "Price curve", "The plans behind it", "What you compare"]
        assert page.query_params["show"] == "bill"
        typed(page, "plans/metered_pro/prices/monthly", "30")
        assert page.metric[0].value == "$30.00"


class TestEditing:
    def test_a_changed_price_is_in_the_study_and_in_the_bill(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/prices/monthly", "$1,250.50")
        assert study(page).catalog.plans["metered_pro"].prices["monthly"] == Decimal("1250.50")
        assert page.metric[0].value == "$1,250.50"

    def test_what_is_wrong_stays_in_its_field_with_the_reason_below(self, page: AppTest) -> None:
        before = study(page).catalog
        typed(page, "plans/metered_pro/prices/monthly", "-5")
        assert page.text_input(key=key(page, "plans/metered_pro/prices/monthly")).value == "-5"
        assert "Monthly: -5 is negative. Give a number, 0 or more, with at most 9 decimals." in said(page)
        assert "Plan “Pro” › prices › monthly: -5 is negative." in page.warning[0].value.replace("\\", "")
        assert study(page).catalog == before
        typed(page, "plans/metered_pro/prices/monthly", "30")
        assert not page.warning
        assert study(page).catalog.plans["metered_pro"].prices["monthly"] == Decimal(30)

    def test_what_is_wrong_survives_a_visit_to_another_page(self, page: AppTest) -> None:
        typed(page, "features/image/included", "many")
        page.switch_page("app.py").run()
        page.switch_page("pages/plans.py").run()
        assert page.text_input(key=key(page, "features/image/included")).value == "many"
        assert "'many' is not a number" in page.warning[0].value.replace("\\", "")

    def test_what_another_page_changed_in_the_candidates_is_kept(self, page: AppTest) -> None:
        first, *rest = study(page).candidates
        changed = (first.model_copy(update={"name": "Changed"}), *rest)
        page.session_state["study"] = study(page).model_copy(update={"candidates": changed})
        page.run()
        typed(page, "plans/metered_pro/prices/monthly", "21")
        assert study(page).candidates == changed

    def test_another_model_asks_for_other_terms_and_the_former_come_back(self, page: AppTest) -> None:
        model = next(one for one in page.button_group if one.label == "How customers pay")
        model.set_value("credits").run()
        labels = [one.label for one in page.text_input]
        assert "Credits per image" in labels
        assert "Included credits every month" in labels
        assert study(page).catalog.plans["metered_pro"].consumption_model == "credits"
        next(one for one in page.button_group if one.label == "How customers pay").set_value("metered").run()
        assert "Included images" in [one.label for one in page.text_input]
        terms = study(page).catalog.plans["metered_pro"].features["image"]
        assert terms.model_dump(mode="json", exclude_defaults=True) == {"included": "150", "overage": {"unit_price": "0.1"}}

    def test_a_price_in_tiers_is_chosen_under_more_terms_and_edited_below(self, page: AppTest) -> None:
        assert "Add a tier" not in [button.label for button in page.button]
        selected(page, "Image beyond what is included", "graduated")
        typed(page, "overage/tiers/0/up_to", "100")
        typed(page, "overage/tiers/0/flat_amount", "5")
        typed(page, "overage/tiers/1/unit_price", "0.05")
        overage = study(page).catalog.plans["metered_pro"].features["image"].overage
        assert overage.model_dump(mode="json", exclude_none=True) == {
            "tiers_mode": "graduated",
            "tiers": [{"up_to": "100", "unit_price": "0.1", "flat_amount": "5"}, {"unit_price": "0.05"}],
        }
        next(button for button in page.button if button.label == "Add a tier").click().run()
        typed(page, "overage/tiers/1/up_to", "50")
        assert "Up to: 50 is not more than 100, where the tier before ends. Let up_to rise from tier to tier." in said(page)
        assert not page.exception

    def test_terms_that_few_plans_have_show_once_they_are_chosen(self, page: AppTest) -> None:
        assert "At least ($)" not in [one.label for one in page.text_input]
        for label in ("Customers commit to a minimum", "Usage is capped"):
            next(one for one in page.toggle if one.label == label).set_value(True).run()
        typed(page, "minimum_commitment/amount", "500")
        selected(page, "For", "term")
        selected(page, "What goes beyond it", "free")
        plan = study(page).catalog.plans["metered_pro"].model_dump(mode="json", exclude_none=True)
        assert plan["minimum_commitment"] == {"amount": "500", "per": "term", "term_months": 12}
        assert plan["spend_cap"] == {"amount": "50", "beyond": "free"}
        assert "Customers commit to at least $500.00 for every 12 months" in said(page)
        next(one for one in page.toggle if one.label == "Usage is capped").set_value(False).run()
        assert study(page).catalog.plans["metered_pro"].spend_cap is None
        typed(page, "minimum_commitment/amount", "none")
        assert "Give a number, more than 0" in said(page)
        assert not page.exception

    def test_a_hard_limit_asks_for_no_price(self, page: AppTest) -> None:
        selected(page, "Image", "limited")
        assert study(page).catalog.plans["metered_pro"].features["image"].overage is None
        assert len([one for one in page.text_input if one.label == "Then per image ($)"]) == 1

    def test_a_code_is_renamed_wherever_it_is_used(self, page: AppTest) -> None:
        typed(page, "code/plans/metered_pro", "team")
        assert "team" in study(page).catalog.plans
        assert study(page).candidates[0].plan == "team"
        assert study(page).catalog.plan_groups["metered"] == ("metered_starter", "team")

    def test_a_code_that_is_taken_stays_in_the_field_and_changes_nothing(self, page: AppTest) -> None:
        typed(page, "code/plans/metered_pro", "credits_pro")
        assert "Another plan has the code 'credits_pro'. Choose one that is free." in said(page)
        assert page.text_input(key=key(page, "code/plans/metered_pro")).value == "credits_pro"
        assert "metered_pro" in study(page).catalog.plans

    def test_a_feature_is_renamed_in_every_plan(self, page: AppTest) -> None:
        opened(page, "Features")
        typed(page, "code/features/image", "picture")
        assert all("picture" in plan.features for plan in study(page).catalog.plans.values())
        assert "Your usage has features that are not here yet: image" in said(page)

    def test_a_name_that_looks_like_a_formula_or_markup_is_shown_as_it_is(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/name", "=1+1 **$x$** [a](b)")
        assert not page.exception
        assert study(page).catalog.plans["metered_pro"].name == "=1+1 **$x$** [a](b)"


class TestPricesAndTrials:
    def test_a_price_for_every_interval_is_in_the_study(self, page: AppTest) -> None:
        for interval in ("weekly", "quarterly", "one_time"):
            typed(page, f"plans/metered_pro/prices/{interval}", "7")
        prices = study(page).catalog.plans["metered_pro"].prices
        assert {interval: prices[interval] for interval in ("weekly", "quarterly", "one_time")} == {
            "weekly": Decimal(7),
            "quarterly": Decimal(7),
            "one_time": Decimal(7),
        }
        selected(page, "Billed", "quarterly")
        assert page.metric[0].value == "$7.00"

    def test_what_is_wrong_with_a_rare_interval_is_shown_beside_it(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/prices/quarterly", "cheap")
        rare = next(one for one in page.expander if one.label == "Other intervals")
        assert rare.proto.expanded
        assert "is not a number" in "\n".join(one.value for one in rare.markdown)

    def test_a_trial_is_in_the_study_and_in_the_words(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/trial_days", "14")
        assert study(page).catalog.plans["metered_pro"].trial_days == 14
        assert "The first 14 days are a free trial: no base price, and usage stops at what is included." in said(page)
        typed(page, "plans/metered_pro/trial_days", "")
        assert study(page).catalog.plans["metered_pro"].trial_days is None

    @pytest.mark.parametrize(
        ("days", "why"),
        [
            ("0", "Free trial (days): '0' is too small. Give 1 or more."),
            ("1.5", "Free trial (days): '1.5' is not a whole number. Give a whole number."),
        ],
    )
    def test_a_trial_that_cannot_be_is_said_below_its_row(self, page: AppTest, days: str, why: str) -> None:
        typed(page, "plans/metered_pro/trial_days", days)
        assert why in said(page)
        assert page.text_input(key=key(page, "plans/metered_pro/trial_days")).value == days

    def test_bills_are_of_customers_who_are_through_with_the_trial(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/trial_days", "60")
        page.text_input(key="plans_units_image").set_value("250").run()
        assert page.metric[0].value == "$30.00"
        assert "After a free trial of 60 days" in said(page)

    def test_a_plan_without_prices_is_free_and_keeps_no_trial_unseen(self, page: AppTest) -> None:
        typed(page, "plans/metered_pro/trial_days", "14")
        for interval in ("monthly", "yearly"):
            typed(page, f"plans/metered_pro/prices/{interval}", "")
        assert "A free plan: usage stops at what is included, and nothing is ever charged." in said(page)
        assert "Free trial (days): a free plan has no trial. Give it a price, or remove trial_days." in said(page)
        typed(page, "plans/metered_pro/trial_days", "")
        assert not page.warning
        assert study(page).catalog.plans["metered_pro"].free

    def test_a_free_plan_below_the_open_one(self, page: AppTest) -> None:
        page.button(key="plans_add_free").click().run()
        assert study(page).catalog.plans["free"].features["image"].included == Decimal(15)
        assert study(page).catalog.plan_groups["metered"] == ("free", "metered_starter", "metered_pro")
        assert page.radio[0].value == "free"
        assert len(study(page).candidates) == 3


class TestGroups:
    @pytest.fixture
    def page(self, page: AppTest) -> AppTest:
        return opened(page, "Plan groups")

    def button(self, page: AppTest, ending: str) -> AppTest:
        return next(one for one in page.button if one.key.endswith(ending)).click().run()

    def test_plans_change_their_order(self, page: AppTest) -> None:
        self.button(page, "group/metered/metered_pro/Lower")
        assert study(page).catalog.plan_groups["metered"] == ("metered_pro", "metered_starter")
        assert "Pro costs more than Starter, which is above it." in said(page)
        self.button(page, "group/metered/metered_pro/Higher")
        assert study(page).catalog.plan_groups["metered"] == ("metered_starter", "metered_pro")

    def test_a_plan_leaves_its_group_and_comes_back(self, page: AppTest) -> None:
        self.button(page, "group/metered/metered_starter/out")
        assert study(page).catalog.plan_groups["metered"] == ("metered_pro",)
        assert "In no group, so that nobody can change to or from it: Starter (Metered)" in said(page)
        box = next(one for one in page.selectbox if one.key.endswith("group/metered/join"))
        box.set_value("metered_starter").run()
        assert study(page).catalog.plan_groups["metered"] == ("metered_starter", "metered_pro")

    def test_a_group_is_renamed_deleted_and_made_again(self, page: AppTest) -> None:
        typed(page, "code/plan_groups/metered", "standard")
        assert list(study(page).catalog.plan_groups) == ["standard", "credits", "balance"]
        before = study(page)
        self.button(page, "delete/plan_groups/standard")
        assert list(study(page).catalog.plan_groups) == ["credits", "balance"]
        page.button(key="plans_undo_button").click().run()
        assert study(page) == before
        self.button(page, "delete/plan_groups/standard")
        page.button(key="plans_add_group_metered").click().run()
        assert study(page).catalog.plan_groups["metered"] == ("metered_starter", "metered_pro")

    def test_a_code_that_another_group_has_changes_nothing(self, page: AppTest) -> None:
        typed(page, "code/plan_groups/metered", "credits")
        assert "Another plan group has the code 'credits'. Choose one that is free." in said(page)
        assert list(study(page).catalog.plan_groups) == ["metered", "credits", "balance"]

    def test_groups_travel_in_the_link(self, page: AppTest) -> None:
        self.button(page, "group/metered/metered_pro/Lower")
        assert from_link(to_link(study(page))) == study(page)


class TestOffers:
    @pytest.fixture
    def offered(self, page: AppTest) -> AppTest:
        """The page with an offer called Launch: a fifth off three charges."""
        opened(page, "Offers").button(key="plans_add_offer").click().run()
        return typed(page, "offers/new_offer/name", "Launch")

    def test_an_offer_has_the_code_of_its_name(self, offered: AppTest) -> None:
        (code,) = study(offered).catalog.offers
        offer = study(offered).catalog.offers[code]
        assert (code, offer.name, offer.percent, offer.cycles) == ("launch", "Launch", 20, 3)
        assert "20 % off the base price, for the first 3 charges." in said(offered)

    def test_what_a_candidate_begins_with_is_on_the_bill(self, offered: AppTest) -> None:
        """A fifth off 20 is 4; a month of the year costs (12 × 20 − 3 × 4) ÷ 12 = 19."""
        selected(offered, "Offer at the start", "launch")
        assert study(offered).candidates[0].offer == "launch"
        assert [metric.value for metric in offered.metric] == ["$16.00", "$20.00", "$20.00"]
        assert "Offer: Launch | -$4.00" in said(offered)
        assert "A month on average over a year like this: $19.00" in said(offered)

    def test_an_amount_for_ever(self, offered: AppTest) -> None:
        selected(offered, "Takes off", "amount")
        typed(offered, "offers/launch/amount", "5")
        typed(offered, "offers/launch/cycles", "")
        offer = study(offered).catalog.offers["launch"]
        assert (offer.percent, offer.amount, offer.cycles) == (None, Decimal(5), None)
        assert "$5 off the base price, for ever." in said(offered)

    def test_what_is_wrong_is_said_at_its_field(self, offered: AppTest) -> None:
        typed(offered, "offers/launch/percent", "120")
        assert "120 is too large. Give at most 100." in said(offered)
        assert "Offer “Launch” › percent: 120 is too large." in offered.warning[0].value.replace("\\", "")
        typed(offered, "offers/launch/percent", "")
        assert offered.warning
        assert study(offered).catalog.offers["launch"].percent == 20

    def test_a_deleted_offer_leaves_the_candidates(self, offered: AppTest) -> None:
        selected(offered, "Offer at the start", "launch")
        next(one for one in offered.button if one.key.endswith("delete/offers/launch")).click().run()
        assert study(offered).candidates[0].offer is None
        assert "“Metered” begins without an offer now, as its offer is gone." in said(offered)
        assert not [one for one in offered.selectbox if one.label == "Offer at the start"]

    def test_trials_and_offers_travel_in_the_link(self, offered: AppTest) -> None:
        selected(offered, "Offer at the start", "launch")
        opened(offered, "Plans")
        typed(offered, "plans/metered_pro/trial_days", "14")
        assert from_link(to_link(study(offered))) == study(offered)


class TestModels:
    @pytest.fixture
    def by_model(self, page: AppTest) -> AppTest:
        """The page with images of the balance plan priced by a model that costs 3 and 15 per million tokens."""
        page.radio[0].set_value("balance_pro").run()
        selected(page, "Image", "by_model")
        opened(page, "AI models").button(key="plans_add_model").click().run()
        typed(page, "code/models/own/my_model", "own/chat")
        typed(page, "models/own/chat/input", "3")
        typed(page, "models/own/chat/output", "15")
        page.text_input(key="plans_model_search").set_value("own/chat").run()
        page.session_state["plans_models/image/own/chat"] = {"selection": {"rows": [0], "columns": []}}
        return page.run()

    def test_a_feature_follows_its_model_with_a_margin(self, by_model: AppTest) -> None:
        terms = study(by_model).catalog.plans["balance_pro"].features["image"]
        assert (terms.pricing, terms.margin) == ("ai_model", Decimal("0.2"))
        opened(by_model, "Plans")
        assert "Image: AI model price + 20 % an image." in said(by_model)
        typed(by_model, "plans/balance_pro/features/image/margin", "12.5")
        assert study(by_model).catalog.plans["balance_pro"].features["image"].margin == Decimal("0.125")

    def test_a_margin_that_is_none_stays_in_its_field(self, by_model: AppTest) -> None:
        opened(by_model, "Plans")
        typed(by_model, "plans/balance_pro/features/image/margin", "lots")
        assert by_model.text_input(key=key(by_model, "balance_pro/features/image/margin")).value == "lots"
        assert "'lots' is not a number" in by_model.warning[0].value.replace("\\", "")

    def test_what_a_thousand_requests_cost_and_earn(self, by_model: AppTest) -> None:
        """1,000 × 3 ÷ 1 M + 500 × 15 ÷ 1 M = 0.0105; with 20 % 0.0126."""
        assert not by_model.exception
        for row in ("| Cost you | $10.50 |", "| Customers pay | $12.60 |", "| **You earn** | **$2.10** |"):
            assert row in said(by_model)
        by_model.text_input(key="plans_request/image/margin").set_value("100").run()
        by_model.text_input(key="plans_request/image/output").set_value("0").run()
        assert "| **You earn** | **$3.00** |" in said(by_model)

    def test_the_bill_counts_typical_requests(self, by_model: AppTest) -> None:
        """5,000 requests at 0.0126 are 63, of which the balance pays 20."""
        by_model.text_input(key="plans_units_upscale").set_value("0")
        by_model.text_input(key="plans_units_video_seconds").set_value("0")
        by_model.text_input(key="plans_units_image").set_value("5000").run()
        assert by_model.metric[2].value == "$63.00"
        assert "Each 1,000 tokens in, 500 out, to own/chat: see AI models" in said(by_model)

    def test_tokens_that_are_none_are_said_at_their_field_and_in_place_of_the_bill(self, by_model: AppTest) -> None:
        by_model.text_input(key="plans_request/image/input").set_value("many").run()
        assert "'many' is not a number. Give a whole number from 0 to 1,000,000,000." in said(by_model)
        assert "There is no bill without the price of a request. Correct it under AI models." in said(by_model)
        assert not by_model.metric
        assert by_model.text_input(key="plans_request/image/input").value == "many"

    def test_usage_without_tokens_is_said(self, by_model: AppTest) -> None:
        assert "Your usage has no tokens for Image, so that it cannot be compared." in said(by_model)
        opened(by_model, "Plans")
        selected(by_model, "Image", "priced")
        opened(by_model, "AI models")
        assert "Your usage has no tokens" not in said(by_model)

    def test_a_request_survives_a_visit_to_another_page(self, by_model: AppTest) -> None:
        by_model.text_input(key="plans_request/image/input").set_value("2000").run()
        by_model.switch_page("app.py").run()
        by_model.switch_page("pages/plans.py").run()
        assert by_model.text_input(key="plans_request/image/input").value == "2000"
        assert "A typical request to chat" in said(by_model)

    def test_the_search_finds_models_of_the_list_and_ones_own(self, by_model: AppTest) -> None:
        by_model.text_input(key="plans_model_search").set_value("anthropic sonnet").run()
        (found,) = (table.value for table in by_model.dataframe if "cache_read" in table.value.columns)
        assert next(iter(found["provider"])) == "Anthropic"
        assert all("sonnet" in name.lower() for name in found["model"])
        by_model.text_input(key="plans_model_search").set_value("no such model").run()
        assert "No model has these words in its name or its provider's." in said(by_model)

    def test_prices_of_the_list_become_ones_own(self, page: AppTest) -> None:
        opened(page, "AI models").button(key="plans_own_prices").click().run()
        (code,) = study(page).catalog.models
        assert code == STARTING_REQUEST.model
        assert study(page).catalog.models[code].input == PriceBook.of().find(code).latest_prices.input

    def test_plans_in_another_currency_need_prices_of_ones_own(self, page: AppTest) -> None:
        page.radio[0].set_value("balance_pro").run()
        selected(page, "Image", "by_model")
        opened(page, "Currency and file")
        typed(page, "currency", "eur")
        opened(page, "AI models")
        assert not page.exception
        assert "The public list is in US dollars. For plans in EUR give models prices of your own, below." in said(page)
        assert "is known in US dollars only, and your plans are in EUR" in said(page)
        assert not page.metric

    def test_models_and_margins_travel_in_the_link(self, by_model: AppTest) -> None:
        assert from_link(to_link(study(by_model))) == study(by_model)


class TestMakingAndDeleting:
    def test_the_code_of_a_new_feature_follows_its_name(self, page: AppTest) -> None:
        opened(page, "Features").button(key="plans_add_feature").click().run()
        typed(page, "features/new_feature/name", "Voice minute")
        assert study(page).catalog.features["voice_minute"].name == "Voice minute"
        assert key(page, "code/features/voice_minute")

    def test_a_new_plan_stays_open_when_it_gets_its_name(self, page: AppTest) -> None:
        page.button(key="plans_add_credits").click().run()
        typed(page, "plans/new_plan/name", "Team")
        assert page.radio[0].value == "team"
        assert (study(page).candidates[-1].name, study(page).candidates[-1].plan) == ("Team", "team")
        assert [one.value for one in page.text_input if one.label == "Name"][-1] == "Team"

    def test_a_new_plan_opens_and_is_compared(self, page: AppTest) -> None:
        page.button(key="plans_add_credits").click().run()
        assert study(page).catalog.plans["new_plan"].consumption_model == "credits"
        assert [candidate.plan for candidate in study(page).candidates][-1] == "new_plan"
        assert page.radio[0].value == "new_plan"
        assert len(page.metric) == 4

    def test_a_copy_has_the_same_terms_under_another_name(self, page: AppTest) -> None:
        page.button(key="plans_copy").click().run()
        plans = study(page).catalog.plans
        assert plans["pro_copy"].model_copy(update={"name": "Pro"}) == plans["metered_pro"]

    def test_a_deleted_plan_takes_its_candidate_along_and_comes_back(self, page: AppTest) -> None:
        before = study(page)
        page.button(key="plans_delete").click().run()
        assert "metered_pro" not in study(page).catalog.plans
        assert [candidate.name for candidate in study(page).candidates] == ["Credits", "Balance"]
        assert "“Metered” is no longer compared, as its plan is gone." in said(page)
        page.button(key="plans_undo_button").click().run()
        assert study(page) == before

    def test_a_deleted_feature_leaves_every_plan(self, page: AppTest) -> None:
        opened(page, "Features")
        page.button(key=next(one.key for one in page.button if one.key.endswith("delete/features/image"))).click().run()
        assert all("image" not in plan.features for plan in study(page).catalog.plans.values())
        assert "It was taken out of 6 plans." in said(page)

    def test_a_new_pack_can_be_bought_at_once(self, page: AppTest) -> None:
        opened(page, "Credit packs").button(key="plans_add_pack").click().run()
        assert study(page).catalog.credit_packs["new_pack"].credits == Decimal(500)

    def test_without_any_plan_the_page_says_what_to_do(self, page: AppTest) -> None:
        page.button_group(key="plans_beginning").set_value("Empty").run()
        page.button(key="plans_clear").click().run()
        assert not page.exception
        assert "There is no plan yet. Add one, or start from a preset above." in said(page)
        assert "Nothing to compare: add a plan first." in said(page)
        opened(page, "Features").button(key="plans_add_feature").click().run()
        opened(page, "Plans").button(key="plans_add_balance").click().run()
        assert not page.exception
        assert page.metric[0].value == "$49.00"


class TestCandidates:
    def test_a_name_given_twice_is_said_at_its_field(self, page: AppTest) -> None:
        names = [one for one in page.text_input if one.label == "Name"]
        names[1].set_value("Metered").run()
        assert "'Metered' is there twice. Give every candidate its own name." in said(page)
        assert [candidate.name for candidate in study(page).candidates] == ["Metered", "Credits", "Balance"]

    def test_a_candidate_on_another_interval(self, page: AppTest) -> None:
        selected(page, "Billed", "yearly")
        assert study(page).candidates[0].interval == "yearly"
        assert page.metric[0].value == "$200.00"
        assert "A month on average over a year like this: $16.67" in said(page)

    def test_without_an_interval_that_is_gone(self, page: AppTest) -> None:
        selected(page, "Billed", "yearly")
        typed(page, "plans/metered_pro/prices/yearly", "")
        assert study(page).candidates[0].interval is None
        assert "“Metered” no longer has a yearly price; it is compared on what there is." in said(page)

    def test_the_plan_in_the_editor_stays_there_when_another_is_compared(self, page: AppTest) -> None:
        opened = page.radio[0].value
        page.button(key="plans_add_candidate").click().run()
        assert study(page).candidates[-1].plan == "metered_starter"
        assert page.radio[0].value == opened == "metered_pro"

    def test_what_customers_top_up_moves_along_when_a_candidate_is_removed(self, page: AppTest) -> None:
        page.radio[0].set_value("balance_pro").run()
        next(one for one in page.toggle if one.label == "Stop usage when the balance is used up").set_value(True).run()
        page.button(key="plans_add_candidate").click().run()
        [one for one in page.selectbox if one.label == "Plan or line-up"][-1].set_value("balance_pro").run()
        for place, amount in enumerate(("10", "25")):
            [one for one in page.text_input if one.label == "Top up by ($)"][place].set_value(amount).run()
        page.button(key=next(one.key for one in page.button if one.key.endswith("remove/2"))).click().run()
        assert field(page, "Top up by ($)").value == "25"
        assert study(page).candidates[-1].top_up.amount == 25

    def test_one_candidate_is_enough(self, page: AppTest) -> None:
        for _ in range(2):
            page.button(key=next(one.key for one in page.button if one.key.endswith("remove/1"))).click().run()
        assert [candidate.name for candidate in study(page).candidates] == ["Metered"]
        assert not page.exception
        assert "Nowhere up to here: no candidate overtakes another, and none refuses usage." in said(page)


class TestLineUps:
    @pytest.fixture
    def compared(self, page: AppTest) -> AppTest:
        """The page with a line-up of each model compared."""
        return page.button(key="plans_compare_line_ups").click().run()

    def pressed(self, page: AppTest, ending: str) -> AppTest:
        return next(one for one in page.button if one.key.endswith(ending)).click().run()

    def box(self, page: AppTest, label: str, place: int) -> Any:
        return [one for one in page.selectbox if one.label == label][place]

    def test_one_click_compares_a_line_up_of_each_model(self, page: AppTest, compared: AppTest) -> None:
        assert not compared.exception
        assert [(one.name, one.group, one.plan, one.choose) for one in study(page).candidates] == [
            ("Metered line-up", "metered", None, "cheapest"),
            ("Credits line-up", "credits", None, "cheapest"),
            ("Balance line-up", "balance", None, "cheapest"),
        ]
        assert study(page).candidates[1].purchases.pack == "medium"
        assert "You now compare “Metered line-up”, “Credits line-up” and “Balance line-up”." in said(page)
        assert "plans_compare_line_ups" not in [one.key for one in page.button]
        page.button(key="plans_undo_button").click().run()
        assert [one.plan for one in study(page).candidates] == ["metered_pro", "credits_pro", "balance_pro"]

    def test_bills_name_the_plan_that_suits_the_usage(self, compared: AppTest) -> None:
        """20 images are within the 50 of Starter; 400 cost 8 + 350 × 0.12 = 50 there and 20 + 250 × 0.1 = 45 on Pro."""
        for feature in ("upscale", "video_seconds"):
            compared.text_input(key=f"plans_units_{feature}").set_value("0").run()
        compared.text_input(key="plans_units_image").set_value("20").run()
        assert ("Metered · on Starter · monthly" in said(compared), compared.metric[0].value) == (True, "$8.00")
        compared.text_input(key="plans_units_image").set_value("400").run()
        assert ("Metered · on Pro · monthly" in said(compared), compared.metric[0].value) == (True, "$45.00")
        assert "The plan that suits this usage best, among Pro and Starter" in said(compared)

    def test_the_curve_says_where_a_line_up_is_on_another_plan(self, compared: AppTest) -> None:
        for feature in ("upscale", "video_seconds"):
            compared.text_input(key=f"plans_units_{feature}").set_value("0").run()
        # 8 + 0.12 × (n - 50) is more than 20 from n = 151 on, where 20 + 0.1 × (n - 150) = 20.10 and the other 20.12
        assert "Metered line-up: Starter, from 151 images a month Pro." in said(compared)
        assert "A line-up: its plan that suits each level best." in said(compared)

    def rule(self, page: AppTest) -> str:
        """Who is on which plan, in sentences, behind the field's "?"."""
        return self.box(page, "Who is on which plan", 0).help.replace("\\", "")

    def test_a_line_up_is_added_changed_and_removed(self, page: AppTest) -> None:
        self.pressed(page, "add_line_up/metered")
        assert (study(page).candidates[-1].name, study(page).candidates[-1].group) == ("Metered line-up", "metered")
        assert "Each customer is on one plan the whole time" in self.rule(page)
        self.box(page, "Who is on which plan", 0).set_value("upgrade").run()
        field(page, "May refuse (%)").set_value("2.5 %").run()
        field(page, "Moves up after (billing periods)").set_value("3").run()
        assert not page.exception
        found = study(page).candidates[-1]
        assert (found.choose, found.blocked_share_max, found.upgrade_after_periods) == ("upgrade", Decimal("0.025"), 3)
        assert "Everybody begins on Starter, and moves up after 3 billing periods running" in self.rule(page)
        assert "refuses at most 2.5 % of the usage" in self.rule(page)
        field(page, "Moves up after (billing periods)").set_value("").run()
        assert study(page).candidates[-1].upgrade_after_periods == 2
        self.box(page, "Who is on which plan", 0).set_value("assigned").run()
        assert "Customers are on the plans that your subscriptions say. Who has none there is on Starter." in self.rule(page)
        assert not [one for one in page.text_input if one.label in ("May refuse (%)", "Moves up after (billing periods)")]
        self.pressed(page, "remove/3")
        assert [one.name for one in study(page).candidates] == ["Metered", "Credits", "Balance"]

    @pytest.mark.parametrize("typed", ["lots", "101", "-1"])
    def test_a_share_that_is_none_is_said_at_its_field(self, compared: AppTest, typed: str) -> None:
        field(compared, "May refuse (%)").set_value(typed).run()
        message = f"'{typed}' is not a share of usage. Give a percentage from 0 to 100, with at most 4 decimals."
        assert said(compared).count(message) == 1
        assert field(compared, "May refuse (%)").value == typed
        assert study(compared).candidates[0].blocked_share_max == 0

    def test_periods_that_are_none_are_said_at_their_field(self, compared: AppTest) -> None:
        self.box(compared, "Who is on which plan", 0).set_value("upgrade").run()
        field(compared, "Moves up after (billing periods)").set_value("0").run()
        assert said(compared).count("'0' is too small. Give 1 or more.") == 1

    def test_what_is_wrong_is_said_where_its_field_is_gone(self, compared: AppTest) -> None:
        field(compared, "May refuse (%)").set_value("lots").run()
        self.box(compared, "Who is on which plan", 0).set_value("assigned").run()
        assert "'lots' is not a number." in "\n".join(one.value for one in compared.markdown).replace("\\", "")

    def test_no_amount_of_another_candidate_stays_in_a_field(self, page: AppTest) -> None:
        """Two balance plans that stop, topped up by 10 and 25, second and third; then the line-up of them is the third."""
        page.radio[0].set_value("balance_pro").run()
        next(one for one in page.toggle if one.label == "Stop usage when the balance is used up").set_value(True).run()
        self.box(page, "Plan or line-up", 1).set_value("balance_pro").run()
        for place, amount in enumerate(("10", "25")):
            field(page, "Top up by ($)", place).set_value(amount).run()
        page.button(key="plans_compare_line_ups").click().run()
        assert not page.exception
        assert field(page, "Top up by ($)").value == "10"
        assert study(page).candidates[2].top_up.amount == 10

    def test_a_candidate_is_moved_from_a_plan_to_a_line_up_and_back(self, page: AppTest) -> None:
        before = study(page).candidates
        box = self.box(page, "Plan or line-up", 1)
        assert box.options[-3:] == [f"{model} line-up, Starter to Pro" for model in ("Metered", "Credits", "Balance")]
        box.set_value("group credits").run()
        found = study(page).candidates[1]
        assert (found.name, found.plan, found.group, found.purchases) == ("Credits", None, "credits", before[1].purchases)
        field(page, "May refuse (%)").set_value("5").run()
        self.box(page, "Plan or line-up", 1).set_value("credits_pro").run()
        assert study(page).candidates == before

    def test_a_line_up_may_have_any_interval_that_its_paid_plans_share(self, compared: AppTest) -> None:
        assert self.box(compared, "Billed", 0).options == ["monthly", "yearly"]
        self.box(compared, "Billed", 0).set_value("yearly").run()
        assert study(compared).candidates[0].interval == "yearly"
        typed(compared, "plans/metered_pro/prices/yearly", "")
        assert study(compared).candidates[0].interval is None
        assert self.box(compared, "Billed", 0).options == ["monthly"]

    def test_plans_billed_differently_are_billed_as_each_is(self, compared: AppTest) -> None:
        typed(compared, "plans/metered_pro/prices/monthly", "")
        assert self.box(compared, "Billed", 0).options == ["as each plan is", "yearly"]
        assert study(compared).candidates[0].interval is None
        self.box(compared, "Billed", 0).set_value("yearly").run()
        assert study(compared).candidates[0].interval == "yearly"
        self.box(compared, "Billed", 0).set_value("").run()
        assert study(compared).candidates[0].interval is None
        self.box(compared, "Who is on which plan", 0).set_value("upgrade").run()
        assert "Name an interval for which all of them have a price." in said(compared)
        assert study(compared).candidates[0].choose == "cheapest"

    def test_without_groups_one_click_makes_one_and_compares_it(self, page: AppTest) -> None:
        opened(page, "Plan groups")
        for group in ("metered", "credits", "balance"):
            self.pressed(page, f"delete/plan_groups/{group}")
        assert "plans_compare_line_ups" not in [one.key for one in page.button]
        page.button(key="plans_add_line_up_of_metered").click().run()
        assert study(page).catalog.plan_groups == {"metered": ("metered_starter", "metered_pro")}
        assert study(page).candidates[-1].group == "metered"
        assert "plans_add_line_up_of_metered" not in [one.key for one in page.button]

    def test_a_single_plan_is_told_what_a_line_up_needs(self, page: AppTest) -> None:
        page.button_group(key="plans_beginning").set_value("Empty").run()
        page.button(key="plans_clear").click().run()
        page.button(key="plans_add_metered").click().run()
        assert "There is none yet: a line-up needs two plans of one model." in said(page)

    def test_deleting_the_plans_of_a_line_up_ends_it(self, compared: AppTest) -> None:
        compared.button(key="plans_delete").click().run()
        assert "“Metered line-up” is compared with the other plans of its line-up." in said(compared)
        assert len(study(compared).candidates) == 3
        compared.radio[0].set_value("metered_starter").run()
        compared.button(key="plans_delete").click().run()
        assert not compared.exception
        assert [one.name for one in study(compared).candidates] == ["Credits line-up", "Balance line-up"]
        assert "“Metered line-up” is no longer compared, as its plan group is gone or empty." in said(compared)

    def test_line_ups_travel_in_the_link(self, compared: AppTest) -> None:
        self.box(compared, "Who is on which plan", 0).set_value("upgrade").run()
        field(compared, "May refuse (%)").set_value("5").run()
        sent = study(compared)
        assert from_link(to_link(sent)) == sent
        visitor = AppTest.from_file(APP, default_timeout=180)
        for name, value in to_link(sent).items():
            visitor.query_params[name] = value
        visitor.switch_page("pages/plans.py").run()
        assert not visitor.exception
        assert study(visitor) == sent
        assert field(visitor, "May refuse (%)").value == "5"
        assert next(one.value for one in visitor.text_input if one.label == "Name") == "Metered line-up"

    @pytest.mark.parametrize(
        ("damage", "told"),
        [
            ({"group": "gone"}, "plan group 'gone' does not exist"),
            ({"group": None}, "candidates.0.plan: is missing"),
            ({"plan": "metered_pro"}, "the candidate has a plan already"),
        ],
    )
    def test_a_link_with_a_damaged_line_up_is_a_message_everywhere(
        self, compared: AppTest, damage: dict[str, Any], told: str
    ) -> None:
        first, *rest = study(compared).candidates
        damaged = study(compared).model_copy(update={"candidates": (first.model_copy(update=damage), *rest)})
        link = to_link(damaged)
        assert from_link(link) == damaged
        for script in ("app.py", "pages/plans.py", "pages/compare.py", "pages/customers.py"):
            visitor = AppTest.from_file(APP, default_timeout=180)
            for name, value in link.items():
                visitor.query_params[name] = value
            visitor.switch_page(script).run()
            assert not visitor.exception, script
            assert told in "\n".join(one.value for one in visitor.error).replace("\\", ""), script

    def test_the_overview_says_what_is_in_a_line_up(self, compared: AppTest) -> None:
        compared.switch_page("app.py").run()
        assert not compared.exception
        words = (
            "Starter, $8 a month or $80 a year; Pro, $20 a month or $200 a year. Each customer is on one plan the whole time"
        )
        assert said(compared).count(words) == 3


class TestPresetsAndFiles:
    def test_a_preset_brings_plans_candidates_and_usage(self, page: AppTest) -> None:
        page.button_group(key="plans_beginning").set_value("Balance products").run()
        page.button(key="plans_use_supabase").click().run()
        assert not page.exception
        assert study(page).source.preset == "cloud_platform"
        assert all(plan.consumption_model == "balance" for plan in study(page).catalog.plans.values())

    def test_a_file_with_mistakes_lists_them_all_and_changes_nothing(self, page: AppTest) -> None:
        before = study(page)
        page.button_group(key="plans_beginning").set_value("From a file").run()
        text = (
            "plans:\n  pro: {consumption_model: metered, prices: {monthly: -5, yerly: 3}}\n  b: {consumption_model: barter}\n"
        )
        page.file_uploader[0].set_value(("bad.yaml", text.encode(), "application/yaml")).run()
        shown = page.error[0].value.replace("\\", "")
        assert "bad.yaml cannot be used as it is; your plans stay as they were." in shown
        for path in ("plans.pro.prices.monthly", "plans.pro.prices.yerly", "plans.b.consumption_model"):
            assert path in shown
        assert study(page) == before

    def test_the_download_comes_back_as_it_was(self, page: AppTest) -> None:
        before = study(page).catalog
        page.button_group(key="plans_beginning").set_value("From a file").run()
        page.file_uploader[0].set_value(("mine.yaml", before.to_yaml().encode(), "application/yaml")).run()
        assert not page.error
        assert study(page).catalog == before
        assert "These are now the plans of the file “mine.yaml”." in said(page)

    def test_commets_file_is_offered_with_what_it_cannot_hold(self, page: AppTest) -> None:
        opened(page, "Currency and file")
        assert "Download commet.config.ts" in [button.label for button in page.get("download_button")]
        listed = next(
            element for element in page.expander if element.label.endswith("things that commet.config.ts cannot hold")
        )
        assert "Credit pack Small pack" in listed.markdown[0].value

    def test_plans_that_commets_file_cannot_have_are_said_and_the_file_is_not_offered(self, page: AppTest) -> None:
        catalog = study(page).catalog
        named = catalog.model_copy(update={"features": {**catalog.features, "toString": Feature(name="Text")}})
        page.session_state["study"] = study(page).model_copy(update={"catalog": named})
        opened(page, "Currency and file")
        assert "features.toString" in "\n".join(error.value for error in page.error)
        assert "Download commet.config.ts" not in [button.label for button in page.get("download_button")]

    def test_a_file_that_is_no_text(self, page: AppTest) -> None:
        page.button_group(key="plans_beginning").set_value("From a file").run()
        page.file_uploader[0].set_value(("mine.yaml", b"\xff\xfe\x00", "application/yaml")).run()
        assert "this is not a text file in UTF-8" in page.error[0].value.replace("\\", "")


class TestLinks:
    def test_a_link_whose_candidates_have_no_plan_is_a_message(self, page: AppTest) -> None:
        lost = study(page).candidates[0].model_copy(update={"plan": "gone"})
        page.session_state["study"] = study(page).model_copy(update={"candidates": (lost,)})
        page.run()
        assert not page.exception
        assert "plan 'gone' does not exist" in page.error[0].value


class TestLiveBill:
    def test_typed_usage_is_billed_line_by_line(self, page: AppTest) -> None:
        """250 images are 100 beyond 150 at 0.10."""
        page.text_input(key="plans_units_image").set_value("250").run()
        assert page.metric[0].value == "$30.00"
        assert "Image beyond what is included: 100 × $0.10" in said(page)

    def test_usage_that_is_no_number_is_said_at_its_field(self, page: AppTest) -> None:
        page.text_input(key="plans_units_image").set_value("lots").run()
        assert "'lots' is not a number. Give a number from 0 to 100,000,000,000, with at most 6 decimals." in said(page)
        assert page.text_input(key="plans_units_image").value == "lots"
        assert not page.metric

    def test_more_than_can_be_held_is_a_message(self, page: AppTest) -> None:
        for feature in ("image", "upscale", "video_seconds"):
            page.text_input(key=f"plans_units_{feature}").set_value("100000000000")
        page.run()
        assert not page.exception
        assert "is more than the simulator can hold" in said(page)

    def test_what_is_refused_is_said(self, page: AppTest) -> None:
        selected(page, "Image", "limited")
        page.text_input(key="plans_units_image").set_value("200").run()
        assert "Image: 50 of 200 images are refused, as the allowance is used up" in said(page)
        assert "From 151 images a month Metered refuses part of the usage: its allowance is used up." in said(page)

    def test_a_refused_stretch_is_drawn_apart(self, page: AppTest) -> None:
        selected(page, "Image", "limited")
        traces = json.loads(page.get("plotly_chart")[0].proto.spec)["data"]
        drawn = [(trace["name"], trace["mode"], trace["line"]["dash"]) for trace in traces if trace.get("name") == "Metered"]
        assert drawn == [("Metered", "lines", "solid"), ("Metered", "lines+markers", "dot")]

    def test_how_far_the_curve_goes_must_be_above_zero(self, page: AppTest) -> None:
        page.text_input(key="plans_curve_most_image").set_value("0").run()
        assert "No usage at all makes no curve. Give a number above zero." in said(page)

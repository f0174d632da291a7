"""Seats, quota, add-ons, offers in phases and promo codes on the Plans page: chosen, priced, seen in the bill, undone, linked."""

from __future__ import annotations

from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest
from support.all_terms import CANDIDATES, DOCUMENT
from support.plans_page import APP, field, opened, said, selected, study, typed, unfolded

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from pages.shared import study as studies
from pages.shared.study import Study, from_link, to_link


@pytest.fixture
def page() -> AppTest:
    app = AppTest.from_file(APP, default_timeout=120)
    app.switch_page("pages/plans.py")
    return unfolded(app)


def labels(page: AppTest) -> list[str]:
    return [field.label.replace("\\", "") for field in page.text_input]


def pressed(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def with_everything(page: AppTest) -> AppTest:
    before = study(page)
    changes = {
        "catalog": Catalog.model_validate(DOCUMENT),
        "candidates": tuple(Candidate.model_validate(each) for each in CANDIDATES),
        "baseline": "",
    }
    page.session_state["study"] = before.model_copy(update=changes)
    page.session_state["plans_draft"] = None
    return page.run()


def test_seats_are_chosen_under_more_terms_and_change_the_bill(page: AppTest) -> None:
    assert not any("Seats" in one.label for one in page.text_input)
    pressed(page, "Charge for seats")
    assert not page.exception
    terms = study(page).catalog.plans["metered_pro"].levels["seats"]
    assert (terms.included, terms.overage.unit_price) == (1, {"monthly": 5, "yearly": 50})
    assert field(page, "Seats").value == "3"
    assert page.metric[0].value == "$30.00"
    assert "| Seats beyond what is included, in advance: 2 × \\$5.00 | \\$10.00 |" in "\n".join(
        one.value for one in page.markdown
    )
    field(page, "Seats").set_value("4.5").run()
    assert "5 is not a whole number, and seats are. Give whole seats." in said(page)


def test_tiers_of_seats_are_typed_for_each_interval_and_change_the_bill(page: AppTest) -> None:
    pressed(page, "Charge for seats")
    selected(page, "Seats beyond what is included", "graduated")
    path = "metered_pro/features/seats/overage/tiers"
    typed(page, f"{path}/0/up_to", "1")
    typed(page, f"{path}/0/unit_price/monthly", "7")
    typed(page, f"{path}/1/unit_price/yearly", "")
    assert "is missing" in said(page)
    typed(page, f"{path}/1/unit_price/yearly", "40")
    assert not page.warning
    assert page.metric[0].value == "$32.00"
    assert "for a month the first 1 seat at $7 each, the rest at $5 each" in said(page)
    page.session_state["study"] = from_link(to_link(study(page)))
    assert page.run().metric[0].value == "$32.00"


def test_a_plan_without_seats_is_as_it_was_when_they_are_undone(page: AppTest) -> None:
    before = study(page)
    pressed(page, "Charge for seats")
    assert study(page) != before
    next(button for button in page.button if button.key and "undo" in button.key.lower()).click().run()
    assert study(page) == before


def test_everything_that_a_catalog_can_say_is_shown_on_every_tab_and_edited_in_place(page: AppTest) -> None:
    with_everything(page)
    for tab in [one.label for one in page.tabs]:
        opened(page, tab)
        assert not page.exception, tab
        assert not page.warning, tab
    assert study(page).catalog.document() == Catalog.model_validate(DOCUMENT).document()
    opened(page, "Add-ons")
    typed(page, "addons/texts/base_price/monthly", "25")
    assert study(page).catalog.addons["texts"].base_price == {"monthly": 25, "yearly": 180}
    assert "$25 a month or $180 a year; SMS: 500 messages included, then $0.04 a message." in said(page)
    opened(page, "Offers")
    typed(page, "offers/launch/phases/2/price", "35")
    typed(page, "promo_codes/SPRING/max_redemptions", "-1")
    assert "Promo code “SPRING” › max redemptions" in page.warning[0].value.replace("\\", "")
    typed(page, "promo_codes/SPRING/max_redemptions", "7")
    assert study(page).catalog.promo_codes["SPRING"].max_redemptions == 7
    assert "14 days free of charge, then 50 % off the base price, for the first 2 charges, then $35 in place" in said(page)


def test_an_add_on_is_made_had_by_a_candidate_and_on_its_bill(page: AppTest) -> None:
    opened(page, "Add-ons")
    pressed(page, "Add an add-on")
    assert not page.exception
    assert study(page).catalog.addons["new_add_on"].consumption_model == "boolean"
    having = [one for one in page.multiselect if one.label == "Add-ons that customers have"]
    having[0].set_value(["new_add_on"]).run()
    assert study(page).candidates[0].addons == ("new_add_on",)
    assert page.metric[0].value == "$30.00"
    assert "Add-on New add-on" in said(page)


def test_an_offer_goes_on_in_phases_and_a_promo_code_leads_to_one(page: AppTest) -> None:
    opened(page, "Offers")
    pressed(page, "Add an offer")
    next(one for one in page.toggle if one.label == "In phases, one after the other").set_value(True).run()
    pressed(page, "Add a phase")
    offer = study(page).catalog.offers["new_offer"]
    assert [phase.type for phase in offer.phases] == ["percentage", "percentage"]
    pressed(page, "Add a promo code")
    assert not page.exception
    assert list(study(page).catalog.promo_codes) == ["WELCOME"]
    assert len(study(page).catalog.offers) == 2


def test_the_bill_is_of_the_day_that_is_chosen_where_a_price_changes(page: AppTest) -> None:
    before = study(page)
    plans = dict(before.catalog.document()["plans"])
    plans["metered_pro"] = {**plans["metered_pro"], "versions": [{"from": "2199-01-01", "prices": {"monthly": "33"}}]}
    changed = Catalog.model_validate({**before.catalog.document(), "plans": plans})
    page.session_state["study"] = before.model_copy(update={"catalog": changed})
    assert page.run().metric[0].value == "$20.00"
    selected(page, "Prices as they are", "2199-01-01")
    assert page.metric[0].value == "$33.00"
    assert "From 1 Jan 2199: $33 a month or $200 a year" in said(page)
    selected(page, "Who pays the new price", "started_since")
    field(page, "Day").set_value("March").run()
    assert "Candidate “Metered” › versions" in page.warning[0].value.replace("\\", "")
    field(page, "Day").set_value("2026-03-01").run()
    assert not page.warning
    assert str(study(page).candidates[0].versions[0].who.started_since) == "2026-03-01"


def test_a_feature_that_a_version_adds_is_on_the_bill_from_its_day_on(page: AppTest) -> None:
    before = study(page)
    document = before.catalog.document()
    version = {
        "from": "2199-01-01",
        "features": {"editors": {"included": 1, "overage": {"unit_price": {"monthly": 9, "yearly": 90}}}},
    }
    plans = dict(document["plans"])
    plans["metered_pro"] = {**plans["metered_pro"], "versions": [version]}
    features = {**document["features"], "editors": {"name": "Editors", "unit": "seat", "type": "seats"}}
    changed = Catalog.model_validate({**document, "features": features, "plans": plans})
    page.session_state["study"] = before.model_copy(update={"catalog": changed})
    assert "Editors (seats)" not in labels(page.run())
    selected(page, "Prices as they are", "2199-01-01")
    assert not page.exception
    assert "Editors (seats)" in labels(page)
    assert page.metric[0].value == "$38.00"
    assert "It says: Editors: 1 seat included, then $9 a seat a month or $90 a seat a year." in said(page)


def test_what_is_held_stays_when_usage_is_followed_along_the_curve(page: AppTest) -> None:
    pressed(page, "Charge for seats")
    assert not page.exception
    selected(page, "Along", "seats")
    assert not page.exception
    assert "Up to (seats)" in [one.label for one in page.text_input]


def test_the_link_of_a_study_with_everything_holds_all_of_it() -> None:
    whole = Study(
        source=studies.Generated(preset="ai_images"),
        catalog=Catalog.model_validate(DOCUMENT),
        candidates=tuple(Candidate.model_validate(each) for each in CANDIDATES),
    )
    assert from_link(to_link(whole)) == whole
    assert whole.catalog.plans["pro"].levels["editors"].included == Decimal(3)

"""The Plans page in a real browser: the keyboard keeps its place, and models are chosen from a table."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from support.browsing import settled


def open_plans(page: Page, server: str) -> None:
    page.goto(f"{server}/plans")
    expect(page.get_by_role("heading", name="Price curve")).to_be_visible()
    settled(page)


def field(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True).first


def test_the_next_field_keeps_the_focus_when_something_is_wrong(server: str, page: Page) -> None:
    open_plans(page, server)
    field(page, "Monthly ($)").fill("-3")
    field(page, "Monthly ($)").press("Tab")
    expect(page.get_by_text("Not in effect yet")).to_be_visible()
    settled(page)
    expect(field(page, "Yearly ($)")).to_be_focused()


def test_another_model_keeps_the_focus(server: str, page: Page) -> None:
    open_plans(page, server)
    page.get_by_role("radio", name="Credits", exact=True).first.click()
    expect(page.get_by_text("The plan left its plan group")).to_be_visible()
    settled(page)
    expect(page.get_by_role("radio", name="Credits", exact=True).first).to_be_focused()


def test_a_model_is_chosen_from_the_table(server: str, page: Page) -> None:
    open_plans(page, server)
    page.get_by_role("tab", name="AI models").click()
    field(page, "Search a model").fill("gpt-4o")
    field(page, "Search a model").press("Enter")
    settled(page)
    table = page.get_by_role("tabpanel").filter(has=field(page, "Search a model")).get_by_test_id("stDataFrame")
    table.click(position={"x": 18, "y": 52})
    expect(page.get_by_text("A typical request to gpt 4o", exact=True)).to_be_visible()


@pytest.mark.parametrize("tab", ["Plan groups", "Offers", "AI models"])
def test_its_tabs_fit_a_phone(server: str, newcomer: Callable[..., Page], tab: str) -> None:
    page = newcomer(viewport={"width": 390, "height": 844})
    open_plans(page, server)
    page.get_by_role("tab", name=tab).click()
    settled(page)
    overflow = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_seats_and_tiers_are_added_to_a_plan_change_its_bill_and_fit_a_phone(server: str, page: Page) -> None:
    """3 seats, one of them included: 2 × $5; in tiers the first at $7 and the other at $5."""
    open_plans(page, server)
    bill = page.get_by_test_id("stMetricValue").first
    expect(bill).to_have_text("$20.00")
    page.get_by_text("More terms", exact=True).first.click()
    page.get_by_role("button", name="Charge for seats").click()
    expect(bill).to_have_text("$30.00")
    settled(page)
    page.get_by_role("combobox", name="Seats beyond what is included").click()
    page.get_by_role("option", name="Tiers, each unit at the price of its tier").click()
    settled(page)  # a field that has just appeared is given its value a moment later: nobody types that fast
    field(page, "Tier 1: up to").fill("1")
    field(page, "Tier 1: up to").press("Tab")
    settled(page)
    expect(field(page, "Tier 1: up to")).to_have_value("1")
    expect(field(page, "Per seat a month ($)")).to_be_focused()
    field(page, "Per seat a month ($)").fill("7")
    field(page, "Per seat a month ($)").press("Tab")
    expect(bill).to_have_text("$32.00")
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth - window.innerWidth") <= 0

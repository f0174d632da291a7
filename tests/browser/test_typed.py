"""What is typed is never lost, in a real browser: a fast tap elsewhere, Back and Forward, a reload, a restart of the server."""

import os
import re
import subprocess
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from support.browsing import settled

REPETITIONS = int(os.environ.get("TAPS", "8"))
"""With `TAPS=50` it is a proof rather than a guard, and takes minutes."""
OF_THE_PLAN, MONTHLY = 8, 2
"""How many fields a plan has before those of its features, and which of them is the monthly price."""

SLOWER = 4
"""How many times slower than it is the browser's processor is made while text and tap race to the server, so that both have time to."""

ARRIVED = """() => location.pathname === '/saved'
  || document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'running'"""
"""Text or tap is with the server: what was to come first has, and drawing the pages slowly would tell nothing more."""


def open_plans(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Price curve")).to_be_visible()
    settled(page)


def price(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Monthly ($)", exact=True).first


def link(page: Page, name: str) -> Locator:
    return page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True)


def type_price(page: Page, typed: str) -> None:
    price(page).press("Control+a")
    price(page).press_sequentially(typed)


def fields(page: Page) -> Locator:
    """The fields of text on the page, of which the first are the plan's: its name, its code and its prices."""
    return page.get_by_test_id("stMain").locator("input[type=text]")


def stored(page: Page) -> list[str]:
    """What the fields of the plan show, once they are all there: a browser fetches the code of a field when one is first drawn."""
    expect(fields(page).nth(OF_THE_PLAN - 1)).to_be_attached()
    settled(page)
    return [fields(page).nth(number).input_value() for number in range(OF_THE_PLAN)]


def expect_fields(page: Page, values: list[str]) -> None:
    fields(page).nth(
        len(values) - 1
    ).wait_for()  # what is expected in vain, Playwright describes each time with all of the page
    for number, value in enumerate(values):
        expect(fields(page).nth(number)).to_have_value(value)


def test_a_fast_tap_on_another_page_loses_nothing(server: str, visitors: Callable[..., BrowserContext]) -> None:
    """Under load, again and again: the page changes, the price is the one typed, and no other field of the plan has changed."""
    context = visitors(viewport={"width": 1400, "height": 1000}, has_touch=True)
    page = context.new_page()
    open_plans(page, f"{server}/plans")
    values = stored(page)
    assert values[MONTHLY] == "20"
    browser = context.new_cdp_session(page)
    for number in range(REPETITIONS):
        values[MONTHLY] = str(21 + number)
        price(page).tap()
        browser.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        type_price(page, values[MONTHLY])
        link(page, "Saved").tap()  # a light page: what races is on the one that is left
        page.wait_for_function(ARRIVED)
        browser.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        page.wait_for_url(re.compile("/saved"))
        page.get_by_role("heading", name="Saved studies").wait_for()
        link(page, "Plans").tap()
        page.wait_for_url(re.compile("/plans"))
        expect_fields(page, values)
    page.reload()
    expect_fields(page, values)


@pytest.mark.parametrize("typed", ["25", "20"], ids=["another", "the same again"])
def test_a_click_away_from_a_field_leads_there_at_once(server: str, newcomer: Callable[..., Page], typed: str) -> None:
    page = newcomer(viewport={"width": 1400, "height": 1000})
    open_plans(page, f"{server}/plans")
    price(page).click()
    type_price(page, "2")
    type_price(page, typed)
    began = time.monotonic()
    link(page, "Answer").click()
    answer = page.get_by_role("heading", name=re.compile("How should you charge for usage|brings in the most"))
    expect(answer.first).to_be_visible()
    if typed == "20":
        assert time.monotonic() - began < 10  # nothing is sent, and nothing waited for
    link(page, "Plans").click()
    expect(price(page)).to_have_value(typed)


def test_back_forward_undo_and_reload(server: str, page: Page) -> None:
    open_plans(page, f"{server}/plans")
    for typed in ("21", "22"):
        type_price(page, typed)
        price(page).press("Enter")
        expect(page).to_have_url(re.compile("study="))
        settled(page)
    page.go_back()
    expect(price(page)).to_have_value("21")
    page.go_forward()
    expect(price(page)).to_have_value("22")
    page.get_by_role("heading", name="Price curve").click()
    page.keyboard.press("Control+z")
    expect(price(page)).to_have_value("21")
    settled(page)
    page.keyboard.press("Control+y")
    expect(price(page)).to_have_value("22")
    settled(page)
    page.reload()
    expect(price(page)).to_have_value("22")
    page.get_by_role("tab", name="Offers").click()
    expect(page).to_have_url(re.compile("shown="))
    page.reload()
    expect(page.get_by_role("tab", name="Offers")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("tab", name="Plans", exact=True)).to_have_attribute("aria-selected", "true")


def test_a_restart_of_the_server_loses_nothing(page: Page, servers: Callable[[], tuple[subprocess.Popen[bytes], str]]) -> None:
    server, address = servers()
    open_plans(page, f"{address}/plans?show=bill")
    units = page.get_by_role("textbox", name=re.compile("Image")).first
    units.fill("4321")
    units.press("Enter")
    expect(page).to_have_url(re.compile("shown="))
    settled(page)
    held = page.url.removeprefix(address)
    server.terminate()
    server.wait(10)
    _, address = servers()
    page.goto(f"{address}{held}")
    expect(page.get_by_role("textbox", name=re.compile("Image")).first).to_have_value("4321")

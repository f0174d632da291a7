"""What tests in a browser do on every page: wait until it is drawn, and bring usage."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect


def new_visitor(browser: Browser, **options: Any) -> BrowserContext:
    """A browser of somebody new, with the options of `new_context`.

    They want little motion, unless it is said: without a graphics card the processor draws each frame of it.
    """
    return browser.new_context(**{"reduced_motion": "reduce", **options})


def settled(page: Page) -> None:
    """Waits until the page has drawn all of itself: twice, as between two runs of a script there is a moment without one."""
    page.locator("h1").first.wait_for()
    for _ in range(2):
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        page.wait_for_timeout(500)


def open_page(page: Page, address: str) -> None:
    """Opens an address and waits until the page has drawn all of itself."""
    page.goto(address)
    settled(page)


def bring_usage(page: Page, file: Path) -> None:
    """Gives a file to the field for usage, by its name: others on the page take files too, and may be drawn before it."""
    page.locator("[class*=st-key-usage_upload] input[type=file]").set_input_files(file)

"""What tests in a browser do on every page: wait until it is drawn, and bring usage."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

PATIENCE = 120_000
"""Milliseconds that a page is given on a busy machine; what is there earlier is not waited for."""
LOCAL = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")


def new_visitor(browser: Browser, **options: Any) -> BrowserContext:
    """A browser of somebody new, with the options of `new_context`.

    They want little motion, unless it is said: without a graphics card the processor draws each frame of it.
    """
    return browser.new_context(**{"reduced_motion": "reduce", **options})


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of new visitors, and closes them in the end. A request that left this machine is an error then."""
    came: list[BrowserContext] = []
    strangers: list[str] = []

    def visitor(**options: Any) -> BrowserContext:
        context = new_visitor(browser, **options)
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: None if request.url.startswith(LOCAL) else strangers.append(request.url))
        came.append(context)
        return context

    try:
        yield visitor
    finally:
        for context in came:
            context.close()
    assert not strangers, f"requests left this machine: {strangers}"


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

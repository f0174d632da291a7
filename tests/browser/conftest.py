"""A real server on 127.0.0.1 and a real browser. Without a browser the tests are skipped and say so; in CI they fail."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from support.browsing import PATIENCE, come_anew, leave_nothing, new_visitor, staying_here, visiting
from support.dashboard_server import held_port, start_server

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same engine without windows, and takes a quarter less of the processor's time."""
CHROMIUM = next((path for name in BROWSERS if (path := shutil.which(name))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--js-flags=--min-semi-space-size=32",  # megabytes: what pages leave is looked for less often
]
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        message = "No Chromium found: install it (Debian: apt-get install chromium-headless-shell) to run the browser tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    process, address = start_server()
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def port_of_fresh() -> Iterator[int]:
    with held_port() as port:
        yield port


@pytest.fixture
def fresh_server(port_of_fresh: int) -> Iterator[str]:
    """A server that nobody has visited yet, where those before it were."""
    process, address = start_server(port=port_of_fresh)
    yield address
    process.terminate()
    process.wait(10)


@pytest.fixture
def visitors(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of new visitors, with the options of `new_visitor`. Every request that leaves this machine fails the test."""
    with visiting(browser) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def kept_tab(browser: Browser) -> Iterator[Page]:
    """One for the tests of a file, one after the other: it has the code of the pages that it once showed, and opens them in half the time."""
    context = new_visitor(browser)
    yield context.new_page()
    context.close()


@pytest.fixture
def newcomer(kept_tab: Page) -> Iterator[Callable[..., Page]]:
    """The page of somebody new, with the options of `come_anew`, where a test needs one and no touch."""
    with staying_here(kept_tab.context):
        yield partial(come_anew, kept_tab)
        leave_nothing(kept_tab)


@pytest.fixture
def page(newcomer: Callable[..., Page]) -> Page:
    """A new visitor's page, so high that it shows all."""
    return newcomer(viewport={"width": 1400, "height": 2400})


@pytest.fixture
def servers() -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], str]]]:
    """Starts servers of the test's own; those that still run at its end are ended."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], str]:
        process, address = start_server()
        started.append(process)
        return process, address

    yield start
    for process in started:
        process.terminate()
        process.wait(10)

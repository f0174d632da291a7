"""What tests in a browser do on every page: wait until it is drawn, and bring usage."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, ViewportSize

PATIENCE = 120_000
"""Milliseconds that a page is given on a busy machine; what is there earlier is not waited for."""
LOOKS_EVERY = 40
"""Milliseconds between two looks whether a page is drawn."""
DRAWN = Path(__file__).with_name("drawn.js")
QUESTIONS = count()
LOCAL = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")


def new_visitor(browser: Browser, **options: Any) -> BrowserContext:
    """A browser of somebody new, with the options of `new_context`.

    They want little motion, unless it is said: without a graphics card the processor draws each frame of it.
    """
    context = browser.new_context(**{"reduced_motion": "reduce", **options})
    context.set_default_timeout(PATIENCE)
    context.add_init_script(path=DRAWN)
    return context


@contextmanager
def staying_here(*contexts: BrowserContext) -> Iterator[Callable[[BrowserContext], None]]:
    """Watches browsers, these and those that are named later. A request of theirs that left this machine is an error in the end."""
    watched: list[BrowserContext] = []
    strangers: list[str] = []

    def hear(request: Request) -> None:
        if not request.url.startswith(LOCAL):
            strangers.append(request.url)

    def watch(context: BrowserContext) -> None:
        context.on("request", hear)
        watched.append(context)

    for context in contexts:
        watch(context)
    yield watch
    for context in watched:
        context.remove_listener("request", hear)
    assert not strangers, f"requests left this machine: {strangers}"


@contextmanager
def visiting(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of new visitors, and closes them in the end. None of them may ask anything of another machine."""
    came: list[BrowserContext] = []

    def visitor(**options: Any) -> BrowserContext:
        context = new_visitor(browser, **options)
        came.append(context)
        watch(context)
        return context

    with staying_here() as watch:
        try:
            yield visitor
        finally:
            for context in came:
                context.close()


def come_anew(page: Page, *, viewport: ViewportSize, permissions: Sequence[str] = (), **media: Any) -> Page:
    """The same tab with the screen, the permissions and the media of somebody new, who want little motion unless it is said."""
    page.set_viewport_size(viewport)
    page.emulate_media(**{"media": "null", "color_scheme": "light", "reduced_motion": "reduce", **media})
    page.context.grant_permissions(permissions)
    return page


def leave_nothing(page: Page) -> None:
    """Ends what is shown, and forgets all that a site can know somebody by."""
    if page.url.startswith("http"):
        origin = page.evaluate("(sessionStorage.clear(), location.origin)")
        page.goto("about:blank")
        page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
    page.context.clear_cookies()
    page.context.clear_permissions()


def settled(page: Page) -> None:
    """Waits until the page has drawn all of itself, and nothing is on its way: see drawn.js."""
    page.wait_for_function("question => window.drawn(question)", arg=next(QUESTIONS), polling=LOOKS_EVERY)


def open_page(page: Page, address: str) -> None:
    """Opens an address and waits until the page has drawn all of itself."""
    page.goto(address)
    settled(page)


def bring_usage(page: Page, file: Path) -> None:
    """Gives a file to the field for usage, by its name: others on the page take files too, and may be drawn before it."""
    page.locator("[class*=st-key-usage_upload] input[type=file]").set_input_files(file)

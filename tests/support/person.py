"""A person at a screen: what they do costs clicks and seconds, their aiming and typing included, without the test waiting for it."""

import re
import time
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, expect

from support.browsing import settled

SECONDS_A_CLICK = 2.0
"""To see what is next, to aim, and to click."""

SECONDS_A_LETTER = 0.3
"""Two hundred letters a minute, as somebody types who is no typist."""

SECONDS_A_TAB = 0.3
TABS_MAX = 150


def slowness() -> float:
    """How many times longer something takes here than the processor works on it, as others want it too; at least 1."""
    wall, worked = time.monotonic(), time.process_time()
    while time.process_time() - worked < 0.1:
        pass
    return max(1.0, (time.monotonic() - wall) / (time.process_time() - worked))


@dataclass
class Person:
    """keyboard: they have no mouse. seconds: what their own doing takes; the machine's is measured."""

    page: Page
    keyboard: bool = False
    clicks: int = 0
    seconds: float = 0.0
    began: float = field(default_factory=time.monotonic)

    @property
    def took(self) -> float:
        """Seconds in all; where others keep the machine busy, what its answers would have taken without them."""
        return self.seconds + (time.monotonic() - self.began) / slowness()

    def arrive(self, address: str) -> None:
        """Opens an address."""
        self.page.goto(address)
        self.wait()

    def press(self, target: Locator) -> None:
        """A click, or the way there by Tab and Enter."""
        self.clicks += 1
        self.seconds += SECONDS_A_CLICK
        if self.keyboard:
            self._reach(target)
            self.page.keyboard.press("Enter")
        else:
            target.click()
        self.wait()

    def write(self, target: Locator, text: str) -> None:
        """Types into a field, and leaves it by Tab."""
        self.seconds += SECONDS_A_LETTER * len(text)
        if self.keyboard:
            self._reach(target)
        else:
            self.clicks += 1
            self.seconds += SECONDS_A_CLICK
            target.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")
        self.wait()

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Something is on the page."""
        expect(self.page.get_by_test_id("stMain").get_by_text(text).first).to_be_visible()

    def wait(self) -> None:
        """Until the page has answered."""
        settled(self.page)

    def _reach(self, target: Locator) -> None:
        """By Tab alone, with a ring around what has the focus."""
        expect(target).to_be_visible()
        for _ in range(TABS_MAX):
            if target.evaluate("element => element === (element.getRootNode()).activeElement"):
                ring = target.evaluate(
                    "element => { const of = e => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && "
                    "s.outlineWidth !== '0px' || s.boxShadow !== 'none' || s.borderColor !== '' && e.matches('input,textarea') };"
                    "return of(element) || of(element.parentElement) }"
                )
                assert ring, f"no ring is seen around {target}"
                return
            self.page.keyboard.press("Tab")
            self.seconds += SECONDS_A_TAB
        raise AssertionError(f"{target} cannot be reached by Tab")

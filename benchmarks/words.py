"""How many words each page says to somebody who opens it: `python -m benchmarks.words [ADDRESS]`.

ADDRESS: of a dashboard that runs already; without, one is started on 127.0.0.1 and ended. Chromium must be on the PATH. Counted is
what stands on the page when all of it is worked out, at 1440 pixels, without the navigation; what is folded is not seen, and not counted.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import nullcontext
from typing import Final

from playwright.sync_api import Page, expect, sync_playwright

from docs.make_pictures import dashboard

PAGES: Final = (
    "",
    "usage",
    "plans",
    "compare",
    "customers",
    "price",
    "forecast",
    "assumptions",
    "move",
    "quotes",
    "saved",
    "workspace",
)
PATIENCE: Final = 180_000
"""Milliseconds that a page is given."""

SEEN: Final = r"""() => document.querySelector('[data-testid=stMain]').innerText.split(/\s+/).filter(word => /\p{L}/u.test(word)).length"""


def words_on(page: Page, address: str) -> int:
    """Words with at least a letter, as they are seen."""
    page.goto(address)
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    for _ in range(2):  # between two runs of the script there is a moment without one
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
        page.wait_for_timeout(1_000)
    return int(page.evaluate(SEEN))


def main() -> None:
    with dashboard() if len(sys.argv) == 1 else nullcontext(sys.argv[1]) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        for path in PAGES:
            print(f"{path or 'answer':<14}{words_on(page, f'{address}/{path}'):>6,}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

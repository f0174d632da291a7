"""How long a browser waits from a change to the answer: `python -m benchmarks.answer_times [EVENTS ...]`.

EVENTS: about how many the usage has; without, the sample, 200,000 and a million. Timed are Compare's what-if strip, a price typed on
Plans until its live bill shows it, and the Answer page after such an edit; each until nothing of the page is worked out any more but what
is worked out beside it. Chromium must be on the PATH. Where the machine is busy all of it takes longer, so that its load is printed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter
from typing import Final

from playwright.sync_api import Page, sync_playwright

from benchmarks.sessions import served
from benchmarks.speed import at_most

SAMPLE_EVENTS: Final = 44_063
SAMPLE_CUSTOMERS: Final = 150
EVENTS: Final = (SAMPLE_EVENTS, 200_000, 1_000_000)
GOALS: Final = {SAMPLE_EVENTS: 1.0}
GOAL_SECONDS: Final = 2.0
"""Of usage that is none of the samples."""

ROUNDS: Final = 5
PATIENCE: Final = 180_000
"""Milliseconds."""

ANSWERED: Final = """([shown, before]) => {
  const deep = root => [...root.querySelectorAll('*')].flatMap(e => e.shadowRoot ? [e.shadowRoot, ...deep(e.shadowRoot)] : [])
  const words = [document, ...deep(document)].flatMap(root => [...root.querySelectorAll(shown)]).map(e => e.textContent).join(' ')
  if (before === null) return words
  const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  return idle && words !== '' && words !== before
}"""
CANDIDATES: Final = 'table[aria-label="Candidates"]'
BILLS: Final = '[data-testid="stMetricValue"]'

Change = Callable[[Page, int], None]
"""What a person does in the n-th round."""


def waited(page: Page, change: Change, shown: str) -> float:
    """Seconds until what is `shown` is another one and the page is at rest: the median of the rounds."""
    seconds = []
    for number in range(ROUNDS):
        page.wait_for_timeout(1_500)
        before = page.evaluate(ANSWERED, [shown, None])
        began = perf_counter()
        change(page, number)
        page.wait_for_function(ANSWERED, arg=[shown, before], polling=20, timeout=PATIENCE)
        seconds.append(perf_counter() - began)
    return median(seconds)


def _typed(label: str, least: int) -> Change:
    def change(page: Page, number: int) -> None:
        field = page.get_by_label(label, exact=True).first
        field.fill(str(least + number))
        field.press("Enter")

    return change


def _to_answer(page: Page, _number: int) -> None:
    page.get_by_test_id("stSidebar").get_by_role("link", name="Answer").click()


def _edited(page: Page, number: int) -> None:
    """A price edited on Plans, and the way to Answer."""
    page.get_by_test_id("stSidebar").get_by_role("link", name="Plans").click()
    page.locator(BILLS).first.wait_for(timeout=PATIENCE)
    page.wait_for_timeout(1_000)
    _typed("Monthly ($)", 61)(page, number)
    page.wait_for_timeout(4_000)


def answer_times(page: Page, address: str, events: int) -> list[str]:
    """A line per change."""
    customers = round(SAMPLE_CUSTOMERS * events / SAMPLE_EVENTS)
    link = "" if customers == SAMPLE_CUSTOMERS else f"?usage=ai_images-{customers}-6-7"
    goal = GOALS.get(events, GOAL_SECONDS)
    lines = []
    page.goto(f"{address}/compare{link}")
    page.get_by_label("Monthly price, USD").first.wait_for(timeout=PATIENCE)
    lines.append(
        at_most(f"{events:,} events: what if on Compare", goal, waited(page, _typed("Monthly price, USD", 21), CANDIDATES))
    )
    page.goto(f"{address}/plans{link}")
    page.locator(BILLS).first.wait_for(timeout=PATIENCE)
    lines.append(at_most(f"{events:,} events: a price on Plans", goal, waited(page, _typed("Monthly ($)", 21), BILLS)))
    seconds = []
    for number in range(ROUNDS):
        _edited(page, number)
        began = perf_counter()
        _to_answer(page, number)
        page.wait_for_function(ANSWERED, arg=[CANDIDATES, ""], polling=20, timeout=PATIENCE)
        seconds.append(perf_counter() - began)
    return [*lines, at_most(f"{events:,} events: Answer after an edit", goal, median(seconds))]


def main(arguments: Sequence[str]) -> None:
    sizes = [int(text.replace("_", "").replace(",", "")) for text in arguments] or list(EVENTS)
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for events in sizes:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(PATIENCE)
            for line in answer_times(page, f"http://{server.host}", events):
                print(line, flush=True)
            page.close()
        browser.close()
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])

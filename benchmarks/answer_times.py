"""How long a browser waits from a change to the answer: `python -m benchmarks.answer_times [EVENTS ...]`.

EVENTS: about how many the usage has; without, the sample, 200,000 and a million. Timed are Compare's what-if strip, a price typed on
Plans until its live bill shows it, and the Answer page after such an edit; each until nothing of the page is worked out any more but what
is worked out beside it. Before it stands how long the page takes to show that it is at work. Chromium must be on the PATH. Where the machine is busy all of it takes longer, so that its load is printed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import Final

from playwright.sync_api import Page, sync_playwright

from benchmarks.sessions import Server, served
from benchmarks.speed import at_most

SAMPLE_EVENTS: Final = 44_063
SAMPLE_CUSTOMERS: Final = 150
EVENTS: Final = (SAMPLE_EVENTS, 200_000, 1_000_000)
GOALS: Final = {SAMPLE_EVENTS: 1.0}
FEEDBACK_SECONDS: Final = 0.1
GOAL_SECONDS: Final = 2.0
"""Of usage that is none of the samples."""

ROUNDS: Final = 5
REST: Final = 1_500
PATIENCE: Final = 180_000
"""Milliseconds."""

ANSWERED: Final = """([shown, before]) => {
  const deep = root => [...root.querySelectorAll('*')].flatMap(e => e.shadowRoot ? [e.shadowRoot, ...deep(e.shadowRoot)] : [])
  const words = [document, ...deep(document)].flatMap(root => [...root.querySelectorAll(shown)]).map(e => e.textContent).join(' ')
  if (before === null) return words
  const idle = document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  return idle && words !== '' && words !== before
}"""
HEARD: Final = """() => {
  const app = document.querySelector('[data-testid=stApp]'); let since = null
  window.heardAfter = null
  const begun = event => { if (event.type === 'click' || event.key === 'Enter') since ??= performance.now() }
  for (const kind of ['keydown', 'click']) document.addEventListener(kind, begun, true)
  new MutationObserver((_, observer) => {
    if (since === null || app.dataset.testScriptState !== 'running') return
    window.heardAfter = performance.now() - since; observer.disconnect()
  }).observe(app, {attributes: true, attributeFilter: ['data-test-script-state']})
}"""
"""From the key or the click to the page's saying that it is at work, in milliseconds: as `window.heardAfter`."""

CANDIDATES: Final = 'table[aria-label="Candidates"]'
BILLS: Final = '[data-testid="stMetricValue"]'

Change = Callable[[Page, int], None]
"""What a person does in the n-th round."""


class Waits:
    """What a person waits for on a page, over the rounds. goal: seconds."""

    def __init__(self, server: Server, page: Page, goal: float) -> None:
        self.server, self.page, self.goal = server, page, goal

    def line(self, name: str, change: Change, shown: str, ready: Change | None = None) -> str:
        """Until what is `shown` is another one and the page is at rest. ready: done before each change."""
        seconds, spent, heard = [], [], []
        for number in range(ROUNDS):
            if ready is not None:
                ready(self.page, number)
            self.page.wait_for_timeout(REST)
            before = "" if ready is not None else self.page.evaluate(ANSWERED, [shown, None])
            self.page.evaluate(HEARD)
            began, had = perf_counter(), self.server.cpu_seconds()
            change(self.page, number)
            self.page.wait_for_function(ANSWERED, arg=[shown, before], polling=20, timeout=PATIENCE)
            seconds.append(perf_counter() - began)
            spent.append(self.server.cpu_seconds() - had)
            heard.append(self.page.evaluate("window.heardAfter") / 1000)
        feedback = at_most(f"{name}, feedback", FEEDBACK_SECONDS, median(heard))
        return (
            f"{feedback}\n{at_most(name, self.goal, median(seconds))}; the server had the processor for {median(spent):.2f} s"
        )


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
    page.wait_for_timeout(REST)
    _typed("Monthly ($)", 61)(page, number)
    page.wait_for_timeout(2 * REST)


def answer_times(server: Server, page: Page, events: int) -> Iterator[str]:
    """A line per change."""
    customers = round(SAMPLE_CUSTOMERS * events / SAMPLE_EVENTS)
    link = "" if customers == SAMPLE_CUSTOMERS else f"?usage=ai_images-{customers}-6-7"
    waits = Waits(server, page, GOALS.get(events, GOAL_SECONDS))
    page.goto(f"http://{server.host}/compare{link}")
    page.get_by_label("Monthly price, USD").first.wait_for(timeout=PATIENCE)
    yield waits.line(f"{events:,} events: what if on Compare", _typed("Monthly price, USD", 21), CANDIDATES)
    page.goto(f"http://{server.host}/plans{link}")
    page.locator(BILLS).first.wait_for(timeout=PATIENCE)
    yield waits.line(f"{events:,} events: a price on Plans", _typed("Monthly ($)", 21), BILLS)
    yield waits.line(f"{events:,} events: Answer after an edit", _to_answer, CANDIDATES, _edited)


def main(arguments: Sequence[str]) -> None:
    sizes = [int(text.replace("_", "").replace(",", "")) for text in arguments] or list(EVENTS)
    print(f"{os.cpu_count()} cores; load at the start {os.getloadavg()[0]:.1f}")
    with served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for events in sizes:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(PATIENCE)
            for line in answer_times(server, page, events):
                print(line, flush=True)
            page.close()
        browser.close()
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])

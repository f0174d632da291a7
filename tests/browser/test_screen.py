"""The rules of the screen, on every page, in both themes, on a wide screen and on a phone."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.accessible import violations
from support.browsing import come_anew, leave_nothing, open_page, settled, staying_here
from support.dashboard_server import start_server

from pages.shared.frame import PAGES as SCRIPTS

PAGES = tuple(Path(script).stem if script.startswith("pages/") else "" for script in SCRIPTS)
WITH_FIGURES = {"", "usage", "plans", "compare", "customers", "price", "forecast", "assumptions", "move"}
WITH_TABLES = {"", "compare", "customers", "price", "forecast"}
"""Pages with tables of many columns, or with one beside something else."""
FIGURE_TOP_MAX = 400
TITLE_PIXELS_MAX = 28
BESIDE_TRIES = 45
"""So many times two seconds is waited for what is worked out beside a page."""
BETWEEN = (768, 900, 1152, 1400)
"""Widths of a tablet and of small screens, beside whose navigation there is little room."""
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

LOOK = r"""() => {
  const main = document.querySelector('[data-testid=stMain]'), wide = window.innerWidth
  const top = e => e.getBoundingClientRect().top + main.scrollTop
  const seen = e => e.getClientRects().length > 0 && !e.closest('.st-key-topbar')
  const own = e => [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.textContent).join('')
  const inside = [...main.querySelectorAll('*')].flatMap(e => [e, ...(e.shadowRoot ? e.shadowRoot.querySelectorAll('*') : [])])
  const figures = inside.filter(e => seen(e) && /[$€¥]\s?\d|\d\s?%|\d,\d{3}/.test(own(e))).map(top)
  const type = e => getComputedStyle(e).fontFamily.split(',')[0].replaceAll('"', '').trim()
  const column = document.querySelector('[data-testid=stMainBlockContainer]')
  const right = column.getBoundingClientRect().right - parseFloat(getComputedStyle(column).paddingRight)
  const titles = [...document.querySelectorAll('h1')].filter(seen)
  return {
    overflow: main.scrollWidth - wide,
    titles: titles.map(e => [parseFloat(getComputedStyle(e).fontSize), e.innerText]),
    figure: Math.min(...figures),
    page: type(main),
    charts: [...new Set([...document.querySelectorAll('.js-plotly-plot text')].map(type))],
    marked: [...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label')).filter(name => /\\|\*\*|`/.test(name)),
    rules: (main.innerText.match(/(billing-rules|\brules?) \d+(\.\d+)?/gi) ?? []),
    cut: inside.filter(e => e.matches('table') && e.checkVisibility() && e.getBoundingClientRect().right > right + 1).map(e => e.outerHTML.slice(0, 200)),
  }
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server where nobody has left a draft: its offer would stand above the first figure."""
    process, address = start_server()
    yield address
    process.terminate()
    process.wait(10)


def follow(page: Page, path: str) -> None:
    """Opens a page by its link in the navigation, which a phone has folded away."""
    page.get_by_test_id("stSidebar").locator(f"a[href='{path}']").dispatch_event("click")
    page.wait_for_url(re.compile(rf"/{path}(\?|$)"))
    settled(page)


def change_theme(page: Page, theme: str) -> None:
    """Changes the theme as the machine of somebody whose screen darkens in the evening does, and waits until the page has it."""
    page.emulate_media(color_scheme=theme)
    expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", theme)
    settled(page)


def broken(page: Page, path: str, *, wide: bool) -> dict[str, Any]:
    """What on this page breaks a rule."""
    look = page.evaluate(LOOK)
    found: dict[str, Any] = {
        f"{path} {violation['id']}": [node["html"][:200] for node in violation["nodes"]] for violation in violations(page)
    }
    if look["overflow"] > 0 or look["cut"]:
        found[f"{path} is cut off"] = [look["overflow"], *look["cut"]]
    if look["marked"]:
        found[f"{path} names with mark-up"] = look["marked"]
    if look["rules"]:  # a number says nothing to somebody who has not read the rules
        found[f"{path} names rules"] = look["rules"]
    if len(look["titles"]) != 1 or look["titles"][0][0] > TITLE_PIXELS_MAX:
        found[f"{path} titles"] = look["titles"]
    if [each for each in look["charts"] if each != look["page"]]:
        found[f"{path} typefaces"] = [look["page"], *look["charts"]]
    if wide and path in WITH_FIGURES and not look["figure"] <= FIGURE_TOP_MAX:
        found[f"{path} first figure"] = look["figure"]
    return found


def cut_off(page: Page) -> list[Any]:
    """Tables that stick out of the page at widths between a phone's and a wide screen's."""
    found = []
    for width in BETWEEN:
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        found += [[width, each] for each in page.evaluate(LOOK)["cut"]]
    page.set_viewport_size(WIDE)
    return found


def broken_in_the_end(page: Page, path: str, *, wide: bool) -> dict[str, Any]:
    """What breaks a rule also once everything is there that is worked out beside the page."""
    for _ in range(BESIDE_TRIES):
        if not (now := broken(page, path, wide=wide)):
            break
        page.wait_for_timeout(2_000)
    return now


@pytest.fixture(scope="module")
def found(server: str, kept_tab: Page) -> Callable[[str], dict[str, dict[str, Any]]]:
    """What breaks a rule on a screen, by theme; each is walked once. A page is opened in one theme and changes to the other.

    On a wide screen pages are opened by their addresses, on a phone by links from page to page.
    """

    @cache
    def walked(screen: str) -> dict[str, dict[str, Any]]:
        wide = screen == "wide"
        broke: dict[str, dict[str, Any]] = {"light": {}, "dark": {}}
        themes = list(broke)
        with staying_here(kept_tab.context):
            page = come_anew(kept_tab, viewport=WIDE if wide else PHONE, color_scheme=themes[0])
            for path in PAGES:
                if wide or not path:
                    open_page(page, f"{server}/{path}")
                else:
                    follow(page, path)
                for number, theme in enumerate(themes):
                    if number:
                        change_theme(page, theme)
                    broke[theme] |= broken_in_the_end(page, path, wide=wide)
                if wide and path in WITH_TABLES and (cut := cut_off(page)):
                    broke[theme] |= {f"{path} is cut off on a smaller screen": cut}
                themes.reverse()  # the next one is opened in the theme that this one is left in
            leave_nothing(page)
        return broke

    return walked


@pytest.mark.parametrize("screen", ["wide", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_keeps_the_rules_of_the_screen(
    found: Callable[[str], dict[str, dict[str, Any]]], theme: str, screen: str
) -> None:
    """axe finds nothing of any level; one title of at most 28 px; a figure near the top; one typeface; nothing is cut off."""
    broke = found(screen)[theme]
    assert not broke, json.dumps(broke, indent=1)


def test_charts_follow_a_change_of_the_theme(server: str, newcomer: Callable[..., Page]) -> None:
    page = newcomer(viewport=WIDE)
    open_page(page, f"{server}/compare")
    text = page.locator(".js-plotly-plot text").first
    expect(text).to_have_css("fill", "rgb(10, 15, 24)")
    change_theme(page, "dark")
    expect(text).to_have_css("fill", "rgb(230, 234, 240)")


@pytest.mark.parametrize("width", [1000, 390])
def test_a_quotes_plans_are_read_side_by_side_without_scrolling(server: str, newcomer: Callable[..., Page], width: int) -> None:
    """The table of plans wraps in its column, on a small screen and on a phone."""
    page = newcomer(viewport={"width": width, "height": 900})
    open_page(page, f"{server}/quotes")
    table = page.locator("table", has_text="At least").first
    expect(table).to_be_visible()
    beyond = "e => { let most = 0; for (; e && e !== document.body; e = e.parentElement) most = Math.max(most, e.scrollWidth - e.clientWidth); return most }"
    assert table.evaluate(beyond) <= 0


def test_the_bar_leads_to_what_it_names_and_folds_on_a_phone(server: str, newcomer: Callable[..., Page]) -> None:
    page = newcomer(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    open_page(page, f"{server}/saved?plans=sample_email_api")
    bar = page.locator(".st-key-topbar")
    usage = bar.get_by_role("link", name=re.compile("^on email api, 150 customers"))
    expect(usage).to_be_hidden()
    more = bar.get_by_role("button", name="More of the study")
    more.click()
    expect(more).to_have_attribute("aria-expanded", "true")
    expect(bar.get_by_role("button", name="Undo")).to_be_visible()
    bar.get_by_role("button", name="Copy link").click()
    expect(bar.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    usage.click()
    expect(page.get_by_role("heading", name="Usage", exact=True)).to_be_visible()
    bar.get_by_role("link", name="Metered · Credits · Balance").click()
    expect(page.get_by_role("heading", name="Price curve")).to_be_visible()


def test_the_tour_has_five_steps_and_is_not_shown_twice(server: str, newcomer: Callable[..., Page]) -> None:
    page = newcomer(viewport=WIDE)
    open_page(page, server)
    page.get_by_role("button", name="Take the tour").click()
    for step in range(1, 6):
        card = page.get_by_role("dialog", name=f"Tour, step {step} of 5")
        expect(card).to_be_visible()
        expect(card.get_by_role("button").last).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    again = page.context.new_page()
    open_page(again, server)
    expect(again.get_by_role("button", name="Take the tour")).to_have_count(0)
    again.close()


def test_only_the_answer_is_printed(server: str, newcomer: Callable[..., Page]) -> None:
    page = newcomer(viewport=WIDE, color_scheme="dark")
    for path in ("", "compare"):
        open_page(page, f"{server}/{path}")
        page.emulate_media(media="print")
        expect(page.get_by_role("table", name="Candidates")).to_be_visible()
        for hidden in (
            '[data-testid="stSidebar"]',
            ".st-key-topbar",
            '[data-testid="stDownloadButton"]',
            '[data-testid="stPageLink"]',
        ):
            assert page.locator(f"{hidden}:visible").count() == 0, hidden
        page.emulate_media(media="screen")


def test_a_chart_is_copied_as_a_table_and_as_a_picture(server: str, newcomer: Callable[..., Page]) -> None:
    """By the keyboard alone: the figures for a spreadsheet, and a picture of twice the size for a slide."""
    page = newcomer(viewport=WIDE, permissions=["clipboard-read", "clipboard-write"])
    open_page(page, f"{server}/compare")
    table = page.get_by_role("button", name="Copy as a table").first
    table.focus()
    expect(page.locator(".copy-chart").first).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    heads, first, *_ = page.evaluate("navigator.clipboard.readText()").split("\n")
    assert heads.split("\t") == ["", "base", "overage"]
    assert re.match(r"2026-01-01\t\d+(\.\d+)?\t\d+(\.\d+)?$", first)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".copy-chart button").nth(1)).to_have_accessible_name("Copied")
    width = page.evaluate(
        "async () => (await createImageBitmap(await (await navigator.clipboard.read())[0].getType('image/png'))).width"
    )
    box = page.locator(".js-plotly-plot").first.bounding_box()
    assert box is not None
    assert abs(width - 2 * box["width"]) < 1


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_a_word_of_the_field_opens_its_sentence(server: str, newcomer: Callable[..., Page], size: dict[str, int]) -> None:
    page = newcomer(viewport=size)
    open_page(page, f"{server}/compare")
    page.get_by_role("button", name="What “median customer” means").focus()
    page.keyboard.press("Enter")
    meaning = page.get_by_text("half of the customers pay less a month, half more")
    expect(meaning).to_be_visible()
    box = meaning.bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= size["width"]
    page.keyboard.press("Escape")
    expect(meaning).to_be_hidden()
    page.get_by_role("button", name="Help", exact=True).first.focus()
    expect(page.get_by_role("tooltip")).to_be_visible()

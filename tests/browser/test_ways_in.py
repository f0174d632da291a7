"""The three ways in, each walked to its end by a person, from an empty study, within the time that its card says.

At 1440 pixels by the keyboard alone, at 390 by tapping. Typing, aiming and looking are counted.
"""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.person import Person

MINUTE = 60
ANSWERED = re.compile("brings? in the most|earns the most|No advice")


@pytest.fixture
def person(newcomer: Callable[..., Page]) -> Callable[..., Person]:
    """A newcomer at a screen."""

    def come(width: int, height: int, *, keyboard: bool) -> Person:
        screen = {"width": width, "height": height}
        return Person(newcomer(viewport=screen, reduced_motion="no-preference"), keyboard=keyboard)

    return come


def told(who: Person, name: str, minutes: int, clicks: int) -> None:
    took = who.took
    assert took <= minutes * MINUTE, f"{name} took {took:.0f} s"
    assert who.clicks <= clicks, f"{name} took {who.clicks} clicks"


SCREENS = pytest.mark.parametrize(
    ("width", "height", "keyboard"), [(1440, 900, True), (390, 844, False)], ids=["wide", "phone"]
)


@SCREENS
def test_a_founder_leaves_with_a_model_and_a_price(
    server: str, person: Callable[..., Person], width: int, height: int, keyboard: bool
) -> None:
    founder = person(width, height, keyboard=keyboard)
    page = founder.page
    founder.arrive(server)
    founder.press(page.get_by_role("button", name="Answer three questions"))
    founder.write(page.get_by_role("textbox", name="Or in your words, with commas"), "Image")
    founder.write(page.get_by_role("textbox", name="2 · How many customers?"), "300")
    founder.write(page.get_by_role("textbox", name="3 · Image a month, the customer in the middle"), "40")
    founder.write(page.get_by_role("textbox", name="Today’s price a month, if any"), "29")
    founder.press(page.get_by_role("button", name="See the answer"))
    expect(page.get_by_role("heading", level=1)).to_have_text(ANSWERED)
    founder.sees("exactly 300 customers in each of 6 months; the one in the middle uses 40 images every month")
    expect(page.get_by_role("heading", level=2, name=re.compile("Metered bills .* than Today")).first).to_be_visible()
    founder.sees(re.compile("90 %"))  # how sure
    for name in ("Today", "Metered", "Credits"):
        expect(page.get_by_role("table", name="Candidates").get_by_role("row").filter(has_text=name).first).to_be_visible()
    founder.sees(re.compile("Then leads|Nowhere within reach"))
    told(founder, "founder", 2, 7)


@SCREENS
def test_a_sales_person_leaves_with_a_quote_as_pdf_and_link(
    server: str, person: Callable[..., Person], width: int, height: int, keyboard: bool
) -> None:
    sales = person(width, height, keyboard=keyboard)
    page = sales.page
    sales.arrive(server)
    sales.press(page.get_by_test_id("stMain").get_by_role("link", name="Make a quote").first)
    expect(page.get_by_role("heading", name="Quotes", exact=True)).to_be_visible()
    sales.write(page.get_by_role("textbox", name="For", exact=True), "Acme")
    sales.write(page.get_by_role("textbox", name="First month").first, "400")
    heads = page.get_by_test_id("stMain").get_by_role("columnheader", include_hidden=True)
    for words in ("At least", "Expected", "At most"):  # a grid is drawn on a canvas, beside a table for screen readers
        expect(heads.filter(has_text=re.compile(words, re.IGNORECASE)).first).to_be_attached()
    with page.expect_download() as pdf:
        sales.press(page.get_by_role("button", name="Download PDF"))
    assert Path(pdf.value.path()).read_bytes()[:4] == b"%PDF"
    sales.press(page.get_by_role("button", name="Save the quote"))
    sales.press(page.get_by_role("button", name=re.compile("^Make a link$")).last)
    sales.sees(re.compile(r"/q/"))
    told(sales, "sales", 3, 5 if keyboard else 7)


def usage_file(folder: Path) -> Path:
    """Forty customers over four months, with the columns as they come."""
    path = folder / "calls.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["customer_id", "timestamp", "feature", "value"])
        for month in (1, 2, 3, 4):
            for customer in range(40):
                for day in (1, 9, 17, 25):
                    rows.writerow([f"c{customer:02}", f"2026-{month:02}-{day:02}T08:00:00Z", "call", 1 + customer * day % 90])
    return path


@SCREENS
def test_an_analyst_leaves_with_plans_that_fit_a_comparison_and_next_year(
    server: str, person: Callable[..., Person], tmp_path: Path, width: int, height: int, keyboard: bool
) -> None:
    analyst = person(width, height, keyboard=keyboard)
    page = analyst.page
    analyst.arrive(server)
    with page.expect_file_chooser() as chooser:
        analyst.press(page.get_by_test_id("stFileUploader").locator("button"))
    chooser.value.set_files(usage_file(tmp_path))
    expect(page.get_by_role("heading", name="Usage", exact=True)).to_be_visible()
    analyst.sees("640 rows read")
    analyst.press(page.get_by_role("button", name="Make these plans and compare"))
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    analyst.wait()
    with page.expect_download() as workbook:
        analyst.press(page.get_by_role("button", name="Download Excel").first)
    assert Path(workbook.value.path()).read_bytes()[:2] == b"PK"
    if not keyboard:
        analyst.press(page.get_by_test_id("stExpandSidebarButton"))  # on a phone the navigation is folded
    analyst.press(page.get_by_test_id("stSidebar").get_by_role("link", name="Forecast"))
    analyst.sees(re.compile("12 months"))
    analyst.sees(re.compile("tried on your own usage"))  # the method's record
    told(analyst, "analyst", 5, 5 if keyboard else 6)

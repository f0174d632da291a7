"""What a visitor does, in a real browser: from the first page to a finished comparison on a file of their own."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from support.browsing import bring_usage, open_page, settled

DEEP = ("plans", "usage", "replay", "compare", "quotes", "saved", "price")


def no_error(page: Page) -> None:
    for text in ("Traceback", "Oh no", "Error running app", "This app has encountered an error"):
        expect(page.get_by_text(text)).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def messy_usage(folder: Path) -> Path:
    """Four customers in March, semicolons, other column names, a formula for a name, and two rows that cannot be used."""
    path = folder / "mine.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["customerId", "time", "event_name", "quantity"])
        for day in range(1, 29):
            for customer, units in (("=1+1", 2), ("acme", 40), ('Größe "&" Co', 5), ("two\nlines", 1)):
                rows.writerow([customer, f"2026-03-{day:02d}T10:00:00+02:00", "render", day * units])
        rows.writerow(["acme", "2026-02-30", "render", 1])
        rows.writerow(["acme", "2026-03-09", "render", "many"])
    return path


def test_from_the_first_page_to_a_comparison_on_an_uploaded_file(server: str, page: Page, tmp_path: Path) -> None:
    open_page(page, server)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Usage").click()
    expect(page.get_by_role("heading", name="Usage", exact=True)).to_be_visible()
    settled(page)

    bring_usage(page, messy_usage(tmp_path))
    expect(page.get_by_text("114 rows read")).to_be_visible()
    expect(page.get_by_text("= 112 used + 2 rejected + 0 duplicates")).to_be_visible()
    with page.expect_download() as rejects:
        page.get_by_role("button", name="Download 2 rejected rows").click()
    rejected = Path(rejects.value.path()).read_text("utf-8")
    assert "2026-02-30" in rejected
    assert "many" in rejected

    page.get_by_role("button", name="Make these plans and compare").click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    settled(page)
    no_error(page)
    for model in ("Metered", "Credits", "Balance"):
        expect(page.get_by_role("row").filter(has_text=re.compile(rf"{model}\s*Starter {model.lower()} · "))).to_be_visible()
    expect(page.get_by_text("4 customers", exact=False).first).to_be_visible()
    with page.expect_download() as workbook:
        page.get_by_role("button", name="Download Excel").first.click()
    assert Path(workbook.value.path()).read_bytes()[:2] == b"PK"

    page.reload()
    settled(page)
    expect(page.get_by_text("mine.csv").first).to_be_visible()
    expect(page.get_by_text("4 customers", exact=False).first).to_be_visible()


@pytest.mark.parametrize("path", DEEP)
def test_a_deep_link_on_a_fresh_server_gets_the_frame(fresh_server: str, page: Page, path: str) -> None:
    open_page(page, f"{fresh_server}/{path}")
    no_error(page)
    expect(page.get_by_role("link", name="Answer")).to_be_visible()
    assert page.get_by_role("link", name="Answer").count() == 1


def test_a_link_shows_another_visitor_the_same_comparison(
    server: str, page: Page, visitors: Callable[..., BrowserContext]
) -> None:
    open_page(page, server)
    page.get_by_text("Email and messaging API", exact=True).click()
    page.wait_for_url(re.compile("plans=sample_email_api"))
    settled(page)
    rows = page.get_by_role("table", name="Candidates").get_by_role("row")
    shown = rows.all_inner_texts()
    other = visitors().new_page()
    open_page(other, page.url)
    assert len(shown) == 4
    expect(other.get_by_role("table", name="Candidates").get_by_role("row")).to_have_text(shown, use_inner_text=True)


def test_a_damaged_link_shows_the_sample_and_says_so(server: str, page: Page) -> None:
    open_page(page, f"{server}/compare?study=nonsense")
    expect(page.get_by_text("This link is damaged")).to_be_visible()
    no_error(page)


def test_an_error_stands_at_its_field_and_the_tab_stays(server: str, page: Page) -> None:
    open_page(page, f"{server}/plans")
    page.get_by_role("tab", name="Features").click()
    field = page.get_by_role("textbox", name="Unit cost").first
    field.fill("-1")
    field.press("Enter")
    expect(page.get_by_text("Not in effect yet")).to_be_visible()
    settled(page)
    expect(page.get_by_role("tab", name="Features")).to_have_attribute("aria-selected", "true")
    expect(field).to_have_value("-1")

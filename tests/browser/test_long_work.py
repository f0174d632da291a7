"""Long work in a real browser: it shows how far it is, ends on a click, and does not hold up anybody else."""

import gzip
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from support.browsing import bring_usage

MEMBERS = 1200
"""So many times 50,000 rows: reading them takes long enough to click on Cancel, and the upload is small."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty million rows in a few megabytes: a gzip file may have any number of members."""
    path = tmp_path_factory.mktemp("large") / "large.csv.gz"
    rows = gzip.compress(b"ada,2026-01-05T10:00:03Z,call\n" * 50_000)
    with path.open("wb") as file:
        file.write(gzip.compress(b"customer_id,timestamp,feature\n"))
        for _ in range(MEMBERS):
            file.write(rows)
    return path


def open_usage(page: Page, server: str) -> None:
    page.goto(f"{server}/usage")
    expect(page.get_by_text(re.compile(r"^Days, "))).to_be_visible()


def test_reading_is_canceled_and_holds_up_nobody(
    server: str, page: Page, visitors: Callable[..., BrowserContext], large: Path
) -> None:
    open_usage(page, server)
    expect(page.get_by_text("How this was worked out")).to_be_visible()
    before = page.get_by_test_id("stMetricValue").all_inner_texts()
    bring_usage(page, large)
    expect(page.get_by_text("rows a second")).to_be_visible()

    other = visitors().new_page()
    open_usage(other, server)
    expect(other.get_by_text("large.csv.gz")).to_have_count(0)
    expect(other.get_by_role("button", name="Cancel")).to_have_count(0)
    other.close()

    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Reading large.csv.gz was canceled. Nothing of it was kept")).to_be_visible()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(before)
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    page.reload()
    expect(page.get_by_test_id("stMetricValue")).to_have_text(before)
    expect(page.get_by_text("large.csv.gz")).to_have_count(0)

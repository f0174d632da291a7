"""The Move page in a browser: a way is looked at with a click, and its plan is taken along, on a wide screen and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from support.accessible import violations
from support.browsing import settled


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "phone"])
def test_a_way_is_looked_at_and_its_plan_is_taken_along(
    server: str, newcomer: Callable[..., Page], size: dict[str, Any]
) -> None:
    page = newcomer(viewport=size)
    page.goto(f"{server}/move")
    expect(page.get_by_role("heading", name="Moving 129 customers")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="All at once").click()
    expect(page.get_by_text("All at once: behind staying at the window's end")).to_be_visible()
    settled(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Download this plan").click()
    assert taken.value.suggested_filename == "plan-now.csv"
    assert violations(page) == []

"""The Replay page in a real browser: an upgrade on the 16th by clicking, the difference it makes, and undo."""

from urllib.parse import urlencode

from playwright.sync_api import Page, expect
from support.accessible import violations
from support.browsing import settled

from pages.shared.study import sample, to_link


def starters_link() -> str:
    """The worked sample with everybody on the lower plan of each model."""
    study = sample()
    lower = tuple(one.model_copy(update={"plan": one.plan.replace("_pro", "_starter")}) for one in study.candidates)
    return urlencode(to_link(study.model_copy(update={"candidates": lower})))


def test_upgrade_on_the_16th(server: str, page: Page) -> None:
    page.goto(f"{server}/replay?{starters_link()}")
    expect(page.get_by_role("heading", name="Try an action")).to_be_visible()
    settled(page)
    expect(page.get_by_text("Starter, monthly, from 4 Jan 2026")).to_be_visible()

    page.get_by_test_id("stDateInput").get_by_role("spinbutton").last.click()
    page.get_by_role("button", name="Thursday, April 16, 2026").click()
    settled(page)
    expect(page.get_by_text("On 16 Apr 2026: Starter, monthly")).to_be_visible()
    page.get_by_role("button", name="Try it").click()

    expect(page.get_by_text("The difference that they make")).to_be_visible()
    settled(page)
    expect(page.get_by_role("cell", name="Upgrade to Pro, monthly")).to_be_visible()
    expect(page.get_by_text("change to Pro, monthly (Metered alone)")).to_be_visible()
    page.get_by_role("tab", name="Invoices that changed").click()
    expect(page.get_by_role("tabpanel", name="Invoices that changed").get_by_test_id("stDataFrame")).to_be_visible()
    assert "actions=" in page.url

    page.reload()
    expect(page.get_by_text("The difference that they make")).to_be_visible()
    settled(page)
    assert [one["id"] for one in violations(page) if one["impact"] in ("serious", "critical")] == []

    page.get_by_role("button", name="Undo all").click()
    expect(page.get_by_text("Starter, monthly, from 4 Jan 2026")).to_be_visible()
    settled(page)
    expect(page.get_by_text("The difference that they make")).to_have_count(0)
    assert "actions=" not in page.url

"""Two people of two workspaces, signed in by a real provider, who try everything to read each other; and a role that is taken away.

One server and one provider for the module; each person signs in once.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from support.browsing import bring_usage, new_visitor, settled
from support.dashboard_server import free_port, start_server
from support.identity_provider import running_provider

from commet_core.cli import main
from commet_core.workspace import studies, usages
from commet_core.workspace.opening import open_database
from commet_core.workspace.schema import DRAFTS
from commet_core.workspace.workspace import Workspace
from pages.shared.study import _pack as pack

SECRET = "Nightingale"
USAGE = "customer_id,timestamp,feature,value\n" + "".join(
    f"{SECRET}-{day % 5},2026-{month:02}-{day:02},image,{day}\n" for month in (3, 4) for day in range(1, 29)
)


@pytest.fixture(scope="module")
def team(npm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The dashboard's address and the folder of its data."""
    port, data = free_port(), tmp_path_factory.mktemp("data")
    with running_provider(npm, free_port(), f"http://127.0.0.1:{port}") as secrets:
        process, address = start_server("--secrets.files", str(secrets), port=port, data=data)
        yield address, data
        process.terminate()
        process.wait(20)


def signed_in(browser: Browser, address: str, name: str, path: str) -> Page:
    """A new browser in which somebody has signed in, on the page that they had asked for."""
    page = new_visitor(browser, viewport={"width": 1400, "height": 1800}).new_page()
    page.goto(f"{address}{path}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{address}{path}**")
    settled(page)
    return page


@pytest.fixture(scope="module")
def ann(team: tuple[str, Path], browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """She signed in first, brought usage, saved a study and a quote, and has a draft."""
    address, _ = team
    page = signed_in(browser, address, "ann", "/usage")
    file = tmp_path_factory.mktemp("usage") / f"{SECRET}.csv"
    file.write_text(USAGE, "utf-8")
    bring_usage(page, file)
    expect(page.get_by_text("56 rows read")).to_be_visible()
    page.get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Compare", exact=True)).to_be_visible()
    settled(page)
    page.get_by_role("link", name="Saved", exact=True).click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill(SECRET)
    name.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save as a new study").click()
    expect(page.get_by_text(f"“{SECRET}” is saved, revision 1.")).to_be_visible()
    page.get_by_role("link", name="Quotes", exact=True).click()
    customer = page.get_by_role("textbox", name="For", exact=True)
    customer.fill(SECRET)
    customer.press("Enter")
    settled(page)
    page.get_by_role("button", name="Save the quote").click()
    page.get_by_role("button", name="Make a link").click()
    expect(page.get_by_test_id("stCode")).to_contain_text("/q/")
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def eve(team: tuple[str, Path], ann: Page, browser: Browser) -> Iterator[Page]:
    """The owner of a workspace that the operator made after Ann was there."""
    assert ann.url, "who signs in first owns the first workspace"
    address, data = team
    before = os.environ.get("XDG_DATA_HOME")
    os.environ["XDG_DATA_HOME"] = str(data)
    try:
        assert main(["workspace", "new", "--name", "Beta", "--owner", "eve@example.com"]) == 0
    finally:
        os.environ.pop("XDG_DATA_HOME") if before is None else os.environ.update(XDG_DATA_HOME=before)
    page = signed_in(browser, address, "eve", "/saved")
    yield page
    page.context.close()


def visit(page: Page, address: str) -> str:
    """All that a page says, its tables and its source included."""
    page.goto(address)
    settled(page)
    return (page.locator("body").inner_text() + page.content()).replace("\u2060", "")


def test_nothing_of_one_workspace_is_read_from_another(team: tuple[str, Path], ann: Page, eve: Page, browser: Browser) -> None:
    address, data = team
    engine = open_database(data / "commet-simulator" / "workspace.db", data)
    first = Workspace(engine)
    [study], [usage], [draft, *_] = studies.studies(first), usages.brought(first), drafts_of_everybody(first)
    assert (study.name, usage.name) == (SECRET, f"{SECRET}.csv")
    token = ann.get_by_test_id("stCode").inner_text().strip().rpartition("/q/")[2]
    hers = ann.url.partition("?")[2]
    kept = pack({"kind": "workspace", "name": usage.name, "digest": usage.digest})
    seen_by_ann = visit(ann, f"{address}/saved?{hers}")
    assert SECRET in seen_by_ann, "what is looked for is there for her"

    tried = {
        "the first page, and a draft that is offered": "/",
        "the list of studies": "/saved",
        "studies side by side": f"/saved?shown={pack({'saved_beside': True, 'saved_chosen': study.id})}",
        "the list of quotes": "/quotes",
        "people, usage that is kept, who did what": "/workspace",
        "her link with the digest of her upload": f"/compare?files={hers_upload(hers)}",
        "the figures of her upload, worked out a moment ago": f"/customers?files={hers_upload(hers)}",
        "her usage by the digest that is kept": f"/usage?files={kept}",
        "a replay of it": f"/compare?files={kept}",
        "her draft by its name": f"/?draft={draft}",
        "a long link of hers": f"/compare?files=~{'0' * 64}",
    }
    answers = {what: visit(eve, f"{address}{path}") for what, path in tried.items()}
    for what, said in answers.items():
        content = re.sub(rf"(?i)upload it again|bring .{{0,20}}{SECRET}|{SECRET}\.csv", "", said)
        assert SECRET not in content, what
        assert "ann@example.com" not in said, what
    assert "no longer on this server" in answers["her link with the digest of her upload"]
    assert "not kept in this workspace" in answers["her usage by the digest that is kept"]

    stranger = new_visitor(browser).new_page()
    for path in ("/", "/saved", "/quotes", "/workspace", f"/compare?{hers}", f"/usage?files={kept}"):
        said = visit(stranger, f"{address}{path}")
        assert "Sign in" in said
        assert SECRET not in said.replace(f"{SECRET}.csv", "")
    shown = stranger.goto(f"{address}/q/{token}")
    assert shown is not None
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    assert SECRET in stranger.content(), "who has the link sees the quote"
    other = stranger.goto(f"{address}/q/{token[:-1]}{'0' if token[-1] != '0' else '1'}")
    assert other is not None
    assert other.status == 410
    assert SECRET not in stranger.content()
    stranger.context.close()
    engine.dispose()


def hers_upload(query: str) -> str:
    found = re.search(r"files=([^&]+)", query)
    assert found is not None
    return found[1]


def drafts_of_everybody(workspace: Workspace) -> list[str]:
    with workspace.reading() as connection:
        return list(connection.execute(select(DRAFTS.c.of).where(workspace.rows(DRAFTS))).scalars())


def test_a_role_that_is_taken_away_while_a_page_is_open_is_said_and_nothing_is_lost(
    team: tuple[str, Path], ann: Page, eve: Page
) -> None:
    address, _ = team
    visit(ann, f"{address}/workspace")
    box = ann.get_by_role("textbox", name="Invite by address")
    box.fill("eve@example.com")
    box.press("Enter")
    settled(ann)
    ann.get_by_role("button", name="Invite", exact=True).click()
    expect(ann.get_by_text("is invited as editor until")).to_be_visible()

    visit(eve, f"{address}/saved")
    eve.get_by_role("combobox", name="Workspace").click()
    eve.get_by_role("option", name="First workspace").click()
    expect(eve.get_by_text("example.com, editor")).to_be_visible()
    eve.get_by_role("link", name="Saved", exact=True).click()
    expect(eve.locator(".st-key-saved_open button")).to_be_visible()
    name = eve.get_by_role("textbox", name="Name", exact=True)
    name.fill("Hers")
    name.press("Enter")
    settled(eve)

    visit(ann, f"{address}/workspace")
    ann.get_by_role("button", name="Viewer").last.click()
    expect(ann.get_by_text("example.com is viewer now.")).to_be_visible()
    eve.get_by_role("button", name="Save as a new study").click()
    expect(eve.get_by_text("you are a viewer here, who opens and tries, and does not save")).to_be_visible()
    expect(eve.get_by_role("textbox", name="Name", exact=True)).to_have_value("Hers")
    settled(eve)
    expect(eve.get_by_role("button", name="Save as a new study")).to_be_disabled()
    expect(eve.locator(".st-key-saved_open button")).to_be_enabled()

    visit(ann, f"{address}/workspace")
    ann.get_by_role("button", name="Take out").last.click()
    expect(ann.get_by_text("does not belong to this workspace any more")).to_be_visible()
    eve.locator(".st-key-saved_open button").click()
    expect(eve.get_by_text("not a member of it, or no longer").or_(eve.get_by_text("Beta").first).first).to_be_visible()
    expect(eve.get_by_text(SECRET)).to_have_count(0)


def test_who_signs_out_is_signed_out_in_every_tab(team: tuple[str, Path], eve: Page) -> None:
    address, _ = team
    visit(eve, f"{address}/saved")
    other = eve.context.new_page()
    visit(other, f"{address}/quotes")
    other.get_by_role("button", name="Sign out").click()
    other.get_by_role("button", name="Save the quote").wait_for(state="detached")
    eve.get_by_role("button", name="Save as a new study").click()
    expect(eve.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(eve.get_by_test_id("stException")).to_have_count(0)

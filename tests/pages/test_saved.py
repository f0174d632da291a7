"""The Saved page: a study goes into the workspace and comes back to the cent, in any browser."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from commet_core.workspace import studies
from commet_core.workspace.audit import deeds
from commet_core.workspace.studies import Content
from pages.saving import taken_along
from pages.shared import workspaces
from pages.shared.spool import path_of, spool
from pages.shared.study import Generated, Study

APP = str(Path(__file__).parents[2] / "app.py")


def app() -> AppTest:
    found = AppTest.from_file(APP, default_timeout=120)
    return found.switch_page("pages/saved.py").run()


@pytest.fixture
def page() -> AppTest:
    found = app()
    assert not found.exception
    return found


def said(page: AppTest) -> str:
    elements = [*page.markdown, *page.caption, *page.success, *page.error, *page.info]
    return "\n".join(element.value for element in elements).replace("\\", "").replace("\u2060", "")


def on_screen(page: AppTest) -> Study:
    found: Study = page.session_state["study"]
    return found


def with_price(page: AppTest, price: str) -> None:
    """Another monthly price of the metered Pro plan on the screen."""
    study = on_screen(page)
    plan = study.catalog.plans["metered_pro"]
    dearer = plan.model_copy(update={"prices": {**plan.prices, "monthly": Decimal(price)}})
    catalog = study.catalog.model_copy(update={"plans": {**study.catalog.plans, "metered_pro": dearer}})
    page.session_state["study"] = study.model_copy(update={"catalog": catalog})
    page.run()


def test_a_study_comes_back_in_another_browser_to_the_cent(page: AppTest) -> None:
    with_price(page, "31")
    page.session_state["study"] = on_screen(page).model_copy(
        update={"source": Generated(preset="ai_images", customers=20, months=2)}
    )
    page.text_input(key="saved_name").set_value("Spring prices").run()
    page.button(key="saved_new").click().run()
    assert "“Spring prices” is saved, revision 1." in said(page)
    [saved] = studies.studies(workspaces.current())
    assert len(saved.content.headline) == 3
    other = app()
    assert on_screen(other) != on_screen(page)
    other.button(key="saved_open").click().run()
    assert on_screen(other) == on_screen(page)
    assert "its figures are those that were saved, to the cent" in said(other)


def test_figures_that_are_not_those_which_were_saved_are_said(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    workspace = workspaces.current()
    [saved] = studies.studies(workspace)
    name = next(iter(saved.content.headline))
    other = Content(saved.content.document, saved.content.usage_digest, "", {**saved.content.headline, name: "$1.00"})
    studies.save(workspace, saved.id, saved.version, other, datetime.now(UTC))
    page.run().button(key="saved_open").click().run()
    assert f"{name} was $1.00 and is {saved.content.headline[name]}" in said(page)


def test_a_save_on_top_is_a_revision_and_says_what_it_changed(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    with_price(page, "31")
    page.button(key="saved_on_top").click().run()
    assert "revision 2" in said(page)
    assert "plan Pro (metered_pro), prices, monthly was 20 and is 31" in said(page)
    page.button(key="saved_open_1").click().run()
    assert on_screen(page).catalog.plans["metered_pro"].prices["monthly"] == 20


def test_two_editors_lose_nothing(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    other = app()
    other.button(key="saved_open").click().run()
    with_price(other, "35")
    other.button(key="saved_on_top").click().run()
    with_price(page, "31")
    page.button(key="saved_on_top").click().run()
    assert "changed it first" in said(page)
    assert "prices.monthly was 20 and is 35" in said(page)
    assert on_screen(page).catalog.plans["metered_pro"].prices["monthly"] == 31, "what was typed is still there"
    assert studies.studies(workspaces.current())[0].revision == 2


def test_renamed_duplicated_archived_and_restored(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    page.text_input(key="saved_renamed").set_value("Summer").run()
    page.button(key="saved_rename").click().run()
    page.button(key="saved_duplicate").click().run()
    assert [study.name for study in studies.studies(workspaces.current())] == ["Summer", "Summer, copy"]
    page.button(key="saved_archive").click().run()
    page.toggle(key="saved_archived").set_value(True).run()
    page.button(key="saved_archive").click().run()
    assert len(studies.studies(workspaces.current())) == 2


def test_a_database_that_is_of_a_later_version_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMET_WORKSPACE_URL", "postgresql://nobody:s3cret@127.0.0.1:1/x")
    found = app()
    assert not found.exception
    assert "the database refused" in said(found)
    assert "s3cret" not in said(found)


def test_studies_of_one_name_are_told_apart() -> None:
    for _ in range(2):
        page = app()
        page.text_input(key="saved_name").set_value("Spring prices").run()
        page.button(key="saved_new").click().run()
    first, second = sorted(study.id for study in studies.studies(workspaces.current()))
    [box] = [box for box in page.selectbox if box.label == "Study"]
    assert sorted(box.options) == [f"Spring prices · {first}", f"Spring prices · {second}"]


def test_two_revisions_stand_side_by_side_with_what_each_term_makes(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    with_price(page, "31")
    page.button(key="saved_on_top").click().run()
    page.toggle(key="saved_beside").set_value(True).run()
    assert not page.exception
    figures, steps = (frame.value for frame in page.dataframe[-2:])
    assert figures["Candidate"].tolist() == ["Metered", "Credits", "Balance"]
    assert (figures["Difference"][0], figures["Difference"][1]) == (steps["Amount"].iloc[-1], "$0.00")
    assert steps["From"][0] == "$20"


def test_a_study_is_taken_along_and_brought_in(page: AppTest) -> None:
    page.button(key="saved_new").click().run()
    [study] = studies.studies(workspaces.current())
    content = taken_along._file(workspaces.current(), study, None, workspaces.now())
    assert taken_along._taken_in(content, "x.zip").content == study.content
    assert [deed.what for deed in deeds(workspaces.current())] == ["saved", "exported", "saved"]


def test_a_study_taken_along_has_the_rows_of_its_subscriptions_file_or_says_that_it_is_gone(page: AppTest) -> None:
    file, _ = spool("acts.csv", io.BytesIO(b"customer_id,at,action\nc1,2026-03-01,start\n"))
    page.session_state["study"] = on_screen(page).model_copy(update={"subscriptions": file})
    page.run()
    page.button(key="saved_new").click().run()
    [study] = studies.studies(workspaces.current())
    assert taken_along._rows(study) == {"subscriptions": [{"customer_id": "c1", "at": "2026-03-01", "action": "start"}]}
    assert taken_along._gone(study) == ""
    path_of(file).unlink()
    assert (taken_along._rows(study), taken_along._gone(study)) == ({}, "acts.csv")
    assert "acts.csv is no longer on this server" in said(page.run())


def test_rows_of_a_studys_files_are_turned_into_the_exports_only_when_it_is_asked_for(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, _ = spool("acts.csv", io.BytesIO(b"customer_id,at,action\nc1,2026-03-01,start\n"))
    page.session_state["study"] = on_screen(page).model_copy(update={"subscriptions": file})
    page.run()
    page.button(key="saved_new").click().run()
    asked: list[str] = []
    monkeypatch.setattr(taken_along, "_rows", lambda study: asked.append(study.name) or {})
    page.run()
    assert not asked
    [study] = studies.studies(workspaces.current())
    taken_along._file(workspaces.current(), study, None, workspaces.now())
    assert asked == [study.name]

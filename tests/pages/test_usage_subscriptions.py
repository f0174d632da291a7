"""A subscriptions file on the Usage page: taken up, checked, told row by row, removed; and kept in the link."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.usage_page import APP, opened, press, run, said, study_of

from commet_core.catalog.plans import Catalog
from commet_core.scenario.candidates import Candidate
from pages.shared import spool as spool_module
from pages.shared.study import Generated, Study, from_link, to_link

CATALOG = {
    "features": {"call": {}},
    "plans": {
        "basic": {"consumption_model": "metered", "prices": {"monthly": 30}, "features": {"call": {"unlimited": True}}},
        "pro": {"consumption_model": "metered", "prices": {"monthly": 60}, "features": {"call": {"unlimited": True}}},
    },
    "plan_groups": {"all": ["basic", "pro"]},
}
HEADER = "customer_id,at,action,plan\n"


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    monkeypatch.setattr(spool_module, "SPOOL", folder)
    return folder


def page() -> AppTest:
    return opened(
        Study(
            source=Generated(preset="ai_images", customers=3, months=2),
            catalog=Catalog.model_validate(CATALOG),
            candidates=(Candidate(name="Basic", plan="basic"),),
        )
    )


def given(app: AppTest, content: str, name: str = "subs.csv") -> AppTest:
    uploader = next(one for one in app.file_uploader if "Subscriptions file" in one.label)
    uploader.set_value(
        [(name, content.encode(), "text/csv")] if uploader.proto.multiple_files else (name, content.encode(), "text/csv")
    )
    return run(app)


def test_a_file_of_possible_actions_is_taken_up() -> None:
    app = given(page(), HEADER + "new,2026-01-05,start,\nnew,2026-01-20,change_plan,pro\n")
    assert "**subs.csv**: 2 actions of 1 customer." in said(app.markdown)
    assert "Every action is possible under every candidate." in said(app.success)
    assert study_of(app).subscriptions.name == "subs.csv"


def test_impossible_timelines_are_listed_with_file_and_line_and_can_be_downloaded() -> None:
    app = given(
        page(), HEADER + "new,2026-01-05,start,\nnew,2026-01-20,resume,\nodd,2026-01-05,strat,\nfine,2026-01-06,start,pro\n"
    )
    assert "2 customers are left out of every candidate, because of 2 rows that make no sense." in said(app.warning)
    table = next(one.value for one in app.dataframe if "what" in one.value.columns)
    assert sorted(zip(table["file"], table["line"], table["what"], strict=True)) == [
        ("subs.csv", 3, "the subscription is not paused"),
        ("subs.csv", 4, "'strat' is not an action"),
    ]
    assert {"subscription_problems_csv", "subscription_problems_excel"} <= {one.key for one in app.get("download_button")}


def test_a_file_that_is_no_such_file_changes_nothing() -> None:
    app = given(page(), "customer,when\nx,y\n")
    assert "subs.csv\\: column 'customer' does not exist" in said(app.error)
    assert study_of(app).subscriptions is None
    app = given(app, HEADER + "new,2026-01-05,start,\n")
    assert not app.error
    assert study_of(app).subscriptions is not None


def test_a_file_is_removed_again() -> None:
    app = press(given(page(), HEADER + "new,2026-01-05,start,\n"), "subscriptions_remove")
    assert study_of(app).subscriptions is None
    assert any("Subscriptions file" in one.label for one in app.file_uploader)


def test_the_file_is_in_the_link() -> None:
    study = study_of(given(page(), HEADER + "new,2026-01-05,start,\n"))
    assert from_link(to_link(study)) == study
    visitor = AppTest.from_file(APP, default_timeout=180)
    for name, value in to_link(study).items():
        visitor.query_params[name] = value
    run(visitor.switch_page("pages/usage.py"))
    assert "**subs.csv**: 1 action of 1 customer." in said(visitor.markdown)


def test_a_file_that_is_gone_is_said_and_can_be_done_without() -> None:
    study = study_of(given(page(), HEADER + "new,2026-01-05,start,\n"))
    gone = study.model_copy(update={"subscriptions": study.subscriptions.model_copy(update={"digest": "0" * 64})})
    app = opened(gone)
    assert "the uploaded file is no longer on this server" in said(app.error)
    app = press(app, "subscriptions_remove")
    assert not app.error
    assert study_of(app).subscriptions is None


def test_the_replay_page_says_that_somebody_is_left_out() -> None:
    app = given(page(), HEADER + "new,2026-01-05,start,\nnew,2026-01-20,resume,\n")
    run(app.switch_page("pages/customers.py"))
    assert "1 customer is left out of every candidate: what it did is not possible." in said(app.warning)
    assert any("which rows of the subscriptions file" in link.label for link in app.get("page_link"))


def test_the_replay_page_says_nothing_of_the_kind_where_all_is_possible() -> None:
    app = given(page(), HEADER + "new,2026-01-05,start,\n")
    run(app.switch_page("pages/customers.py"))
    assert "left out" not in said(app.warning)

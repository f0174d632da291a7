"""A levels file on the Usage page: taken up, checked, told row by row, removed; and kept in the link. Actions told in words."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from support.usage_page import opened, press, run, said, study_of

from commet_core.catalog.plans import Catalog
from commet_core.foundation.vocabulary import ACTIONS
from commet_core.scenario.candidates import Candidate
from pages.shared import loading
from pages.shared import spool as spool_module
from pages.shared.study import Generated, Study, from_link, to_link

CATALOG = {
    "features": {"image": {}, "editors": {"name": "Editors", "unit": "seat", "type": "seats"}},
    "plans": {
        "pro": {
            "consumption_model": "metered",
            "prices": {"monthly": 60},
            "features": {"image": {"unlimited": True}, "editors": {"included": 3, "overage": {"unit_price": 12}}},
        }
    },
}
FILE = "customer_id,at,feature,set,change\nacme,2026-01-01,editors,5,\nacme,2026-01-11,editors,,-9\nbeta,2026-01-05,editor,2,\n"


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SPOOL", tmp_path / "spool")


def page(catalog: object = CATALOG) -> AppTest:
    return opened(
        Study(
            source=Generated(preset="ai_images", customers=3, months=2),
            catalog=Catalog.model_validate(catalog),
            candidates=(Candidate(name="Pro", plan="pro"),),
        )
    )


def given(app: AppTest, content: str) -> AppTest:
    uploader = next(one for one in app.file_uploader if one.label.startswith("How many Editors customers held"))
    uploader.set_value(("seats.csv", content.encode(), "text/csv"))
    return run(app)


def test_rows_count_and_those_that_cannot_be_used_are_listed_with_why() -> None:
    app = given(page(), FILE)
    assert not app.exception
    assert "**seats.csv**: 3 rows of 2 customers." in said(app.markdown)
    assert "2 rows cannot be used, and are left out." in said(app.warning)
    table = next(one.value for one in app.dataframe if "what" in one.value.columns)
    assert sorted(zip(table["line"], table["what"], strict=True)) == [
        (3, "the level would come below zero"),
        (4, "feature 'editor' does not exist"),
    ]
    lines = loading.replay_of(study_of(app)).table("invoice_lines").to_pylist()
    assert [str(line["amount"]) for line in lines if line["kind"] == "feature_seats"][:1] == ["24.00"]


def test_the_file_is_in_the_link_and_is_removed_again() -> None:
    app = given(page(), FILE)
    study = study_of(app)
    assert study.levels.name == "seats.csv"
    assert from_link(to_link(study)) == study
    app = press(app, "levels_remove")
    assert study_of(app).levels is None
    assert any("How many Editors" in one.label for one in app.file_uploader)


def test_a_file_that_is_no_such_file_changes_nothing() -> None:
    app = given(page(), "customer,seats\nacme,3\n")
    assert "seats.csv\\: column 'seats' does not exist" in said(app.error)
    assert study_of(app).levels is None


def test_nobody_is_asked_for_levels_where_nothing_is_held() -> None:
    plain = {
        "features": {"image": {}},
        "plans": {"pro": {**CATALOG["plans"]["pro"], "features": {"image": {"unlimited": True}}}},
    }
    assert not any("held" in one.label for one in page(plain).file_uploader)


def test_every_action_is_told_in_words_in_what_the_file_needs() -> None:
    told = said(page().markdown)
    missing = [action for action in ACTIONS if f"| `{action}` | " not in told]
    assert missing == []
    assert "| `change_level` | Change seats or quota: item is the feature, amount how many more" in told

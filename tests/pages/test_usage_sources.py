"""The Usage page with usage that is not uploaded as plain columns: server files, a database, other shapes, saved mappings."""

import os
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.usage_page import GOOD, opened, press, run, said, study_of, tiles, uploaded

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import ArrowSource, inspect
from commet_core.usage.store import prepare
from pages.shared import sources
from pages.shared import spool as spool_module
from pages.shared.server_files import files_of
from pages.shared.study import Queried, ServerFiles, from_link, to_link

QUERY = "SELECT * FROM usage_events"
WIDE = "customer,day,images,emails\nada,2026-01-01,3,\nada,2026-01-02,0,7\nbob,2026-01-01,2,1\n"


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spool_module, "SPOOL", tmp_path / "spool")
    return tmp_path / "spool"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that visitors may name files in, with three usage files."""
    made = tmp_path / "usage"
    (made / "2025").mkdir(parents=True)
    (made / "january.csv").write_text(GOOD)
    (made / "february.csv").write_text(GOOD.replace("2026-01", "2026-02"))
    (made / "2025" / "december.csv").write_text(GOOD.replace("2026-01", "2025-12"))
    (made / "_notes.txt").write_text("not usage")
    (tmp_path / "secret.csv").write_text(GOOD)
    (made / "link.csv").symlink_to(tmp_path / "secret.csv")
    monkeypatch.setenv("COMMET_USAGE_FOLDERS", os.pathsep.join([str(made), str(tmp_path / "not-there")]))
    return made


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A database that answers every query with the same rows; the queries it was asked."""
    monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", "postgresql://somewhere")
    asked: list[str] = []
    rows = pa.table({"customer_id": ["ada", "bob"], "ts": ["2026-01-05", "2026-02-06"], "event_name": ["call", "call"]})

    def answer(query: str) -> ArrowSource:
        @contextmanager
        def opened_rows():
            yield rows.to_reader()

        asked.append(query)
        return ArrowSource("SQL query", opened_rows, 2)

    monkeypatch.setattr(sources, "usage_source", lambda _url, query, **_options: answer(query))
    monkeypatch.setattr(sources, "preview", lambda _url, query, **_options: inspect(answer(query)))
    return asked


def choose(app, way):
    app.button_group(key="usage_way").set_value(way)
    return run(app)


def type_in(app, key, text, button):
    app.text_area(key=key).set_value(text)
    run(app)
    return press(app, button)


@pytest.mark.usefixtures("folder")
def test_files_on_the_server_are_named_by_patterns_and_folders():
    app = type_in(choose(opened(), "server"), "usage_server_names", "january.csv\n2025", "usage_server_read")
    assert study_of(app).source == ServerFiles(names=("january.csv", "2025"))
    assert "**10 rows read** = 6 used + 4 rejected + 0 duplicates" in said(app.markdown)
    assert from_link(to_link(study_of(app))).source == study_of(app).source
    app = type_in(app, "usage_server_names", "**/*.csv", "usage_server_read")
    assert "**15 rows read**" in said(app.markdown)


def test_a_file_on_the_server_that_has_changed_is_read_anew(folder):
    app = type_in(choose(opened(), "server"), "usage_server_names", "january.csv", "usage_server_read")
    with (folder / "january.csv").open("a") as file:
        file.write("dan,2026-01-07,call,1\n")
    run(app)
    assert "**6 rows read**" in said(app.markdown)
    (folder / "january.csv").unlink()
    run(app)
    assert "no usage file is there" in said(app.error)


def test_a_usage_store_on_the_server_is_opened_as_it_is(folder):
    prepare([folder / "january.csv"], folder / "ready")
    app = type_in(choose(opened(), "server"), "usage_server_names", "ready", "usage_server_read")
    assert "**5 rows read** = 3 used + 2 rejected" in said(app.markdown)
    assert "A usage store was read when it was made" in said(app.caption)
    type_in(app, "usage_server_names", "ready\njanuary.csv", "usage_server_read")
    assert "a usage store is not read together with anything else" in said(app.error)


def test_all_rejected_rows_are_listed_when_they_are_asked_for(spool):
    bad = "".join(f"ada,2026-01-05,call,-{value}\n" for value in range(1, 12_001))
    app = uploaded(opened(), ("bad.csv", "customer_id,timestamp,feature,value\nada,2026-01-05,call,1\n" + bad))
    labels = [button.label for button in app.get("download_button")]
    assert "Download the first 10,000 rejected rows" in labels
    assert not list(spool.glob("rejects-*"))
    press(app, "usage_rejects_list")
    assert "Download all 12,000 rejected rows, CSV" in [button.label for button in app.get("download_button")]
    (listed,) = spool.glob("rejects-*")
    assert pq.read_table(listed)["value"].to_pylist() == [f"-{value}" for value in range(1, 12_001)]


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret.csv", "2025/../../secret.csv", "../*.csv", "/**/*.csv"])
def test_files_elsewhere_on_the_server_are_not_read(folder, name):
    with pytest.raises(InputError, match="not in a folder that this server reads usage from"):
        files_of([name], [folder])


@pytest.mark.parametrize("name", ["link.csv", "nothing.csv", "*.parquet", "a**b", "bad\0name"])
def test_names_that_stand_for_nothing_say_so_also_where_a_link_leads_elsewhere(folder, name):
    with pytest.raises(InputError, match="no usage file is there"):
        files_of([name], [folder])


def test_a_folder_stands_for_its_usage_files_in_order_of_names(folder):
    assert [path.name for path in files_of(["."], [folder])] == ["february.csv", "january.csv"]
    assert [path.name for path in files_of([str(folder), "january.csv"], [folder])] == ["february.csv", "january.csv"]


def test_a_server_without_folders_or_a_database_offers_neither(monkeypatch):
    """What only the operator can set up is no visitor's business; a link that asks for it is answered in words."""
    monkeypatch.delenv("COMMET_USAGE_FOLDERS", raising=False)
    monkeypatch.delenv("COMMET_USAGE_DATABASE_URL", raising=False)
    app = opened()
    assert app.button_group(key="usage_way").options == ["Upload files", "Generate", "Take a sample"]
    refused = opened(study_of(app).model_copy(update={"source": ServerFiles(names=("/etc/passwd",))}))
    assert "this server reads no files of its own" in said(refused.error)
    assert "COMMET" not in said(refused.error)
    asks = Queried(query=QUERY, asked_at="2026-11-24T00:00:00.123")
    assert "this server is connected to no database" in said(opened(study_of(app).model_copy(update={"source": asks})).error)


def test_the_rows_of_a_query_are_usage(database):
    app = type_in(choose(opened(), "database"), "usage_query", QUERY, "usage_query_run")
    assert "**2 rows read** = 2 used" in said(app.markdown)
    assert "Events in columns of other names" in said(app.markdown)
    assert set(database) == {QUERY}
    times = len(database)
    run(app)
    assert len(database) == times


def test_a_query_in_a_link_runs_when_it_was_agreed_to(database):
    study = study_of(opened())
    linked = from_link(to_link(study.model_copy(update={"source": Queried(query=QUERY, asked_at="2026-11-24T00:00:00.123")})))
    app = opened(linked)
    assert "This link asks the database" in said(app.info)
    assert [code.value for code in app.code] == [QUERY]
    assert not database
    press(app, "work_begin")
    assert "**2 rows read** = 2 used" in said(app.markdown)


@pytest.mark.usefixtures("database")
def test_a_query_that_cannot_be_run_leaves_the_usage_in_place(monkeypatch):
    def refuse(*_arguments, **_options):
        raise InputError.of("SQL query, line 1", "relation does not exist", "Check the name")

    monkeypatch.setattr(sources, "usage_source", refuse)
    monkeypatch.setattr(sources, "preview", refuse)
    app = opened()
    before = study_of(app)
    type_in(choose(app, "database"), "usage_query", QUERY, "usage_query_run")
    assert "relation does not exist" in said(app.error)
    assert study_of(app) == before


def test_every_row_of_a_wide_table_is_accounted_for_and_taken_as_totals_on_a_click():
    app = uploaded(opened(), ("wide.csv", WIDE))
    assert "**A wide table**: each row is a customer's totals" in said(app.markdown)
    assert (
        "**6 rows read** = 4 used + 0 rejected + 0 duplicates (not looked for: no event id column) + 2 without usage"
        in said(app.markdown)
    )
    assert "look like totals" in said(app.info)
    press(app, "usage_take_totals")
    assert study_of(app).rows == "aggregate"
    assert "look like totals" not in said(app.info)


def test_the_columns_of_a_wide_table_that_are_features_can_be_changed():
    app = uploaded(opened(), ("wide.csv", WIDE))
    features = next(box for box in app.multiselect if box.label == "Columns that are features")
    assert features.value == ["images", "emails"]
    features.set_value(["emails"])
    run(app)
    press(app, "usage_read_again")
    assert study_of(app).source.mapping.features == {"emails": "emails"}
    assert "**3 rows read** = 2 used" in said(app.markdown)


def test_what_is_outside_the_window_is_counted_among_the_rows():
    app = uploaded(opened(), ("mine.csv", GOOD))
    app.button_group(key="usage_dates").set_value("own")
    run(app)
    last = app.date_input(key="usage_last_day")
    last.set_value(last.value.replace(month=1, day=5))
    run(app)
    assert "**5 rows read** = 1 used + 2 rejected + 0 duplicates (not looked for: no event id column) + 2 outside" in said(
        app.markdown
    )


def test_a_file_without_a_feature_column_is_read_with_the_same_feature_in_every_row():
    app = uploaded(opened(), ("mine.csv", "account,at,size\nada,2026-01-05T10:00:03Z,3\n"))
    box = next(box for box in app.selectbox if box.label == "Feature (feature)")
    box.set_value({"constant": ""})
    run(app)
    next(text for text in app.text_input if text.label == "In every row").set_value("call")
    run(app)
    press(app, "usage_read_again")
    assert study_of(app).source.mapping.columns.given()["feature"] == {"constant": "call"}
    assert tiles(app)["Events"] == "1"


def test_a_saved_mapping_is_used_and_a_wrong_one_says_what_is_wrong():
    app = uploaded(opened(), ("mine.csv", "account,at,size\nada,2026-01-05T10:00:03Z,3\n"))
    loader = next(loader for loader in app.file_uploader if loader.label == "Use a saved mapping")
    loader.set_value([("mine.yaml", b"columns: {features: call}\n", "application/yaml")])
    run(app)
    assert "This mapping cannot be used" in said(app.error)
    assert "mine.yaml" in said(app.error)
    loader = next(loader for loader in app.file_uploader if loader.label == "Use a saved mapping")
    loader.set_value([("mine.yaml", b"columns: {feature: {constant: call}, value: size}\n", "application/yaml")])
    run(app)
    assert not app.error
    features = next(table.value for table in app.dataframe if "Largest event" in table.value.columns)
    assert list(features["Units"]) == ["3"]
    assert from_link(to_link(study_of(app))).source.mapping.columns.given() == {
        "feature": {"constant": "call"},
        "value": "size",
    }


def test_two_visitors_see_their_own_upload_alone():
    ada = uploaded(opened(), ("ada.csv", GOOD))
    bob = uploaded(opened(), ("bob.csv", GOOD.replace("ada", "eve").replace("call", "mail")))
    run(ada), run(bob)
    for app, own, other in ((ada, "ada.csv", "bob.csv"), (bob, "bob.csv", "ada.csv")):
        text = said(app.markdown) + said(app.caption) + " ".join(link.proto.label for link in app.get("page_link"))
        assert own in text
        assert other not in text
    customers = [next(t.value for t in app.dataframe if "months_without" in t.value.columns) for app in (ada, bob)]
    assert [set(table["customer_id"]) for table in customers] == [{"ada", "bob"}, {"eve", "bob"}]

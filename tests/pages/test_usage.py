"""The Usage page, through the app: three ways in, bad files, the mapping, what rows mean, starter plans, the profile."""

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from support.usage_page import GOOD, opened, press, run, said, study_of, tiles, uploaded

from commet_core.foundation.window import Window
from commet_core.usage.ingest.recognise.inspection import inspect
from commet_core.usage.synthetic import expected_events
from pages.shared import loading, work
from pages.shared import spool as spool_module
from pages.shared.kept import kept
from pages.shared.study import Generated, Uploaded, sample
from pages.usage_intake.column_choice import sample_values
from pages.usage_intake.mapping import mapping_changes


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "spool"
    monkeypatch.setattr(spool_module, "SPOOL", folder)
    return folder


def test_it_opens_on_the_sample_with_a_profile():
    app = opened()
    assert study_of(app).source == Generated(preset="ai_images")
    assert list(tiles(app))[:4] == ["Customers", "Events", "Features", "Days, 1 Jan 2026 to 30 Jun 2026 (UTC)"]
    assert not app.error
    assert not app.warning


def test_an_upload_takes_the_place_of_the_sample_and_its_rows_add_up(spool):
    app = uploaded(opened(), ("mine.csv", GOOD))
    source = study_of(app).source
    assert isinstance(source, Uploaded)
    assert source.files[0].name == "mine.csv"
    assert "**5 rows read** = 3 used + 2 rejected + 0 duplicates" in said(app.markdown)
    assert tiles(app)["Customers"] == "2"
    assert tiles(app)["Events"] == "3"
    assert app.file_uploader[0].value == []
    assert (spool / source.files[0].digest / "mine.csv").read_text() == GOOD


def test_what_is_too_large_to_upload_is_offered_other_ways(monkeypatch, tmp_path):
    monkeypatch.setenv("COMMET_USAGE_FOLDERS", str(tmp_path))
    app = opened()
    assert "A file of more than 1 GB is not taken here. **Files on the server**, above, has no limit." in said(app.caption)
    monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", "sqlite://")
    both = "A file of more than 1 GB is not taken here. **Files on the server** and **Database**, above, have no limit."
    assert both in said(run(app).caption)


def test_what_the_operator_has_not_set_up_is_not_offered():
    app = opened()
    assert list(app.button_group(key="usage_way").options) == ["Upload files", "Generate", "Take a sample"]
    assert "no limit" not in said(app.caption)


@pytest.mark.parametrize(
    ("key", "number", "why"),
    [
        ("usage_customers", 1_000_000, "Customers go from 1 to 100,000"),
        ("usage_customers", 0, "Customers go from 1 to 100,000"),
        ("usage_customers", -3, "Customers go from 1 to 100,000"),
        ("usage_months", 37, "Months go from 1 to 36"),
        ("usage_seed", -1, "Seeds go from 0 to 2,147,483,648"),
    ],
)
def test_numbers_that_usage_is_not_generated_for_are_said_and_nothing_else_is_generated(key, number, why):
    app = opened()
    app.button_group(key="usage_way").set_value("generate")
    run(app)
    app.number_input(key=key).set_value(number)
    run(app)
    assert why in said(app.markdown)
    assert app.button(key="usage_generate").disabled
    assert app.number_input(key=key).value == number


def test_rejects_are_counted_by_reason_listed_and_offered():
    app = uploaded(opened(), ("mine.csv", GOOD))
    tables = {tuple(table.value.columns): table.value for table in app.dataframe}
    reasons = tables["Rows", "Column", "Why they were rejected"]
    assert list(zip(reasons["Rows"], reasons["Column"], strict=True)) == [(1, "Value"), (1, "Value")]
    rejects = tables["file", "line", "column", "value", "reason"]
    assert list(zip(rejects["line"], rejects["value"], strict=True)) == [(5, "-4"), (6, "soon")]
    assert "Download 2 rejected rows" in [button.label for button in app.get("download_button")]


def test_several_files_and_gzip_are_one_usage_and_the_same_content_is_read_once():
    first = "customer_id,timestamp,feature\nada,2026-01-05,call\n"
    second = gzip.compress(b"customer_id,timestamp,feature\nbob,2026-01-07,call\n")
    app = uploaded(opened(), ("one.csv", first), ("two.csv.gz", second), ("again.csv", first))
    assert "**2 rows read** = 2 used" in said(app.markdown)
    assert len(study_of(app).source.files) == 2
    assert "more than once" in said(app.caption)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", "", "the file is empty"),
        ("header.csv", "customer_id,timestamp,feature\n", "a header and no rows"),
        ("not.parquet", "hello", "not a Parquet file"),
        (
            "bad.csv",
            "customer_id,timestamp,feature,value\nada,2026-01-05,call,-1\nbob,2026-01-05,call,-2\n",
            "none of its 2 rows",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_leaves_the_usage_in_place(name, content, message):
    app = opened()
    before = study_of(app)
    uploaded(app, (name, content))
    assert message in said(app.error)
    assert "The usage you had stays in place" in said(app.error)
    assert study_of(app) == before
    press(app, "usage_forget")
    assert not app.error


def test_a_refused_file_is_not_read_again_on_every_click(monkeypatch):
    reads = []
    read = loading.read
    monkeypatch.setattr(loading, "read", lambda paths, **named: reads.append(paths) or read(paths, **named))
    app = uploaded(opened(), ("empty.csv", ""))
    app.button_group(key="usage_start").set_value("window")
    run(app)
    assert len(reads) == 1
    assert "the file is empty" in said(app.error)


def test_a_file_of_bad_rows_alone_shows_them():
    app = uploaded(opened(), ("bad.csv", "customer_id,timestamp,feature,value\nada,2026-01-05,call,-1\n"))
    assert "**1 row read** = 0 used + 1 rejected + 0 duplicates" in said(app.markdown)


def test_a_column_that_was_not_recognised_can_be_chosen():
    app = uploaded(opened(), ("mine.csv", GOOD.replace("timestamp", "moment of use")))
    assert "no column was recognised as \\`timestamp\\`" in said(app.error)
    column = next(box for box in app.selectbox if box.label == "Time (timestamp)")
    assert column.value == "moment of use"
    assert "Proposed: its values are times" in said(app.caption)
    assert "**Would use 3 of 5 rows**" in said(app.markdown)
    assert "**2026\\-01\\-05T10\\:00\\:03Z**" in said(app.caption)
    press(app, "usage_read_again")
    assert study_of(app).source.mapping.columns.given() == {"timestamp": "moment of use"}
    assert "**5 rows read**" in said(app.markdown)
    assert not app.error


def test_another_mapping_of_the_same_file_keeps_what_was_said_about_it():
    rows = "customer_id,timestamp,feature,value,weight\n" + "ada,2026-01-05,call,2,7\nada,2026-02-05,call,3,8\n"
    app = uploaded(opened(), ("mine.csv", rows))
    app.session_state["study"] = study_of(app).model_copy(update={"rows": "aggregate"})
    run(app)
    next(box for box in app.selectbox if box.label == "Value (value)").set_value("weight")
    run(app)
    press(app, "usage_read_again")
    assert study_of(app).rows == "aggregate"
    assert study_of(app).source.mapping.columns.given() == {"value": "weight"}
    features = next(table.value for table in app.dataframe if "Largest event" in table.value.columns)
    assert list(features["Units"]) == ["15"]


def test_a_new_upload_begins_with_whole_months_and_single_requests():
    changed = sample().model_copy(update={"rows": "aggregate", "window": Window(start=date(2026, 2, 1), end=date(2026, 3, 1))})
    app = uploaded(opened(changed), ("mine.csv", GOOD))
    assert (study_of(app).rows, study_of(app).window) == ("event", None)


def test_starter_plans_lead_from_an_upload_to_a_comparison_in_one_click_and_back():
    app = uploaded(opened(), ("mine.csv", GOOD))
    before = study_of(app)
    assert "No plan you compare has **call**" in said(app.warning)
    assert "**image**" in said(app.info)
    press(app, "usage_starter")
    made = study_of(app)
    assert set(made.catalog.plans) == {"starter_metered", "starter_credits", "starter_balance"}
    assert set(made.catalog.features) == {"call"}
    assert made.source == before.source
    assert app.title[0].value == "Compare"
    run(app.switch_page("pages/usage.py"))
    assert not app.warning
    press(app, "usage_put_back")
    assert (study_of(app).catalog, study_of(app).candidates) == (before.catalog, before.candidates)
    assert not [button for button in app.button if button.key == "usage_put_back"]


def test_a_study_without_plans_is_led_to_some():
    empty = sample().model_copy(update={"candidates": ()})
    assert "no plans yet" in said(opened(empty).warning)


def test_a_feature_that_one_plan_lacks_is_named_with_the_plan():
    study = sample()
    first = study.candidates[0]
    plan = study.catalog.plans[first.plan]
    features = {name: terms for name, terms in plan.features.items() if name != "upscale"}
    plans = {**study.catalog.plans, first.plan: plan.model_copy(update={"features": features})}
    app = opened(study.model_copy(update={"catalog": study.catalog.model_copy(update={"plans": plans})}))
    assert f"{first.name} lacks **upscale**" in said(app.warning)


def test_rows_that_look_like_totals_are_pointed_out_and_left_to_the_user():
    rows = "customer_id,timestamp,feature,value\n" + "".join(f"ada,2026-01-{day:02},call,{day}000\n" for day in range(1, 20))
    app = uploaded(opened(), ("totals.csv", rows))
    assert study_of(app).rows == "event"
    assert "look like totals" in said(app.info)
    app.button_group(key="usage_rows").set_value("aggregate")
    run(app)
    assert study_of(app).rows == "aggregate"
    assert "look like totals" not in said(app.info)


def test_start_and_window_go_into_the_study_and_what_is_outside_is_counted():
    app = uploaded(opened(), ("mine.csv", GOOD))
    app.button_group(key="usage_start").set_value("window")
    run(app)
    app.button_group(key="usage_dates").set_value("own")
    run(app)
    assert study_of(app).start == "window"
    assert study_of(app).window == Window(start=date(2026, 1, 1), end=date(2026, 4, 1))
    app.date_input(key="usage_last_day").set_value(date(2026, 1, 5))
    run(app)
    assert study_of(app).window == Window(start=date(2026, 1, 1), end=date(2026, 1, 6))
    assert "2 of 3 rows are outside and not replayed: 0 before, 2 after. 1 of 2 customers have none inside." in said(
        app.warning
    )
    app.button_group(key="usage_dates").set_value("months")
    run(app)
    assert study_of(app).window is None


def test_a_window_that_ends_before_it_begins_is_refused_beside_the_dates():
    window = Window(start=date(2026, 2, 1), end=date(2026, 3, 1))
    app = opened(sample().model_copy(update={"window": window}))
    app.date_input(key="usage_last_day").set_value(date(2026, 1, 15))
    run(app)
    assert "The last day, 15 January 2026, is before the first, 1 February 2026" in said(app.error)
    assert study_of(app).window == window
    app.date_input(key="usage_last_day").set_value(date(2026, 2, 1))
    run(app)
    assert not app.error
    assert study_of(app).window.days == 1


def test_a_window_without_usage_is_an_error_that_says_so():
    window = Window(start=date(2020, 1, 1), end=date(2020, 2, 1))
    app = opened(sample().model_copy(update={"window": window}))
    assert "No usage falls in this window" in said(app.error)


def test_usage_is_generated_as_asked():
    app = opened()
    app.button_group(key="usage_way").set_value("generate")
    run(app)
    app.selectbox(key="usage_preset").set_value("llm_chat")
    app.number_input(key="usage_customers").set_value(20)
    app.number_input(key="usage_months").set_value(2)
    app.number_input(key="usage_seed").set_value(11)
    run(app)
    assert "events will come out" in said(app.caption)
    press(app, "usage_generate")
    assert study_of(app).source == Generated(preset="llm_chat", customers=20, months=2, seed=11)
    assert f"{tiles(app)['Events']} events came out" in said(app.caption)


def test_more_usage_than_the_server_should_make_is_refused_before_it_is_made():
    app = opened()
    app.button_group(key="usage_way").set_value("generate")
    run(app)
    app.number_input(key="usage_customers").set_value(100_000)
    run(app)
    assert "more than the 10,000,000 that are generated here" in said(app.error)
    assert app.button(key="usage_generate").disabled


def test_more_usage_than_the_server_should_make_is_refused_in_a_link_too():
    study = sample().model_copy(update={"source": Generated(preset="email_api", customers=100_000, months=4)})
    assert "The usage cannot be generated" in said(opened(study).error)


def test_usage_without_an_event_is_refused_before_it_is_generated_and_in_a_link():
    seed = next(seed for seed in range(100) if expected_events("ai_images", 1, 1, seed) == 0)
    nothing = Generated(preset="ai_images", customers=1, months=1, seed=seed)
    app = opened(sample().model_copy(update={"source": nothing}))
    assert "The usage cannot be generated" in said(app.error)
    assert app.file_uploader
    app.button_group(key="usage_way").set_value("generate")
    run(app)
    assert "No events would come out" in said(app.error)
    assert app.button(key="usage_generate").disabled


def test_a_preset_that_does_not_exist_is_named():
    app = opened(sample().model_copy(update={"source": Generated(preset="ai_imagse")}))
    assert "ai\\_imagse" in said(app.error)
    app.button_group(key="usage_way").set_value("generate")
    run(app)
    assert app.selectbox(key="usage_preset").value == "ai_images"


def test_with_many_features_some_are_drawn_and_no_starter_plans_are_offered():
    rows = "customer_id,timestamp,feature\n" + "".join(f"ada,2026-01-{day:02},f{day:02}\n" for day in range(1, 31))
    app = uploaded(opened(), ("many.csv", rows))
    assert len(app.multiselect(key="usage_features_drawn").value) == 6
    assert "Starter plans are made for up to 20 features; this usage has 30" in said(app.caption)
    assert "and 22 more" in said(app.warning)
    app.multiselect(key="usage_features_drawn").set_value([])
    run(app)
    assert "Choose a feature" in said(app.caption)


def test_a_sample_comes_with_its_plans_or_without():
    app = opened()
    plans = study_of(app).catalog
    app.button_group(key="usage_way").set_value("sample")
    run(app)
    app.selectbox(key="usage_sample").set_value("sample_email_api")
    app.checkbox(key="usage_sample_plans").set_value(False)
    run(app)
    press(app, "usage_take")
    assert study_of(app).source.preset == "email_api"
    assert study_of(app).catalog == plans
    app.checkbox(key="usage_sample_plans").set_value(True)
    run(app)
    press(app, "usage_take")
    assert study_of(app).catalog != plans
    assert not app.warning


def test_customers_are_compared_by_a_feature_when_asked():
    app = uploaded(opened(), ("mine.csv", GOOD))
    app.selectbox(key="usage_measure_event").set_value("call")
    run(app)
    assert tiles(app)["Top 20 %"] == "88.9 %"
    largest = next(table.value for table in app.dataframe if "months_without" in table.value.columns)
    assert list(largest["customer_id"]) == ["ada", "bob"]
    assert list(largest["units of call"]) == [40.0, 5.0]
    assert list(largest["months_without"]) == [1, 0]


def test_names_that_look_like_markup_or_formulas_are_shown_as_they_are():
    rows = 'customer_id,timestamp,feature\n"=1+1",2026-01-05,"$5 [x](y) **z**"\n"line\nbreak",2026-01-06,"$5 [x](y) **z**"\n'
    app = uploaded(opened(), ("odd.csv", rows))
    assert "**\\$5 \\[x\\]\\(y\\) \\*\\*z\\*\\***" in said(app.warning)
    largest = next(table.value for table in app.dataframe if "months_without" in table.value.columns)
    assert set(largest["customer_id"]) == {"=1+1", "line\nbreak"}


def test_usage_that_the_server_no_longer_has_says_so(spool):
    app = uploaded(opened(), ("gone.csv", GOOD.replace("ada", "eve")))
    gone = study_of(app)
    kept().clear()
    next(spool.glob("*/gone.csv")).unlink()
    app = opened(gone)
    assert "no longer on this server" in said(app.error)
    assert "Upload it again" in said(app.error)


def test_only_what_is_not_recognised_has_to_be_said_about_columns(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text("user,time,feature,amount,id\nada,2026-01-05,call,2,e1\n")
    shape = inspect(file)
    assert mapping_changes(shape, shape.mapping) is None
    assert mapping_changes(shape, shape.mapping.changed({"event_id": "id"})).columns.given() == {"event_id": "id"}
    swapped = {"customer_id": "feature", "feature": "user"}
    assert mapping_changes(shape, shape.mapping.changed(swapped)).columns.given() == swapped
    assert mapping_changes(shape, shape.mapping.changed({"value": None})).columns.given() == {"value": None}
    constant = {"feature": {"constant": "call"}}
    assert mapping_changes(shape, shape.mapping.changed(constant)).columns.given() == constant


def test_sample_values_are_the_first_different_ones(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(
        "customer_id,timestamp,feature\nada,2026-01-05,call\nada,2026-01-06,call\nbob,2026-01-07," + "x" * 60 + "\n"
    )
    shape = inspect(file)
    assert sample_values(shape, "customer_id") == ["ada", "bob"]
    assert sample_values(shape, "feature") == ["call", "x" * 39 + "…"]
    assert sample_values(shape, None) == []


def canceled_read(*_paths: Any, **_named: Any) -> None:
    """A reading whose visitor cancels it."""
    raise work._Unwanted


def test_a_canceled_upload_leaves_nothing_and_the_usage_there_was(spool, monkeypatch):
    app = opened()
    before = study_of(app)
    monkeypatch.setattr(loading, "read", canceled_read)
    uploaded(app, ("mine.csv", GOOD))
    assert study_of(app) == before
    assert "Reading mine.csv was canceled" in said(app.info)
    assert list(spool.iterdir()) == []
    assert not app.error
    assert not [key for key in ("usage_pending", "usage_arrived", "usage_refused", "work_canceled") if key in app.session_state]


def test_a_canceled_upload_that_the_server_had_before_stays_on_it(spool, monkeypatch):
    mine = uploaded(opened(), ("mine.csv", GOOD))
    kept().clear()
    monkeypatch.setattr(loading, "read", canceled_read)
    uploaded(opened(), ("mine.csv", GOOD))
    assert (spool / study_of(mine).source.files[0].digest / "mine.csv").read_text() == GOOD


def test_an_upload_that_is_forgotten_is_removed(spool):
    app = uploaded(opened(), ("empty.csv", ""))
    assert len(list(spool.iterdir())) == 1
    press(app, "usage_forget")
    assert list(spool.iterdir()) == []


def test_the_usage_of_a_link_whose_reading_was_canceled_can_be_read_again(monkeypatch):
    study = study_of(uploaded(opened(), ("mine.csv", GOOD)))
    kept().clear()
    read = loading.read
    monkeypatch.setattr(loading, "read", canceled_read)
    app = opened(study)
    assert "Reading mine.csv was canceled" in said(app.info)
    monkeypatch.setattr(loading, "read", read)
    press(app, "work_begin")
    assert tiles(app)["Customers"] == "2"
    assert not app.info or "canceled" not in said(app.info)


def test_an_upload_does_not_stay_in_the_servers_memory(monkeypatch):
    managers: list[MemoryUploadedFileManager] = []
    add_file = MemoryUploadedFileManager.add_file

    def noted(manager: MemoryUploadedFileManager, *arguments: Any, **named: Any) -> None:
        managers.append(manager)
        add_file(manager, *arguments, **named)

    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", noted)
    uploaded(opened(), ("mine.csv", GOOD))
    assert managers
    assert not any(held for manager in managers for held in manager.file_storage.values())


def test_a_model_without_a_price_is_rejected_where_the_plans_go_by_tokens():
    """The sample of chats prices requests by their tokens on the balance; that of images does not."""
    rows = "customer_id,timestamp,feature,model,input_tokens,output_tokens\n"
    rows += "ada,2026-01-05,request,openai/gpt-5,10,10\nada,2026-01-06,request,house/secret,10,10\n"
    app = uploaded(opened(sample("sample_llm_chat")), ("chats.csv", rows))
    assert "**2 rows read** = 1 used + 1 rejected + 0 duplicates" in said(app.markdown)
    rejects = next(table.value for table in app.dataframe if "reason" in table.value.columns)
    assert list(zip(rejects["line"], rejects["column"], rejects["value"], strict=True)) == [(3, "model", "house/secret")]
    app = uploaded(opened(), ("chats.csv", rows))
    assert "**2 rows read** = 2 used + 0 rejected + 0 duplicates" in said(app.markdown)


def test_a_file_of_one_customer_needs_one_click():
    app = uploaded(opened(), ("team.csv", "timestamp,feature,value\n2026-01-05,call,2\n2026-01-06,call,3\n"))
    assert "no column was recognised as \\`customer\\_id\\`" in said(app.error)
    press(app, "usage_one_customer")
    assert "**Would use 2 of 2 rows**" in said(app.markdown)
    press(app, "usage_read_again")
    assert study_of(app).source.mapping.columns.given() == {"customer_id": {"constant": "team"}}
    assert "It holds 1 customer and 1 feature from 5 January 2026 to 6 January 2026 \\(UTC\\)" in said(app.markdown)


def test_columns_of_tokens_are_chosen_like_others_and_what_was_read_tells_them():
    rows = (
        "customer_id,timestamp,feature,engine,sent,got\nada,2026-01-05,chat,gpt-4o,1000,50\nada,2026-01-06,chat,gpt-4o,500,25\n"
    )
    app = uploaded(opened(), ("log.csv", rows))
    for label, column in (("AI model", "engine"), ("Input tokens", "sent"), ("Output tokens", "got")):
        next(box for box in app.selectbox if box.label.startswith(f"{label} (")).set_value(column)
    run(app)
    press(app, "usage_read_again")
    given = study_of(app).source.mapping.columns.given()
    assert given == {"model": "engine", "input_tokens": "sent", "output_tokens": "got"}
    told = said(app.markdown).replace("\\", "")
    assert "2 rows have tokens of 1 AI model (gpt-4o): 1,500 input tokens and 75 output tokens" in told


def test_how_a_file_is_written_is_said_beside_its_columns():
    rows = "customer_id,timestamp,feature,model,input_tokens,output_tokens,status\n" + "".join(
        f"ada,2026-01-0{day},chat,auto,10,5,{status}\n" for day, status in ((1, "ok"), (2, "ok"), (3, "failed"))
    )
    app = uploaded(opened(), ("log.csv", rows))
    next(box for box in app.selectbox if box.label == "Only rows where").set_value("status")
    run(app)
    next(box for box in app.multiselect if box.label == "is one of").set_value(["ok"])
    next(box for box in app.text_input if box.label == "Which model is “auto”?").set_value("gpt-5-mini")
    run(app)
    assert "**Would use 2 of 3 rows**" in said(app.markdown)
    press(app, "usage_read_again")
    mapping = study_of(app).source.mapping
    assert (mapping.where, mapping.models) == ({"status": ("ok",)}, {"auto": "gpt-5-mini"})

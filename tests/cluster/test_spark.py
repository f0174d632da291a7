"""The replay on Spark gives what the replay on one machine gives, to the last digit, in a real Spark session."""

import gc
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from support.everything import MAPPING, capped, versioned, write_usage_lines
from support.untidy import LIVELY, SCENARIO, SUBSCRIPTIONS, in_order, usage_table

from commet_core.cli import main
from commet_core.cluster.accounting import IN_PARTS
from commet_core.decide.difference_tables import decision_tables
from commet_core.decide.forecast import begin, paths_of
from commet_core.decide.forecast.paths import Drawing
from commet_core.decide.forecast.replayed import Replaying
from commet_core.engine.outcome import Outcome, left_out_rows
from commet_core.engine.pieces import Piece, Sums, replay_pieces
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.foundation.arrow import without_dictionaries
from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import unheard
from commet_core.scenario.priced_requests import request_prices
from commet_core.scenario.scenario import Scenario
from commet_core.usage.ingest import IngestReport, read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping
from commet_core.usage.store import prepare
from commet_core.usage.synthetic import generate, write_usage
from commet_core.usage.tokens import TOKEN_COUNTS

pytestmark = pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")


SOON_WARM = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Java compiles quickly, not for long use: a test's few rows never pay for the slower code that is better."""

SMALL = {
    "spark.driver.extraJavaOptions": SOON_WARM,
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
}
"""Known to Java when it starts: what a session is built with comes too late for most of it."""


@pytest.fixture
def scenario() -> Scenario:
    return Scenario.model_validate(SCENARIO)


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One Spark session for all tests: two cores of this machine. In CI a missing Java is a failure."""
    pytest.importorskip("pyspark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        assert "CI" not in os.environ, "Spark's tests need Java: apt-get install openjdk-17-jre-headless"
        pytest.skip("Spark needs Java")
    from commet_core.cluster import start_session

    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join(
        [*(f"--conf={name}={value}" for name, value in SMALL.items()), "pyspark-shell"]
    )
    session = start_session("local[2]")
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def assert_same(on_spark, scenario: Scenario, paths: list[Path], mapping=None) -> None:
    """Every table, the report and the summary are those of the local engine."""
    report = assert_same_tables(on_spark, scenario, paths, mapping)
    assert in_order(on_spark.rejects.toArrow()).to_pylist() == in_order(report.rejects).to_pylist()
    assert on_spark.outcome.report.rejects.equals(report.rejects)
    assert on_spark.outcome.report.reasons == report.reasons
    assert on_spark.outcome.report.looks_aggregated == report.looks_aggregated
    notes = [note for note in on_spark.outcome.report.notes if IN_PARTS not in note]
    assert sorted(map(without_example, notes)) == sorted(map(without_example, report.notes))
    ours, theirs = (
        [replace(file, rejected_rows="", shape=None) for file in found.files] for found in (on_spark.outcome.report, report)
    )
    assert ours == theirs


def without_example(note: str) -> str:
    """A sentence without the value that it shows, which is any of those that prove it."""
    return re.sub("'[^']*'", "''", note)


def assert_same_tables(on_spark, scenario: Scenario, paths: list[Path], mapping=None) -> IngestReport:
    """Every table and the summary; returns the local report."""
    ingested = read(paths, mapping)
    local = replay(scenario, ingested.usage)
    assert set(on_spark.schemas) == set(local.table_names)
    for name in local.table_names:
        expected = without_dictionaries(local.table(name))
        assert in_order(on_spark.table(name).toArrow().cast(expected.schema)).equals(in_order(expected)), name
    in_memory = Outcome.of(local, ingested.report)
    assert on_spark.outcome.summary == in_memory.summary
    for name, table in decision_tables(in_memory).items():
        assert decision_tables(on_spark.outcome)[name].equals(table), name
    assert on_spark.outcome.features_without_plan == local.features_without_plan
    return ingested.report


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    path = tmp_path / "usage.parquet"
    pa.parquet.write_table(usage_table(), path, row_group_size=500)
    return path


@pytest.mark.parametrize("partitions", [1, 7])
def test_any_number_of_partitions_gives_the_same_numbers(spark, scenario: Scenario, parquet: Path, partitions: int) -> None:
    from commet_core.cluster import replay_paths

    with replay_paths(spark, scenario, [parquet], partitions=partitions) as on_spark:
        assert_same(on_spark, scenario, [parquet])
        assert on_spark.outcome.report.rows_rejected == 20
        assert on_spark.outcome.report.duplicates > 100
        assert on_spark.outcome.summary["outside_window"] > 100
        assert on_spark.outcome.summary["candidates"]["Credits"]["purchases"] != "0.00"


def test_subscriptions_are_replayed_where_their_customers_are(spark, parquet: Path) -> None:
    from commet_core.cluster import replay_paths

    catalog = {**SCENARIO["catalog"], "offers": {"half": {"percent": 50, "cycles": 2}}}
    lively = Scenario.model_validate({**SCENARIO, "catalog": catalog, "subscriptions": SUBSCRIPTIONS})
    with replay_paths(spark, lively, [parquet], partitions=5) as on_spark:
        report = assert_same_tables(on_spark, lively, [parquet])
        local = replay(lively, read([parquet]).usage)
        assert sorted(map(str, on_spark.outcome.problems)) == sorted(map(str, local.problems))
        assert len(on_spark.outcome.problems) == 2
        rejected = pa.concat_tables([report.rejects, left_out_rows(local.subscribers.problems)])
        assert in_order(on_spark.rejects.toArrow()).to_pylist() == in_order(rejected).to_pylist()


def test_line_ups_choose_the_same_plans_as_on_one_machine(spark, parquet: Path) -> None:
    """Each customer's plan is found where the customer is (billing-rules 14)."""
    from commet_core.cluster import replay_paths

    catalog = SCENARIO["catalog"]
    larger = {
        **catalog["plans"]["metered"],
        "prices": {"monthly": 120},
        "features": {name: {"unlimited": True} for name in ("call", "image", "chat")},
    }
    catalog = {**catalog, "plans": {**catalog["plans"], "larger": larger}, "plan_groups": {"all": ["metered", "larger"]}}
    candidates = [
        {"name": "Cheapest", "group": "all", "blocked_share_max": "0.35"},
        {"name": "Upgrade", "group": "all", "choose": "upgrade", "upgrade_after_periods": 1},
    ]
    scenario = Scenario.model_validate({**SCENARIO, "catalog": catalog, "candidates": candidates})
    usage = read([parquet]).usage
    plans = replay(scenario, usage).table("periods").group_by(["candidate", "plan"]).aggregate([]).num_rows
    assert plans == 4
    with replay_paths(spark, scenario, [parquet], partitions=4) as on_spark:
        assert_same(on_spark, scenario, [parquet])


BY_TOKENS = {
    "catalog": {
        "features": {"request": {}, "advanced_request": {}, "agent_minutes": {}, "file_mb": {}},
        "plans": {
            "balance": {
                "consumption_model": "balance",
                "prices": {"monthly": 20},
                "features": {
                    "request": {"pricing": "ai_model", "margin": "0.2"},
                    "advanced_request": {"pricing": "ai_model"},
                    "agent_minutes": {"unit_price": "0.1"},
                    "file_mb": {"unit_price": "0.01"},
                },
            }
        },
    },
    "candidates": [{"name": "Balance", "plan": "balance"}],
}


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tokens_travel_with_their_events(spark, tmp_path: Path, suffix: str) -> None:
    """Generated chats, and at the end of the first file a model that nobody prices."""
    from commet_core.cluster import replay_paths

    table, paths = generate("llm_chat", 30, 2, 4), [tmp_path / f"{part}{suffix}" for part in ("a", "b")]
    half = table.num_rows // 2
    odd = table.slice(half - 1, 1).to_pylist()[0] | {"feature": "request", "model": "house/secret", "input_tokens": 1}
    odd |= {"output_tokens": 1, "cache_read_tokens": 0, "cache_write_tokens": 0}
    unpriced = pa.Table.from_pylist([odd], table.schema)
    write_usage(pa.concat_tables([table.slice(0, half), unpriced]).unify_dictionaries(), paths[0])
    write_usage(table.slice(half), paths[1])
    scenario = Scenario.model_validate(BY_TOKENS)
    prices = request_prices(scenario)
    local = replay(scenario, (ingested := read(paths, prices=prices)).usage)
    with replay_paths(spark, scenario, paths, partitions=3) as on_spark:
        for name in TABLES:
            expected = without_dictionaries(local.table(name))
            assert in_order(on_spark.table(name).toArrow().cast(expected.schema)).equals(in_order(expected)), name
        assert on_spark.outcome.summary == Outcome.of(local, ingested.report).summary
        (reject,) = on_spark.rejects.toArrow().to_pylist()
        assert (reject["column"], reject["value"]) == ("model", "house/secret")
        assert reject["line"] == half + (2 if suffix == ".csv" else 1)


def test_without_a_window_it_is_the_months_of_the_rows_that_are_used(spark, scenario: Scenario, tmp_path: Path) -> None:
    """A duplicate in May is left out before the window is taken from the usage; the folder's files are in order of name."""
    from commet_core.cluster import replay_paths

    rows = usage_table(400)
    late = pa.table(
        {name: [value] for name, value in zip(rows.column_names, ["c", "2026-01-05", "call", "1", "x"], strict=True)}
    )
    again = late.set_column(1, "timestamp", pa.array(["2026-05-09"]))
    (tmp_path / "usage").mkdir()
    paths = [tmp_path / "usage" / f"part {place}.parquet" for place in range(3)]
    for path, part in zip(paths, [pa.concat_tables([late, rows]), rows.slice(7, 50), again], strict=True):
        pa.parquet.write_table(part, path)

    without = scenario.model_copy(update={"window": None})
    with replay_paths(spark, without, [tmp_path / "usage"], partitions=3) as on_spark:
        assert_same_tables(on_spark, without, paths)
        assert on_spark.outcome.summary["window"] == {"start": "2026-01-01", "end": "2026-05-01"}
        assert on_spark.outcome.summary["duplicates"] > 1


def test_text_is_read_in_blocks_with_the_lines_of_the_whole_file(spark, scenario: Scenario, tmp_path: Path) -> None:
    """CSV with broken records, JSON lines with one that is none, cut into blocks of a few dozen lines."""
    from commet_core.cluster import replay_paths

    rows = usage_table(1_500)
    csv = tmp_path / "usage.csv"
    pa.csv.write_csv(rows, csv)
    lines = csv.read_text("utf-8").splitlines()
    lines[40:40] = ["", '"customer 1,2026-02-02,call', "customer 1,2026-02-02", "customer 1,2026-02-02,call,1,a,b,c"]
    csv.write_text("\r\n".join(lines) + "\r\n", "utf-8")
    jsonl = tmp_path / "usage.jsonl"
    written = [json.dumps({name: value for name, value in row.items() if value}) for row in rows.slice(0, 300).to_pylist()]
    jsonl.write_text("\n".join([*written[:200], "{not json", "", *written[200:]]), "utf-8")

    spark.conf.set("spark.sql.files.maxPartitionBytes", "5000")
    try:
        with replay_paths(spark, scenario, [csv, jsonl], partitions=2) as on_spark:
            assert_same(on_spark, scenario, [csv, jsonl])
            assert on_spark.outcome.report.rows_rejected == 20 + 3 + 5 + 1
            assert any(note == f"usage.csv: {IN_PARTS}" for note in on_spark.outcome.report.notes)
    finally:
        spark.conf.unset("spark.sql.files.maxPartitionBytes")


def test_a_frame_of_typed_columns_in_several_partitions(spark, scenario: Scenario, tmp_path: Path) -> None:
    """Order and line numbers are those of the frame; `subject` and `data.units` are recognised and mapped as in files."""
    from pyspark.sql import functions as f

    from commet_core.cluster import replay_frame

    path = tmp_path / "usage.parquet"
    data = {"data": pa.array([{"units": Decimal(value)} for value in ("1.5", "2", "-3", "4", "0.25")] * 60)}
    times = pa.array([datetime(2026, 2, 1, hour % 24, tzinfo=UTC) for hour in range(300)], pa.timestamp("us"))
    names = pa.array([f"{place % 7}".encode() for place in range(300)], pa.binary())
    pa.parquet.write_table(pa.table({"subject": names, "time": times, "type": ["call"] * 300, **data}), path)
    frame = spark.read.parquet(str(path)).repartitionByRange(4, f.monotonically_increasing_id())
    mapping = {"value": "data.units"}
    with replay_frame(scenario, frame, mapping, partitions=2, name="usage.parquet") as on_spark:
        assert_same(on_spark, scenario, [path], mapping)
        assert on_spark.outcome.report.rows_rejected == 60


@pytest.mark.usefixtures("spark")
def test_the_result_folder_and_the_report_are_those_of_the_local_engine(parquet: Path, tmp_path: Path, capsys) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(json.dumps(LIVELY), "utf-8")
    command, printed = ["replay", str(scenario), "--usage", str(parquet)], []
    for engine, more in (("local", ()), ("spark", ("--engine", "spark", "--partitions", "3"))):
        assert main([*command, "--out", str(tmp_path / engine), *more]) == 0
        printed.append(capsys.readouterr().out.replace(str(tmp_path / engine), ""))
    assert printed[0] == printed[1]
    assert "6,000 rows read" in printed[0]
    assert "median" in printed[0]
    assert "customers by plan" in printed[0]
    for name in [*TABLES, "rejects"]:
        local, on_spark = (pa.parquet.read_table(tmp_path / engine / f"{name}.parquet") for engine in ("local", "spark"))
        assert on_spark.schema.equals(local.schema), name
        assert in_order(on_spark).equals(in_order(local)), name
    summaries = [json.loads((tmp_path / engine / "summary.json").read_text("utf-8")) for engine in ("local", "spark")]
    assert summaries[0] == summaries[1]


ODD = {"value": ["1,000", "2.5"], "timestamp": ["31/01/2026", "15/02/2026 06:30"]}
"""Read when all of a file's values prove how they are written."""


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_values_prove_of_how_they_are_written_holds_on_spark_too(
    spark, scenario: Scenario, tmp_path: Path, suffix: str
) -> None:
    """Rows beyond the first that Spark looks at; totals are left out; the last row of an event id counts."""
    from commet_core.cluster import replay_paths

    rows = usage_table(1_200).to_pydict()
    for column, texts in ODD.items():
        rows[column][700:900] = texts * 100
    rows["customer_id"][1_000] = "Total"
    path = tmp_path / f"usage{suffix}"
    {".csv": pa.csv.write_csv, ".parquet": pa.parquet.write_table}[suffix](pa.table(rows), path)
    wanted = parse_mapping("duplicates: last", "mapping.yaml") if suffix == ".csv" else None
    with replay_paths(spark, scenario, [path], wanted, partitions=3) as on_spark:
        assert_same(on_spark, scenario, [path], wanted)
        (file,) = on_spark.outcome.report.files
        assert file.rows_left_out == 1
        assert file.mapping.rules.time_formats == ("%d/%m/%Y", "%d/%m/%Y %H:%M")
        assert file.duplicates > 0


@pytest.mark.parametrize(
    ("column", "texts", "said"),
    [
        ("timestamp", ("31/01/2026", "01/31/2026"), "they do not agree on whether dates have the day or the month first"),
        ("value", ("2,5", "2.5"), "they do not agree on how numbers are written"),
        ("timestamp", ("01/02/2026", "01/02/2026"), "may be day and month or month and day"),
        ("unit", ("MB", "GB"), "they do not agree on the units of a feature"),
        ("timezone", ("Europe/Berlin", "Asia/Tokyo"), "times without a zone are read in one"),
    ],
)
def test_parts_that_are_written_differently_are_refused(
    spark, scenario: Scenario, tmp_path: Path, column: str, texts: tuple[str, str], said: str
) -> None:
    """Two files of one folder: Spark reads each by itself, and neither contradicts itself."""
    from commet_core.cluster import replay_paths

    (tmp_path / "usage").mkdir()
    for place, text in enumerate(texts):
        rows = {
            "customer_id": ["acme"] * 300,
            "timestamp": ["2026-02-01"] * 300,
            "feature": ["call"] * 300,
            "value": ["1"] * 300,
        }
        rows[column] = [*rows.get(column, [text] * 300)[:250], *[text] * 50]
        pa.parquet.write_table(pa.table(rows), tmp_path / "usage" / f"part {place}.parquet")
    with pytest.raises(InputError, match=said):
        replay_paths(spark, scenario, [tmp_path / "usage"], partitions=2)


def test_hours_that_clocks_leave_out_are_said_once_for_all_parts(spark, scenario: Scenario, tmp_path: Path) -> None:
    from commet_core.cluster import replay_paths

    (tmp_path / "usage").mkdir()
    for place, gaps in enumerate((1, 2)):
        times = ["2026-03-29 02:30:00"] * gaps + ["2026-03-30 10:00:00"] * 3
        rows = {"customer_id": ["acme"] * len(times), "timestamp": times, "feature": ["call"] * len(times)}
        pa.parquet.write_table(pa.table(rows), tmp_path / "usage" / f"part {place}.parquet")
    with replay_paths(
        spark, scenario, [tmp_path / "usage"], parse_mapping("time_zone: Europe/Berlin", "m"), partitions=2
    ) as found:
        said = [note for note in found.outcome.report.notes if "not on its clocks" in note]
    assert len(said) == 1
    assert "3 of them are not on its clocks" in said[0]


def test_what_only_all_rows_could_say_of_the_cache_is_asked(spark, tmp_path: Path) -> None:
    from commet_core.cluster import replay_paths

    names = ["customer_id", "timestamp", "feature", "model", "input_tokens", "output_tokens"]
    values = ["acme", "2026-02-01T10:00:00Z", "request", "gpt-5-mini", 100, 10]
    for cached, asked in (("cache_read_tokens", False), ("cache reads", True)):
        path = tmp_path / f"{asked}.parquet"
        pa.parquet.write_table(
            pa.table({name: [value] for name, value in zip([*names, cached], [*values, 50], strict=True)}), path
        )
        if not asked:
            replay_paths(spark, Scenario.model_validate(BY_TOKENS), [path]).close()
            continue
        with pytest.raises(InputError, match="come on top of it, and names do not say which"):
            replay_paths(spark, Scenario.model_validate(BY_TOKENS), [path], {"cache_read_tokens": cached})


@pytest.mark.usefixtures("spark")
def test_what_cannot_be_replayed_is_said_in_words_and_leaves_nothing(parquet: Path, tmp_path: Path, capsys) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(json.dumps({**SCENARIO, "window": {"start": "2030-01-01", "end": "2030-02-01"}}), "utf-8")
    out = ["--out", str(tmp_path / "out"), "--engine", "spark", "--partitions", "1"]
    assert main(["replay", str(scenario), "--usage", str(parquet), *out]) == 2
    assert "window: no event lies from 2030-01-01 up to 2030-02-01; the usage is from" in capsys.readouterr().err

    absent, unmapped, wrong, wide = (tmp_path / name for name in ("absent.csv", "unmapped.csv", "wrong.csv", "wide.csv"))
    wide.write_text("customer_id,timestamp,feature\nacme,2030-01-01,call\n", "utf-16")
    unmapped.write_text("a,b\n1,2\n", "utf-8")
    wrong.write_text("customer_id,timestamp,feature\nacme,yesterday,call\n", "utf-8")
    assert main(["replay", str(scenario), "--usage", str(absent), str(unmapped), str(wide), *out]) == 2
    said = capsys.readouterr().err
    assert f"{absent}: there is no such file" in said
    assert f"{wide}: Spark reads text as UTF-8, and this is something else, such as UTF-16. Save it as UTF-8, or make" in said
    assert "no column was recognised as `customer_id`" in said
    assert main(["replay", str(scenario), "--usage", str(wrong), *out]) == 2
    assert "wrong.csv: its only row cannot be used. 1 × this is not a time that is understood" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("partitions", [1, 5])
def test_a_usage_store_is_replayed_by_tasks_that_open_it(spark, scenario: Scenario, tmp_path: Path, partitions: int) -> None:
    from commet_core.cluster import replay_paths

    first, second = tmp_path / "first.parquet", tmp_path / "second.csv"
    pa.parquet.write_table(usage_table(), first)
    pa.csv.write_csv(usage_table(seed=9), second)
    prepare([first, second], tmp_path / "usage.store")
    without_window = scenario.model_copy(update={"window": None})
    for given in (scenario, without_window):
        with replay_paths(spark, given, [tmp_path / "usage.store"], partitions=partitions) as on_spark:
            assert_same(on_spark, given, [first, second])
            assert on_spark.outcome.report.rows_rejected == 40


def test_a_usage_store_on_spark_is_named_alone_and_whole(spark, scenario: Scenario, parquet: Path, tmp_path: Path) -> None:
    from commet_core.cluster import replay_paths

    store = tmp_path / "usage.store"
    prepare(parquet, store)
    with pytest.raises(InputError, match="a usage store is read alone"):
        replay_paths(spark, scenario, [store, parquet])
    with pytest.raises(InputError, match="was read through a mapping already"):
        replay_paths(spark, scenario, [store], {"value": "value"})
    (store / "events.arrow").write_bytes((store / "events.arrow").read_bytes()[:-8])
    with pytest.raises(InputError, match="the usage store is damaged"):
        replay_paths(spark, scenario, [store])


def test_a_folder_with_something_else_is_refused_before_spark_begins(parquet: Path, tmp_path: Path, capsys) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(json.dumps(SCENARIO), "utf-8")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.doc").write_text("x", "utf-8")
    assert main(["replay", str(scenario), "--usage", str(parquet), "--out", str(foreign), "--engine", "spark"]) == 2
    assert "holds files that are not an earlier result" in capsys.readouterr().err
    assert main(["replay", str(scenario), "--usage-sql", "x", "--format", "csv", "--out", "o", "--engine", "spark"]) == 2
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["--usage-sql", "--format"]


def test_without_pyspark_it_is_said_how_to_install_it(monkeypatch) -> None:
    import commet_core.cluster

    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(
        InputError, match=r"pyspark is not installed. Install it with `pip install 'commet-simulator\[spark\]'`"
    ):
        _ = commet_core.cluster.replay_paths


class TestGroupsOfCustomers:
    """Each group holds whole customers, whatever the batches."""

    @pytest.mark.parametrize("group_events", [1, 5, 12, 100])
    @pytest.mark.parametrize("batch_rows", [1, 3, 50])
    def test_a_customer_is_never_split(self, group_events: int, batch_rows: int) -> None:
        from commet_core.cluster.customers import customer_groups
        from commet_core.cluster.reading import EVENT_SCHEMA

        names = ["a"] * 9 + ["b"] + ["c"] * 20 + ["d"] * 2
        count = len(names)
        numbers = pa.array(range(count), pa.int64())
        nothing = pa.nulls(count, pa.int64())
        tokens = [pa.nulls(count, pa.string()), *[nothing] * len(TOKEN_COUNTS)]
        columns = [names, numbers, numbers, ["call"] * count, numbers, nothing, nothing, *tokens, pa.nulls(count, pa.binary())]
        events = pa.table(columns, schema=EVENT_SCHEMA)
        groups = [group.usage for group in customer_groups(events.to_batches(batch_rows), group_events=group_events)]
        found = {
            name: np.diff(usage.offsets)[place] for usage in groups for place, name in enumerate(usage.customers.to_pylist())
        }
        assert found == {"a": 9, "b": 1, "c": 20, "d": 2}
        assert sum(usage.customer_count for usage in groups) == 4
        assert all(usage.event_count <= group_events + 20 for usage in groups)
        assert len(groups) == {1: 4, 100: 1}.get(group_events, len(groups))

    @pytest.mark.parametrize("batch_rows", [1, 2, 10])
    def test_batches_with_and_without_tokens_are_one_group(self, batch_rows: int) -> None:
        from commet_core.cluster.customers import customer_groups
        from commet_core.cluster.reading import EVENT_SCHEMA

        numbers, nothing = pa.array(range(4), pa.int64()), pa.nulls(4, pa.int64())
        models, tokens = pa.array([None, "large", None, "small"]), pa.array([None, 7, None, 9], pa.int64())
        places = [["a", "a", "b", "b"], numbers, numbers, ["chat"] * 4, numbers, nothing, nothing]
        columns = [*places, models, tokens, tokens, nothing, nothing, nothing, pa.nulls(4, pa.binary())]
        (group,) = customer_groups(pa.table(columns, schema=EVENT_SCHEMA).to_batches(batch_rows))
        assert group.usage.tokens is not None
        assert group.usage.tokens.models.to_pylist() == ["large", "small"]
        assert group.usage.tokens.model_indexes.tolist() == [-1, 0, -1, 1]
        assert group.usage.tokens.input.tolist() == [0, 7, 0, 9]


def test_a_worker_that_is_used_again_does_not_look_for_garbage_among_its_modules(spark) -> None:
    from commet_core.cluster.tasks import in_tasks

    def counted(_rows):
        yield pa.record_batch({"kept": [gc.get_freeze_count()], "looked_at": [len(gc.get_objects())]})

    tasks = in_tasks(spark.range(0, 8, 1, 8), counted, "kept long, looked_at long").collect()
    assert any(task.kept > 5 * task.looked_at for task in tasks)


def test_possible_futures_are_the_same_on_spark(spark) -> None:
    """Small pieces and few partitions: which customers are drawn together, and where, changes nothing."""
    from commet_core.cluster import paths_on

    sample = Path(__file__).parents[2] / "sample_data"
    usage = read([sample / "usage.parquet"]).usage
    begun = begin(Scenario.load(sample / "scenario.yaml"), usage, 2)
    expected = paths_of(begun, range(3, 6))
    replaying = Replaying(Drawing(begun.parts, 2, begun.seed), events_per_piece=20_000)
    assert len(replaying.pieces) > 1
    found = paths_on(spark, partitions=2)(replaying, range(3, 6), unheard)
    for ours, theirs in zip(found, expected, strict=True):
        assert [column.tolist() for column in ours] == [column.tolist() for column in theirs]
    assert found[0].billed.tolist() != found[1].billed.tolist()


@pytest.mark.parametrize("document", [capped, versioned])
def test_everything_at_once_is_the_same_small_in_parts_and_on_spark(spark, document, tmp_path: Path) -> None:
    scenario, path, store = Scenario.model_validate(document()), tmp_path / "usage.csv", tmp_path / "usage.store"
    write_usage_lines(path)
    mapping = parse_mapping(MAPPING, "mapping")
    usage = prepare(path, store, mapping, corrections=scenario.corrections == "net").usage
    whole = replay(scenario, usage)
    parts = list(replay_pieces(scenario, usage, Piece.of, events=60))
    assert len(parts) > 10
    for source, mapped in ((store, None), (path, mapping)):
        is_whole_on_spark(spark, scenario, source, mapped, whole, parts)
    assert Sums.total([part.sums for part in parts]).left_out == Sums.of(whole).left_out


def is_whole_on_spark(spark, scenario: Scenario, source: Path, mapped, whole: Replay, parts: list[Piece]) -> None:
    from commet_core.cluster import replay_paths

    with replay_paths(spark, scenario, [source], mapped) as on_spark:
        assert set(on_spark.schemas) == set(whole.table_names)
        for name in whole.table_names:
            expected = in_order(without_dictionaries(whole.table(name)))
            assert expected.num_rows, f"nothing is in {name}"
            in_parts = pa.concat_tables([without_dictionaries(part.tables[name]) for part in parts])
            assert in_order(in_parts).equals(expected), f"{name} in parts"
            assert in_order(on_spark.table(name).toArrow().cast(expected.schema)).equals(expected), f"{name} on Spark"
        assert on_spark.outcome.summary == Outcome.of(whole, on_spark.outcome.report).summary

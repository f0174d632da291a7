"""Shapes of usage that people really have, mappings that are kept in files, and values inside objects."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import (
    ColumnMapping,
    FileShape,
    Ingested,
    inspect,
    load_mapping,
    mapped,
    mapping_text,
    parse_mapping,
    read,
)
from commet_core.usage.ingest.reading.arrow_source import ArrowSource
from commet_core.usage.ingest.recognise.column_mapping import SPELLINGS

SAMPLES = Path(__file__).parents[2] / "sample_data"
SHAPES = SAMPLES / "shapes"
IMAGE_LOG = SHAPES / "image_log.mapping.yaml"
SECOND = 10**6
DAY = 86_400 * SECOND

Event = tuple[str, int, str, Decimal]


def events(ingested: Ingested) -> list[Event]:
    """(customer, microseconds since 1970, feature, units), in order."""
    usage = ingested.usage
    return sorted(
        (
            customer,
            int(usage.times[event]),
            usage.features[usage.feature_indexes[event]],
            Decimal(int(usage.values[event])).scaleb(-6),
        )
        for index, customer in enumerate(usage.customers.to_pylist())
        for event in range(usage.offsets[index], usage.offsets[index + 1])
    )


def cut(found: Sequence[Event], step: int) -> list[Event]:
    """The events with their times cut to whole steps of microseconds."""
    return sorted((customer, time - time % step, feature, units) for customer, time, feature, units in found)


def daily(found: Sequence[Event]) -> dict[tuple[str, int, str], Decimal]:
    """Units by customer, day and feature."""
    units: dict[tuple[str, int, str], Decimal] = {}
    for customer, day, feature, value in cut(found, DAY):
        units[customer, day, feature] = units.get((customer, day, feature), Decimal(0)) + value
    return units


def counts(ingested: Ingested) -> tuple[int, int, int, int, int]:
    """Rows read, used, rejected, duplicates, without usage."""
    report = ingested.report
    return report.rows_read, report.rows_used, report.rows_rejected, report.duplicates, report.rows_without_usage


def rejects(ingested: Ingested) -> list[tuple[int, str, str | None]]:
    return [(row["line"], row["column"], row["value"]) for row in ingested.report.rejects.to_pylist()]


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    return str(caught.value)


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """A file with this text; or a file of JSON lines with these objects."""

    def write(content: str | Sequence[Mapping[str, Any]], name: str = "usage.csv") -> Path:
        text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return write


@pytest.fixture(scope="module")
def own() -> list[Event]:
    """What every file of events in `shapes/` holds."""
    return events(read(SHAPES / "own.csv"))


class TestTheSampleFiles:
    def test_they_are_what_the_script_makes(self) -> None:
        spec = importlib.util.spec_from_file_location("make_shapes", SAMPLES / "make_shapes.py")
        assert spec is not None
        assert spec.loader is not None
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        made = script.files()
        assert {path.name for path in SHAPES.iterdir()} == {*made, IMAGE_LOG.name}
        for name, content in made.items():
            assert (SHAPES / name).read_text("utf-8") == content, name

    @pytest.mark.parametrize(
        ("file", "code", "name", "sentence"),
        [
            (
                "own.csv",
                "own",
                "Our own columns",
                "`customer_id` is the customer, `timestamp` the time, `feature` the feature, `value` the value, `event_id` the event id",
            ),
            (
                "commet.jsonl",
                "commet",
                "Commet usage events",
                "`customerId` is the customer, `ts` the time, `feature` the feature, `value` the value, `idempotencyKey` the event id",
            ),
            (
                "cloudevents.jsonl",
                "cloudevents",
                "CloudEvents, as OpenMeter takes them",
                "`subject` is the customer, `time` the time, `type` the feature, `data.units` the value, `source` and `id` the event id",
            ),
            (
                "stripe.jsonl",
                "stripe",
                "Stripe meter events",
                (
                    "`payload.stripe_customer_id` is the customer, `timestamp` the time, `event_name` the feature, `payload.value` the value,"
                    " `identifier` the event id"
                ),
            ),
            (
                "stripe.csv",
                "stripe",
                "Stripe meter events",
                (
                    "`payload_stripe_customer_id` is the customer, `timestamp` the time, `event_name` the feature, `payload_value` the value,"
                    " `identifier` the event id"
                ),
            ),
            (
                "lago.jsonl",
                "lago",
                "Lago events",
                (
                    "`external_subscription_id` is the customer, `timestamp` the time, `code` the feature,"
                    " `properties.images` or `properties.seconds` the value, `transaction_id` the event id"
                ),
            ),
        ],
    )
    def test_a_file_of_events_is_recognised_and_holds_the_same_usage(
        self, own: list[Event], file: str, code: str, name: str, sentence: str
    ) -> None:
        ingested = read(SHAPES / file)
        shape = ingested.report.files[0].shape
        assert shape is not None
        assert (shape.code, shape.name, shape.sentence) == (code, name, f"each row is an event: {sentence}")
        assert (shape.rows, shape.advice) == ("event", "")
        assert counts(ingested) == (61, 60, 0, 1, 0)
        step = SECOND if code in ("stripe", "lago") else 1
        assert events(ingested) == cut(own, step)

    def test_totals_hold_the_same_usage_by_day(self, own: list[Event]) -> None:
        ingested = read(SHAPES / "totals.csv")
        shape = ingested.report.files[0].shape
        assert shape is not None
        assert (shape.code, shape.rows) == ("totals", "aggregate")
        assert shape.advice.startswith("replay it with `rows: aggregate`")
        assert {event[:3]: event[3] for event in events(ingested)} == daily(own)

    def test_a_wide_table_holds_the_same_usage_by_day_and_says_how_many_cells_are_without(self, own: list[Event]) -> None:
        ingested = read(SHAPES / "wide.csv")
        shape = ingested.report.files[0].shape
        assert shape is not None
        assert (shape.code, shape.rows) == ("wide", "aggregate")
        assert shape.mapping.features == (("image", "image"), ("upscale", "upscale"), ("video_seconds", "video_seconds"))
        assert {event[:3]: event[3] for event in events(ingested)} == daily(own)
        cells = 3 * (len((SHAPES / "wide.csv").read_text("utf-8").splitlines()) - 1)
        used = len(daily(own))
        assert counts(ingested) == (cells, used, 0, 0, cells - used)

    def test_a_mapping_gives_a_file_without_a_feature_its_own(self, own: list[Event]) -> None:
        ingested = read(SHAPES / "image_log.csv", mapping=load_mapping(IMAGE_LOG))
        assert events(ingested) == [event for event in own if event[2] == "image"]

    @pytest.mark.parametrize("file", sorted(path.name for path in SHAPES.iterdir() if path.suffix != ".yaml"))
    def test_the_text_of_a_mapping_reads_the_same_again(self, file: str) -> None:
        wanted = load_mapping(IMAGE_LOG) if file == "image_log.csv" else None
        shape = inspect(SHAPES / file)
        mapping = mapped(shape, wanted)
        saved = parse_mapping(mapping_text(mapping, None if wanted else shape.recognised.code), "saved.yaml")
        assert mapped(shape, saved) == mapping
        columns_alone = saved.model_copy(update={"shape": None})
        unrecognised = replace(shape, recognised=replace(shape.recognised, code="other", mapping=ColumnMapping()))
        assert mapped(unrecognised, columns_alone) == mapping


class TestNestedValues:
    EVENTS: ClassVar[tuple[dict[str, Any], ...]] = tuple(
        {
            "event_name": "api",
            "identifier": f"i{place}",
            "timestamp": 1767225600,
            "payload": {"stripe_customer_id": "cus_1", "value": value},
        }
        for place, value in enumerate(("1234567890123.123456", "0.000001", "7"))
    )
    UNITS = (Decimal("0.000001"), Decimal(7), Decimal("1234567890123.123456"))

    def units(self, path: Path) -> tuple[Decimal, ...]:
        return tuple(sorted(event[3] for event in events(read(path))))

    def test_in_json_lines_and_arrays(self, written: Callable[..., Path]) -> None:
        assert self.units(written(self.EVENTS, "usage.jsonl")) == self.UNITS
        assert self.units(written(json.dumps(self.EVENTS), "usage.json")) == self.UNITS

    def test_in_structs_of_parquet_whose_types_stay_exact(self, tmp_path: Path) -> None:
        pq.write_table(pa.Table.from_pylist(list(self.EVENTS)), tmp_path / "texts.parquet")
        assert self.units(tmp_path / "texts.parquet") == self.UNITS
        exact = [event | {"payload": event["payload"] | {"value": Decimal(event["payload"]["value"])}} for event in self.EVENTS]
        pq.write_table(pa.Table.from_pylist(exact), tmp_path / "decimals.parquet")
        assert "STRUCT" in inspect(tmp_path / "decimals.parquet").types[-1]
        assert self.units(tmp_path / "decimals.parquet") == self.UNITS

    def test_in_maps_of_parquet(self, tmp_path: Path) -> None:
        maps = pa.array([list(event["payload"].items()) for event in self.EVENTS], pa.map_(pa.string(), pa.string()))
        flat = pa.Table.from_pylist([{key: event[key] for key in event if key != "payload"} for event in self.EVENTS])
        pq.write_table(flat.append_column("payload", maps), tmp_path / "maps.parquet")
        assert self.units(tmp_path / "maps.parquet") == self.UNITS

    def test_in_json_that_a_column_of_csv_holds(self, written: Callable[..., Path]) -> None:
        lines = [
            f'{event["event_name"]};{event["identifier"]};{event["timestamp"]};"{json.dumps(event["payload"]).replace(chr(34), chr(34) * 2)}"'
            for event in self.EVENTS
        ]
        path = written("event_name;identifier;timestamp;payload\n" + "\n".join(lines) + "\n")
        assert self.units(path) == self.UNITS

    def test_in_rows_of_arrow(self) -> None:
        table = pa.Table.from_pylist(list(self.EVENTS))
        source = ArrowSource("query", table.to_reader)
        assert tuple(sorted(event[3] for event in events(read(source)))) == self.UNITS

    def test_the_first_rows_of_a_stream_are_asked_for_where_names_do_not_say_enough(self) -> None:
        """As of a query on a database, whose columns are known before it runs."""
        asked: list[str] = []

        def source(table: pa.Table) -> ArrowSource:
            def first() -> pa.RecordBatchReader:
                asked.append("first")
                return table.slice(0, 1).to_reader()

            return ArrowSource("query", table.to_reader, None, table.schema, first)

        texts = [event | {"payload": json.dumps(event["payload"])} for event in self.EVENTS]
        assert tuple(sorted(event[3] for event in events(read(source(pa.Table.from_pylist(texts)))))) == self.UNITS
        wide = pa.table({"customer": ["c"], "day": ["2026-01-01"], "calls": [2], "images": [3]})
        assert [event[2:] for event in events(read(source(wide)))] == [("calls", Decimal(2)), ("images", Decimal(3))]
        assert asked == ["first", "first"]
        plain = pa.table({"customer": ["c"], "day": ["2026-01-01"], "event": ["calls"]})
        assert inspect(source(plain)).recognised.code == "other"
        assert asked == ["first", "first"]

    def test_beside_structs_that_are_not_read(self, tmp_path: Path) -> None:
        """Parquet whose columns need no query, with a row that does."""
        table = pa.table(
            {
                "customer_id": ["c", "c"],
                "timestamp": pa.array([1767225600] * 2, pa.timestamp("s")),
                "feature": ["f", "f"],
                "value": [1, -1],
                "meta": [{"host": "a"}, {"host": "b"}],
            }
        )
        pq.write_table(table, tmp_path / "usage.parquet")
        ingested = read(tmp_path / "usage.parquet")
        assert counts(ingested) == (2, 1, 1, 0, 0)
        assert rejects(ingested) == [(2, "value", "-1")]

    def test_a_number_that_json_software_would_round_is_rejected_inside_objects_too(self, written: Callable[..., Path]) -> None:
        line = '{"event_name":"a","identifier":"%s","timestamp":1767225600,"payload":{"stripe_customer_id":"c","value":%s}}\n'
        path = written(line % ("1", "7") + line % ("2", "98765432109.123456"), "usage.jsonl")
        assert rejects(read(path)) == [(2, "payload.value", "98765432109.12346")]

    def test_a_cell_of_csv_that_is_no_json_or_holds_a_rounded_number_rejects_its_row(
        self, written: Callable[..., Path]
    ) -> None:
        good = '{"stripe_customer_id": "c", "value": 1}'
        cells = [*[good] * 200, "{broken", good.replace("1}", "98765432109.123456}")]
        lines = "".join(f"api;1767225600;'{cell}'\n".replace('"', '""').replace("'", '"') for cell in cells)
        ingested = read(written("event_name;timestamp;payload\n" + lines))
        assert counts(ingested) == (202, 200, 2, 0, 0)
        assert rejects(ingested) == [(202, "payload.stripe_customer_id", ""), (203, "payload.value", "98765432109.12346")]

    def test_a_column_may_hold_an_object_in_one_row_and_a_number_in_another(self, written: Callable[..., Path]) -> None:
        row = {"customer_id": "c", "timestamp": 1767225600, "feature": "f"}
        path = written([row | {"value": {"units": 2}}, row | {"value": 3}], "usage.jsonl")
        assert inspect(path).names == ("customer_id", "timestamp", "feature", "value", "value.units")
        ingested = read(path)
        assert [event[3] for event in events(ingested)] == [Decimal(3)]
        assert rejects(ingested) == [(1, "value", '{"units":2}')]
        assert [event[3] for event in events(read(path, mapping={"value": ["value.units", "value"]}))] == [
            Decimal(2),
            Decimal(3),
        ]

    def test_a_column_whose_name_has_a_dot_is_itself(self, written: Callable[..., Path]) -> None:
        path = written("customer_id,timestamp,feature,data.units\nc,2026-01-01,f,3\n")
        assert [event[3] for event in events(read(path, mapping={"value": "data.units"}))] == [Decimal(3)]

    def test_a_path_that_is_not_there_is_told_with_those_that_are(self, written: Callable[..., Path]) -> None:
        path = written(self.EVENTS, "usage.jsonl")
        assert refusal(lambda: read(path, mapping={"value": "payload.amount"})) == (
            "usage.jsonl: the mapping reads `value` from `payload.amount`, which is not there. It has `event_name`, `identifier`,"
            " `timestamp`, `payload.stripe_customer_id` and `payload.value`. Map it to one of these, or to none."
        )


class TestWhatAnEventIs:
    def test_an_id_is_unique_within_its_source(self, written: Callable[..., Path]) -> None:
        row = {"specversion": "1.0", "type": "f", "subject": "c", "time": "2026-01-01T00:00:00Z"}
        keys = [("a", "1"), ("b", "1"), ("a", "1"), ("a1", ""), ("a", None)]
        path = written([row | {"source": source, "id": id_} for source, id_ in keys], "usage.jsonl")
        assert counts(read(path)) == (5, 4, 0, 1, 0)

    def test_a_customer_may_be_under_either_of_two_names(self, written: Callable[..., Path]) -> None:
        row = {"eventType": "api", "timestamp": "2026-01-01T00:00:00Z"}
        path = written([row | {"externalId": "u1"}, row | {"customerId": "cus_1"}, row | {"customerId": ""}], "usage.jsonl")
        ingested = read(path)
        assert [event[0] for event in events(ingested)] == ["cus_1", "u1"]
        assert rejects(ingested) == [(3, "customerId or externalId", "")]

    def test_the_first_value_that_is_there_counts_whatever_the_types(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "customer_id": ["c"] * 4,
                "timestamp": [1767225600] * 4,
                "feature": ["a", "b", "c", "d"],
                "gb": pa.array([Decimal("1.5"), None, None, None], pa.decimal128(10, 2)),
                "tokens": [None, "7.25", "", None],
                "calls": pa.array([9, None, 3, None], pa.int64()),
            }
        )
        pq.write_table(table, tmp_path / "usage.parquet")
        ingested = read(tmp_path / "usage.parquet", mapping={"value": ["gb", "tokens", "calls"]})
        assert [str(event[3].normalize()) for event in events(ingested)] == ["1.5", "7.25", "3", "1"]

    def test_numbers_that_may_each_be_the_value_are_named_and_none_is_taken(self, written: Callable[..., Path]) -> None:
        row = {
            "specversion": "1.0",
            "id": "1",
            "type": "f",
            "subject": "c",
            "time": "2026-01-01T00:00:00Z",
            "data": {"a": 2, "b": 3},
        }
        ingested = read(written([row], "usage.jsonl"))
        shape = ingested.report.files[0].shape
        assert shape is not None
        assert shape.sentence.endswith(
            "and every row counts as 1; say in the mapping whether `data.a` or `data.b` is the value"
        )
        assert [event[3] for event in events(ingested)] == [Decimal(1)]
        assert ingested.report.notes == ("usage.jsonl has no column for the value; every row counts as 1",)

    def test_status_codes_identifiers_and_tokens_are_no_units(self, written: Callable[..., Path]) -> None:
        data = {"status": 200, "request_id": 77, "model": "m", "input_tokens": 5, "seconds": "12"}
        row = {"specversion": "1.0", "id": "1", "type": "f", "subject": "c", "time": "2026-01-01T00:00:00Z", "data": data}
        mapping = inspect(written([row], "usage.jsonl")).mapping
        assert (mapping.value, mapping.model, mapping.input_tokens) == ("data.seconds", "data.model", "data.input_tokens")

    def test_events_may_each_be_inside_an_object_of_their_own(self, written: Callable[..., Path]) -> None:
        event = {
            "transaction_id": "t",
            "external_customer_id": "c",
            "code": "f",
            "timestamp": 1767225600,
            "properties": {"gb": 10},
        }
        path = written([{"event": event}], "usage.jsonl")
        assert inspect(path).recognised.code == "lago"
        assert events(read(path)) == [("c", 1767225600 * SECOND, "f", Decimal(10))]


class TestTotals:
    @pytest.mark.parametrize(
        ("rows", "totals"),
        [
            ("c,2026-01-01,f,50\nc,2026-01-02,f,1\n", True),
            ("c,2026-01-01T10:00:00Z,f,50\nc,2026-01-01T11:00Z,f,1\n", True),
            ("c,1767225600,f,50\nc,1767229200,f,1\n", True),
            ("c,1767225600000,f,50\nc,1767229200000,f,1\n", True),
            ("c,2026-01-01T10:00:00Z,f,50\nc,2026-01-01T11:00:01Z,f,1\n", False),
            ("c,2026-01-01,f,50\nc,2026-01-01,f,1\n", False),
            ("c,2026-01-01,f,1\nc,2026-01-02,f,1\n", False),
            ("c,2026-01-01,f,50\n", False),
        ],
    )
    def test_totals_are_whole_days_or_hours_once_each(self, written: Callable[..., Path], rows: str, totals: bool) -> None:
        found = inspect(written("customer_id,timestamp,feature,value\n" + rows)).recognised
        assert found.code == ("totals" if totals else "own")

    def test_rows_with_event_ids_are_events(self, written: Callable[..., Path]) -> None:
        rows = "c,2026-01-01,f,50,1\nc,2026-01-02,f,1,2\n"
        assert inspect(written("customer,day,feature,value,event_id\n" + rows)).recognised.code == "other"


class TestWideTables:
    WIDE = "customer,day,calls,images\n"

    def test_every_cell_is_accounted_for_on_its_line(self, written: Callable[..., Path]) -> None:
        rows = (
            "c1,2026-01-01,5,0\n"  # one used, one without
            "c2,2026-01-01,,2.5\n"
            ",2026-01-02,1,\n"  # no customer: its one cell with usage is rejected
            "c1,2026-01-32,0,\n"  # a wrong time, and no usage that it could matter to
            "c1,2026-01-32,0,4\n"
            'c1,2026-01-03,"1x5",-2\n'
            "c3,2026-01-03,4\n"  # too short: rejected once, for both of its cells
        )
        ingested = read(written(self.WIDE + rows))
        assert counts(ingested) == (14, 2, 5, 0, 7)
        assert rejects(ingested) == [
            (4, "customer", ""),
            (6, "day", "2026-01-32"),
            (7, "calls", "1x5"),
            (7, "images", "-2"),
            (8, "", "c3,2026-01-03,4"),
        ]
        assert ingested.report.files[0].rejected_rows.splitlines() == [
            "customer,day,calls,images",
            *[
                line.split("  #")[0]
                for line in rows.splitlines()
                if line.startswith((",", "c1,2026-01-32,0,4", 'c1,2026-01-03,"', "c3"))
            ],
        ]

    def test_a_table_without_any_usage_is_said_to_be_one(self, written: Callable[..., Path]) -> None:
        said = refusal(lambda: read(written(self.WIDE + "c1,2026-01-01,0,\nc2,2026-01-01,,0\n")))
        assert said.startswith(
            "usage.csv: none of its 4 rows can be used. 4 × the cell is empty or 0: no usage. Correct the rows"
        )

    def test_a_line_that_is_no_json_is_rejected_once(self, written: Callable[..., Path]) -> None:
        good = '{"customer":"c","day":"2026-01-01","a":1,"b":2}\n'
        ingested = read(written(good + "{broken\n" + good.replace("2}", '"x"}'), "usage.jsonl"))
        assert counts(ingested) == (6, 3, 2, 0, 1)
        assert rejects(ingested) == [(2, "", "{broken"), (3, "b", "x")]

    def test_cells_of_different_types_are_read_exactly(self, tmp_path: Path) -> None:
        table = pa.table(
            {
                "customer": ["c1", "c2"],
                "day": ["2026-01-01", "2026-01-02"],
                "a": pa.array([2**41 + 1, None], pa.int64()),
                "b": pa.array([Decimal("0.10"), Decimal(0)], pa.decimal128(10, 2)),
            }
        )
        pq.write_table(table, tmp_path / "wide.parquet")
        ingested = read(tmp_path / "wide.parquet")
        assert [event[2:] for event in events(ingested)] == [("a", Decimal(2**41 + 1)), ("b", Decimal("0.1"))]
        assert counts(ingested) == (4, 2, 0, 0, 2)

    def test_an_id_of_a_row_is_one_of_each_of_its_cells(self, written: Callable[..., Path]) -> None:
        row = {"customer": "c", "day": "2026-01-01", "calls": 5, "images": 6}
        ingested = read(written([row | {"event_id": id_} for id_ in ("x", "x", "", "", None)], "usage.jsonl"))
        assert counts(ingested) == (10, 8, 0, 2, 0)

    def test_features_may_have_other_names_than_their_columns(self, written: Callable[..., Path]) -> None:
        saved = parse_mapping("{features: {api_calls: calls}}", "m.json")
        ingested = read(written(self.WIDE + "c,2026-01-01,5,6\n"), mapping=saved)
        assert [event[2:] for event in events(ingested)] == [("api_calls", Decimal(5))]

    def test_a_column_that_is_a_feature_is_nothing_else(self, written: Callable[..., Path]) -> None:
        shape = inspect(written("customer,day,calls,transaction_id\nc,2026-01-01,5,6\n"))
        assert shape.mapping.event_id == "transaction_id"
        assert mapped(shape, parse_mapping("features: {transactions: transaction_id}", "m")).event_id is None

    @pytest.mark.parametrize(
        ("content", "features"),
        [
            ("customer,day,calls,region,images\nc,2026-01-01,1,eu,\n", ("calls", "images")),
            ("customer,day,calls,total\nc,2026-01-01,1,1\n", ("calls",)),
            ("id,customer,day,calls,images,list price\n1,c,2026-01-01,1,2,9\n", ("calls", "images")),
            ('customer,day,calls,images\nc,2026-01-01,"1,000",n/a\nc,2026-01-02,7,3\n', ("calls", "images")),
            ("customer,time,score\nc,2026-01-01T10:01:02Z,5\n", ()),
            ("customer,time,model,prompt_tokens,cost,size\nc,2026-01-01,m,1,2,3\n", ()),
            ("customer,day,feature,units,weight\nc,2026-01-01,f,2,3\n", ()),
        ],
    )
    def test_which_columns_are_features(self, written: Callable[..., Path], content: str, features: tuple[str, ...]) -> None:
        assert tuple(name for name, _ in inspect(written(content)).mapping.features) == features

    def test_a_feature_column_makes_it_a_table_of_events_again(self, written: Callable[..., Path]) -> None:
        path = written("customer,day,calls,units\nc,2026-01-01,5,6\n")
        shape = inspect(written("customer,day,calls,images\nc,2026-01-01,5,6\n", "wide.csv"))
        assert shape.recognised.code == "wide"
        assert mapped(shape, {"feature": {"constant": "f"}, "value": "calls"}) == ColumnMapping("customer", "day").changed(
            {"feature": {"constant": "f"}, "value": "calls"}
        )
        assert [event[2:] for event in events(read(path, mapping={"feature": {"constant": "f"}}))] == [("f", Decimal(6))]
        total = written("customer,day,calls,total\nc,2026-01-01,5,6\n")
        assert inspect(total).recognised.code == "wide"
        assert [event[2:] for event in events(read(total, mapping={"feature": {"constant": "f"}}))] == [("f", Decimal(6))]
        assert shape.mapping.changed({"feature": "calls"}) == ColumnMapping("customer", "day", "calls")


class TestSavedMappings:
    ROWS = "who,when,what,much,key\nc,2026-01-01,f,3,1\nc,2026-01-01,f,3,1\n"
    TEXT = "columns: {customer_id: who, timestamp: when, feature: what, value: much, event_id: key}"

    def test_columns_by_yaml_and_json(self, written: Callable[..., Path]) -> None:
        path = written(self.ROWS)
        as_json = json.dumps({"columns": dict(zip(SPELLINGS, ("who", "when", "what", "much", "key"), strict=False))})
        for text in (self.TEXT, as_json):
            assert counts(read(path, mapping=parse_mapping(text, "m"))) == (2, 1, 0, 1, 0)

    def test_what_it_does_not_name_is_recognised_and_null_leaves_out(self, written: Callable[..., Path]) -> None:
        shape = inspect(written("customer,time,what,units,event_id\nc,2026-01-01,f,3,1\n"))
        found = mapped(shape, parse_mapping("columns: {feature: what, event_id: null}", "m"))
        assert found == ColumnMapping("customer", "time", "what", "units")

    def test_a_constant_may_stand_for_a_customer_a_time_or_a_value(self, written: Callable[..., Path]) -> None:
        text = (
            "columns: {customer_id: {constant: it's me}, timestamp: {constant: 2026-01-01T10:00:00Z}, value: {constant: 2.5}}"
        )
        found = events(
            read(
                written("feature\nf\n"),
                mapping=parse_mapping(text.replace("2026-01-01T10:00:00Z", "'2026-01-01T10:00:00Z'"), "m"),
            )
        )
        assert found == [("it's me", 1767261600 * SECOND, "f", Decimal("2.5"))]

    def test_a_shape_that_is_named_is_not_guessed(self, written: Callable[..., Path]) -> None:
        events_ = written("customer,time,feature,value\nc,2026-01-01T10:01:02Z,f,3\n")
        assert inspect(events_).recognised.code == "other"
        shape = read(events_, mapping=parse_mapping("shape: totals", "m")).report.files[0].shape
        assert shape is not None
        assert (shape.code, shape.rows) == ("totals", "aggregate")

    def test_columns_of_a_wide_table_may_be_named_where_it_is_not_recognised(self, written: Callable[..., Path]) -> None:
        table = written("customer,time,score\nc,2026-01-01T10:01:02Z,5\n")
        assert inspect(table).recognised.code == "other"
        assert mapped(inspect(table), parse_mapping("{shape: wide, features: [score]}", "m")).features == (("score", "score"),)

    def test_a_mapping_that_changes_a_shape_keeps_the_rest_of_it(self) -> None:
        shape = inspect(SHAPES / "cloudevents.jsonl")
        assert mapped(shape, {"customer_id": "source"}) == replace(shape.mapping, customer_id="source", event_id="id", more=())
        changed = mapped(shape, {"feature": "data.region"})
        assert changed == replace(shape.mapping, feature="data.region")
        ingested = read(SHAPES / "cloudevents.jsonl", mapping={"feature": "data.region"})
        found = ingested.report.files[0].shape
        assert found is not None
        assert (found.code, found.mapping.feature) == ("other", "data.region")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("columns: {custmer_id: a}", "m.yaml, columns.custmer_id: is not a known key. Did you mean customer_id?"),
            ("colums: {}", "m.yaml, colums: is not a known key. Did you mean columns?"),
            (
                "columns: {value: true}",
                (
                    "m.yaml, columns.value: True is not where a column comes from."
                    " Name a column, several as [a, b], [sum, a, b], [subtract, a, b], {constant: text}, {column: a, divide: 1000}, or null."
                ),
            ),
            (
                "columns: {value: {fixed: 3}}",
                (
                    "m.yaml, columns.value: {'fixed': 3} is not where a column comes from."
                    " Name a column, several as [a, b], [sum, a, b], [subtract, a, b], {constant: text}, {column: a, divide: 1000}, or null."
                ),
            ),
            (
                "columns: {value: [a, a]}",
                (
                    "m.yaml, columns.value: ['a', 'a'] is not where a column comes from."
                    " Name a column, several as [a, b], [sum, a, b], [subtract, a, b], {constant: text}, {column: a, divide: 1000}, or null."
                ),
            ),
            (
                "columns: {event_id: {constant: x}}",
                (
                    "m.yaml, columns.event_id: one constant would make every row of a customer but the first a duplicate."
                    " Name the column that holds the id, or null."
                ),
            ),
            (
                "{columns: {value: units}, features: [a]}",
                "m.yaml, features: `features` says that each column is a feature, and `value` is given too. Leave one of the two out.",
            ),
            (
                "{shape: lago, features: [a]}",
                "m.yaml, features: the shape is lago, and only a wide table has them. Write shape: wide.",
            ),
            (
                "features: []",
                "m.yaml, features: [] does not name columns for features. Name the columns as [images, emails], or as {feature: column}.",
            ),
            (
                "features: calls",
                (
                    "m.yaml, features: 'calls' does not name columns for features."
                    " Name the columns as [images, emails], or as {feature: column}."
                ),
            ),
            ("columns: [a", "m.yaml, line 1, column 12: expected ',' or ']', but got '<stream end>'. Mend the YAML there."),
        ],
    )
    def test_what_is_wrong_with_a_mapping(self, text: str, said: str) -> None:
        assert refusal(lambda: parse_mapping(text, "m.yaml")) == said

    def test_all_mistakes_are_told_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "m.yaml").write_text("shape: excel\ncolumns: {value: true, tokens: x}\n", "utf-8")
        lines = refusal(lambda: load_mapping(tmp_path / "m.yaml")).splitlines()
        assert [line.split(":")[0] for line in lines] == ["m.yaml, shape", "m.yaml, columns.value", "m.yaml, columns.tokens"]

    def test_a_mapping_that_does_not_fit_the_file(self, written: Callable[..., Path]) -> None:
        path = written("customer,day,calls\nc,2026-01-01,5\n")
        said = refusal(lambda: read(path, mapping=parse_mapping("features: {a: calls, b: calls, c: images}", "m")))
        assert said == (
            "usage.csv: the mapping reads `c` from `images`, which is not there. It has `customer`, `day` and `calls`."
            " Map it to one of these, or to none.\n"
            "usage.csv: the mapping reads `a` and `b` from the same column `calls`. Map each of them to a column of its own."
        )

    def test_the_text_says_everything(self) -> None:
        mapping = ColumnMapping(
            "subject", "time", None, "data.a", "source", more=(("event_id", "id"),), constants=(("feature", "f"),)
        )
        assert mapping_text(mapping, "cloudevents") == (
            "# How usage files are read: our column, then the file's name for it; null: not in the file\n"
            "shape: cloudevents\n"
            "columns:\n"
            "  customer_id: subject\n"
            "  timestamp: time\n"
            "  feature:\n"
            "    constant: f\n"
            "  value: data.a\n"
            "  event_id:\n"
            "  - source\n"
            "  - id\n"
            "  model: null\n"
            "  input_tokens: null\n"
            "  output_tokens: null\n"
            "  cache_read_tokens: null\n"
            "  cache_write_tokens: null\n"
            "  requests: null\n"
        )


class TestTheCommandLine:
    def run(self, *arguments: object) -> int:
        return main([str(argument) for argument in arguments])

    def test_check_through_a_saved_mapping(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("check", "--usage", SHAPES / "image_log.csv", "--mapping", IMAGE_LOG) == 0
        said = capsys.readouterr().out
        assert (
            "image_log.csv: customer_id from account, timestamp from at, value from size, feature from the constant 'image'"
            in said
        )

    def test_a_column_goes_before_the_mapping(self, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = ("check", "--usage", SHAPES / "image_log.csv", "--mapping", IMAGE_LOG)
        assert self.run(*arguments, "--column", "feature=size", "--column", "value=account") == 2
        capsys.readouterr()
        assert self.run(*arguments, "--column", "sise=size") == 2
        assert capsys.readouterr().err.startswith("mapping, columns.sise: is not a known key.")

    def test_a_mapping_that_is_not_there(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("check", "--usage", SHAPES / "own.csv", "--mapping", tmp_path / "no.yaml") == 2
        assert "there is no such file" in capsys.readouterr().err

    def test_a_shape_is_named_with_how_it_is_read_and_cells_add_up(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run("check", "--usage", SHAPES / "wide.csv") == 0
        said = capsys.readouterr().out
        assert "87 rows read = 32 used + 0 rejected + 0 duplicates (not looked for: no event id column) + 55 empty or 0" in said
        assert "wide.csv: A wide table: each row is a customer's totals, and each of its cells under" in said
        assert "Note: wide.csv: replay it with `rows: aggregate`" in said

    @pytest.mark.parametrize("rows", ["event", "aggregate"])
    def test_totals_are_advised_upon_unless_the_scenario_knows(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str
    ) -> None:
        catalog = "{features: {image: {}}, plans: {m: {consumption_model: metered, prices: {monthly: 9}, features: {image: {included: 9}}}}}"
        scenario = tmp_path / "scenario.yaml"
        scenario.write_text(f"catalog: {catalog}\nrows: {rows}\ncandidates: [{{name: M, plan: m}}]\n", "utf-8")
        out = tmp_path / "out"
        assert self.run("replay", scenario, "--usage", SHAPES / "wide.csv", "--out", out) == 0
        assert ("replay it with `rows: aggregate`" in capsys.readouterr().out) == (rows == "event")
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        parts = ("rows_used", "rejected", "duplicates", "outside_window", "without_usage")
        assert summary["rows_read"] == sum(summary[part] for part in parts) == 87

    def test_a_summary_accounts_for_rows_that_are_totals_of_others(self, tmp_path: Path) -> None:
        usage, scenario, out = tmp_path / "usage.csv", tmp_path / "scenario.yaml", tmp_path / "out"
        rows = ("acme,2026-04-01,image,3", "zeta,2026-04-01,image,4", "Total,2026-04-01,image,7")
        usage.write_text("\n".join(["customer,date,feature,quantity", *rows]), "utf-8")
        catalog = "{features: {image: {}}, plans: {m: {consumption_model: metered, prices: {monthly: 9}, features: {image: {included: 9}}}}}"
        scenario.write_text(f"catalog: {catalog}\ncandidates: [{{name: M, plan: m}}]\n", "utf-8")
        assert self.run("replay", scenario, "--usage", usage, "--out", out) == 0
        summary = json.loads((out / "summary.json").read_text("utf-8"))
        assert [summary[part] for part in ("rows_read", "rows_used", "rows_left_out")] == [3, 2, 1]


@pytest.mark.parametrize("is_lines", [True, False])
def test_a_text_inside_objects_of_json_that_holds_an_object_is_opened(is_lines: bool, tmp_path: Path) -> None:
    inner = {"kind": "calls", "units": 1.25, "of": {"plan": "{pro}"}}
    rows = [{"customer": "a", "date": "2026-03-01", "body": {"note": "{not JSON", "inside": json.dumps(inner)}}] * 2
    path = tmp_path / "usage.json"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) if is_lines else json.dumps(rows), "utf-8")
    names = ("customer", "date", "body.note", "body.inside.kind", "body.inside.units", "body.inside.of.plan")
    assert inspect(path).names == names
    usage = read(path, mapping={"feature": "body.inside.kind", "value": "body.inside.units"}).usage
    assert (usage.features, usage.values.tolist()) == (("calls",), [1_250_000] * 2)


def test_a_file_says_which_names_a_mapping_may_use_and_what_they_hold() -> None:
    shape: FileShape = inspect(SHAPES / "stripe.jsonl")
    assert shape.names == ("event_name", "identifier", "timestamp", "payload.stripe_customer_id", "payload.value")
    assert shape.values("payload.value", 2) == tuple(dict.fromkeys(shape.sample.values("payload.value")))[:2]
    assert len(shape.values("payload.value", 2)) == 2


BY_REPOSITORY = """customer_id,timestamp,feature,value,repository
acme,2026-04-01,minutes,120,web
acme,2026-04-01,minutes,45,api
acme,2026-04-02,minutes,7,web
"""


def test_totals_are_seen_though_a_further_column_splits_them(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(BY_REPOSITORY)
    assert read(path).report.looks_aggregated
    path.write_text(BY_REPOSITORY.replace("2026-04-01", "2026-04-01T10:03:07Z"))
    assert not read(path).report.looks_aggregated


def test_a_shape_that_says_totals_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(BY_REPOSITORY.replace("minutes,45", "storage,45"))
    report = read(path).report
    assert report.files[0].shape is not None
    assert report.files[0].shape.rows == "aggregate"
    assert not report.looks_aggregated

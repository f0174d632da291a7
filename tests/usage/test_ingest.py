"""Reading usage: what comes in exactly, what is rejected and on which line, and what each unusable file is told."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from commet_core.foundation.errors import InputError, Problem
from commet_core.usage.grouping import EventKeys, Rows, count_runs, group_by_customer
from commet_core.usage.ingest import Ingested, UnusableFiles, describe, inspect, read
from commet_core.usage.ingest.reading import csv_records, file_rows, gathering, usable_rows
from commet_core.usage.ingest.recognise.columns import SPELLINGS, ColumnMapping, recognise
from commet_core.usage.ingest.rejects.reasons import SENTENCES, Reason
from commet_core.usage.ingest.rejects.report import FileReport

HEADER = "customer_id,timestamp,feature,value\n"
GOOD = "c1,2026-01-01T00:00:00Z,calls,1\n"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

TIME = "write 2026-01-31T13:45:00Z, 2026-01-31, or epoch seconds or milliseconds"
NO_SUCH_TIME = "there is no such date or time of day: check the day of the month, the hour and the minute"
OUTSIDE = "the time is outside the years 1970 to 2199: check its unit; epoch seconds and milliseconds are read"
DATE_IN_DIGITS = "digits alone are read as epoch seconds, and these look like a date: write 2026-01-31"
OFFSET = "the UTC offset is more than 14 hours: write one between -14:00 and +14:00"
NOT_A_TIME = f"this is not a time that is understood: {TIME}"
NO_TIME = f"the time is empty: {TIME}"
COMMA = "the value has a comma: write a decimal point and no thousands separators, such as 1234.5"
SEPARATED = "the value has thousands separators: write the digits without them, such as 1234.5"
CURRENCY = "the value has a currency or percent sign: write the number alone, such as 3"
NEGATIVE = SENTENCES[Reason.VALUE_NEGATIVE]
SMALL = SENTENCES[Reason.TIME_SMALL]
INFINITE = "the value is not a finite number: write a number, or nothing for 1"
TOO_LARGE = "the value is larger than 9,223,372,036,854.775807: use a larger unit"
NOT_A_NUMBER = "the value is not a number: write digits and a decimal point, such as 1234.5"
NO_CUSTOMER = "the customer is empty: every row needs one"
NO_FEATURE = "the feature is empty: every row needs a feature code"
TOO_FEW = "the row has fewer fields than the header: write a delimiter for each empty field too"
TOO_MANY = "the row has more fields than the header: put a field that contains the delimiter in double quotes"
QUOTE = "a quoted field is not closed, or text follows its closing quote: write a quote inside a field twice"
NOT_UTF8 = "the row is not UTF-8 text: save the file as UTF-8"
NOT_JSON = "the line is not JSON: write one whole object on each line"
NOT_AN_OBJECT = "the line is JSON but not an object: write one object with named fields on each line"
INEXACT = "the number has more digits than JSON software keeps: write it as text, in double quotes"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def written(folder: Path, content: str | bytes, name: str = "usage.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def events(ingested: Ingested) -> list[tuple[str, datetime, str, Decimal]]:
    """(customer, time, feature, value), by customer and in time order."""
    usage = ingested.usage
    return [
        (
            customer,
            EPOCH + timedelta(microseconds=int(usage.times[event])),
            usage.features[usage.feature_indexes[event]],
            Decimal(int(usage.values[event])).scaleb(-6),
        )
        for index, customer in enumerate(usage.customers.to_pylist())
        for event in range(usage.offsets[index], usage.offsets[index + 1])
    ]


def rejects(ingested: Ingested) -> list[tuple[int, str, str | None, str]]:
    """(line, column, value, reason) of the rejected rows."""
    return [(row["line"], row["column"], row["value"], row["reason"]) for row in ingested.report.rejects.to_pylist()]


def outcome(path: Path) -> tuple[tuple[Problem, ...], int]:
    """What a file is told, and how many of its rows are used."""
    try:
        return (), read(path).report.rows_used
    except InputError as error:
        return error.problems, 0


def refusal(content: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        content()
    return str(caught.value)


@pytest.fixture
def refused(tmp_path: Path) -> Callable[..., str]:
    """What a file with this content is told."""
    return lambda content, name="usage.csv", **options: refusal(lambda: read(written(tmp_path, content, name), **options))


@pytest.fixture
def taken(tmp_path: Path) -> Callable[..., Ingested]:
    return lambda content, name="usage.csv", **options: read(written(tmp_path, content, name), **options)


class TestFormats:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "~", ":"])
    def test_any_delimiter(self, taken: Callable[..., Ingested], delimiter: str) -> None:
        content = "customer,time,feature,value\nc1,1767225600,calls,2\n".replace(",", delimiter)
        assert events(taken(content)) == [("c1", NEW_YEAR, "calls", Decimal(2))]

    def test_semicolons_keep_a_decimal_comma_apart_from_the_fields(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken("customer;time;feature;value\nc1;2026-01-01;calls;1\nc2;2026-01-01;calls;1,5\n")
        assert [value for *_, value in events(read_)] == [Decimal(1), Decimal("1.5")]

    @pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("last_line_end", [True, False])
    def test_line_ends(self, taken: Callable[..., Ingested], line_end: str, last_line_end: bool) -> None:
        content = (HEADER + GOOD + ",2026-01-01,calls,1\n" + GOOD).replace("\n", line_end)
        read_ = taken(content if last_line_end else content.removesuffix(line_end))
        assert (read_.usage.event_count, rejects(read_)) == (2, [(3, "customer_id", "", NO_CUSTOMER)])

    def test_mixed_line_ends(self, taken: Callable[..., Ingested]) -> None:
        bad = ",2026-01-01,calls,1\n"
        read_ = taken(
            HEADER + GOOD.replace("\n", "\r\n") + GOOD + GOOD.replace("\n", "\r") + bad + '"a\r\nb",2026-01-01,x,\n' + bad
        )
        assert [customer for customer, *_ in events(read_)] == ["a\r\nb", "c1", "c1", "c1"]
        assert [line for line, *_ in rejects(read_)] == [5, 8]

    def test_gzip_whatever_its_name(self, taken: Callable[..., Ingested]) -> None:
        packed = gzip.compress((HEADER + GOOD + "c1,x,calls,1\n").encode(), mtime=0)
        for name in ("usage.csv.gz", "usage.csv", "usage"):
            read_ = taken(packed, name)
            assert (read_.usage.event_count, rejects(read_)) == (1, [(3, "timestamp", "x", NOT_A_TIME)])

    def test_gzip_in_several_members(self, taken: Callable[..., Ingested]) -> None:
        assert taken(gzip.compress((HEADER + GOOD).encode()) + gzip.compress(GOOD.encode(), mtime=0)).usage.event_count == 2

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
    def test_encodings(self, taken: Callable[..., Ingested], encoding: str) -> None:
        read_ = taken((HEADER + GOOD.replace("c1", "Zoë €") + "c1,x,Zoë,1\n").encode(encoding))
        assert read_.usage.customers.to_pylist() == ["Zoë €"]
        assert rejects(read_) == [(3, "timestamp", "x", NOT_A_TIME)]
        assert read_.report.files[0].rejected_rows == HEADER + "c1,x,Zoë,1\n"

    def test_an_encoding_other_than_utf8_is_noted(self, taken: Callable[..., Ingested]) -> None:
        content = HEADER + GOOD.replace("c1", "Zoë")
        assert taken(content).report.notes == ()
        assert taken(content.encode("cp1252")).report.notes == (
            "usage.csv is written in Windows-1252; it was converted to UTF-8",
        )
        assert taken(content.encode("utf-16")).report.notes == ("usage.csv is written in UTF-16; it was converted to UTF-8",)

    def test_latin_1_beyond_windows_1252(self, taken: Callable[..., Ingested]) -> None:
        assert taken(HEADER.encode() + b"a\x81\xe9,2026-01-01,calls,1\n").usage.customers.to_pylist() == ["a\x81é"]

    def test_windows_1252_that_shows_late(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken((HEADER + GOOD * 20_000 + GOOD.replace("c1", "Zoë")).encode("cp1252"))
        assert read_.usage.customers.to_pylist() == ["Zoë", "c1"]

    def test_utf8_with_damaged_rows_loses_these_alone(self, taken: Callable[..., Ingested]) -> None:
        zoe = GOOD.replace("c1", "Zoë")
        read_ = taken(HEADER.encode() + zoe.encode() + zoe.encode("cp1252") + GOOD.encode())
        assert [customer for customer, *_ in events(read_)] == ["Zoë", "c1"]
        assert rejects(read_) == [(3, "", "Zo\ufffd,2026-01-01T00:00:00Z,calls,1", NOT_UTF8)]

    def test_a_name_full_of_signs(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + GOOD + "c1,x,calls,1\n", 'we\'ird [1] *? "%s" {a} $path.csv')
        assert (read_.usage.event_count, read_.report.rows_rejected) == (1, 1)

    def test_a_name_is_no_pattern_for_other_names(self, taken: Callable[..., Ingested]) -> None:
        taken(HEADER + GOOD.replace("c1", "other"), "usage1.csv")
        for name in ("usage[1].csv", "usage?.csv", "usage*.csv"):
            assert taken(HEADER + GOOD, name).usage.customers.to_pylist() == ["c1"]

    def test_control_characters_are_text_in_utf8(self, taken: Callable[..., Ingested]) -> None:
        assert taken(HEADER + "\x01\x02\x19a,2026-01-01,calls,1\n").usage.customers.to_pylist() == ["\x01\x02\x19a"]

    def test_a_folder_that_looks_like_a_partition_adds_no_column(self, tmp_path: Path) -> None:
        folder = tmp_path / "customer_id=x"
        folder.mkdir()
        assert [name for name, *_ in events(read(written(folder, HEADER + GOOD)))] == ["c1"]
        pq.write_table(pa.table({"user": ["c1"], "time": [NEW_YEAR], "feature": ["calls"]}), folder / "usage.parquet")
        assert [name for name, *_ in events(read(folder / "usage.parquet"))] == ["c1"]
        (folder / "usage.json").write_text('[{"user": "c1", "time": 1767225600, "feature": "calls"}]')
        assert [name for name, *_ in events(read(folder / "usage.json"))] == ["c1"]

    def test_parquet_by_content(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.csv"
        pq.write_table(pa.table({"customer": ["c1"], "time": [NEW_YEAR], "feature": ["calls"]}), path)
        assert events(read(path)) == [("c1", NEW_YEAR, "calls", Decimal(1))]

    def test_json_lines(self, taken: Callable[..., Ingested]) -> None:
        lines = [
            '{"customerId": "c1", "time": 1767225600, "featureCode": "calls", "quantity": 0.1}',
            "",
            "not json",
            "  ",
            '[{"customerId": "c1"}]',
            '{"customerId": 7, "time": "2026-01-01T00:00:01Z", "featureCode": "calls", "quantity": "2.5", "more": {"a": [1]}}',
            '{"customerId": "", "time": 1767225600, "featureCode": "calls"}',
            '{"customerId": "c2", "time": 1767225600.25, "featureCode": "calls"}',
            '{"customerId": "c2", "time": true, "featureCode": "calls"}',
        ]
        for name, content in (("usage.jsonl", "\n".join(lines)), ("usage.json", "\ufeff" + "\r\n".join(lines) + "\r\n")):
            read_ = taken(content, name)
            assert events(read_) == [
                ("7", NEW_YEAR + timedelta(seconds=1), "calls", Decimal("2.5")),
                ("c1", NEW_YEAR, "calls", Decimal("0.1")),
                ("c2", NEW_YEAR + timedelta(microseconds=250_000), "calls", Decimal(1)),
            ]
            assert rejects(read_) == [
                (3, "", "not json", NOT_JSON),
                (5, "", '[{"customerId": "c1"}]', NOT_AN_OBJECT),
                (7, "customerId", "", NO_CUSTOMER),
                (9, "time", "true", NOT_A_TIME),
            ]
            assert read_.report.files[0].rejected_rows == "".join(f"{lines[line - 1]}\n" for line in (3, 5, 7, 9))

    def test_json_lines_damaged_in_their_encoding(self, taken: Callable[..., Ingested]) -> None:
        line = '{"customer": "Zoë", "time": "2026-01-01", "code": "calls"}\n'
        read_ = taken(line.encode() * 2 + b"\n" + line.encode("cp1252") + line.encode(), "usage.jsonl")
        assert (read_.usage.event_count, [(line, reason) for line, _, _, reason in rejects(read_)]) == (3, [(4, NOT_UTF8)])

    @pytest.mark.parametrize("packed", [False, True])
    def test_a_long_json_array_in_one_line(self, taken: Callable[..., Ingested], packed: bool) -> None:
        rows = [{"customer": f"c{row % 7}", "time": "2026-01-01", "code": "calls"} for row in range(6_000)]
        content = json.dumps(rows)
        assert len(content) > 300_000
        read_ = taken(gzip.compress(content.encode(), mtime=0) if packed else content, "usage.json")
        assert (read_.usage.customer_count, read_.report.rows_used) == (7, 6_000)

    @pytest.mark.parametrize("packed", [False, True])
    def test_json_array(self, taken: Callable[..., Ingested], packed: bool) -> None:
        content = '[{"customer": "c1",\n "time": "2026-01-01", "code": "calls"},\n {"customer": "c1", "time": "x", "code": "calls"}, 3]'
        read_ = taken(gzip.compress(content.encode(), mtime=0) if packed else content, "usage.json")
        assert events(read_) == [("c1", NEW_YEAR, "calls", Decimal(1))]
        assert rejects(read_) == [(2, "time", "x", NOT_A_TIME), (3, "", "3", NOT_AN_OBJECT)]
        assert read_.report.files[0].rejected_rows == '{"customer": "c1", "time": "x", "code": "calls"}\n3\n'

    def test_json_names_with_signs(self, taken: Callable[..., Ingested]) -> None:
        names = {"customer_id": "a/b", "timestamp": "~t", "feature": 'f"x.y'}
        line = json.dumps({"a/b": "c1", "~t": "2026-01-01", 'f"x.y': "calls"})
        assert events(taken(line, "usage.jsonl", mapping=names)) == [("c1", NEW_YEAR, "calls", Decimal(1))]

    def test_json_fields_that_come_late_are_read(self, taken: Callable[..., Ingested]) -> None:
        line = '{"customer": "c1", "time": "2026-01-01", "code": "calls"}\n'
        late = '{"customer": "c1", "time": "2026-01-01", "code": "calls", "value": 5, "event_id": "e"}\n'
        read_ = taken(line * 6_000 + late * 2, "usage.jsonl")
        assert sum(value for *_, value in events(read_)) == 6_005
        assert read_.report.duplicates == 1


class TestColumns:
    @pytest.mark.parametrize(("ours", "spelling"), [(ours, name) for ours, names in SPELLINGS.items() for name in names])
    def test_every_spelling(self, ours: str, spelling: str) -> None:
        camel = re.sub(r"_(\w)", lambda found: found.group(1).upper(), spelling)
        for name in (spelling, spelling.upper(), spelling.replace("_", " "), camel):
            assert recognise(["x", name]) == ColumnMapping(**{ours: name})

    def test_no_name_stands_for_two_columns(self) -> None:
        letters = [re.sub(r"\W|_", "", name) for ours, names in SPELLINGS.items() for name in (ours, *names)]
        assert len(letters) == len(set(letters))

    def test_the_spellings_that_the_interfaces_name(self) -> None:
        for name in ("customerId", "customer", "external_id", "subject", "user_id"):
            assert recognise([name]).customer_id == name
        for name in ("featureCode", "event_name", "event_type", "code", "metric"):
            assert recognise([name]).feature == name
        for name in ("quantity", "units", "amount", "count"):
            assert recognise([name]).value == name
        for name in ("time", "date", "created_at"):
            assert recognise([name]).timestamp == name

    def test_exact_own_names_win(self) -> None:
        columns = ["Customer_ID", "customerId", "customer_id", "quantity", "Value", "value"]
        assert recognise(columns) == ColumnMapping(customer_id="customer_id", value="value")
        assert recognise(["customer", "CustomerId"]).customer_id == "CustomerId"

    def test_columns_of_ai_usage_are_recognised(self) -> None:
        names = ["model", "prompt_tokens", "completion_tokens", "cached_tokens", "cache_creation_tokens"]
        assert dict(recognise(names).pairs()) == dict(
            zip(["model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"], names, strict=True)
        )

    def test_a_mapping_changes_what_it_names_and_leaves_the_rest(self, taken: Callable[..., Ingested]) -> None:
        content = "user,customer,time,code,value\nu,c,2026-01-01,calls,5\n"
        assert [(name, value) for name, _, _, value in events(taken(content))] == [("c", 5)]
        changed = taken(content, mapping={"customer_id": "user", "value": None})
        assert [(name, value) for name, _, _, value in events(changed)] == [("u", 1)]
        assert changed.report.files[0].mapping == ColumnMapping("user", "time", "code")

    def test_a_column_that_a_mapping_takes_is_free_for_nothing_else(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken("customer,time,event_name,units\nc,2026-01-01,x,calls\n", mapping={"feature": "units"})
        assert (read_.usage.features, read_.report.files[0].mapping.value) == (("calls",), None)

    def test_a_whole_mapping_is_taken_as_it_is(self, taken: Callable[..., Ingested]) -> None:
        mapping = ColumnMapping(customer_id="a", timestamp="b", feature="c")
        read_ = taken("a,b,c,value\nx,2026-01-01,f,9\n", mapping=mapping)
        assert events(read_) == [("x", NEW_YEAR, "f", Decimal(1))]
        assert read_.report.files[0].mapping == mapping

    def test_missing_columns(self, refused: Callable[..., str]) -> None:
        assert refused("timestamp,feature,units\n2026-01-01,calls,1\n") == (
            "usage.csv: no column was recognised as `customer_id`. It has `timestamp`, `feature` and `units`."
            " Rename that column, or say in the mapping which of them it is; where it is the same in every row,"
            " `customer_id: {constant: acme}`."
        )
        assert refused("abc\n1\n") == (
            "usage.csv: no column was recognised as `customer_id`, `timestamp` or `feature`. It has `abc`."
            " Rename those columns, or say in the mapping which of them it is; where it is the same in every row,"
            " `customer_id: {constant: acme}` or `feature: {constant: api_calls}`."
        )

    def test_mappings_that_cannot_be(self, refused: Callable[..., str]) -> None:
        content = "a,b,c\nx,2026-01-01,f\n"
        assert refused(content, mapping={"customer_id": "z", "timestamp": "b", "feature": "b", "value": "v"}) == (
            "usage.csv: the mapping reads `customer_id` from `z`, which is not there. It has `a`, `b` and `c`. Map it to one of these.\n"
            "usage.csv: the mapping reads `value` from `v`, which is not there. It has `a`, `b` and `c`."
            " Map it to one of these, or to none.\n"
            "usage.csv: the mapping reads `timestamp` and `feature` from the same column `b`. Map each of them to a column of its own."
        )
        assert refused(content, mapping={"price": "a"}) == (
            "mapping: usage has no column `price`. Map `customer_id`, `timestamp`, `feature`, `value`, `event_id`, `model`,"
            " `input_tokens`, `output_tokens`, `cache_read_tokens`, `cache_write_tokens` or `requests`."
        )

    def test_duplicate_names_matter_where_they_are_read(
        self, refused: Callable[..., str], taken: Callable[..., Ingested]
    ) -> None:
        assert refused("customer_id,timestamp,feature,value,value\nc1,2026-01-01,calls,1,2\n") == (
            "usage.csv: 2 columns are called `value`. Give each column a name of its own, so that it is clear which one holds `value`."
        )
        assert taken("customer_id,x,timestamp,x,feature,,\nc1,1,2026-01-01,2,calls,,\n").usage.event_count == 1

    def test_quoted_header_with_spaces(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken('"customer_id", "timestamp" ,"feature","my, ""value"""\n"c1","2026-01-01","calls","3"\n')
        assert events(read_) == [("c1", NEW_YEAR, "calls", Decimal(1))]


class TestTimes:
    @pytest.mark.parametrize(
        ("text", "utc"),
        [
            ("2026-01-31", at(2026, 1, 31)),
            ("2026-01-31T13:45:00Z", at(2026, 1, 31, 13, 45)),
            ("2026-01-31T13:45:00.123456789Z", at(2026, 1, 31, 13, 45, 0, 123456)),
            ("2026-01-31T13:45", at(2026, 1, 31, 13, 45)),
            ("2026-01-31T10", at(2026, 1, 31, 10)),
            ("2026-01-31 13:45:06", at(2026, 1, 31, 13, 45, 6)),
            ("2026-01-31 13:45:06.5", at(2026, 1, 31, 13, 45, 6, 500000)),
            ("2026-01-31T13:45:00+02:00", at(2026, 1, 31, 11, 45)),
            ("2026-01-31 13:45:00 +0200", at(2026, 1, 31, 11, 45)),
            ("2026-01-31 13:45:00.25-05", at(2026, 1, 31, 18, 45, 0, 250000)),
            ("2026-01-31T00:30:00+14:00", at(2026, 1, 30, 10, 30)),
            ("2026-01-31 13:45:00 UTC", at(2026, 1, 31, 13, 45)),
            ("2026-01-31T13:45:00 Z", at(2026, 1, 31, 13, 45)),
            ("2026-01-31t13:45:00z", at(2026, 1, 31, 13, 45)),
            ("\t 2026-01-31T13:45:00Z ", at(2026, 1, 31, 13, 45)),
            ("2026-01-31T24:00:00Z", at(2026, 2, 1)),
            ("1970-01-01", at(1970, 1, 1)),
            ("2199-12-31T23:59:59.999999Z", at(2199, 12, 31, 23, 59, 59, 999999)),
            ("1769867100", at(2026, 1, 31, 13, 45)),
            (" 1769867100.25 ", at(2026, 1, 31, 13, 45, 0, 250000)),
            ("1769867100.1234569", at(2026, 1, 31, 13, 45, 0, 123456)),
            ("1.7698671E9", at(2026, 1, 31, 13, 45)),
            ("1.769867100123456E9", at(2026, 1, 31, 13, 45, 0, 123456)),
            ("1.769867100123E12", at(2026, 1, 31, 13, 45, 0, 123000)),
            ("1769867100123", at(2026, 1, 31, 13, 45, 0, 123000)),
            ("1769867100123.4", at(2026, 1, 31, 13, 45, 0, 123400)),
            ("1769867100123456", at(2026, 1, 31, 13, 45, 0, 123456)),
            ("1769867100123456789", at(2026, 1, 31, 13, 45, 0, 123456)),
        ],
    )
    def test_texts(self, taken: Callable[..., Ingested], text: str, utc: datetime) -> None:
        assert [time for _, time, *_ in events(taken(f"customer,time,feature\nc1,{text},calls\n"))] == [utc]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", NO_TIME),
            ("  ", NO_TIME),
            ("2026-02-30", NO_SUCH_TIME),
            ("2026-02-30T10:00:00Z", NO_SUCH_TIME),
            ("2026-02-30 10:00:00", NO_SUCH_TIME),
            ("2026-01-01T25:00:00Z", NO_SUCH_TIME),
            ("2026-01-01T23:59:60Z", NO_SUCH_TIME),
            ("2026-01-01T10:00:00+15:00", OFFSET),
            ("1969-12-31T23:59:59Z", OUTSIDE),
            ("2200-01-01", OUTSIDE),
            ("-5", OUTSIDE),
            ("7258118400", OUTSIDE),
            ("1.7e9", OUTSIDE),
            ("1.77E+09", OUTSIDE),
            ("9" * 30, OUTSIDE),
            ("0", SMALL),
            ("86399", SMALL),
            ("2026", DATE_IN_DIGITS),
            ("infinity", NOT_A_TIME),
            ("epoch", NOT_A_TIME),
            ("now", NOT_A_TIME),
            ("2026-01-31T10:00:00 NZ", NOT_A_TIME),
            ("2026-01-31T10:00:00NZ", NOT_A_TIME),
            ("2026-01-31T10:00:00\tNZ", NOT_A_TIME),
            ("2026-01-31T10:00:00+02:00Z", NOT_A_TIME),
            ("0044-03-15 (BC)", NOT_A_TIME),
        ],
    )
    def test_texts_that_are_rejected(self, taken: Callable[..., Ingested], text: str, reason: str) -> None:
        assert rejects(taken(HEADER + GOOD + f"c1,{text},calls,1\n")) == [(3, "timestamp", text or None, reason)]

    def test_offsets_that_differ_are_noted(self, taken: Callable[..., Ingested], monkeypatch: pytest.MonkeyPatch) -> None:
        note = ("times carry different UTC offsets; all were converted to UTC",)
        summer, winter = "c1,2026-07-01T00:00:00+02:00,calls,1\n", "c1,2026-01-01T00:00:00+01:00,calls,1\n"
        assert taken(HEADER + summer + winter).report.notes == note
        assert taken(HEADER + GOOD + winter).report.notes == note
        assert taken(HEADER + winter + winter).report.notes == ()
        monkeypatch.setattr(file_rows, "ROWS_PER_BATCH", 2_048)
        assert taken(HEADER + winter + GOOD * 10_000).report.notes == note
        assert taken(HEADER + GOOD + "c1,2026-01-01,calls,1\n").report.notes == ()

    @pytest.mark.parametrize(
        ("column", "utc"),
        [
            (pa.array([1769867100123456], pa.timestamp("us")), at(2026, 1, 31, 13, 45, 0, 123456)),
            (pa.array([1769867100123456789], pa.timestamp("ns")), at(2026, 1, 31, 13, 45, 0, 123456)),
            (pa.array([1769867100123], pa.timestamp("ms", "Europe/Berlin")), at(2026, 1, 31, 13, 45, 0, 123000)),
            (pa.array([1769867100], pa.timestamp("s")), at(2026, 1, 31, 13, 45)),
            (pa.array([date(2026, 1, 31)], pa.date32()), at(2026, 1, 31)),
            (pa.array([1769867100], pa.int64()), at(2026, 1, 31, 13, 45)),
            (pa.array([1769867100], pa.uint32()), at(2026, 1, 31, 13, 45)),
            (pa.array([1769867100123456789], pa.int64()), at(2026, 1, 31, 13, 45, 0, 123456)),
            (pa.array([1769867100.123457], pa.float64()), at(2026, 1, 31, 13, 45, 0, 123457)),
            (pa.array([1136835788661.0], pa.float64()), at(2006, 1, 9, 19, 43, 8, 661000)),
            (pa.array([Decimal("1769867100.25")], pa.decimal128(18, 6)), at(2026, 1, 31, 13, 45, 0, 250000)),
            (pa.array(["2026-01-31T13:45:00+00:00"], pa.large_string()), at(2026, 1, 31, 13, 45)),
            (pa.array([b"2026-01-31T13:45:00Z"], pa.binary()), at(2026, 1, 31, 13, 45)),
        ],
    )
    def test_typed_columns(self, tmp_path: Path, column: pa.Array, utc: datetime) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(pa.table({"customer": ["c1"], "time": column, "feature": ["calls"]}), path)
        assert [time for _, time, *_ in events(read(path))] == [utc]

    def test_typed_times_that_are_rejected(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.parquet"
        times = pa.array([0, -1, 2**63 - 1, None, 7258118400_000_000], pa.timestamp("us"))
        pq.write_table(pa.table({"customer": ["c1"] * 5, "time": times, "feature": ["calls"] * 5}), path)
        assert rejects(read(path)) == [
            (2, "time", "1969-12-31 23:59:59.999999", OUTSIDE),
            (3, "time", "infinity", NOT_A_TIME),
            (4, "time", None, NO_TIME),
            (5, "time", "2200-01-01 00:00:00", OUTSIDE),
        ]

    @pytest.mark.parametrize(
        ("kind", "most"),
        [
            (pa.timestamp("s"), 9 * 10**12),
            (pa.timestamp("ms", "UTC"), 9 * 10**15),
            (pa.timestamp("ns"), 2**63 - 2),
            (pa.date32(), 2**31 - 2),
            (pa.int64(), 2**63 - 2),
        ],
    )
    def test_the_ends_of_typed_columns(self, tmp_path: Path, kind: pa.DataType, most: int) -> None:
        path = tmp_path / "usage.parquet"
        first = 10**9 if kind == pa.int64() else 0
        times = pa.array([first, most, -most], pa.int32() if kind == pa.date32() else pa.int64()).cast(kind)
        pq.write_table(pa.table({"customer": ["c1"] * 3, "time": times, "feature": ["calls"] * 3}), path)
        assert [(line, column) for line, column, *_ in rejects(read(path))] == [(2, "time"), (3, "time")]


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("1", "1"),
            ("1.5", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("+5", "5"),
            ("-0", "0"),
            ("00012", "12"),
            ("1e3", "1000"),
            (" 7 ", "7"),
            ("\t7", "7"),
            ("\u00a07", "7"),
            ("", "1"),
            ("  ", "1"),
            ("0.123456", "0.123456"),
            ("0.1234564999999999999999999999999999999999999", "0.123456"),
            ("0.1234565", "0.123457"),
            ("5e-7", "0.000001"),
            ("123456789012.123456", "123456789012.123456"),
            ("4611686018427.387", "4611686018427.387"),
        ],
    )
    def test_texts(self, taken: Callable[..., Ingested], text: str, value: str) -> None:
        assert [value for *_, value in events(taken(f"customer,time,feature,value\nc1,2026-01-01,calls,{text}\n"))] == [
            Decimal(value)
        ]

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("-1", NEGATIVE),
            ("-0.5", NEGATIVE),
            ("1_000", SEPARATED),
            ("5%", CURRENCY),
            ("nan", INFINITE),
            ("-Infinity", INFINITE),
            ("9223372036854.775808", TOO_LARGE),
            ("1e300", TOO_LARGE),
            ("12345678901234567", TOO_LARGE),
            ("1" * 60, TOO_LARGE),
            ("abc", NOT_A_NUMBER),
            ("x,5", NOT_A_NUMBER),
            ("1.2.3", NOT_A_NUMBER),
            ("0x10", NOT_A_NUMBER),
            ("1__0", NOT_A_NUMBER),
            ("true", NOT_A_NUMBER),
            ("٣", NOT_A_NUMBER),
        ],
    )
    def test_texts_that_are_rejected(self, taken: Callable[..., Ingested], text: str, reason: str) -> None:
        assert rejects(taken(HEADER + GOOD + f'c1,2026-01-01,calls,"{text}"\n')) == [(3, "value", text, reason)]

    def test_the_largest_value_is_read_exactly_before_its_sum_is_refused(self, refused: Callable[..., str]) -> None:
        assert refused(HEADER + "c1,2026-01-01,calls,9223372036854.775807\n").startswith(
            "usage of customer 'c1': the values add up to"
        )

    def test_what_was_made_of_values_is_noted(self, taken: Callable[..., Ingested]) -> None:
        rows = [f"c1,2026-01-01,calls,{value}\n" for value in ("", "", "0.1234565", "1e-7", "1.0000000", "1.123456000", "2")]
        assert taken(HEADER + "".join(rows)).report.notes == (
            "2 rows had no value and count as 1",
            "2 values had more than 6 decimals and were rounded half up",
            "1 value above 0 is 0 with 6 decimals, and would add up to 0.0000001: use a smaller unit, such as bytes for gigabytes",
        )
        assert taken(HEADER + rows[0] + rows[2]).report.notes == (
            "1 row had no value and counts as 1",
            "1 value had more than 6 decimals and was rounded half up",
        )
        assert taken("customer,time,feature\nc1,2026-01-01,calls\n").report.notes == (
            "usage.csv has no column for the value; every row counts as 1",
        )
        assert taken(HEADER + rows[0] + "c1,2026-01-01,calls,-1\nc1,x,calls,\n").report.notes == (
            "1 row had no value and counts as 1",
        )

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            (pa.array([7], pa.int8()), "7"),
            (pa.array([2**41], pa.uint64()), "2199023255552"),
            (pa.array([0.1], pa.float64()), "0.1"),
            (pa.array([0.1 + 0.2], pa.float64()), "0.3"),
            (pa.array([9999999999.123455], pa.float64()), "9999999999.123455"),
            (pa.array([123456789012.1234], pa.float64()), "123456789012.1234"),
            (pa.array([3628985943.5680094], pa.float64()), "3628985943.568009"),
            (pa.array([1.0000005], pa.float64()), "1.000001"),
            (pa.array([1234.567], pa.float32()), "1234.567"),
            (pa.array([Decimal("1.0000005")], pa.decimal128(38, 9)), "1.000001"),
            (pa.array([Decimal("1.0000004")], pa.decimal128(20, 7)), "1"),
            (pa.array([Decimal("123456789012.123456")], pa.decimal128(18, 6)), "123456789012.123456"),
            (pa.array([None], pa.float64()), "1"),
            (pa.array(["2.5"], pa.string()).dictionary_encode(), "2.5"),
        ],
    )
    def test_typed_columns(self, tmp_path: Path, column: pa.Array, value: str) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(pa.table({"customer": ["c1"], "time": [NEW_YEAR], "feature": ["calls"], "value": column}), path)
        assert [value for *_, value in events(read(path))] == [Decimal(value)]

    @pytest.mark.parametrize(
        ("column", "count"),
        [
            (pa.array([Decimal("1.0000005"), Decimal("1.5"), Decimal("0.0000011")], pa.decimal128(38, 9)), 2),
            (pa.array([0.1 + 0.2, 0.1, 1.0]), 1),
            (pa.array([0.1, 1234.567, 0.0000011], pa.float32()), 1),
            (pa.array([1, 2, 3]), 0),
        ],
    )
    def test_typed_values_that_are_rounded_are_noted(self, tmp_path: Path, column: pa.Array, count: int) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(pa.table({"user": ["c1"] * 3, "time": [NEW_YEAR] * 3, "feature": ["calls"] * 3, "value": column}), path)
        notes = {
            0: (),
            1: ("1 value had more than 6 decimals and was rounded half up",),
            2: ("2 values had more than 6 decimals and were rounded half up",),
        }
        assert read(path).report.notes == notes[count]

    @pytest.mark.parametrize(
        ("column", "text", "reason"),
        [
            (pa.array([1, -1]), "-1", NEGATIVE),
            (pa.array([1, 2**64 - 1], pa.uint64()), "18446744073709551615", TOO_LARGE),
            (pa.array([1.0, float("nan")]), "nan", INFINITE),
            (pa.array([1.0, float("inf")]), "inf", INFINITE),
            (pa.array([1.0, 1e300]), "1e+300", TOO_LARGE),
            (pa.array([1.0, -0.5]), "-0.5", NEGATIVE),
            (pa.array(["1", "x"]), "x", NOT_A_NUMBER),
        ],
    )
    def test_typed_values_that_are_rejected(self, tmp_path: Path, column: pa.Array, text: str, reason: str) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(
            pa.table({"customer": ["c1"] * 2, "time": [NEW_YEAR] * 2, "feature": ["a,b"] * 2, "value": column}), path
        )
        read_ = read(path)
        assert rejects(read_) == [(2, "value", text, reason)]
        assert read_.report.files[0].rejected_rows == f'customer,time,feature,value\nc1,2026-01-01 00:00:00+00,"a,b",{text}\n'

    @pytest.mark.parametrize(
        ("number", "value"),
        [
            ("12345678901.5", "12345678901.5"),
            ("12345678901.500", "12345678901.5"),
            ("4000000000000.0", "4000000000000"),
            ("8589934591.123456", "8589934591.123456"),
            ('"123456789012.123456"', "123456789012.123456"),
            ("12345678901234567", None),
            ("123456789012.123456", None),
            ("900000000000.0001", "900000000000.0001"),
            ("9000000000000.0001", None),
        ],
    )
    def test_json_numbers_are_exact_or_rejected(self, taken: Callable[..., Ingested], number: str, value: str | None) -> None:
        line = '{"customer": "c1", "time": "2026-01-01", "code": "calls", "value": %s}\n'
        read_ = taken(line % 1 + line % number, "usage.jsonl")
        if value is None:
            assert [reason for *_, reason in rejects(read_)] == [INEXACT if "." in number else TOO_LARGE]
        else:
            assert [value for *_, value in events(read_)] == [1, Decimal(value)]


def test_micros_are_taken_from_where_a_column_begins() -> None:
    units = pa.array([Decimal("1.5"), Decimal("2.000001"), Decimal("9223372036854.775807")], pa.decimal128(38, 6))
    assert usable_rows.decimal_micros(units.slice(1)).tolist() == [2_000_001, 2**63 - 1]


class TestNames:
    def test_names_are_trimmed_and_otherwise_unchanged(self, taken: Callable[..., Ingested]) -> None:
        names = ["=1+1", 'a"b', "a,b", "a\nb", "a\r\nb", "'", "Zoë 顧客 🚀", "a  b", "NULL", "0012", "\\", "a\x00b", "a\tb"]
        sheet = io.StringIO(newline="")
        rows = csv.writer(sheet)
        rows.writerow(["customer_id", "timestamp", "feature"])
        rows.writerows(
            [padding + name + padding, "2026-01-01", padding + name] for name in names for padding in ("", " ", "\t", "\u00a0")
        )
        read_ = taken(sheet.getvalue())
        assert read_.usage.customers.to_pylist() == sorted(names, key=str.encode)
        assert sorted(read_.usage.features) == sorted(names)
        assert all(customer == feature for customer, _, feature, _ in events(read_))

    @pytest.mark.parametrize("empty", ["", " ", '""', '" "', '"\t\n"', "\u00a0"])
    def test_empty_names_are_rejected(self, taken: Callable[..., Ingested], empty: str) -> None:
        read_ = taken(HEADER + GOOD + f"{empty},2026-01-01,calls,1\nc1,2026-01-01,{empty},1\n")
        assert [(column, reason) for _, column, _, reason in rejects(read_)] == [
            ("customer_id", NO_CUSTOMER),
            ("feature", NO_FEATURE),
        ]

    @pytest.mark.parametrize(
        ("column", "name"),
        [
            (pa.array([42], pa.int64()), "42"),
            (pa.array([42.0], pa.float64()), "42"),
            (pa.array([Decimal("42.00")], pa.decimal128(9, 2)), "42"),
            (pa.array(["Zoë".encode()], pa.binary()), "Zoë"),
            (pa.array(["c"]).dictionary_encode(), "c"),
            (pa.array([True]), "true"),
        ],
    )
    def test_typed_names_are_text(self, tmp_path: Path, column: pa.Array, name: str) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(pa.table({"customer_id": column, "time": [NEW_YEAR], "feature": column}), path)
        assert [(customer, feature) for customer, _, feature, _ in events(read(path))] == [(name, name)]

    def test_the_lowest_column_speaks_where_several_are_wrong(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + GOOD + ",x,,-1\nc1,x,,-1\nc1,2026-01-01,,-1\nc1,2026-01-01,calls,-1\n")
        assert [column for _, column, *_ in rejects(read_)] == ["customer_id", "timestamp", "feature", "value"]


class TestDuplicates:
    def test_the_first_of_a_customer_in_the_order_of_the_input_is_used(self, tmp_path: Path) -> None:
        header = "customer_id,timestamp,feature,value,event_id\n"
        rows = ["a,2026-01-05,calls,1,e1", "b,2026-01-01,calls,2,e1", "a,2026-01-01,calls,3,e1", "a,2026-01-02,calls,4,"]
        first = written(tmp_path, header + "\n".join([*rows, "a,2026-01-02,calls,5, "]), "first.csv")
        second = written(tmp_path, header + " a ,2026-01-03,calls,6, e1 \na,2026-01-03,calls,7,e2\n", "second.csv")
        read_ = read([first, second])
        assert [(name, value) for name, _, _, value in events(read_)] == [("a", 4), ("a", 5), ("a", 7), ("a", 1), ("b", 2)]
        assert [(file.rows_read, file.rows_used, file.duplicates) for file in read_.report.files] == [(5, 4, 1), (2, 1, 1)]

    def test_a_rejected_row_does_not_make_the_corrected_one_a_duplicate(self, taken: Callable[..., Ingested]) -> None:
        content = "customer_id,timestamp,feature,value,event_id\na,2026-01-01,calls,-1,e1\na,2026-01-01,calls,1,e1\n"
        report = taken(content).report
        assert (report.rows_used, report.rows_rejected, report.duplicates) == (1, 1, 0)

    def test_across_formats_and_files_without_ids(self, tmp_path: Path) -> None:
        plain = written(tmp_path, HEADER + GOOD * 3, "plain.csv")
        lines = written(tmp_path, '{"customer": "c1", "time": 1767225600, "code": "calls", "event_id": 7}\n' * 2, "usage.jsonl")
        pq.write_table(
            pa.table({"customer": ["c1", "c2"], "time": [NEW_YEAR] * 2, "code": ["calls"] * 2, "event_id": [7, 7]}),
            tmp_path / "usage.parquet",
        )
        again = written(tmp_path, HEADER + GOOD * 3, "again.csv")
        report = read([plain, lines, again, tmp_path / "usage.parquet"]).report
        assert [file.duplicates for file in report.files] == [0, 1, 0, 1]

    def test_many_customers_with_the_same_ids(self, taken: Callable[..., Ingested]) -> None:
        rows = "".join(f"c{customer},2026-01-01,calls,1,{number}\n" for customer in range(50) for number in range(40))
        report = taken("customer_id,timestamp,feature,value,event_id\n" + rows + rows).report
        assert (report.rows_used, report.duplicates) == (2_000, 2_000)

    def test_one_hash_is_not_enough(self) -> None:
        rows = Rows(np.zeros(4, np.int32), np.zeros(4, np.int16), np.arange(4), np.arange(4))
        keys = EventKeys(np.array([1, 1, 1, 2], np.uint64), np.array([5, 6, 5, 5], np.uint64), np.ones(4, bool))
        ranks = np.zeros(1, np.int32), np.zeros(1, np.int16)
        assert group_by_customer([rows], count_runs([rows], 1, 1), ranks, 1, [keys]).values.tolist() == [0, 1, 3]


class TestBrokenRows:
    def test_too_few_and_too_many_fields(self, taken: Callable[..., Ingested]) -> None:
        rows = ["c1,2026-01-01,calls", "c1,2026-01-01,calls,1,2", "c1,2026-01-01,calls,1,,", "   ", "", GOOD.strip(), "c1"]
        read_ = taken(HEADER + "\n".join(rows))
        assert rejects(read_) == [(2, "", rows[0], TOO_FEW), (3, "", rows[1], TOO_MANY), (8, "", "c1", TOO_FEW)]
        assert (read_.report.rows_read, read_.report.rows_used) == (5, 2)
        assert read_.report.files[0].rejected_rows == HEADER + f"{rows[0]}\n{rows[1]}\nc1\n"

    def test_an_unclosed_quote_costs_its_line_alone(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + GOOD + '"c1,2026-01-01,calls,1\n' + GOOD + '"c2",2026-01-01,calls,x\n' + GOOD)
        assert rejects(read_) == [(3, "", '"c1,2026-01-01,calls,1', QUOTE), (5, "value", "x", NOT_A_NUMBER)]
        assert read_.report.rows_used == 3

    def test_text_after_a_closing_quote(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + '"c1"x,2026-01-01,calls,1\n' + GOOD + '5" pipe,2026-01-01,calls,1\n')
        assert rejects(read_) == [(2, "", '"c1"x,2026-01-01,calls,1', QUOTE)]
        assert [customer for customer, *_ in events(read_)] == ['5" pipe', "c1"]

    def test_lines_are_physical_below_quoted_line_breaks_and_blank_lines(self, taken: Callable[..., Ingested]) -> None:
        content = '\n"a\n\r\nb",2026-01-01,calls,1\n\n\n"x\r\n,\ny",2026-01-01,calls,-1\nc,?,calls,1\n'
        for line_end in ("\n", "\r\n"):
            read_ = taken((HEADER + content).replace("\r\n", "\n").replace("\n", line_end))
            assert [(line, column) for line, column, *_ in rejects(read_)] == [(8, "value"), (11, "timestamp")]
            broken = taken((HEADER + content + "c\n").replace("\r\n", "\n").replace("\n", line_end))
            assert [(line, column) for line, column, *_ in rejects(broken)] == [(8, "value"), (11, "timestamp"), (12, "")]

    def test_a_space_may_stand_before_a_quote(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + 'c\n "c1", "2026-01-01", "a,b" , "1"\nc1,2026-01-01, calls,  "x"\n')
        assert events(read_) == [("c1", NEW_YEAR, "a,b", Decimal(1))]
        assert rejects(read_) == [(2, "", "c", TOO_FEW), (4, "value", '  "x"', NOT_A_NUMBER)]

    def test_records_that_duckdb_counts_otherwise(self, taken: Callable[..., Ingested]) -> None:
        """It lets a quote open again after a space, also across lines; here the lines are what the rejects name."""
        read_ = taken(HEADER + GOOD + '"a" "x\ny",2026-01-01,calls,1\nc1,2026-01-01,calls,x\n')
        assert [(line, reason) for line, _, _, reason in rejects(read_)] == [(3, QUOTE), (5, NOT_A_NUMBER)]

    def test_a_row_that_never_ends(self, taken: Callable[..., Ingested]) -> None:
        read_ = taken(HEADER + GOOD + "x" * 2_000_001 + ",2026-01-01,calls,1\n" + GOOD)
        ((line, column, value, reason),) = rejects(read_)
        assert (line, column, reason) == (3, "", "the row is longer than 2,000,000 bytes: look for a quote that is not closed")
        assert value == "x" * 1_000 + "…"
        assert read_.report.rows_used == 2

    def test_records_are_found_whatever_the_size_of_a_block(
        self, taken: Callable[..., Ingested], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = (
            HEADER + '"a\r\n""b",2026-01-01,calls,1\r\nc\r\n\r\n"c"x,1\r\r"d",2026-01-01,calls,1\n"e,\n,2026-01-01,calls,1'
        )
        expected = rejects(taken(content))
        assert [line for line, *_ in expected] == [4, 6, 9, 10]
        for size in (3, 4, 5, 7, 16, 64):
            monkeypatch.setattr(csv_records, "BLOCK_BYTES", size)
            assert rejects(taken(content)) == expected

    def test_quoted_line_breaks_across_many_buffers(self, taken: Callable[..., Ingested]) -> None:
        """Names that look like rows of their own, in a file that DuckDB shares out among threads."""
        name = '"' + ("c,2026-01-01,calls,1\n" * 20) + '"'
        read_ = taken(HEADER + f"{name},2026-01-01,calls,1\n{GOOD}" * 80_000 + "c1,x,calls,1\n")
        assert (read_.usage.customer_count, read_.usage.event_count) == (2, 160_000)
        assert [line for line, *_ in rejects(read_)] == [1 + 80_000 * 22 + 1]


class TestFullDisk:
    """Where the temporary files of reading find no room, that is said, and not that the usage is wrong."""

    NO_ROOM = (
        f"{tempfile.gettempdir()}: the disk has no room for temporary files."
        " Free some room there, or name a folder on a larger disk in the environment variable TMPDIR."
    )

    def test_for_rows_beyond_the_memory_limit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError("156160 requested and 12288 written")

        monkeypatch.setattr("commet_core.usage.ingest.reading.spool._moved", full)
        usage = written(tmp_path, HEADER + GOOD)
        assert refusal(lambda: read(usage, memory_limit=1)) == self.NO_ROOM

    def test_for_parquet_too_which_is_not_called_damaged(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("commet_core.usage.ingest.reading.spool._moved", full)
        pq.write_table(
            pa.table({"customer_id": ["a"], "timestamp": [datetime(2026, 1, 1, tzinfo=UTC)], "feature": ["call"]}),
            tmp_path / "usage.parquet",
        )
        assert refusal(lambda: read(tmp_path / "usage.parquet", memory_limit=1)) == self.NO_ROOM

    def test_for_usage_that_lies_on_disk_before_it_is_mapped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A mapped file that finds no room ends the process with SIGBUS."""

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.posix_fallocate", full)
        assert refusal(lambda: read(written(tmp_path, HEADER + GOOD), memory_limit=1)) == self.NO_ROOM

    def test_for_what_duckdb_puts_aside(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise duckdb.Error('IO Error: Could not write file "duckdb_temp_storage": No space left on device')

        monkeypatch.setattr(file_rows, "usage_query", full)
        assert refusal(lambda: read(written(tmp_path, HEADER + GOOD))) == self.NO_ROOM

    def test_another_fault_of_the_system_is_not_taken_for_it(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def forbidden(*_: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("commet_core.usage.ingest.reading.spool._moved", forbidden)
        usage = written(tmp_path, HEADER + GOOD)
        with pytest.raises(PermissionError):
            read(usage, memory_limit=1)


class TestFoldersAndPatterns:
    """What an export of every hour leaves behind, and what is easily named twice."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "hours"
        folder.mkdir()
        rows = pa.table({"customer_id": ["c1"], "timestamp": [NEW_YEAR], "feature": ["calls"], "value": [2]})
        pq.write_table(rows.slice(0, 0), folder / "00.parquet")
        pq.write_table(rows, folder / "01.parquet")
        for name, content in {"02.csv": HEADER, "03.csv": HEADER + GOOD, "04.csv": "\ufeff \n", "05.csv": ""}.items():
            written(folder, content, name)
        written(folder, gzip.compress(b"", mtime=0), "06.csv.gz")
        return folder

    @pytest.mark.parametrize("pattern", ["", "*"])
    def test_files_without_rows_are_left_out_and_counted(self, folder: Path, pattern: str) -> None:
        report = read(folder / pattern).report
        assert ([file.file for file in report.files], report.rows_used) == (["01.parquet", "03.csv"], 2)
        assert report.notes == ("00.parquet and 4 more have no rows",)

    def test_a_file_with_one_row_is_read(self, tmp_path: Path) -> None:
        written(tmp_path, json.dumps({"customer_id": "c1", "timestamp": "2026-01-01", "feature": "calls"}), "one.jsonl")
        assert read(tmp_path).report.rows_used == 1

    def test_a_first_line_of_values_is_no_header(self, folder: Path) -> None:
        written(folder, GOOD, "07.csv")
        assert refusal(lambda: read(folder)).startswith("07.csv: its first line holds values")

    def test_nothing_but_files_without_rows(self, folder: Path) -> None:
        again = "Export the usage again."
        assert refusal(lambda: read(folder / "02*")) == f"{folder / '02*'}: the only file in it has no rows. {again}"
        assert refusal(lambda: read(folder / "0[045]*")) == f"{folder / '0[045]*'}: all 3 files in it have no rows. {again}"

    @pytest.mark.parametrize("again", ["hours/03.csv", "hours/*.csv", "hours", "hours/../hours/03.csv"])
    def test_a_file_that_is_named_twice(self, folder: Path, again: str) -> None:
        named = folder / "03.csv"
        assert refusal(lambda: read([named, folder.parent / again])) == (
            f"{named}: the file is named more than once, and its rows would count each time. Name each file once."
        )


class TestUnusableFiles:
    def test_missing_file_and_folder(self, tmp_path: Path) -> None:
        missing = tmp_path / "none.csv"
        assert (
            refusal(lambda: read(missing)) == f"{missing}: there is no such file. Check the path and the spelling of the name."
        )
        nothing = "Check the path and the spelling of the name."
        assert refusal(lambda: read([tmp_path])) == f"{tmp_path}: the folder holds no files. {nothing}"
        assert refusal(lambda: read([tmp_path / "*.csv"])) == f"{tmp_path / '*.csv'}: no file is like this. {nothing}"
        assert refusal(lambda: read([])) == "usage: no file was given. Name at least one file of CSV, Parquet or JSON lines."

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("usage.csv", "", "the file is empty. Export the usage again."),
            ("usage.csv", "\ufeff\n \r\n", "the file is empty but for blank lines. Export the usage again."),
            ("usage.csv.gz", gzip.compress(b"", mtime=0), "the compressed file is empty. Export the usage again."),
            ("usage.csv", HEADER, "it has a header and no rows. Export the usage again."),
            ("usage.csv", HEADER.strip() + "\n\n  \n", "it has a header and no rows. Export the usage again."),
            (
                "usage.parquet",
                HEADER + GOOD,
                "its name says Parquet, but it is not a Parquet file. Export it again, or name it after what it is (.csv, .jsonl).",
            ),
            ("usage.parquet", b"PAR1" + b"\0" * 99 + b"PAR1", "the Parquet file is damaged or cut off. Copy or export it again."),
            (
                "usage.xlsx",
                b"PK\x03\x04" + b"\0" * 99,
                ("it begins like a workbook and cannot be read as one."
                " Save it again in Excel, or save the sheet as CSV (UTF-8)."),
            ),
            ("usage.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "the file is not text. Give CSV, JSON lines or Parquet; save text as UTF-8."),
            ("usage.csv.gz", gzip.compress((HEADER + GOOD).encode(), mtime=0)[:-12], "the gzip file is damaged or cut off. Copy or export it again."),
            ("usage.csv", "x" * 300_000, "its first line is longer than 262,144 bytes. Write one row on each line, with column names on the first."),
            (
                "usage.csv",
                "c1,2026-01-01,calls,3\nc2,2026-01-01,calls,3\n",
                ("its first line holds values (`c1`, `2026-01-01`, `calls` and `3`), not the names of columns."
                " Add a first line such as customer_id,timestamp,feature,value."),
            ),
            (
                "usage.json",
                '{\n "customer_id": 1\n}',
                ("none of its first lines is a JSON object. Write one object on each line:"
                ' {"customer_id": "c1", "timestamp": "2026-01-31T13:45:00Z", "feature": "calls"}.'),
            ),
            (
                "usage.json",
                '[{"customer_id": 1}, {"custo',
                "the file begins like a JSON array, but is not one. Write one object on each line, or an array of objects that ends with ].",
            ),
            ("usage.json", "[1, 2]", "the JSON array holds no objects. Write an array of objects, or one object on each line."),
            ("usage.json", '[{"a": 1}]'.encode("utf-16"), "the JSON is written in UTF-16. Save it as UTF-8."),
        ],
    )  # fmt: skip
    def test_what_each_is_told(self, refused: Callable[..., str], name: str, content: str | bytes, message: str) -> None:
        assert refused(content, name) == f"{name}: {message}"

    def test_a_parquet_file_without_rows_or_cut_off(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(
            pa.table(
                {"customer": pa.array([], pa.string()), "time": pa.array([], pa.int64()), "code": pa.array([], pa.string())}
            ),
            path,
        )
        assert refusal(lambda: read(path)) == "usage.parquet: it has no rows. Export the usage again."
        path.write_bytes(path.read_bytes()[:-20])
        assert refusal(lambda: read(path)) == "usage.parquet: the Parquet file is damaged or cut off. Copy or export it again."

    @pytest.mark.parametrize("text", [b"ann", b"call", b"customer_id", b"2026-01-01"])
    def test_a_parquet_file_in_which_a_byte_was_changed(self, tmp_path: Path, text: bytes) -> None:
        path = tmp_path / "usage.parquet"
        table = pa.table({"customer_id": ["ann"], "timestamp": ["2026-01-01"], "feature": ["call"]})
        pq.write_table(table, path, use_dictionary=False, compression="none", write_statistics=False)
        path.write_bytes(path.read_bytes().replace(text, text[:-2] + b"\xe9" + text[-1:]))
        assert refusal(lambda: read(path)) == "usage.parquet: the Parquet file is damaged or cut off. Copy or export it again."

    def test_damage_further_on(self, refused: Callable[..., str], tmp_path: Path) -> None:
        noise = "".join(
            f"c{row * 7919 % 99991},2026-01-01T00:00:{row % 60:02}Z,calls,{row * 31 % 977}\n" for row in range(60_000)
        )
        packed = gzip.compress((HEADER + noise).encode(), mtime=0)
        assert (
            refused(packed[: len(packed) // 2], "usage.csv.gz")
            == "usage.csv.gz: the gzip file is damaged or cut off. Copy or export it again."
        )
        damaged = packed[: len(packed) // 2] + b"\0" * 50 + packed[len(packed) // 2 + 50 :]
        assert refused(damaged, "usage.csv.gz") == "usage.csv.gz: the gzip file is damaged or cut off. Copy or export it again."
        array = json.dumps([{"customer": "c1", "time": 1767225600, "code": "calls"}] * 1_000)
        assert refused(array[:-200], "usage.json").startswith("usage.json: the file begins like a JSON array, but is not one.")
        path = tmp_path / "usage.parquet"
        rows = 5_000
        pq.write_table(
            pa.table({"customer": [f"c{row}" for row in range(rows)], "time": [NEW_YEAR] * rows, "code": ["calls"] * rows}),
            path,
        )
        content = bytearray(path.read_bytes())
        content[4:2_000] = b"\xff" * 1_996
        path.write_bytes(content)
        assert refusal(lambda: read(path)) == "usage.parquet: the Parquet file is damaged or cut off. Copy or export it again."

    def test_a_file_of_which_every_row_is_rejected(self, tmp_path: Path) -> None:
        path = written(tmp_path, HEADER + "c1,2026-02-30,calls,1\n" * 1_200 + "c2,x,calls,1\n")
        with pytest.raises(UnusableFiles) as caught:
            read(path)
        assert str(caught.value) == (
            f"usage.csv: none of its 1,201 rows can be used. 1,200 × {NO_SUCH_TIME} (line 2: '2026-02-30');"
            f" 1 × {NOT_A_TIME} (line 1202: 'x')."
            " Correct the rows, or the mapping of columns, which is"
            " customer_id = `customer_id`, timestamp = `timestamp`, feature = `feature`, value = `value`."
            ' A format can be given, `timestamp: {column: timestamp, format: "%d/%m/%Y %H:%M"}`, as strptime takes it.'
        )
        assert (caught.value.report.rows_rejected, caught.value.report.rejects.num_rows) == (1_201, 1_201)
        single = refusal(lambda: read(written(tmp_path, "customer,time,code\nc1,x,calls\n")))
        assert single.startswith(f"usage.csv: its only row cannot be used. 1 × {NOT_A_TIME} (line 2: 'x'). Correct the rows,")

    def test_all_files_are_reported_at_once(self, tmp_path: Path) -> None:
        good = written(tmp_path, HEADER + GOOD, "good.csv")
        empty = written(tmp_path, "", "empty.csv")
        strange = written(tmp_path, "a,b\n1,2\n", "strange.csv")
        shown = refusal(lambda: read([empty, good, tmp_path / "none.csv", strange]))
        assert [line.split(":")[0].rsplit("/")[-1] for line in shown.split("\n")] == ["empty.csv", "none.csv", "strange.csv"]
        header = written(tmp_path, HEADER, "header.csv")
        rejected = written(tmp_path, HEADER + "c1,x,calls,1\n", "rejected.csv")
        shown = refusal(lambda: read([header, good, rejected]))
        assert [line.split(":")[0] for line in shown.split("\n")] == ["header.csv", "rejected.csv"]
        packed = gzip.compress(
            (HEADER + "".join(f"c{row**3},1767225600,calls,{row**2}\n" for row in range(50_000))).encode(), mtime=0
        )
        cut = written(tmp_path, packed[: len(packed) // 2], "cut.csv.gz")
        shown = refusal(lambda: read([header, cut, rejected]))
        assert sorted(line.split(":")[0] for line in shown.split("\n")) == ["cut.csv.gz", "header.csv", "rejected.csv"]

    def test_files_of_one_name_are_told_apart(self, tmp_path: Path) -> None:
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
        paths = [written(tmp_path / "a", HEADER + GOOD), written(tmp_path / "b", HEADER + GOOD + "c1,x,calls,1\n")]
        assert [file.file for file in read(paths).report.files] == [str(path) for path in paths]
        assert read(paths).report.rejects["file"].to_pylist() == [str(paths[1])]

    @settings(max_examples=40, deadline=None)
    @given(
        junk=st.one_of(
            st.binary(max_size=400),
            st.binary(max_size=60).map(lambda tail: HEADER.encode() + tail),
            st.text(max_size=200).map(str.encode),
        )
    )
    @example(junk=b'customer_id,timestamp,feature,value\n"')
    @example(junk=b"customer_id\r,timestamp,feature,value\n\r\x00")
    def test_junk_is_an_error_with_a_sentence_or_usage(self, junk: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("usage.csv", "usage.json", "usage.parquet"):
                path = written(Path(folder), junk, name)
                problems, used = outcome(path)
                assert problems or used
                assert all(problem.what and problem.fix and "Error" not in problem.what for problem in problems)


class TestReport:
    def test_counts_and_reasons(self, tmp_path: Path) -> None:
        first = written(tmp_path, HEADER + GOOD + "c1,x,calls,1\nc1,y,calls,1\n,2026-01-01,calls,1\n", "first.csv")
        second = written(tmp_path, "customer,created_at,code\nc2,z,calls\nc2,2026-01-02,calls\n", "second.csv")
        report = read([first, second]).report
        assert (report.rows_read, report.rows_used, report.rows_rejected, report.duplicates) == (6, 2, 4, 0)
        assert [(file.rows_read, file.rows_used, file.rows_rejected) for file in report.files] == [(4, 1, 3), (2, 1, 1)]
        assert [(reason.column, reason.reason, reason.rows) for reason in report.reasons] == [
            ("timestamp", NOT_A_TIME, 3),
            ("customer_id", NO_CUSTOMER, 1),
        ]
        assert report.rejects.column_names == ["file", "line", "column", "value", "reason"]
        assert [tuple(row.values())[:4] for row in report.rejects.to_pylist()] == [
            ("first.csv", 3, "timestamp", "x"),
            ("first.csv", 4, "timestamp", "y"),
            ("first.csv", 5, "customer_id", ""),
            ("second.csv", 2, "created_at", "z"),
        ]
        assert report.files[1].rejected_rows == "customer,created_at,code\nc2,z,calls\n"

    def test_rejected_rows_can_be_read_again_as_they_stand(self, taken: Callable[..., Ingested]) -> None:
        rows = ['"=1+1\n""x""",x, calls ,"1,5"', "c\tx , 2026-02-30,calls,1"]
        read_ = taken(HEADER + GOOD + "\n".join(rows) + "\n")
        assert read_.report.files[0].rejected_rows == HEADER + "\n".join(rows) + "\n"

    def test_the_list_of_rejects_is_bounded_and_their_count_is_not(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(gathering, "REJECTS_KEPT", 5)
        first = written(tmp_path, HEADER + GOOD + "c1,x,calls,1\n" * 3, "first.csv")
        second = written(tmp_path, HEADER + GOOD.replace("c1", "c2") + "c1,x,calls,1\nc1\n" * 4, "second.csv")
        report = read([first, second]).report
        assert (report.rows_rejected, report.rejects["line"].to_pylist()) == (11, [3, 4, 5, 3, 4])
        assert report.notes == ("of 11 rejected rows the first 5 are listed",)
        report = read(written(tmp_path, HEADER + GOOD + "c1,x,calls,1\n" * 8)).report
        assert (report.rows_rejected, report.rejects.num_rows, report.files[0].rejected_rows.count("\n")) == (8, 5, 6)

    def test_sentences_are_all_different(self) -> None:
        assert set(SENTENCES) == set(Reason)
        assert len(set(SENTENCES.values())) == len(Reason)

    def test_every_row_is_accounted_for(self) -> None:
        with pytest.raises(AssertionError):
            FileReport("x", ColumnMapping(), rows_read=3, rows_used=1, rows_rejected=1, duplicates=0, rejected_rows="")

    def test_progress_rises_to_one_and_speaks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(file_rows, "ROWS_PER_BATCH", 10_000)
        told: list[tuple[float, str]] = []
        read(written(tmp_path, HEADER + GOOD * 50_000), progress=lambda share, text: told.append((share, text)))
        shares = [share for share, _ in told]
        assert shares == sorted(shares)
        assert (shares[0], shares[-1], max(shares)) == (0.0, 1.0, 1.0)
        assert "Reading usage.csv: 50,000 rows" in [text for _, text in told]
        assert len(told) > 5

    def test_description(self, taken: Callable[..., Ingested]) -> None:
        rows = [
            "b,2026-03-01T10:00:00.5Z,image,2.5",
            "a,2026-01-05,calls,1000000000000.000001",
            "c,2026-02-01,calls,2000000000000",
            "a,x,calls,1",
        ]
        description = describe(taken(HEADER + "\n".join(rows)))
        assert (description.rows, description.customers) == (3, 3)
        assert [(feature.feature, feature.rows, feature.units) for feature in description.features] == [
            ("calls", 2, Decimal("3000000000000.000001")),
            ("image", 1, Decimal("2.5")),
        ]
        assert (description.first, description.last) == (
            datetime(2026, 1, 5, tzinfo=UTC),
            datetime(2026, 3, 1, 10, 0, 0, 500000, tzinfo=UTC),
        )
        assert [reason.rows for reason in description.reasons] == [1]

    def test_units_of_a_feature_may_exceed_64_bits(self, taken: Callable[..., Ingested]) -> None:
        rows = "".join(f"c{customer},2026-01-01,calls,4000000000000.000001\n" for customer in range(7))
        assert describe(taken(HEADER + rows)).features[0].units == Decimal("28000000000000.000007")


class TestInspect:
    def test_a_csv_file(self, tmp_path: Path) -> None:
        shape = inspect(written(tmp_path, 'customerId;time;code;"extra ; x"\n' + "c1;2026-01-01;calls;\n" * 30))
        assert (shape.file, shape.format, shape.delimiter, shape.encoding, shape.compressed) == (
            "usage.csv",
            "csv",
            ";",
            "UTF-8",
            False,
        )
        assert shape.columns == ("customerId", "time", "code", "extra ; x")
        assert shape.mapping == ColumnMapping("customerId", "time", "code")
        assert shape.preview == (("c1", "2026-01-01", "calls", ""),) * 10
        assert 25 <= shape.rows <= 35

    def test_parquet(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.parquet"
        pq.write_table(pa.table({"user": [1, 2], "ts": [NEW_YEAR] * 2, "note": ["a", None]}), path)
        shape = inspect(path)
        assert (shape.format, shape.rows, shape.delimiter) == ("parquet", 2, None)
        assert shape.types == ("BIGINT", "TIMESTAMP WITH TIME ZONE", "VARCHAR")
        assert shape.preview == (("1", "2026-01-01 00:00:00+00", "a"), ("2", "2026-01-01 00:00:00+00", None))
        assert shape.mapping == ColumnMapping(customer_id="user", timestamp="ts")

    def test_json_lines(self, tmp_path: Path) -> None:
        shape = inspect(
            written(
                tmp_path, '{"user": "u", "at": 1.10}\nbroken\n{"user": "v", "quantity": null, "x": {"y": 1}}\n', "usage.ndjson"
            )
        )
        assert (shape.format, shape.columns) == ("json lines", ("user", "at", "quantity", "x"))
        assert shape.preview == (("u", "1.10", None, None), ("v", None, None, "{'y': '1'}"))

    def test_it_reads_the_beginning_only(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = written(tmp_path, HEADER + GOOD * 100_000)
        opened: list[int] = []
        real = Path.open

        class Counting:
            def __init__(self, file: io.BufferedReader) -> None:
                self.file = file

            def __enter__(self) -> Self:
                return self

            def __exit__(self, *_: object) -> None:
                self.file.close()

            def read(self, size: int = -1) -> bytes:
                opened.append(size)
                return self.file.read(size)

        monkeypatch.setattr(Path, "open", lambda path, mode: Counting(real(path, mode)))
        assert inspect(path).rows > 90_000
        assert opened
        assert all(0 < size <= 1 << 18 for size in opened)

    def test_a_shape_is_given_where_columns_are_still_to_be_mapped(self, tmp_path: Path) -> None:
        assert inspect(written(tmp_path, "a,b\nx,y\n")).mapping == ColumnMapping()


def test_a_million_rows_with_three_bad_ones(tmp_path: Path) -> None:
    lines = [HEADER, *[f"c{row % 5_000},2026-01-01T00:00:00.000001Z,calls,{row % 977}.25\n" for row in range(1_000_000)]]
    lines[10] = "c1,2026-02-30,calls,1\n"
    lines[500_000] = "c1,2026-01-01,calls,-1\n"
    lines[1_000_000] = ",2026-01-01,calls,1\n"
    read_ = read(written(tmp_path, "".join(lines)))
    assert read_.usage.event_count == 999_997
    assert rejects(read_) == [
        (11, "timestamp", "2026-02-30", NO_SUCH_TIME),
        (500_001, "value", "-1", NEGATIVE),
        (1_000_001, "customer_id", "", NO_CUSTOMER),
    ]


def read_as(path: Path, *, few: bool) -> Ingested:
    """Reads a file of few rows as such, or as one of many."""
    with pytest.MonkeyPatch.context() as patch:
        if not few:
            patch.setattr(file_rows, "FEW_BYTES", -1)
            patch.setattr(file_rows, "FEW_ROWS", -1)
        return read(path)


# --- Random files -------------------------------------------------------------------------------------------------------

SPACES = " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0"
letters = st.characters(exclude_categories=["Cs", "Zs", "Zl", "Zp"], exclude_characters=SPACES)
inner = st.one_of(
    st.sampled_from(['"', ",", ";", "\n", "\r\n", "\r", " ", "=1+1", "\\", '""', "'", "c1,2026-01-01,x,1\n"]), letters
)
names = st.builds(lambda first, middle, last: first + "".join(middle) + last, letters, st.lists(inner, max_size=6), letters)
micros = st.one_of(st.integers(0, 10**9), st.sampled_from([0, 1, 10**6, 10**15 + 1])).filter(
    lambda number: number % 10**6 == 0 or number % 1_000 > 0  # 1.234 alone is asked about
)
good_rows = st.tuples(names, st.integers(0, 2_200_000_000_000_000), st.sampled_from(["calls", 'im"age', "a,b"]), micros)
BAD_ROWS = {
    "c,2026-02-30,calls,1": NO_SUCH_TIME,
    "c,now,calls,1": NOT_A_TIME,
    " ,2026-01-01,calls,1": NO_CUSTOMER,
    "c,2026-01-01,,1": NO_FEATURE,
    'c,2026-01-01,calls,"x,5"': NOT_A_NUMBER,
    '"a\nb",2026-01-01,calls,-1': NEGATIVE,
}
BROKEN_ROWS = {"c,2026-01-01,calls": TOO_FEW, "c,2026-01-01,calls,1,2": TOO_MANY, '"c"x,2026-01-01,calls,1': QUOTE}


def time_text(micros_since_1970: int, style: int) -> str:
    time = EPOCH + timedelta(microseconds=micros_since_1970)
    return [
        time.isoformat().replace("+00:00", "Z"),
        time.replace(tzinfo=None).isoformat(" "),
        (time + timedelta(hours=2)).replace(tzinfo=None).isoformat(timespec="microseconds") + "+02:00",
    ][style]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(
        st.one_of(
            st.tuples(good_rows, st.integers(0, 2)),
            st.sampled_from([*BAD_ROWS, ""]),
            st.sampled_from([*BAD_ROWS, ""]),
        ),
        max_size=25,
    ),
    broken=st.lists(st.tuples(st.integers(0, 25), st.sampled_from(list(BROKEN_ROWS))), max_size=3),
    line_end=st.sampled_from(["\n", "\r\n"]),
    byte_order_mark=st.booleans(),
    few=st.booleans(),
)
def test_random_csv_comes_back_exactly_and_bad_rows_on_their_lines(rows, broken, line_end, byte_order_mark, few) -> None:
    for place, row in broken:
        rows.insert(min(place, len(rows)), row)
    rows.append((("last", 0, "calls", 1), 0))
    sheet = io.StringIO(newline="")
    quoted = csv.writer(sheet, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    plain = csv.writer(sheet, lineterminator=line_end)
    plain.writerow(["customer_id", "timestamp", "feature", "value"])
    expected: list[tuple[bytes, datetime, int, str, Decimal]] = []
    expected_rejects = []
    for number, row in enumerate(rows):
        line = len(re.findall(r"\r\n|\r|\n", sheet.getvalue())) + 1
        if isinstance(row, str):
            sheet.write(row + line_end)
            if row:
                expected_rejects.append((line, {**BAD_ROWS, **BROKEN_ROWS}[row]))
        else:
            (name, time, feature, value), style = row
            # not every version of csv quotes a lone carriage return, and a name that begins as a comment may be one
            writer = quoted if "\r" in name or name.startswith(("#", "//")) or style == 2 else plain
            writer.writerow([name, time_text(time, style), feature, f"{Decimal(value).scaleb(-6):f}"])
            moment = EPOCH + timedelta(microseconds=time)
            expected.append((name.encode(), moment, number, feature, Decimal(value).scaleb(-6)))
    with tempfile.TemporaryDirectory() as folder:
        content = sheet.getvalue().encode()
        read_ = read_as(written(Path(folder), b"\xef\xbb\xbf" * byte_order_mark + content), few=few)
    assert events(read_) == [(name.decode(), time, feature, value) for name, time, _, feature, value in sorted(expected)]
    assert [(line, reason) for line, _, _, reason in rejects(read_)] == expected_rejects


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(good_rows, min_size=1, max_size=20),
    junk=st.lists(st.sampled_from(["", "nope", "[]", "3", '{"customer_id": ""}']), max_size=4),
    few=st.booleans(),
)
def test_random_json_lines_come_back_exactly(rows, junk, few) -> None:
    lines = [*junk]
    expected = []
    for number, (name, time, feature, value) in enumerate(rows):
        amount = Decimal(value).scaleb(-6)
        number_or_text = float(amount) if number % 2 and value < 2**53 else str(amount)
        lines.append(
            json.dumps({"customer_id": name, "timestamp": time_text(time, 0), "feature": feature, "value": number_or_text})
        )
        expected.append((name.encode(), time, number, feature, amount))
    with tempfile.TemporaryDirectory() as folder:
        read_ = read_as(written(Path(folder), "\n".join(lines), "usage.jsonl"), few=few)
    assert [(name, feature, value) for name, _, feature, value in events(read_)] == [
        (name.decode(), feature, value) for name, _, _, feature, value in sorted(expected)
    ]
    assert [line for line, *_ in rejects(read_)] == [number for number, line in enumerate(junk, 1) if line]


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(good_rows, min_size=1, max_size=20), empty=st.integers(0, 25), few=st.booleans())
def test_random_parquet_comes_back_exactly(rows, empty, few) -> None:
    amounts = [Decimal(value).scaleb(-6) for *_, value in rows]
    table = pa.table(
        {
            "customer_id": ["" if number == empty else name for number, (name, *_) in enumerate(rows)],
            "timestamp": pa.array([time for _, time, *_ in rows], pa.timestamp("us", "UTC")),
            "feature": [feature for _, _, feature, _ in rows],
            "value": pa.array(amounts, pa.decimal128(18, 6)),
        }
    )
    kept = [
        (name.encode(), time, number, feature, amounts[number])
        for number, (name, time, feature, _) in enumerate(rows)
        if number != empty
    ]
    if not kept:
        return
    with tempfile.TemporaryDirectory() as folder:
        pq.write_table(table, Path(folder) / "usage.parquet")
        read_ = read_as(Path(folder) / "usage.parquet", few=few)
    assert [(name, feature, value) for name, _, feature, value in events(read_)] == [
        (name.decode(), feature, value) for name, _, _, feature, value in sorted(kept)
    ]
    assert [line for line, *_ in rejects(read_)] == ([empty + 1] if empty < len(rows) else [])


decimals = st.decimals(min_value=0, max_value=10**6, allow_nan=False, allow_infinity=False)


@settings(max_examples=15, deadline=None)
@given(numbers=st.lists(st.tuples(decimals, st.sampled_from(["{:f}", "{:e}", "{}"])), min_size=1, max_size=100))
def test_a_value_is_the_decimal_rounded_half_up(numbers: list[tuple[Decimal, str]]) -> None:
    texts = [form.format(number)[:60] for number, form in numbers]
    texts = [text for text in texts if re.fullmatch(r"[\d.]+([eE][+-]?\d+)?", text)]
    texts = ["0.5", *texts]  # proves the decimal point: 146.769 alone is asked about
    rows = "".join(f"c1,{second},calls,{text}\n" for second, text in enumerate(texts, start=1_767_225_600))
    with tempfile.TemporaryDirectory() as folder:
        read_ = read(written(Path(folder), HEADER + rows))
    assert [value for *_, value in events(read_)] == [
        Decimal(text).quantize(Decimal("0.000001"), ROUND_HALF_UP) for text in texts
    ]


SHORT = """
import sys
from commet_core.usage.ingest import read

read([sys.argv[1]])
dear = [name for name in ("pydantic", "yaml", "numba", "pyarrow.parquet") if name in sys.modules]
assert not dear, dear
"""


def test_a_small_file_of_our_own_columns_is_read_without_what_documents_and_parquet_need(tmp_path: Path) -> None:
    """Each of them takes as long to import as the file takes to read."""
    path = tmp_path / "usage.csv"
    path.write_text("customer_id,timestamp,feature,value\nana,2026-01-01,call,1\n", "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", SHORT, path], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

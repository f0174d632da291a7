"""Tables as people make and export them: totals between rows, dates in parts, a column for each month, units in cells, levels."""

from __future__ import annotations

import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest
import xlsxwriter

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import ArrowSource, Ingested, describe, parse_mapping, read
from commet_core.usage.ingest.recognise.month_names import in_english
from commet_core.usage.ingest.recognise.period_names import period_of

HEAD = "customer,date,feature,quantity\n"

READ: dict[str, tuple[str, dict[str, str], str]] = {
    # name: content, units by feature, what a note says
    "subtotals after names": (
        HEAD + "acme,2026-02-01,api,5\nacme,2026-02-02,api,7\nacme Total,2026-02-02,api,12\nbeta,2026-02-01,api,3\nbeta Total,2026-02-02,api,3\n",
        {"api": "15"}, "`acme Total` and `beta Total` are totals, as the names show"),
    "subtotals before names": (
        HEAD + "acme,2026-02-01,api,5\nTotal for acme,2026-02-02,api,5\nbeta,2026-02-01,api,3\nSubtotal beta,2026-02-02,api,3\n",
        {"api": "8"}, "`Total for acme` and `Subtotal beta`"),
    "a total that counts": (
        HEAD + "acme,2026-02-01,api,5\nbeta,2026-02-01,api,3\nTotal (2 customers),2026-02-01,api,8\n",
        {"api": "8"}, "`Total (2 customers)` is a total"),
    "a company called Total": (HEAD + "Total Energies,2026-02-01,api,5\nacme,2026-02-02,api,7\n", {"api": "12"}, ""),
    "a total over regions": (
        "customer,date,feature,region,quantity\na,2026-02-01,api,eu,5\na,2026-02-01,api,us,7\na,2026-02-01,api,Total,12\n",
        {"api": "12"}, "rows whose `region` is `Total` are left out"),
    "an aggregation called sum": (
        "customer,date,feature,aggregation,quantity\na,2026-02-01,api,total,5\na,2026-02-01,gb,max,7\n",
        {"api": "5", "gb": "7"}, ""),
    "year, month and day": ("customer,year,month,day,feature,quantity\na,2026,2,1,api,5\na,2026,2,13,api,7\n", {"api": "12"}, ""),
    "year and month": ("customer,year,month,feature,quantity\na,2026,Feb,api,5\na,2026,March,api,7\n", {"api": "12"}, ""),
    "a column for each month": (
        "customer,feature,Jan 2026,Feb 2026,Total\na,api,5,6,11\nb,api,1,,1\nTotal,,6,6,12\n", {"api": "12"}, "is a month"),
    "months with a year beside": ("customer,feature,year,Jan,Feb\na,api,2026,5,6\nb,api,2026,1,\n", {"api": "12"}, "is a month"),
    "German months as columns": (
        "Kunde;Produkt;Januar 2026;März 2026\na;api;1.005,5;6\nGesamt;;1.005,5;6\n", {"api": "1011.5"}, "decimal comma"),
    "days as columns": ("customer,feature,01/02/2026,13/02/2026\na,api,5,6\n", {"api": "11"}, "is a date"),
    "a quarter beside its months": (
        "Customer,Feature,Q1 2026,Jan 2026,Feb 2026,Mar 2026\na,api,18,5,6,7\nb,api,3,,,3\n", {"api": "21"},
        "`Q1 2026` is the total of `Jan 2026`, `Feb 2026` and `Mar 2026`, as the values show, and is left out"),
    "a quarter beside its months, in German": (
        'Kunde;Produkt;2026-01;2026-02;2026-Q1\na;api;"1.000,5";2;1.002,50 €\n', {"api": "1002.5"}, "`2026-01` and `2026-02` is a month"),
    "a quarter alone in some rows": (
        "Customer,Feature,Q1 2026,Jan 2026,Feb 2026,Mar 2026\na,api,18,5,6,7\nb,api,4,,-,\n", {"api": "22"},
        "is left out, but for rows in which those are empty"),
    "a month beside its days": (
        "Customer,Feature,2026-01-01,13.01.2026,2026-01\na,api,1,2,3\n", {"api": "3"}, "`2026-01` is the total of"),
    "a quarter beside days": ("Customer,Feature,2026-01-01,2026-02-02,2026-Q1\na,api,1,2,3\n", {"api": "3"}, "`2026-Q1` is the total of"),
    "quarters beside other months": ("Customer,Feature,Q1 2026,Q2 2026,Jan 2025\na,api,18,5,6\n", {"api": "29"}, ""),
    "German dates": (HEAD.replace(",", ";") + "a;3. März 2026;api;5\na;1. Dez. 2026;api;7\n", {"api": "12"}, ""),
    "French dates": (HEAD.replace(",", ";") + "a;1er février 2026;api;5\na;13 août 2026;api;7\n", {"api": "12"}, ""),
    "Spanish dates": (HEAD.replace(",", ";") + "a;3 de enero de 2026;api;5\na;13 dic 2026;api;7\n", {"api": "12"}, ""),
    "Italian dates": (HEAD.replace(",", ";") + "a;3 gennaio 2026;api;5\na;13 lug 2026;api;7\n", {"api": "12"}, ""),
    "Portuguese dates": (HEAD.replace(",", ";") + "a;3 de março de 2026;api;5\na;13 fev 2026;api;7\n", {"api": "12"}, ""),
    "clocks with a point": (HEAD.replace(",", ";") + "a;13.04.2026 13.45;api;5\n", {"api": "5"}, ""),
    "a currency as a code": (HEAD.replace(",", ";") + "a;2026-04-01;api;CHF 1'234.50\na;2026-04-01;api;CHF 20\n", {"api": "1254.5"}, "the currency CHF was left out"),
    "euros behind": (HEAD.replace(",", ";") + "a;2026-04-01;api;1.234,50 EUR\n", {"api": "1234.5"}, "the currency EUR"),
    "units in cells": (HEAD + "a,2026-04-01,disk,5 GB\na,2026-04-02,disk,7GB\n", {"disk": "12"}, "units such as `GB` stand in the cells"),
    "units in cells, converted": (HEAD + "a,2026-04-01,disk_gb,5 GB\na,2026-04-02,disk_gb,700 MB\n", {"disk_gb": "5.7"}, "read in GB"),
    "a count of ones": ("customer,date,feature,count,usage\na,2026-04-01,api,1,500\na,2026-04-02,api,1,700\n", {"api": "1200"}, "the numbers in `count` are not read"),
    "messages are usage": (
        "customer,date,emails,sms,mrr,total_ms\na,2026-04-01,10,2,99,1200\na,2026-04-02,20,3,99,1300\n",
        {"emails": "30", "sms": "5"}, "`mrr` and `total_ms`"),
    "credits among usage": (
        "customer,date,feature,quantity,type\na,2026-04-01,api,5,usage\na,2026-04-02,api,6,credit\n",
        {"api": "11"}, "rows whose `type` is `credit` are read too"),
    "ids that are not read": ("id,customer,date,feature,quantity\n1,a,2026-04-01,api,5\n2,a,2026-04-02,api,5\n", {"api": "10"}, "`event_id: id`"),
    "a total of every day and customer": (
        HEAD + "All,2026-02-01,api,12\na,2026-02-01,api,5\nb,2026-02-01,api,7\nAll,2026-02-02,api,10\na,2026-02-02,api,4\nb,2026-02-02,api,6\n",
        {"api": "22"}, "`All` is a total, as the values show"),
    "no total, by one unit": (
        HEAD + "x,2026-02-01,api,12\na,2026-02-01,api,5\nb,2026-02-01,api,7\nx,2026-02-02,api,10\na,2026-02-02,api,4\nb,2026-02-02,api,5\n",
        {"api": "43"}, ""),
    "hours with AM and PM beside a date": (
        "customer,Date,Hour,feature,quantity\na,3/29/2026,11 PM,api,5\n", {"api": "5"}, "'3/29/2026 11 PM' are read as month, day, year"),
    "units behind names": (
        "Customer Name,Date (UTC),Feature,Quantity (units)\na,2026-02-01,api,5\n", {"api": "5"}, ""),
    "requests without tokens": ("customer,date,feature,requests,bytes\na,2026-02-01,api,5,1000\n", {"api": "5"}, "the numbers in `bytes`"),
    "usage before a count": ("customer,date,feature,Count,Usage\na,2026-02-01,api,3,500\n", {"api": "500"}, "the numbers in `Count`"),
    "a sum that is not read": ("account,day,metric,sum\na,2026-02-01,api,0.5\n", {"api": "1"}, "the numbers in `sum` are not read"),
    "lengths of time": ("customer,date,feature,duration\na,2026-02-01,call,00:05:30\n", {"call": "1"}, "the numbers in `duration` are not read"),
    "requests and credits among features": (
        "customer,date,cpu,requests,credits_used\na,2026-02-01,0.5,100,3\n", {"cpu": "0.5", "requests": "100", "credits_used": "3"}, ""),
    "limits beside usage": (
        "Customer,Date,API Calls,% of quota,Remaining,Limit\na,2026-02-01,7,0.7,3,10\n", {"API Calls": "7"},
        "`% of quota`, `Remaining` and `Limit` are not read"),
    "request ids that come twice": (
        HEAD.replace("\n", ",request_id\n") + "a,2026-02-01,api,5,r1\na,2026-02-01,api,5,r1\n", {"api": "10"}, "`event_id: request_id` counts it once"),
    "tokens without a model": (
        "customer,date,feature,input_tokens,output_tokens\na,2026-02-01,chat,100,20\n", {"chat": "1"},
        "tokens in `input_tokens` and `output_tokens` are not priced, for no column is their model"),
    "a zone in a column": (
        "customer,timestamp,timezone,feature,quantity\na,2026-03-01 00:30:00,Europe/Berlin,api,5\n", {"api": "5"},
        "`timezone` says in which zone its times are"),
    "words of other languages": ("Kunde;Datum;Produkt;Menge\na;13.04.2026;api;3,5\n", {"api": "3.5"}, ""),
}  # fmt: skip

JSON: dict[str, tuple[str, dict[str, str], str]] = {
    "rows inside objects": (
        '{"ok": true, "response": {"usage": {"rows": [{"customer": "a", "date": "2026-04-01", "feature": "x", "quantity": 3}]}}}',
        {"x": "3"}, "its rows are those under `response.usage.rows`"),
    "months around customers": (
        ('{"report": {"months": [{"month": "2026-04", "customers": [{"customer": "a", "feature": "x", "quantity": 3},'
        ' {"customer": "b", "feature": "x", "quantity": 4}]}, {"month": "2026-05", "customers": [{"customer": "a", "feature": "x",'
        ' "quantity": 5}]}]}}'), {"x": "12"}, "`report.months.customers`"),
    "a value inside an object": (
        '[{"customer": "a", "time": 1775000000, "event": "x", "properties": {"value": 3, "page": 7}}]', {"x": "3"}, ""),
    "an array beside the rows": (
        '{"data": [{"customer": "a", "date": "2026-04-01", "feature": "x", "quantity": 3}], "late": [{"customer": "a", "quantity": 9}]}',
        {"x": "3"}, "`late` holds rows too, which are not read"),
    "arrays in rows": (
        '[{"customer": "a", "date": "2026-04-01", "lines": [{"feature": "x", "quantity": 5}, {"feature": "y", "quantity": 2}], "tags": [{"k": 1}]}]',
        {"x": "5", "y": "2"}, "its rows are those under `lines`"),
    "a count of rows around them": (
        '{"count": 2, "pages": [{"page": 1, "groups": [{"customer": "a", "date": "2026-04-01", "feature": "x"}, {"customer": "b", "date": "2026-04-01", "feature": "x"}]}]}',
        {"x": "2"}, "every row counts as 1"),
    "tokens without a model": (
        '[{"project_id": "p", "start_time": 1767225600, "model": null, "num_model_requests": 2, "input_tokens": 9, "output_tokens": 1}]',
        {"ai_requests": "2"}, "1 row has tokens and no model"),
}  # fmt: skip

ASKED = {
    "a total beside a price": ("customer,date,feature,price,total\na,2026-04-01,x,0.5,5\n", "`total` looks like money"),
    "two zones in a column": (
        "customer,timestamp,timezone,feature\na,2026-04-01 10:00:00,Europe/Berlin,x\na,2026-04-01 10:00:00,Asia/Tokyo,x\n",
        r"time_zone: \"?Europe/Berlin",
    ),
    "tokens with bare names": (
        "time,customer,feature,model,input,output,cache read\n2026-04-01T10:00:00Z,a,chat,gpt-5,1000,100,400\n",
        r"`cache read`.* may be part of `input`",
    ),
    "counts of tokens that no shape knows": (
        "time,customer,promptTokenCount,candidatesTokenCount\n2026-04-01T10:00:00Z,a,1000,100\n",
        "no column was recognised as `feature`",
    ),
    "a quarter that is not the sum of its months": (
        "Customer,Feature,Q1 2026,Jan 2026,Feb 2026\na,api,11,5,6\nb,api,18,5,6\n",
        r"line 3: `Q1 2026` is not the sum of `Jan 2026` and `Feb 2026`",
    ),
    "months without a year": ("customer,feature,Jan,Feb,Mar\na,api,1,2,3\n", "timestamp"),
    "days as columns": ("customer,feature,01/02/2026,02/02/2026\na,api,5,6\n", "may be day and month or month and day"),
    "several units in cells": (HEAD + "a,2026-04-01,disk,5 GB\na,2026-04-02,disk,700 MB\n", r"units: \{disk: GB\}"),
    "an amount in a currency": ("customer,date,feature,amount\na,2026-04-01,x,EUR 5\n", "looks like money"),
}


def units(found: Ingested) -> dict[str, Decimal]:
    return {feature.feature: feature.units for feature in describe(found).features}


def decimals(expected: dict[str, str]) -> dict[str, Decimal]:
    return {feature: Decimal(number) for feature, number in expected.items()}


@pytest.mark.parametrize(("content", "expected", "said"), READ.values(), ids=READ)
def test_a_table_is_read_as_people_mean_it(tmp_path: Path, content: str, expected: dict[str, str], said: str) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(content, "utf-8")
    found = read(path)
    assert units(found) == decimals(expected)
    assert said in "; ".join(found.report.notes)


@pytest.mark.parametrize(("content", "expected", "said"), JSON.values(), ids=JSON)
def test_json_is_read_as_its_senders_mean_it(tmp_path: Path, content: str, expected: dict[str, str], said: str) -> None:
    path = tmp_path / "usage.json"
    path.write_text(content, "utf-8")
    found = read(path)
    assert units(found) == decimals(expected)
    assert said in "; ".join(found.report.notes)


@pytest.mark.parametrize(("content", "said"), ASKED.values(), ids=ASKED)
def test_what_cannot_be_told_is_asked(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=said):
        read(path)


def test_totals_are_kept_where_a_mapping_says_so(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    for name in ("subtotals after names", "a total over regions"):
        content, _, _ = READ[name]
        path.write_text(content, "utf-8")
        kept = read(path, parse_mapping("totals: keep", "mapping"))
        assert kept.report.rows_left_out == 0
        assert kept.report.rows_used == content.count("\n") - 1


ODD = {
    # name: header, good rows, an odd row, what is read of it
    "a month 13": ("year,month", [f"2026,{1 + row % 12}" for row in range(30)], "2026,13", 30),
    "a week 60": ("year,week", [f"2026,{1 + row}" for row in range(30)], "2026,60", 30),
    "an hour 25": ("date,hour", [f"2026-04-{1 + row:02},{row}" for row in range(20)], "2026-04-01,25", 20),
    "an hour 24": ("date,hour", [f"2026-04-{1 + row:02},{row}" for row in range(20)], "2026-04-01,24", 21),
    "a clock that is none": ("date,time", [f"2026-04-{1 + row:02},{row}:30" for row in range(20)], "2026-04-01,noon", 20),
}


@pytest.mark.parametrize(("header", "good", "odd", "used"), ODD.values(), ids=ODD)
def test_an_odd_cell_beside_a_date_is_of_its_row_alone(
    tmp_path: Path, header: str, good: list[str], odd: str, used: int
) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(f"customer,{header},feature,quantity\n" + "".join(f"a,{time},api,1\n" for time in [*good, odd]), "utf-8")
    found = read(path)
    assert (found.report.rows_used, found.report.rows_rejected) == (used, len(good) + 1 - used)
    assert len(set(found.usage.times.tolist())) == min(used, len(set(good)) + used - len(good))


def test_hours_from_1_to_24_end_with_the_day(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text("customer,date,hour,feature,quantity\na,2026-04-01,1,api,1\na,2026-04-01,24,api,1\n", "utf-8")
    found = read(path)
    usage = describe(found)
    assert [f"{time:%m-%d %H}" for time in (usage.first, usage.last)] == ["04-01 01", "04-02 00"]
    assert "hour 24 in `hour` is the end of its day" in "; ".join(found.report.notes)


DETAIL = [("customer", "date", "feature", "quantity"), ("a", "2026-04-01", "api", 5), ("a", "2026-04-02", "api", 6), ("b", "2026-04-02", "api", 1)]  # fmt: skip
SUMS = [DETAIL[0], ("a", "2026-04-01", "api", 11), ("b", "2026-04-01", "api", 1)]


def workbook(path: Path, **sheets: list[tuple[object, ...]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return path


@pytest.mark.parametrize(
    ("sheets", "total", "why"),
    [
        ({"Detail": DETAIL, "Sheet2": SUMS}, 12, "feature by feature it holds what the others add up to"),
        ({"Summary": [DETAIL[0], ("a", "2026-04-01", "api", 11.5)], "Detail": DETAIL}, 12, "its name says that it sums up"),
        ({"Jan": DETAIL, "Feb": DETAIL[:2], "All": [DETAIL[0], ("a", "2026-04-01", "api", 17)]}, 17, "the others add up to"),
        ({"Jan": DETAIL, "Feb": DETAIL[:2]}, 17, ""),
        ({"Detail": DETAIL, "Customers": [("customer", "plan"), ("a", "pro")]}, 12, "its columns were not recognised as usage"),
    ],
)
def test_sheets_that_sum_up_others_are_left_out(
    tmp_path: Path, sheets: dict[str, list[tuple[object, ...]]], total: int, why: str
) -> None:
    path = workbook(tmp_path / "usage.xlsx", **sheets)
    found = read(path)
    assert units(found) == {"api": total}
    assert why in "; ".join(found.report.notes)
    assert bool(why) == any("left out" in note or "not read" in note for note in found.report.notes)


def test_a_summary_is_read_where_a_mapping_keeps_totals(tmp_path: Path) -> None:
    path = workbook(tmp_path / "usage.xlsx", Detail=DETAIL, Summary=SUMS)
    assert units(read(path, parse_mapping("totals: keep", "mapping"))) == {"api": 24}


def test_a_file_that_sums_up_others_of_its_archive_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in (("detail.csv", DETAIL), ("by_customer.csv", SUMS)):
            archive.writestr(name, "".join(",".join(map(str, row)) + "\n" for row in rows))
    assert units(read(path)) == {"api": 12}


def test_months_as_columns_of_a_sheet(tmp_path: Path) -> None:
    rows = [
        ("Usage by month",),
        (),
        ("customer", "feature", "Jan 2026", "Feb 2026"),
        ("a", "api", 5, 6.5),
        ("b", "api", None, -2),
    ]
    found = read(workbook(tmp_path / "usage.xlsx", Usage=rows))
    assert units(found) == {"api": Decimal("11.5")}
    assert [(row["line"], row["value"]) for row in found.report.rejects.to_pylist()] == [(5, "-2")]


@pytest.mark.parametrize(
    ("name", "period"),
    [
        ("2026-01", "2026-01"), ("202601", "2026-01"), ("1/2026", "2026-01"), ("Jan-26", "2026-01"), ("Jan '26", "2026-01"),
        ("January 2026", "2026-01"), ("2026 Jan", "2026-01"), ("Okt 2026", "2026-10"), ("2026-01-31", "2026-01-31"),
        ("2026-13", None), ("Mayor 2026", None), ("requests", None), ("2026", None), ("may", None), ("model 2026", None),
    ],
)  # fmt: skip
def test_names_of_months_and_days(name: str, period: str | None) -> None:
    assert period_of(name) == period


def streamed(rows: str) -> Ingested:
    """Rows that come once, as from a database."""
    table = pyarrow.csv.read_csv(pa.py_buffer(rows.encode()), convert_options=TEXTS)
    return read(ArrowSource("query", lambda: pa.RecordBatchReader.from_batches(table.schema, table.to_batches())))


TEXTS = pyarrow.csv.ConvertOptions(
    column_types=dict.fromkeys(("customer", "date", "feature", "region", "quantity"), pa.string())
)


@pytest.mark.parametrize("name", ["subtotals after names", "a total that counts"])
def test_rows_that_come_once_leave_out_totals_that_names_show(name: str) -> None:
    content, expected, said = READ[name]
    found = streamed(content)
    assert units(found) == decimals(expected)
    assert said in "; ".join(found.report.notes)


def test_rows_that_come_once_leave_out_what_is_called_a_total() -> None:
    found = streamed(HEAD + "a,2026-04-01,api,5\nTotal,2026-04-01,api,5\n")
    assert units(found) == {"api": 5}
    assert found.report.rows_left_out == 1


def test_a_number_that_may_be_two_in_rows_that_come_once_is_asked() -> None:
    with pytest.raises(InputError, match=r"'1\.234' in `quantity` may be 1\.234 or 1234"):
        streamed(HEAD + "a,2026-04-01,api,1.234\na,2026-04-01,api,7\n")
    assert units(streamed(HEAD + "a,2026-04-01,api,1.234\na,2026-04-01,api,0.5\n")) == {"api": Decimal("1.734")}


def test_english_months_stay_as_they_are() -> None:
    for text in ("3 March 2026", "Mar 3, 2026", "2026-03-04T10:00:00Z", "13 May 2026", "Fri, 03 Apr 2026"):
        assert in_english(text) == text

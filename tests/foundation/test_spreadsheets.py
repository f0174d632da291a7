"""Exports open harmlessly: no text becomes a formula or a link, decimals are plain, rows survive as they were."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import openpyxl
import pyarrow as pa
import pytest

from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv, to_excel

NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\ttab", "https://example.com", 'say "hi"', "two\nlines", "plain"]


def table() -> pa.Table:
    count = len(NASTY)
    return pa.table(
        {
            "customer_id": pa.array(NASTY).dictionary_encode(),
            "amount": pa.array([Decimal("-1234.50")] * count, pa.decimal128(20, 2)),
            "price": pa.array([Decimal("0.000000001"), Decimal(0), *[Decimal("1.5")] * (count - 2)], pa.decimal128(24, 9)),
            "at": pa.array([datetime(2026, 1, 31, 23, 59, 59, 500000, tzinfo=UTC)] * count, pa.timestamp("us", tz="UTC")),
            "blocked": pa.array([True] * count),
            "missing": pa.nulls(count, pa.decimal128(20, 2)),
        }
    )


def csv_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_csv(table()).decode())))


def test_texts_that_begin_a_formula_get_an_apostrophe_in_csv() -> None:
    assert [row["customer_id"] for row in csv_rows()] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\ttab", *NASTY[5:]]


def test_negative_amounts_stay_numbers_in_csv() -> None:
    assert {row["amount"] for row in csv_rows()} == {"-1234.50"}


def test_small_decimals_have_no_exponent_in_csv() -> None:
    assert [row["price"] for row in csv_rows()][:3] == ["0.000000001", "0.000000000", "1.500000000"]


def test_times_are_iso_and_missing_is_empty_in_csv() -> None:
    assert {(row["at"], row["missing"]) for row in csv_rows()} == {("2026-01-31T23:59:59.500000Z", "")}


def sheet() -> "openpyxl.worksheet.worksheet.Worksheet":
    return openpyxl.load_workbook(io.BytesIO(to_excel({"customers": table()})))["customers"]


def test_no_cell_of_an_excel_file_is_a_formula_or_a_link() -> None:
    cells = [cell for row in sheet().iter_rows(min_row=2) for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f" or cell.hyperlink]
    assert [row[0].value for row in sheet().iter_rows(min_row=2)] == NASTY


def test_amounts_are_numbers_with_their_decimals_in_excel() -> None:
    assert sheet()["B2"].value == pytest.approx(-1234.5, abs=0)
    assert sheet()["B2"].number_format == "#,##0.00"
    assert sheet()["D2"].value == datetime(2026, 1, 31, 23, 59, 59, 500000)  # noqa: DTZ001  (Excel knows no zones)


@pytest.mark.parametrize("sign", list("=+-@＝＋－＠﹦﹢﹣﹫⁼⁺−"))
@pytest.mark.parametrize("before", ["", "\n", "\r\n", "\t", " ", "\u00a0", "\u200b", "\ufeff"])
def test_whatever_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(sign: str, before: str) -> None:
    text = f"{before}{sign}1+1"
    rows = list(csv.reader(io.StringIO(to_csv(pa.table({text: [text]})).decode(), newline="")))
    assert rows == [[f"'{text}"], [f"'{text}"]]


def test_other_texts_and_headers_stay_as_they_are() -> None:
    texts = ["a=1", "1-1", "x\n=1", "’=1", "ab cd", "", "0=1", "é"]
    rows = list(csv.reader(io.StringIO(to_csv(pa.table({"billed -5": texts, "n": [0] * 8})).decode(), newline="")))
    assert rows[0] == ["billed -5", "n"]
    assert [row[0] for row in rows[1:]] == texts


def test_a_full_disk_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise duckdb.IOException("IO Error: Could not write to file: No space left on device")

    monkeypatch.setattr(duckdb.DuckDBPyRelation, "write_csv", full)
    with pytest.raises(InputError, match="the disk has no room for temporary files"):
        to_csv(table())

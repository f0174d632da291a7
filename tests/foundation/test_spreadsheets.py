"""Exports open harmlessly: no text becomes a formula or a link, decimals are plain, rows survive as they were."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import openpyxl
import pyarrow as pa
import pytest

from commet_core.foundation import workbooks
from commet_core.foundation.errors import InputError
from commet_core.foundation.spreadsheets import to_csv
from commet_core.foundation.workbooks import SHORT_ROWS_MAX, to_excel

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


LONG = SHORT_ROWS_MAX + 1


def long_table() -> pa.Table:
    """The same rows over and over, with what no XML may hold, what would be an escape, and empty cells."""
    texts = [*NASTY, "bell\x07", "_x0041_", "<b>&amp;</b>", "tail ", "", None]
    count = -(-LONG // len(texts))
    rows = table().slice(0, 1)
    whole = pa.concat_tables([rows] * (count * len(texts)))
    repeated = pa.array(texts * count, pa.string())
    return (
        whole.set_column(0, "customer_id", repeated.dictionary_encode())
        .append_column("note", repeated)
        .append_column("count", pa.array([*range(whole.num_rows - 1), None], pa.int64()))
    )


def test_a_long_sheet_reads_back_as_it_was() -> None:
    whole = long_table()
    assert whole.num_rows > SHORT_ROWS_MAX
    sheets = {"short": table(), "long": whole, "last": table()}
    book = openpyxl.load_workbook(io.BytesIO(to_excel(sheets)))
    assert book.sheetnames == list(sheets)
    assert [row[0].value for row in book["last"].iter_rows(min_row=2)] == NASTY
    rows = list(book["long"].iter_rows(min_row=2))
    assert len(rows) == whole.num_rows
    read = [row[6].value for row in rows]
    for text, cell in zip(whole["note"].to_pylist(), read, strict=True):
        assert cell == {"bell\x07": "bell", "_x0041_": "_x005F_x0041_"}.get(text, text)
    assert [row[0].value for row in rows] == read
    assert [row[7].value for row in rows] == whole["count"].to_pylist()


@pytest.mark.parametrize("columns", [["note", "count"], ["note"]])
def test_a_long_sheet_may_begin_with_empty_cells(columns: list[str]) -> None:
    counts = pa.array([*range(LONG)], pa.int64())
    notes = pa.array([None, *["x"] * (LONG - 1)], pa.string())
    whole = pa.table({"note": notes, "count": counts}).select(columns)
    book = openpyxl.load_workbook(io.BytesIO(to_excel({"long": whole})))["long"]
    for place, column in enumerate(columns):
        assert [row[place].value for row in book.iter_rows(min_row=2)] == whole[column].to_pylist()


def test_a_long_sheet_has_the_styles_filter_and_no_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(to_excel({"long": long_table()})))["long"]
    assert book.auto_filter.ref == f"A1:H{long_table().num_rows + 1}"
    assert book.freeze_panes == "A2"
    for row in (2, LONG):
        assert (book[f"B{row}"].value, book[f"B{row}"].number_format) == (pytest.approx(-1234.5, abs=0), "#,##0.00")
        assert book[f"D{row}"].value == datetime(2026, 1, 31, 23, 59, 59, 500000)  # noqa: DTZ001  (Excel knows no zones)
        assert book[f"E{row}"].value is True
    assert not [cell for row in book.iter_rows() for cell in row if cell.data_type == "f"]


def test_a_table_longer_than_a_sheet_says_so_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "EXCEL_ROWS_MAX", LONG - 1)
    book = openpyxl.load_workbook(io.BytesIO(to_excel({"long": long_table()})))["long"]
    assert book.max_row == LONG
    assert str(book[f"A{LONG}"].value).startswith(f"… {long_table().num_rows:,} rows in all")


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

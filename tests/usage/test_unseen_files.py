"""Files of kinds that are read wrongly with ease: each is read as it was written, or asked about, whatever lies around its rows."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from commet_core.usage.ingest import ArrowSource, Ingested, describe, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.rejects.report import UnusableFiles

HEADER = ("customer", "date", "feature", "quantity")
TOKENS = ("at", "customer", "feature", "model", "input_tokens", "output_tokens", "cache_read_tokens")
REQUEST = ("2026-03-01T10:00:00Z", "a", "chat", "gpt-5", 6000, 50, 5000)


def written(path: Path, *rows: tuple[object, ...]) -> Path:
    path.write_text("".join(",".join(map(str, row)) + "\n" for row in rows), "utf-8")
    return path


def workbook(path: Path, *rows: tuple[object, ...]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Usage")
        for place, row in enumerate(rows):
            sheet.write_row(place, 0, row)
    return path


def units(ingested: Ingested) -> dict[str, float]:
    return {feature.feature: float(feature.units) for feature in describe(ingested).features}


class TestSheetsDecideAsFilesDo:
    def test_texts_prove_a_decimal_comma_and_the_day_first(self, tmp_path: Path) -> None:
        rows = ("a", "04.03.2026", "calls", "1.234,5"), ("a", "14.03.2026", "calls", "2,5")
        found = read(workbook(tmp_path / "u.xlsx", HEADER, *rows))
        assert units(found) == {"calls": 1237.0}
        assert (describe(found).first.day, describe(found).last.day) == (4, 14)

    def test_a_number_that_may_be_two_is_asked_about(self, tmp_path: Path) -> None:
        with pytest.raises(Undecided, match=r"may be 1\.234 or 1234"):
            read(workbook(tmp_path / "u.xlsx", HEADER, ("a", "2026-03-04", "calls", "1.234")))

    def test_a_total_is_left_out(self, tmp_path: Path) -> None:
        rows = [("a", "2026-03-04", "calls", 1), ("b", "2026-03-04", "calls", 2), ("Gesamtergebnis", "", "", 3)]
        assert units(read(workbook(tmp_path / "u.xlsx", HEADER, *rows))) == {"calls": 3.0}

    def test_day_numbers_without_a_format_are_dates(self, tmp_path: Path) -> None:
        found = read(workbook(tmp_path / "u.xlsx", HEADER, ("a", 46084, "calls", 5)))
        assert f"{describe(found).first:%Y-%m-%d}" == "2026-03-03"

    def test_tokens_of_the_cache_are_asked_about(self, tmp_path: Path) -> None:
        with pytest.raises(Undecided, match="may be part of `input_tokens`"):
            read(workbook(tmp_path / "u.xlsx", TOKENS, REQUEST))


class TestTokens:
    def test_files_that_are_alike_are_asked_about_too(self, tmp_path: Path) -> None:
        files = [written(tmp_path / name, TOKENS, REQUEST) for name in ("a.csv", "b.csv")]
        with pytest.raises(Undecided) as refused:
            read(files)
        assert len(refused.value.questions) == 2

    def test_daily_totals_in_files_that_are_alike_are_known(self, tmp_path: Path) -> None:
        rows = [("date", *TOKENS[1:6]), ("2026-03-01", "a", "chat", "gpt-5", 1_000_000, 50)]
        found = read([written(tmp_path / name, *rows) for name in ("a.csv", "b.csv")])
        assert any("priced at the base tier" in note for note in found.report.notes)

    def test_rows_that_come_once_are_asked_about(self) -> None:
        table = pa.table({name: [value] for name, value in zip(TOKENS, REQUEST, strict=True)})
        with pytest.raises(Undecided, match="names do not say which"):
            read(ArrowSource("query", lambda: pa.RecordBatchReader.from_batches(table.schema, table.to_batches())))


class TestDates:
    def test_a_year_of_two_digits_may_come_first(self, tmp_path: Path) -> None:
        file = written(tmp_path / "u.csv", HEADER, ("a", "26-03-04", "calls", 1), ("a", "26-03-29", "calls", 1))
        with pytest.raises(Undecided, match="may begin or end with the year") as refused:
            read(file)
        (question,) = refused.value.questions
        said = question.choices[0].said["columns"]["timestamp"]["format"]
        answer = parse_mapping(f'columns: {{timestamp: {{column: date, format: "{said}"}}}}', "m")
        assert f"{describe(read(file, answer)).last:%Y-%m-%d}" == "2026-03-29"

    @pytest.mark.parametrize("text", ["20260303T140506Z", "2026-03-03 14:05:06,000", "03/Mar/2026:14:05:06 +0000"])
    def test_times_as_logs_write_them(self, tmp_path: Path, text: str) -> None:
        file = tmp_path / "u.csv"
        file.write_text(f'customer,date,feature,quantity\na,"{text}",calls,1\n', "utf-8")
        assert f"{describe(read(file)).first:%Y-%m-%d %H:%M:%S}" == "2026-03-03 14:05:06"


class TestWideTables:
    def test_sums_ids_rates_and_averages_are_no_features(self, tmp_path: Path) -> None:
        names = ("customer", "date", "calls", "minutes", "Everything", "Grand Total", "invoice_no", "error_rate", "avg_tokens")
        rows = [("a", f"2026-03-0{day}", 10 * day, day, 11 * day, 11 * day, 1000 + day, 0.5, 12.5) for day in (1, 2)]
        found = read(written(tmp_path / "u.csv", names, *rows))
        assert units(found) == {"calls": 30.0, "minutes": 3.0}
        assert any("`Everything`" in note and "`invoice_no`" in note for note in found.report.notes)


class TestWaysOn:
    def test_a_feature_called_total_can_be_kept(self, tmp_path: Path) -> None:
        file = written(tmp_path / "u.csv", HEADER, ("a", "2026-03-01", "total", 10))
        with pytest.raises(UnusableFiles, match="`totals: keep`"):
            read(file)
        assert units(read(file, parse_mapping("totals: keep", "m"))) == {"total": 10.0}

    def test_an_empty_customer_can_be_a_constant(self, tmp_path: Path) -> None:
        file = written(tmp_path / "u.csv", HEADER, ("", "2026-03-01", "calls", 10))
        with pytest.raises(UnusableFiles, match=r"`customer_id: \{constant: acme\}`"):
            read(file)
        assert units(read(file, {"customer_id": {"constant": "acme"}})) == {"calls": 10.0}

    def test_amounts_with_a_currency_sign_are_asked_about(self, tmp_path: Path) -> None:
        with pytest.raises(Undecided, match="looks like money"):
            read(written(tmp_path / "u.csv", ("customer", "date", "feature", "amount"), ("a", "2026-03-01", "x", "$5.00")))

    def test_rows_that_failed_are_said_with_the_filter_that_works(self, tmp_path: Path) -> None:
        rows = [("a", "2026-03-01", "x", 5, "success"), ("a", "2026-03-01", "x", 7, "failed")]
        file = written(tmp_path / "u.csv", (*HEADER, "status"), *rows)
        assert any('`where: {status: ["success"]}`' in note for note in read(file).report.notes)
        assert units(read(file, parse_mapping('where: {status: ["success"]}', "m"))) == {"x": 5.0}

    def test_customers_called_null_are_said(self, tmp_path: Path) -> None:
        file = written(tmp_path / "u.csv", HEADER, ("NULL", "2026-03-01", "x", 1), ("b", "2026-03-01", "x", 1))
        assert any(note.startswith("`NULL` is read as a customer") for note in read(file).report.notes)

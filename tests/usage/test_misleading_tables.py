"""Rows and columns that would make a bill wrong in silence: totals under any name, running counts, scales, export times."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from commet_core.usage.ingest import Ingested, describe, inspect, mapped, mapping_text, parse_mapping, read
from commet_core.usage.ingest.recognise.money_values import scale_of
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.rejects.report import UnusableFiles

HEADER = "customer,date,feature,quantity\n"
TWO = f"{HEADER}a,2026-03-01,calls,5\nb,2026-03-01,calls,7\n"
TOKENS = "timestamp,customer,feature,model,input_tokens,output_tokens\n"
REQUEST = "2026-03-01T10:00:00Z,a,chat,gpt-5,1000,50\n"


def written(folder: Path, content: str) -> Path:
    path = folder / "usage.csv"
    path.write_text(content, "utf-8")
    return path


def units(ingested: Ingested) -> dict[str, float]:
    return {feature.feature: float(feature.units) for feature in describe(ingested).features}


def notes(ingested: Ingested) -> str:
    return "\n".join(ingested.report.notes)


class TestTotals:
    @pytest.mark.parametrize(
        "name",
        [
            *(
                "Итого",
                "Итого по всем",
                "Suma całkowita",
                "Summa",
                "I alt",
                "Yhteensä",
                "Celkem",
                "Összesen",
                "Genel Toplam",
                "合计",
                "総合計",
            ),
            *(
                "합계",
                "المجموع",
                "Σύνολο",
                "Sous-total",
                "Total TTC",
                "Suma total",
                "Übertrag",
                "March total",
                "Total for 2026-03",
                "Daily Total",
            ),
        ],
    )
    def test_are_known_by_their_names(self, tmp_path: Path, name: str) -> None:
        found = read(written(tmp_path, f"{TWO}{name},2026-03-01,calls,12\n"))
        assert units(found) == {"calls": 12}
        assert "1 row is left out" in notes(found)

    @pytest.mark.parametrize("name", ["All", "*", "tous", "全部"])
    def test_are_known_by_likely_names_where_they_add_up(self, tmp_path: Path, name: str) -> None:
        assert units(read(written(tmp_path, f"{TWO}{name},2026-03-01,calls,12\n"))) == {"calls": 12}
        assert units(read(written(tmp_path, f"{TWO}{name},2026-03-01,calls,13\n"))) == {"calls": 25}

    def test_of_features_are_known_where_they_add_up_for_every_customer(self, tmp_path: Path) -> None:
        rows = "".join(f"{who},2026-03-01,{what}\n" for who in "ab" for what in ("calls,5", "images,7", "requests,12"))
        found = read(written(tmp_path, HEADER + rows))
        assert units(found) == {"calls": 10, "images": 14}
        assert "`requests` is a total, as the values show" in notes(found)

    @pytest.mark.parametrize("model", ["Total", "All models", "Gesamt"])
    def test_of_models_are_left_out(self, tmp_path: Path, model: str) -> None:
        rows = f"{REQUEST}{REQUEST}2026-03-01T10:00:00Z,a,chat,{model},2000,100\n"
        found = read(written(tmp_path, TOKENS + rows))
        assert found.usage.tokens is not None
        assert int(found.usage.tokens.input.sum()) == 2000


class TestColumns:
    def test_of_other_times_and_of_parts_are_no_features(self, tmp_path: Path) -> None:
        names = "images_mtd,cumulative_images,imagesYtd,images_last_month,change,images_included,images_overage"
        found = read(
            written(tmp_path, f"customer,date,images,{names}\na,2026-03-01,5,5,5,9,9,4,3,2\na,2026-03-02,7,12,12,9,9,2,3,4\n")
        )
        assert units(found) == {"images": 12}
        assert "`images_mtd`, `cumulative_images`, `imagesYtd`, `images_last_month`" in notes(found)

    def test_exchange_and_plan_changes_stay_features(self, tmp_path: Path) -> None:
        found = read(written(tmp_path, "customer,date,exchanges,plan_changes\na,2026-03-01,5,1\na,2026-03-02,7,2\n"))
        assert units(found) == {"exchanges": 12, "plan_changes": 3}

    def test_of_the_same_in_another_unit_are_read_once(self, tmp_path: Path) -> None:
        found = read(
            written(tmp_path, "customer,date,storage_gb,storage_mb,egress_gb\na,2026-03-01,5,5000,1\na,2026-03-02,7,7000,1\n")
        )
        assert units(found) == {"storage_gb": 12, "egress_gb": 2}
        assert "the numbers in `storage_mb` are not read" in notes(found)

    def test_with_one_time_in_all_rows_are_not_when_it_was_used(self, tmp_path: Path) -> None:
        rows = "a,2026-04-02T00:00:00Z,2026-03-01,x,5\na,2026-04-02T00:00:00Z,2026-03-09,x,6\n"
        found = read(written(tmp_path, f"customer,created_at,usage_date,feature,quantity\n{rows}"))
        assert f"{describe(found).last:%Y-%m-%d}" == "2026-03-09"
        assert "the time is `usage_date`; `created_at` might be it too" in notes(found)


class TestScales:
    @pytest.mark.parametrize(
        ("name", "times"),
        [
            *(
                ("Quantity (thousands)", 1000),
                ("Quantity (x1000)", 1000),
                ("Usage (M tokens)", 1_000_000),
                ("calls (10 min)", None),
                ("Input Tokens (K)", 1000),
                ("units_in_thousands", 1000),
                ("usage [in 1,000s]", 1000),
            ),
            *(
                ("Tokens (M)", 10**6),
                ("input_tokens_millions", 10**6),
                ("Menge (Mio)", 10**6),
                ("Usage (GB)", None),
                ("quantity", None),
            ),
        ],
    )
    def test_of_names(self, name: str, times: int | None) -> None:
        assert scale_of(name) == times

    def test_are_asked_about(self, tmp_path: Path) -> None:
        file = written(tmp_path, "customer,date,feature,quantity (thousands)\na,2026-03-01,calls,5\n")
        with pytest.raises(Undecided, match=r"5 would be 5 × 1,000") as refused:
            read(file)
        assert "multiply: 1000" in str(refused.value)
        scaled = 'columns: {value: {column: "quantity (thousands)", multiply: 1000}}'
        assert units(read(file, parse_mapping(scaled, "m"))) == {"calls": 5000}
        assert units(read(file, parse_mapping('columns: {value: "quantity (thousands)"}', "m"))) == {"calls": 5}

    def test_of_features_are_said(self, tmp_path: Path) -> None:
        found = read(written(tmp_path, "customer,date,images (thousands),emails\na,2026-03-01,5,1\nb,2026-03-02,6,2\n"))
        assert "`images (thousands)` may count in steps of 1,000, as its name says, and is read as it stands" in notes(found)

    def test_of_tokens_are_asked_about(self, tmp_path: Path) -> None:
        header = "date,customer,feature,model,Input Tokens (K),Output Tokens (K)\n"
        with pytest.raises(Undecided, match="1,000"):
            read(written(tmp_path, f"{header}2026-03-01,a,chat,gpt-5,15,2\n"))


class TestWhatIsSaid:
    @pytest.mark.parametrize(("column", "texts"), [("is_test", "false true"), ("voided", "no yes"), ("livemode", "true false")])
    def test_rows_that_a_flag_takes_back(self, tmp_path: Path, column: str, texts: str) -> None:
        usual, other = texts.split()
        rows = f"a,2026-03-01,x,1,{usual}\na,2026-03-01,x,2,{other}\n"
        assert f"rows whose `{column}` is `{other}` are read too" in notes(
            read(written(tmp_path, f"{HEADER[:-1]},{column}\n{rows}"))
        )

    def test_rows_that_were_deleted(self, tmp_path: Path) -> None:
        file = written(tmp_path, f"{HEADER[:-1]},deleted_at\na,2026-03-01,x,1,\na,2026-03-01,x,2,2026-03-05\n")
        assert '`where: {deleted_at: [""]}`' in notes(read(file))
        assert units(read(file, parse_mapping('where: {deleted_at: [""]}', "m"))) == {"x": 1}

    def test_a_counter_that_is_read_again_and_again(self, tmp_path: Path) -> None:
        rising = "".join(f"a,2026-03-{day:02},calls,{100 * day}\n" for day in range(1, 12))
        assert "`calls` only ever rises" in notes(read(written(tmp_path, HEADER + rising)))
        assert "rises" not in notes(read(written(tmp_path, f"{HEADER}{rising}a,2026-03-20,calls,1\n")))

    @pytest.mark.parametrize("time", ["794052000", "1970-01-01"])
    def test_times_before_the_year_2000(self, tmp_path: Path, time: str) -> None:
        found = read(written(tmp_path, f"{HEADER}a,{time},calls,1\nb,{time},calls,1\n"))
        assert "2 rows lie before the year 2000" in notes(found)


class TestPartsOfAYear:
    @pytest.mark.parametrize(
        ("names", "first", "second"),
        [
            ("year,week", "2026,10", "2026,11"),
            ("Jahr,KW", "2026,KW 10", "2026,KW 11"),
            ("iso_year,week_number", "2026,W10", "2026,W11"),
        ],
    )
    def test_a_year_and_a_week_are_its_monday(self, tmp_path: Path, names: str, first: str, second: str) -> None:
        found = read(written(tmp_path, f"customer,{names},feature,quantity\na,{first},x,1\na,{second},x,1\n"))
        assert (f"{describe(found).first:%Y-%m-%d}", f"{describe(found).last:%Y-%m-%d}") == ("2026-03-02", "2026-03-09")
        assert "rows are on the first day of their week (ISO 8601)" in notes(found)

    @pytest.mark.parametrize(("first", "second"), [("1", "2"), ("Q1", "Q2"), ("1.0", "2.0")])
    def test_a_year_and_a_quarter_are_its_first_day(self, tmp_path: Path, first: str, second: str) -> None:
        found = read(written(tmp_path, f"customer,year,quarter,images,mails\na,2026,{first},1,2\na,2026,{second},1,2\n"))
        assert (f"{describe(found).first:%Y-%m-%d}", f"{describe(found).last:%Y-%m-%d}") == ("2026-01-01", "2026-04-01")
        assert units(found) == {"images": 2, "mails": 4}

    def test_a_week_that_the_year_has_not_is_rejected(self, tmp_path: Path) -> None:
        found = read(written(tmp_path, "customer,year,week,feature,quantity\na,2026,53,x,1\na,2025,53,x,1\n"))
        assert found.report.rows_rejected == 1  # 2026 has 53 weeks, 2025 has 52

    @pytest.mark.parametrize(
        ("text", "day"),
        [
            *(
                ("2026-Q2", "04-01"),
                ("Q3 2026", "07-01"),
                ("2026Q4", "10-01"),
                ("Quartal 2/2026", "04-01"),
                ("T2 2026", "04-01"),
            ),
            *(
                ("W10 2026", "03-02"),
                ("KW 10/2026", "03-02"),
                ("2026-KW10", "03-02"),
                ("2026 W1", "12-29"),
                ("2026年3月2日", "03-02"),
            ),
            *(("March 1st, 2026", "03-01"), ("22nd March 2026", "03-22")),
        ],
    )
    def test_as_texts(self, tmp_path: Path, text: str, day: str) -> None:
        found = read(written(tmp_path, f'customer,period,feature,quantity\na,"{text}",x,1\n'))
        assert f"{describe(found).first:%m-%d}" == day

    def test_quarters_as_columns(self, tmp_path: Path) -> None:
        found = read(written(tmp_path, "customer,feature,Q1 2026,Q2 2026\na,calls,5,7\n"))
        assert units(found) == {"calls": 12}
        assert f"{describe(found).last:%Y-%m-%d}" == "2026-04-01"

    def test_are_kept_in_a_mapping(self, tmp_path: Path) -> None:
        file = written(tmp_path, "who,y,w,feature,quantity\na,2026,10,x,1\n")
        mapping = parse_mapping("columns: {customer_id: who, timestamp: {year: y, week: w}}", "m")
        assert f"{describe(read(file, mapping)).first:%Y-%m-%d}" == "2026-03-02"
        with_quarter = parse_mapping(mapping_text(mapped(inspect(file), mapping)).replace("week: w", "quarter: w"), "m")
        with pytest.raises(UnusableFiles, match="2026 10"):
            read(file, with_quarter)


class TestSheetsOfMonths:
    def test_say_when_their_rows_were_used(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for month, value in (("Jan 2026", 5), ("2026-02", 7), ("März 2026", 1)):
                sheet = book.add_worksheet(month)
                sheet.write_row(0, 0, ("customer", "feature", "quantity"))
                sheet.write_row(1, 0, ("a", "calls", value))
        found = read(path)
        assert units(found) == {"calls": 13}
        assert (f"{describe(found).first:%Y-%m}", f"{describe(found).last:%Y-%m}") == ("2026-01", "2026-03")
        assert "usage.xlsx, sheet Jan 2026: its rows are of 2026-01, as the sheet's name says" in found.report.notes

    def test_with_times_of_their_own_keep_them(self, tmp_path: Path) -> None:
        path = tmp_path / "usage.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for month in ("Jan 2026", "Feb 2026"):
                sheet = book.add_worksheet(month)
                sheet.write_row(0, 0, ("customer", "date", "feature", "quantity"))
                sheet.write_row(1, 0, ("a", "2025-12-31", "calls", 1))
        assert f"{describe(read(path)).last:%Y-%m-%d}" == "2025-12-31"

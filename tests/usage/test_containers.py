"""Workbooks, archives and compressed files, and tables whose header stands below a title."""

from __future__ import annotations

import bz2
import lzma
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
import xlwt

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested, inspect, inspect_all, read
from commet_core.usage.ingest.containers import packed, workbooks
from commet_core.usage.ingest.containers.packed import UNPACKED_FREELY

HEADER = ["customer", "date", "feature", "quantity"]
CSV = "customer,date,feature,quantity\nacme,2026-04-01,api,100\nbeta,2026-04-02,api,2.5\n"


def usage(ingested: Ingested) -> list[tuple[str, str, str, int]]:
    """(customer, time, feature, micros), in order."""
    found = ingested.usage
    return sorted(
        (
            customer,
            datetime.fromtimestamp(int(found.times[at]) / 10**6, UTC).isoformat(" ")[:16],
            found.features[found.feature_indexes[at]],
            int(found.values[at]),
        )
        for index, customer in enumerate(found.customers.to_pylist())
        for at in range(found.offsets[index], found.offsets[index + 1])
    )


EXPECTED = [("acme", "2026-04-01 00:00", "api", 100_000_000), ("beta", "2026-04-02 00:00", "api", 2_500_000)]


def refusal(action: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        action()
    return str(caught.value)


def book(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


ROWS: list[list[Any]] = [["acme", date(2026, 4, 1), "api", 100], ["beta", datetime(2026, 4, 2), "api", 2.5]]  # noqa: DTZ001  (a sheet has no zones)


def old_book(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook as Excel wrote it until 2007."""
    made, day = xlwt.Workbook(), xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, rows in sheets.items():
        sheet = made.add_sheet(name)
        for line, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(line, place, value, *([day] if isinstance(value, date) else []))
    made.save(str(path))
    return path


class TestOldWorkbooks:
    def test_dates_numbers_and_titles_are_read_as_of_new_ones(self, tmp_path: Path) -> None:
        ingested = read(old_book(tmp_path / "b.xls", Usage=[["Usage report"], [], HEADER, *ROWS], Empty=[]))
        assert usage(ingested) == EXPECTED
        assert ingested.report.notes == (
            "b.xls, sheet Usage: 1 row above its header is not read: `Usage report`",
            "b.xls, sheet Empty has no rows",
        )

    def test_rejects_have_the_lines_of_the_sheet(self, tmp_path: Path) -> None:
        rows = [HEADER, ROWS[0], ["beta", "yesterday", "api", 1], ["", date(2026, 4, 1), "api", 1]]
        found = read(old_book(tmp_path / "b.xls", Q2=rows)).report.rejects.to_pylist()
        assert [(row["file"], row["line"], row["column"]) for row in found] == [
            ("b.xls, sheet Q2", 3, "date"),
            ("b.xls, sheet Q2", 4, "customer"),
        ]

    def test_what_only_begins_like_one_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "b.xls"
        path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
        assert "it begins like a workbook and cannot be read as one" in refusal(lambda: read(path))


class TestWorkbooks:
    def test_dates_are_dates_and_numbers_are_numbers(self, tmp_path: Path) -> None:
        ingested = read(book(tmp_path / "b.xlsx", Usage=[HEADER, *ROWS]))
        assert usage(ingested) == EXPECTED
        assert ingested.report.files[0].file == "b.xlsx, sheet Usage"
        assert inspect(tmp_path / "b.xlsx").types == ("VARCHAR", "VARCHAR", "VARCHAR", "DOUBLE")

    def test_errors_and_formulas_without_a_result_are_no_empty_cells(self, tmp_path: Path) -> None:
        """Excel shows the one, and works out the other only when it opens the workbook."""
        day = date(2026, 4, 3)
        broken = [["delta", day, "api", "#DIV/0!"], ["eta", day, "api", "=D3+1"], ["iota", day, "api", None]]
        padded = [[], [None, *HEADER], *([None, *row] for row in (*ROWS, *broken))]
        ingested = read(book(tmp_path / "b.xlsx", **{"Use & more": padded}))
        rejects = ingested.report.rejects.to_pylist()
        assert [(row["line"], row["column"], row["value"]) for row in rejects] == [
            (5, "quantity", "#DIV/0!"),
            (6, "quantity", "=D3+1"),
        ]
        assert ingested.report.rows_used == 3
        said = "b.xlsx, sheet Use & more has 1 formula without a result: open and save it in a spreadsheet program"
        assert said in ingested.report.notes

    def test_results_of_formulas_are_read(self, tmp_path: Path) -> None:
        path = book(tmp_path / "b.xlsx", Usage=[HEADER, *ROWS, ["gamma", date(2026, 4, 3), "=LOWER(1)", "=4+3"]])
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        (sheet,) = (name for name in parts if name.startswith("xl/worksheets/"))
        parts[sheet] = (
            parts[sheet].replace(b"<f>4+3</f><v />", b"<f>4+3</f><v>7</v>").replace(b"<f>4+3</f><v/>", b"<f>4+3</f><v>7</v>")
        )
        for empty in (b"<f>LOWER(1)</f><v />", b"<f>LOWER(1)</f><v/>"):
            parts[sheet] = parts[sheet].replace(empty, b"<f>LOWER(1)</f><v>api</v>")
        parts[sheet] = parts[sheet].replace(b'<c r="C4">', b'<c r="C4" t="str">')
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        ingested = read(path)
        assert (ingested.report.rows_used, ingested.report.rows_rejected, ingested.report.notes) == (3, 0, ())
        assert int(ingested.usage.values.sum()) == 109_500_000

    def test_the_header_is_found_below_a_title_and_beside_empty_columns(self, tmp_path: Path) -> None:
        rows = [["Usage report"], ["Period", "April 2026"], [], [None, *HEADER], *([None, *row] for row in ROWS)]
        ingested = read(book(tmp_path / "b.xlsx", Usage=rows))
        assert usage(ingested) == EXPECTED
        assert "b.xlsx, sheet Usage: 2 rows above its header are not read: `Usage report` and `Period April 2026`" in (
            ingested.report.notes
        )

    def test_rejects_name_the_sheet_and_its_row(self, tmp_path: Path) -> None:
        rows = [
            ["Usage report"],
            [],
            HEADER,
            ROWS[0],
            [],
            ["beta", "yesterday", "api", 2.5],
            [None, date(2026, 4, 3), "api", 1],
        ]
        ingested = read(book(tmp_path / "b.xlsx", Q2=rows), rejects_to=tmp_path / "all.parquet")
        listed = ingested.report.rejects.to_pylist()
        assert [(row["file"], row["line"], row["column"], row["value"]) for row in listed] == [
            ("b.xlsx, sheet Q2", 6, "date", "yesterday"),
            ("b.xlsx, sheet Q2", 7, "customer", ""),
        ]
        assert pa.parquet.read_table(tmp_path / "all.parquet")["line"].to_pylist() == [6, 7]

    def test_every_sheet_is_read_and_what_is_not_is_said(self, tmp_path: Path) -> None:
        path = book(
            tmp_path / "b.xlsx",
            Cover=[["Prepared by", "Finance"], ["Contact", "finance at acme"]],
            April=[HEADER, ROWS[0]],
            Empty=[],
            May=[HEADER, ROWS[1]],
        )
        ingested = read(path)
        assert usage(ingested) == EXPECTED
        assert ingested.report.notes[:2] == (
            "b.xlsx, sheet Empty has no rows",
            "b.xlsx, sheet Cover is not read: its columns were not recognised as usage",
        )
        assert "it holds several tables" in refusal(lambda: inspect(path))
        assert [shape.file for shape in inspect_all([path])] == [f"b.xlsx, sheet {name}" for name in ("Cover", "April", "May")]

    def test_a_column_of_numbers_and_text_keeps_both(self, tmp_path: Path) -> None:
        rows = [["acme", "2026-04-01", "api", "many"], [1001, "2026-04-01", "api", 7], [1002.5, "2026-04-01", "api", None]]
        ingested = read(book(tmp_path / "b.xlsx", Usage=[HEADER, *rows]))
        assert [(found[0], found[3]) for found in usage(ingested)] == [("1001", 7_000_000), ("1002.5", 1_000_000)]
        assert ingested.report.rejects["value"].to_pylist() == ["many"]

    def test_open_document(self, tmp_path: Path) -> None:
        def row(customer: str, day: str, units: str) -> str:
            texts = (
                f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
                for text in (customer, "api")
            )
            when = f'<table:table-cell office:value-type="date" office:date-value="{day}"><text:p>{day}</text:p></table:table-cell>'
            much = f'<table:table-cell office:value-type="float" office:value="{units}"><text:p>{units}</text:p></table:table-cell>'
            return f"<table:table-row>{when.join(texts)}{much}</table:table-row>"

        names = "".join(
            f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>' for name in HEADER
        )
        spaces = " ".join(
            f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
        )
        rows = row("acme", "2026-04-01", "100") + row("beta", "2026-04-02", "2.5")
        table = f'<table:table table:name="Usage"><table:table-row>{names}</table:table-row>{rows}</table:table>'
        body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
        with zipfile.ZipFile(tmp_path / "b.ods", "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
            archive.writestr(
                "META-INF/manifest.xml",
                '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            )
            archive.writestr("content.xml", f"<office:document-content {spaces}>{body}</office:document-content>")
        assert usage(read(tmp_path / "b.ods")) == EXPECTED

    def test_a_cell_at_the_end_of_the_sheet_takes_the_server_nowhere(self, tmp_path: Path) -> None:
        made = openpyxl.Workbook()
        for row in (HEADER, *ROWS):
            made.active.append(row)
        made.active.cell(1_048_576, 16_384, "x")
        made.save(tmp_path / "bomb.xlsx")
        assert "needs more than 4 GB of memory" in refusal(lambda: read(tmp_path / "bomb.xlsx"))

    def test_what_is_damaged_or_empty_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = book(tmp_path / "b.xlsx", Usage=[HEADER, *ROWS])
        whole = path.read_bytes()
        (tmp_path / "cut.xlsx").write_bytes(whole[:-400])
        assert refusal(lambda: read(tmp_path / "cut.xlsx")).startswith("cut.xlsx: it begins like a workbook and cannot be read")
        (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
        assert "cannot be read as one" in refusal(lambda: read(tmp_path / "old.xls"))
        book(tmp_path / "empty.xlsx", Usage=[HEADER])
        assert "no sheet of the workbook has a table with rows" in refusal(lambda: read(tmp_path / "empty.xlsx"))
        monkeypatch.setattr(workbooks, "MEMORY_BYTES_MAX", 1 << 20)
        assert "cannot be read" in (said := refusal(lambda: read(path))) or "GB of memory" in said


class TestPacked:
    def test_a_zip_with_several_files(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
            archive.writestr("2026/april.csv", CSV.replace("beta,2026-04-02,api,2.5\n", ""))
            archive.writestr("2026/may.csv", "\n".join(CSV.splitlines()[::2]) + "\nx,yesterday,api,1\n")
            archive.writestr("__MACOSX/2026/._may.csv", "junk")
        ingested = read(tmp_path / "export.zip")
        assert usage(ingested) == EXPECTED
        assert [file.file for file in ingested.report.files] == ["export.zip, 2026/april.csv", "export.zip, 2026/may.csv"]
        assert [(row["file"], row["line"]) for row in ingested.report.rejects.to_pylist()] == [("export.zip, 2026/may.csv", 3)]

    def test_a_workbook_in_a_zip_in_a_folder(self, tmp_path: Path) -> None:
        book(tmp_path / "b.xlsx", Usage=[HEADER, *ROWS])
        (tmp_path / "in").mkdir()
        with zipfile.ZipFile(tmp_path / "in" / "export.zip", "w") as archive:
            archive.write(tmp_path / "b.xlsx", "b.xlsx")
        ingested = read(tmp_path / "in")
        assert usage(ingested) == EXPECTED
        assert ingested.report.files[0].file == "export.zip, b.xlsx, sheet Usage"

    @pytest.mark.parametrize("suffix", ["zst", "bz2", "xz"])
    def test_other_compressions(self, tmp_path: Path, suffix: str) -> None:
        compress = {
            "zst": lambda text: pa.Codec("zstd").compress(text, asbytes=True),
            "bz2": bz2.compress,
            "xz": lzma.compress,
        }[suffix]
        path = tmp_path / f"usage.csv.{suffix}"
        path.write_bytes(compress(CSV.encode()))
        ingested = read(path)
        assert usage(ingested) == EXPECTED
        assert ingested.report.files[0].file == path.name
        path.write_bytes(compress(CSV.encode() * 50)[:-9])
        assert "file is damaged or cut off" in refusal(lambda: read(path))

    def test_what_unpacks_to_too_much_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert UNPACKED_FREELY == 1 << 30
        monkeypatch.setattr(packed, "UNPACKED_FREELY", 10_000)
        with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("usage.csv", bytes(10_000_000))
        assert "unpacks to more than 200 times its size" in refusal(lambda: read(tmp_path / "bomb.zip"))
        (tmp_path / "bomb.bz2").write_bytes(bz2.compress(bytes(10_000_000)))
        assert "unpacks to more than 200 times its size" in refusal(lambda: read(tmp_path / "bomb.bz2"))

    def test_what_is_damaged_empty_protected_or_packed_twice_is_said(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "good.zip", "w") as archive:
            archive.writestr("usage.csv", CSV)
        whole = (tmp_path / "good.zip").read_bytes()
        (tmp_path / "cut.zip").write_bytes(whole[:-30])
        assert refusal(lambda: read(tmp_path / "cut.zip")).startswith("cut.zip: the zip archive is damaged or cut off")
        (tmp_path / "less.zip").write_bytes(whole[:35] + whole[60:])
        assert refusal(lambda: read(tmp_path / "less.zip")).startswith("less.zip: the zip archive is damaged or cut off")
        with zipfile.ZipFile(tmp_path / "none.zip", "w"):
            pass
        assert "holds no files" in refusal(lambda: read(tmp_path / "none.zip"))
        with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
            archive.write(tmp_path / "good.zip", "good.zip")
        assert refusal(lambda: read(tmp_path / "twice.zip")).startswith("twice.zip, good.zip: an archive inside another")
        protected = bytearray(whole)
        protected[6] |= 1
        protected[protected.index(b"PK\x01\x02") + 8] |= 1
        (tmp_path / "locked.zip").write_bytes(protected)
        assert "protected by a password" in refusal(lambda: read(tmp_path / "locked.zip"))


class TestTextAboveTheHeader:
    @pytest.mark.parametrize(
        "above",
        ["Usage report\nGenerated: 2026-04-02\n\n", "Account,Acme\n,,,\n", "sep=,\n", '"Report, April"\r\n\r\n\r\n', "\n\n"],
    )
    def test_is_skipped_and_said(self, tmp_path: Path, above: str) -> None:
        path = tmp_path / "usage.csv"
        end = "\r\n" if "\r" in above else "\n"
        path.write_bytes((above + (CSV + 'acme,never,api,1\n"x\n').replace("\n", end)).encode())
        ingested = read(path)
        assert usage(ingested) == EXPECTED
        lines = len(above.splitlines())
        assert ingested.report.rejects["line"].to_pylist() == [lines + 4, lines + 5]
        assert ingested.report.files[0].rejected_rows.splitlines()[0] == "customer,date,feature,quantity"
        assert any("not read" in note for note in ingested.report.notes) == bool(above.strip())

    def test_files_with_the_same_title_are_looked_at_one_by_one(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("Usage report\n" + CSV.replace("beta,2026-04-02,api,2.5\n", ""))
        (tmp_path / "b.csv").write_text(
            "Usage report\nGenerated,today\nquantity,feature,date,customer\n2.5,api,2026-04-02,beta\n"
        )
        assert usage(read([tmp_path / "a.csv", tmp_path / "b.csv"])) == EXPECTED

    @pytest.mark.parametrize(
        "header",
        ["customer,date,feature,quantity", "Kunde,Datum,Produkt,Menge", "a,b,c,d,e,f", "customer"],
    )
    def test_a_header_in_the_first_line_stays_it(self, tmp_path: Path, header: str) -> None:
        count = len(header.split(","))
        rows = "".join(",".join(f"word {letter}{row}" for letter in "uvwxyz"[:count]) + "\n" for row in range(5))
        (tmp_path / "usage.csv").write_text(f"{header}\n{rows}")
        assert inspect(tmp_path / "usage.csv").columns == tuple(header.split(","))

"""A sheet of the year beside sheets of its months: left out where it is their sum, refused where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import describe, parse_mapping, read

Row = tuple[str, str, str, int]
HEADER = ("customer", "date", "feature", "quantity")
JANUARY: list[Row] = [("a", "2026-01-05", "calls", 5), ("b", "2026-01-06", "calls", 7)]
FEBRUARY: list[Row] = [("a", "2026-02-05", "calls", 1), ("b", "2026-02-06", "calls", 2)]


def book(folder: Path, **sheets: list[Row]) -> Path:
    path = folder / "usage.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for place, row in enumerate([HEADER, *rows]):
                sheet.write_row(place, 0, row)
    return path


def units(path: Path, mapping: str = "{}") -> int:
    return int(describe(read(path, parse_mapping(mapping, "m.yaml"))).features[0].units)


@pytest.mark.parametrize("name", ["2026", "FY26", "Full year", "Jahr 2026"])
@pytest.mark.parametrize("rows", [[("a", "2026-01-01", "calls", 12), ("a", "2026-02-01", "calls", 3)], JANUARY + FEBRUARY])
def test_a_year_that_is_the_sum_is_left_out(tmp_path: Path, name: str, rows: list[Row]) -> None:
    assert units(book(tmp_path, **{"Jan 2026": JANUARY, "Feb 2026": FEBRUARY, name: rows})) == 15


@pytest.mark.parametrize(
    "months", [("Jan 2026", "Feb 2026"), ("2026-01", "2026-02"), ("Januar", "Februar"), ("01 Jan", "02 Feb")]
)
def test_another_year_is_refused_with_the_way_on(tmp_path: Path, months: tuple[str, str]) -> None:
    year: list[Row] = [("a", "2026-01-01", "calls", 12), ("a", "2026-03-01", "calls", 40)]
    path = book(tmp_path, **{months[0]: JANUARY, months[1]: FEBRUARY, "2026": year})
    with pytest.raises(InputError, match=r"same months and features as .*2026-01 is the first.*`totals: keep`"):
        units(path)
    assert units(path, "totals: keep") == 67


def test_years_of_other_months_or_features_are_read(tmp_path: Path) -> None:
    assert units(book(tmp_path, **{"2026-01": JANUARY, "2026": [("a", "2026-03-01", "calls", 40)]})) == 52
    assert units(book(tmp_path, **{"2026-01": JANUARY, "2026": [("a", "2026-01-01", "seats", 40)]})) == 12
    assert units(book(tmp_path, **{"2025": [("a", "2025-01-01", "calls", 40)], "2026": JANUARY})) == 52
    assert units(book(tmp_path, **{"2025": [("a", "2025-01-01", "calls", 4)], "2026": [("a", "2026-01-01", "calls", 4)]})) == 8

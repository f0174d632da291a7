"""Rows that no name calls totals, and that are the sum of those above them, are left out and said, on strong evidence alone."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.usage.ingest import Ingested, describe, parse_mapping, read

HEAD = "customer_id,timestamp,feature,value\n"
DAYS = """a,2026-01-01,calls,10.5
b,2026-01-01,calls,20
c,2026-01-01,calls,4
All,2026-01-01,calls,34.5
a,2026-01-02,calls,1
b,2026-01-02,calls,2
c,2026-01-02,calls,0.5
All,2026-01-02,calls,3.5
"""


def usage(folder: Path, rows: str, mapping: str = "", name: str = "usage.csv") -> Ingested:
    path = folder / name
    path.write_text(HEAD + rows)
    return read(path, parse_mapping(mapping, "mapping.yaml") if mapping else None)


def units(found: Ingested) -> Decimal:
    return sum((each.units for each in describe(found).features), Decimal(0))


def test_sums_of_each_day_are_left_out_and_said(tmp_path: Path) -> None:
    found = usage(tmp_path, DAYS)
    assert units(found) == 38
    assert describe(found).customers == 3
    assert found.report.rows_left_out == 2
    assert "usage.csv: `All` is a total, as the values show" in found.report.notes
    assert any("2 rows are left out: each is the sum of others; `totals: keep`" in each for each in found.report.notes)


def test_a_mapping_keeps_them(tmp_path: Path) -> None:
    assert units(usage(tmp_path, DAYS, "totals: keep")) == 76


def test_a_sum_of_features_is_left_out(tmp_path: Path) -> None:
    rows = "".join(f"a,2026-01-01,{name},{value}\n" for name, value in (("x", 1), ("y", 5), ("z", 7), ("everything", 13)))
    found = usage(tmp_path, rows)
    assert units(found) == 13
    assert [each.feature for each in describe(found).features] == ["x", "y", "z"]


@pytest.mark.parametrize(
    "rows",
    [
        DAYS.replace("All,2026-01-02,calls,3.5", "All,2026-01-02,calls,3.500001"),  # not exactly
        DAYS + "a,2026-01-03,calls,1\n",  # a row below the last
        "a,2026-01-01,calls,1\nb,2026-01-01,calls,2\nc,2026-01-01,calls,3\n",  # two rows above
        "a,2026-01-01,calls,1\nb,2026-01-01,calls,1\nb,2026-01-02,calls,1\nb,2026-01-03,calls,3\n",  # a name seen elsewhere
    ],
)
def test_weak_evidence_is_none(tmp_path: Path, rows: str) -> None:
    found = usage(tmp_path, rows)
    assert found.report.rows_left_out == 0
    assert found.report.rows_used == rows.count("\n")


def test_a_name_that_another_file_has_is_no_total(tmp_path: Path) -> None:
    paths = [tmp_path / "1.csv", tmp_path / "2.csv"]
    day = "".join(DAYS.splitlines(keepends=True)[:4]).replace("All", "d")
    paths[1].write_text(HEAD + day)
    assert read(paths[1:]).report.rows_left_out == 1
    paths[0].write_text(HEAD + "d,2026-01-05,calls,9\na,2026-01-05,calls,9\n")
    assert read(paths).report.rows_left_out == 0

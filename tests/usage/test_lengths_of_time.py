"""Lengths of time, 01:23:45, are read in the unit that a mapping names; without one the way on is said."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import describe, inspect, mapped, mapping_text, parse_mapping, read
from commet_core.usage.ingest.rejects.report import UnusableFiles


def written(folder: Path, column: str, *values: str) -> Path:
    path = folder / "usage.csv"
    rows = "".join(f'a,2026-03-01,calls,"{value}"\n' for value in values)
    path.write_text(f"customer,date,feature,{column}\n{rows}")
    return path


@pytest.mark.parametrize(("unit", "units"), [("hours", "2.5"), ("minutes", "150"), ("seconds", "9000")])
def test_in_a_unit(tmp_path: Path, unit: str, units: str) -> None:
    path = written(tmp_path, "duration", "01:23:45", "1:06:15")
    mapping = parse_mapping(f"columns: {{value: {{column: duration, unit: {unit}}}}}", "m.yaml")
    again = parse_mapping(mapping_text(mapped(inspect(path), mapping)), "again.yaml")
    for said in (mapping, again):
        assert describe(read(path, said)).features[0].units == Decimal(units)


def test_days_and_fractions(tmp_path: Path) -> None:
    mapping = parse_mapping("columns: {value: {column: quantity, unit: seconds}}", "m.yaml")
    found = read(written(tmp_path, "quantity", "1 day, 0:00:00.5", "12:30", "7"), mapping)
    assert describe(found).features[0].units == Decimal("86400.5")
    assert found.report.rejects.column("value").to_pylist() == ["12:30 (scaled)", "7 (scaled)"]


def test_the_way_on_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableFiles, match=r"`value: \{column: quantity, unit: hours\}`"):
        read(written(tmp_path, "quantity", "01:23:45"))
    notes = read(written(tmp_path, "duration", "01:23:45")).report.notes
    assert any("`value: {column: duration, unit: hours}`" in note for note in notes)
    with pytest.raises(InputError, match="'weeks' is not what lengths of time"):
        parse_mapping("columns: {value: {column: duration, unit: weeks}}", "m.yaml")

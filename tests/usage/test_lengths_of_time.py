"""Lengths of time, 01:23:45, are read in the unit that a mapping names; without one the way on is said."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
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


@pytest.mark.parametrize("said", ["", "columns: {value: {column: quantity, unit: hours}}"])
def test_a_length_with_one_colon_is_not_offered_a_unit_that_does_not_read_it(tmp_path: Path, said: str) -> None:
    wanted = "'1:30' may be hours and minutes or minutes and seconds: write all three, such as 01:30:00 or 00:01:30"
    path = written(tmp_path, "quantity", "1:30")
    with pytest.raises(UnusableFiles, match=wanted) as error:
        read(path, parse_mapping(said, "m.yaml") if said else None)
    assert "unit: hours}" not in str(error.value)
    (note,) = [note for note in read(written(tmp_path, "duration", "1:30")).report.notes if "lengths of time" in note]
    assert note.endswith(f"is not read: {wanted}")


@pytest.mark.parametrize("per_second", ["s", "ms", "us", "ns"])
def test_parquet_durations_are_lengths_of_time_too(tmp_path: Path, per_second: Any) -> None:
    took = [timedelta(hours=1), timedelta(days=1, hours=2, minutes=30), timedelta(seconds=36)]
    rows = {"customer_id": ["a"] * 3, "timestamp": ["2026-03-01"] * 3, "feature": ["calls"] * 3}
    pq.write_table(pa.table({**rows, "value": pa.array(took, pa.duration(per_second))}), tmp_path / "usage.parquet")
    with pytest.raises(UnusableFiles, match=r"'01:00:00'.*`value: \{column: value, unit: hours\}`"):
        read(tmp_path / "usage.parquet")
    mapping = parse_mapping("columns: {value: {column: value, unit: hours}}", "m.yaml")
    assert describe(read(tmp_path / "usage.parquet", mapping)).features[0].units == Decimal("27.51")


def test_parquet_durations_are_read_to_the_last_digit_also_inside_objects(tmp_path: Path) -> None:
    took = pa.array([{"took": 1_000_000_500}, {"took": -1}], pa.struct([("took", pa.duration("ns"))]))
    rows = {"customer_id": ["a"] * 2, "timestamp": ["2026-03-01"] * 2, "feature": ["calls"] * 2, "call": took}
    pq.write_table(pa.table(rows), tmp_path / "usage.parquet")
    found = read(tmp_path / "usage.parquet", parse_mapping("columns: {value: {column: call.took, unit: seconds}}", "m.yaml"))
    assert describe(found).features[0].units == Decimal("1.000001")
    assert found.report.rejects.column("value").to_pylist() == ["-00:00:00.000000001 (scaled)"]

"""Levels that are reported day by day are said to be added up; what is used day by day is not taken for a level."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested, describe, parse_mapping, read
from commet_core.usage.ingest.recognise.saved_rules import rules_document


def notes(folder: Path, feature: str, values: list[str], times: list[str] | None = None) -> list[str]:
    stamps = times or [f"2026-01-{day:02}" for day in range(1, len(values) + 1)]
    path = folder / "usage.csv"
    rows = "".join(f"acme,{time},{feature},{value}\n" for time, value in zip(stamps, values, strict=True))
    path.write_text("customer_id,timestamp,feature,value\n" + rows)
    return [note for note in read(path).report.notes if "looks like a level" in note]


@pytest.mark.parametrize("feature", ["storage_gb", "activeSeats", "daily snapshot", "user_count"])
def test_a_steady_value_of_every_day_is_said_to_be_added_up(tmp_path: Path, feature: str) -> None:
    (note,) = notes(tmp_path, feature, ["100", "100.5", "120"])
    assert note.startswith(f"`{feature}` looks like a level that is reported again and again (100, 100.5, 120, …)")
    assert f"its values are added up; if it is one, `count: {{{feature}: max}}` in a mapping takes one value a month" in note


@pytest.mark.parametrize(
    ("feature", "values", "times"),
    [
        ("api_calls", ["100", "100", "120"], None),  # its name says that it is used
        ("storage_gb_hours", ["100", "100", "120"], None),  # an amount of time is in it
        ("storage_gb", ["100", "3", "120"], None),  # it jumps
        ("storage_gb", ["100", "100"], None),  # too few to tell
        ("storage_gb", ["1", "1", "1"], ["2026-01-01T01:00:00Z", "2026-01-01T02:00:00Z", "2026-01-02"]),  # twice a day
        ("storage_gb", ["1", "1", "1"], ["2026-01-01", "2026-01-04", "2026-01-05"]),  # at no regular times
    ],
)
def test_other_usage_is_not_taken_for_a_level(tmp_path: Path, feature: str, values: list[str], times: list[str] | None) -> None:
    assert notes(tmp_path, feature, values, times) == []


REPORTS = """a,2026-01-05,storage_gb,100
a,2026-01-06,storage_gb,130
a,2026-01-31,storage_gb,120
a,2026-02-07,storage_gb,50
b,2026-01-05,storage_gb,7
a,2026-01-05,calls,3
"""


def counted(folder: Path, rows: str, mapping: str) -> tuple[dict[str, Decimal], Ingested]:
    path = folder / "usage.csv"
    path.write_text("customer_id,timestamp,feature,value\n" + rows)
    found = read(path, parse_mapping(mapping, "mapping.yaml"))
    return {each.feature: each.units for each in describe(found).features}, found


@pytest.mark.parametrize(
    ("how", "units"),
    [
        ("max", "187"),  # 130 + 50, and 7
        ("last", "177"),  # 120 + 50, and 7
        ("average", "173.666667"),  # 350 / 3 = 116.666667, + 50, and 7
        ("unique", "5"),  # 3 + 1, and 1
    ],
)
def test_a_month_of_reports_counts_once(tmp_path: Path, how: str, units: str) -> None:
    found, ingested = counted(tmp_path, REPORTS, f"count: {{storage_gb: {how}}}")
    assert found == {"calls": Decimal(3), "storage_gb": Decimal(units)}
    assert ingested.report.rows_left_out == 2
    assert not any("looks like a level" in note for note in ingested.report.notes)
    assert any(f"one row counts ({how} of `storage_gb`)" in note for note in ingested.report.notes)


def test_months_are_those_of_the_files_zone(tmp_path: Path) -> None:
    rows = "a,2026-01-31T23:30:00Z,seats,5\na,2026-02-10T10:00:00Z,seats,4\n"
    assert counted(tmp_path, rows, "count: {seats: max}")[0] == {"seats": Decimal(9)}
    assert counted(tmp_path, rows, "count: {seats: max}\ntime_zone: Europe/Berlin")[0] == {"seats": Decimal(5)}


def test_texts_are_counted_by_how_many_there_are(tmp_path: Path) -> None:
    rows = "".join(f"a,2026-01-0{day},users,{user}\n" for day, user in enumerate(["ann", "bob", "ann", "1", "01"], start=1))
    assert counted(tmp_path, rows, "count: {users: unique}")[0] == {"users": Decimal(4)}


def test_what_is_no_way_to_count_is_refused() -> None:
    with pytest.raises(InputError, match=r"Write \{storage_gb: max\}; or last, average, unique"):
        parse_mapping("count: {storage_gb: highest}", "mapping.yaml")


def test_a_mapping_with_levels_is_kept_as_it_is() -> None:
    saved = parse_mapping("count: {storage_gb: max, seats: last}", "m")
    assert rules_document(saved.rules())["count"] == {"storage_gb": "max", "seats": "last"}

"""Levels that are reported day by day are said to be added up; what is used day by day is not taken for a level."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import parse_mapping, read


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
    assert "its values are added up; if it is one, give one row for each period" in note


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


def test_counting_levels_while_reading_is_refused_in_words() -> None:
    with pytest.raises(InputError, match="give one row for each period with the value that counts"):
        parse_mapping("count: {storage_gb: max}", "mapping.yaml")

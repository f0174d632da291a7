"""Zones that stand beside times: read where they say one, asked about where they say several or may."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided
from commet_core.usage.ingest.recognise.time_zones import is_zone, zone_named

TIME = "2026-03-01 00:30:00"


def beside(zone: str, *more: str, name: str = "timezone") -> str:
    return f"customer,timestamp,{name},feature,quantity\n" + "".join(f"a,{TIME},{text},api,5\n" for text in (zone, *more))


def under(name: str) -> str:
    return f"customer,{name},feature,quantity\na,{TIME},api,5\n"


def taken(folder: Path, content: str, mapping: str = "") -> Ingested:
    path = folder / "usage.csv"
    path.write_text(content, "utf-8")
    return read(path, parse_mapping(mapping, "mapping") if mapping else None)


def times(found: Ingested) -> list[str]:
    return [f"{datetime.fromtimestamp(time // 10**6, UTC):%m-%d %H:%M}" for time in found.usage.times.tolist()]


@pytest.mark.parametrize(
    ("content", "utc"),
    [
        (beside("-05:00"), "03-01 05:30"),
        (beside("+0530"), "02-28 19:00"),
        (beside("UTC+2"), "02-28 22:30"),
        (beside("europe/berlin"), "02-28 23:30"),
        (beside("-5", name="utc_offset"), "03-01 05:30"),
        (beside("Asia/Tokyo", name="zone"), "02-28 15:30"),
        (under("Time [America/New_York]"), "03-01 05:30"),
        (under("Time (GMT+2)"), "02-28 22:30"),
        (under("Timestamp (Europe/Berlin)"), "02-28 23:30"),
    ],
)
def test_a_zone_that_is_written_is_read(tmp_path: Path, content: str, utc: str) -> None:
    found = taken(tmp_path, content)
    assert times(found) == [utc]
    assert "says in which zone its times are" in "; ".join(found.report.notes)


@pytest.mark.parametrize(
    "content",
    [
        beside("UTC"),
        beside("0", name="utc_offset"),
        beside("us-east-1a", name="zone"),
        under("Time (UTC)"),
        under("Time (local)"),
    ],
)
def test_what_says_utc_or_no_zone_changes_nothing(tmp_path: Path, content: str) -> None:
    found = taken(tmp_path, content)
    assert (times(found), found.report.notes) == (["03-01 00:30"], ())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (beside("PST", "PDT"), r'`PDT` and `PST`, and .*time_zone: "America/Los_Angeles".*time_zone: "-08:00"'),
        (beside("IST"), r'leaves open which zone.*"Asia/Kolkata".*"Europe/Dublin"'),
        (beside("EST"), r'"America/New_York".*"-05:00"'),
        (beside("Pacific Standard Time"), '"America/Los_Angeles"'),
        (beside("somewhere"), "is no zone that is known"),
        (beside("-300", name="utc_offset"), "is no zone that is known"),
        (beside("5", name="utc_offset"), r'time_zone: "\+05:00"'),
        (under("timestamp (PST)"), "`timestamp .PST.` says `PST`"),
        (under("Date (ET)"), '"America/New_York"'),
    ],
)
def test_a_zone_that_may_be_several_is_asked_about(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(Undecided, match=said):
        taken(tmp_path, content)


def test_an_offset_answers_in_a_mapping(tmp_path: Path) -> None:
    assert times(taken(tmp_path, beside("PST"), 'time_zone: "-08:00"')) == ["03-01 08:30"]


def test_only_rows_whose_time_carries_no_zone_need_one(tmp_path: Path) -> None:
    zoned = "a,2026-03-01T00:30:00Z,IST,api\n" * 3_000
    head = "customer,timestamp,timezone,feature\n"
    assert set(times(taken(tmp_path, head + zoned))) == {"03-01 00:30"}
    late = taken(tmp_path, head + zoned + f"b,{TIME},Europe/Berlin,api\n")
    assert times(late)[-1] == "02-28 23:30"


def test_names_of_zones() -> None:
    assert [zone_named(text) for text in ("GMT-3", "+15", "-18000", "EST", "GB", "Z")] == [
        "-03:00",
        None,
        None,
        None,
        "GB",
        "UTC",
    ]
    assert [is_zone(text) for text in ("GB", "ms", "N/A", "PT", "Etc/GMT+5", "west")] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]

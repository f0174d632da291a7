"""Ranges of days in one cell are read as totals on their first day."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.usage.ingest import describe, read
from commet_core.usage.ingest.recognise.questions import Undecided


def written(folder: Path, *ranges: str) -> Path:
    path = folder / "usage.csv"
    rows = "".join(f'a,"{text}",calls,5\n' for text in ranges)
    path.write_text(f"customer,date,feature,quantity\n{rows}", "utf-8")
    return path


@pytest.mark.parametrize(
    "ranges",
    [
        ("2026-03-01 - 2026-03-31", "2026-04-01 - 2026-04-30"),
        ("2026-03-01/2026-03-31", "2026-04-01/2026-04-30"),
        ("2026-03-01 to 2026-03-31", "2026-04-01 to 2026-04-30"),
        ("2026-03-01–2026-03-31", "2026-04-01–2026-04-30"),
        ("01.03.2026 - 31.03.2026", "01.04.2026 - 30.04.2026"),
        ("1/3/2026-31/3/2026", "1/4/2026-30/4/2026"),
        ("3/1/2026 - 3/31/2026", "4/1/2026 - 4/30/2026"),
        ("Mar 1, 2026 - Mar 31, 2026", "Apr 1, 2026 - Apr 30, 2026"),
        ("2026-03-01 00:00:00 - 2026-03-31 23:59:59", "2026-04-01 00:00:00 - 2026-04-30 23:59:59"),
        ("2026-03-01T00:00:00Z/2026-03-31T23:59:59Z", "2026-04-01T00:00:00Z/2026-04-30T23:59:59Z"),
    ],
)
def test_first_days(tmp_path: Path, ranges: tuple[str, str]) -> None:
    found = read(written(tmp_path, *ranges))
    said = describe(found)
    assert (f"{said.first:%Y-%m-%d %H:%M}", f"{said.last:%Y-%m-%d %H:%M}") == ("2026-03-01 00:00", "2026-04-01 00:00")
    shape = found.report.files[0].shape
    assert shape is not None
    assert shape.rows == "aggregate"
    assert any("stands on its first day" in note for note in found.report.notes)


def test_an_order_that_nothing_proves_is_asked(tmp_path: Path) -> None:
    with pytest.raises(Undecided, match="day and month"):
        read(written(tmp_path, "01/03/2026 - 07/03/2026"))

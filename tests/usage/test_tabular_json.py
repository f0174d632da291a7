"""JSON with a table as names and arrays, as databases, dashboards and pandas write it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import describe, read

NAMES = ["customer_id", "timestamp", "feature", "value"]
ROWS = [["a", "2026-03-01", "calls", 5], ["b", "2026-03-02", "calls", 7.25]]
LONG = [["a", f"2026-03-{1 + place % 28:02}", "calls", place] for place in range(3_000)]
COLUMNS = {name: [row[place] for row in ROWS] for place, name in enumerate(NAMES)}


def written(folder: Path, document: Any) -> Path:
    path = folder / "usage.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return path


@pytest.mark.parametrize(
    ("document", "units"),
    [
        ({"columns": NAMES, "rows": ROWS}, "12.25"),
        ({"columns": NAMES, "index": [0, 1], "data": ROWS}, "12.25"),
        (
            {"data": {"rows": ROWS, "cols": [{"name": name, "base_type": "type/Text"} for name in NAMES]}, "row_count": 2},
            "12.25",
        ),
        (
            {
                "schema": {"fields": [{"name": name} for name in NAMES]},
                "rows": [{"f": [{"v": cell} for cell in row]} for row in ROWS],
            },
            "12.25",
        ),
        ({"meta": [{"name": name} for name in NAMES], "data": ROWS, "rows": 2}, "12.25"),
        ({"results": [{"columns": NAMES, "rows": ROWS}]}, "12.25"),
        ([NAMES, *ROWS], "12.25"),
        (COLUMNS, "12.25"),
        ({name: dict(enumerate(cells)) for name, cells in COLUMNS.items()}, "12.25"),
        ({"columns": NAMES, "rows": LONG}, "4498500"),
        (
            json.dumps({"columns": NAMES, "rows": [["a", "2026-03-01", "calls", None]]}).replace("null", "123456789012.345678"),
            "123456789012.345678",
        ),
    ],
)
def test_a_table_is_read(tmp_path: Path, document: Any, units: str) -> None:
    (feature,) = describe(read(written(tmp_path, document))).features
    assert feature.units == Decimal(units)


def test_a_wide_one_too_and_how_it_lies_is_said(tmp_path: Path) -> None:
    document = {
        "columns": ["customer", "date", "images", "mails"],
        "rows": [["a", "2026-03-01", 5, 1], ["a", "2026-03-02", 7, None]],
    }
    found = read(written(tmp_path, document))
    assert {each.feature: each.units for each in describe(found).features} == {"images": 12, "mails": 1}
    assert "usage.json: its rows are the arrays under `rows`, named by `columns`" in found.report.notes


@pytest.mark.parametrize(
    "document",
    [
        {"columns": NAMES, "rows": [*ROWS, ["c", "2026-03-02"]]},
        {"columns": ["customer_id", "timestamp", "feature", "feature"], "rows": ROWS},
        {"columns": NAMES, "rows": []},
        {"results": [{"columns": NAMES, "rows": ROWS}, {"columns": NAMES, "rows": ROWS}]},
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, document: Any) -> None:
    with pytest.raises(InputError):
        read(written(tmp_path, document))


def test_lines_of_objects_stay_lines(tmp_path: Path) -> None:
    lines = [{"payload": {"value": 5}, **dict(zip(NAMES, row, strict=True))} for row in ROWS]
    found = read(written(tmp_path, "\n".join(map(json.dumps, lines))))
    assert describe(found).rows == 2

"""What a mapping may calculate: numbers, and never texts; and a column that is called `sum`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import describe, parse_mapping, read

TEXT = "customer_id,timestamp,feature,sum,a,b\nacme,2026-01-01,calls,100,2,3\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.mark.parametrize("ours", ["customer_id", "timestamp", "feature", "event_id", "model"])
@pytest.mark.parametrize(
    "source", ["{sum: [a, b]}", "{subtract: [a, b]}", "{column: a, multiply: 2}", "{column: {sum: [a, b]}, divide: 2}"]
)
def test_texts_are_not_calculated_by_a_mapping(ours: str, source: str) -> None:
    with pytest.raises(InputError, match=rf"mapping.yaml, columns.{ours}: .*this column holds texts"):
        parse_mapping(f"columns: {{{ours}: {source}}}", "mapping.yaml")


def test_texts_are_not_calculated_by_a_program(file: Path) -> None:
    with pytest.raises(InputError, match="the mapping calculates `customer_id`, which holds texts"):
        read(file, {"customer_id": {"sum": ["a", "b"]}, "value": "sum"})


def test_a_list_of_texts_may_begin_with_a_column_called_sum(file: Path) -> None:
    found = read(file, parse_mapping("columns: {event_id: [sum, a, b], value: null}", "mapping.yaml"))
    assert found.report.files[0].mapping.names("event_id") == ("sum", "a", "b")


def test_a_list_that_may_add_up_or_name_the_column_sum_is_asked_about(file: Path) -> None:
    with pytest.raises(InputError, match=r"usage.csv: the mapping's `value: \[sum, a, b\]` may calculate, or name the column"):
        read(file, parse_mapping("columns: {value: [sum, a, b]}", "mapping.yaml"))
    added = read(file, parse_mapping("columns: {value: {sum: [a, b]}}", "mapping.yaml"))
    assert describe(added).features[0].units == Decimal(5)
    named = read(file, parse_mapping("columns: {value: [b, sum]}", "mapping.yaml"))
    assert describe(named).features[0].units == Decimal(3)

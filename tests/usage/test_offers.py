"""Numbers inside objects are offered as the value, and tokens of the cache as such, whatever the shape of the file."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from commet_core.usage.ingest import Ingested, describe, parse_mapping, read

EVENT = {"customer": "acme", "time": "2026-01-01T10:00:01Z", "event": "render"}


def usage(folder: Path, *rows: dict[str, Any], mapping: str = "") -> Ingested:
    path = folder / "events.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read(path, parse_mapping(mapping, "mapping.yaml") if mapping else None)


@pytest.mark.parametrize("key", ["properties", "usage", "usageDetails", "metadata", "attributes.more"])
def test_numbers_inside_an_object_are_offered_as_the_value(tmp_path: Path, key: str) -> None:
    inner: dict[str, Any] = {"cpu_hours": "3.5", "memory_gb_hours": 12, "region": "eu", "cost_usd": 4, "status_code": 200}
    for part in reversed(key.split(".")):
        inner = {part: inner}
    found = usage(tmp_path, EVENT | inner)
    names = f"`{key}.cpu_hours` or `{key}.memory_gb_hours`"
    said = f"events.jsonl: say in the mapping whether {names} is the value, such as `value: {key}.cpu_hours`"
    assert said in found.report.notes
    assert "events.jsonl has no column for the value; every row counts as 1" in found.report.notes
    chosen = usage(tmp_path, EVENT | inner, mapping=f"columns: {{value: {key}.cpu_hours}}")
    assert describe(chosen).features[0].units == Decimal("3.5")
    assert not [note for note in chosen.report.notes if "whether" in note]


def test_a_known_shape_takes_none_of_several_and_offers_all(tmp_path: Path) -> None:
    row = {
        "transaction_id": "t1",
        "customer_id": "c1",
        "event_type": "heartbeat",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "properties": {"cpu_hours": "3.5", "memory_gb_hours": "12"},
    }
    found = usage(tmp_path, row)
    assert found.report.files[0].shape is not None
    assert found.report.files[0].shape.code == "metronome"
    assert "whether `properties.cpu_hours` or `properties.memory_gb_hours`" in found.report.files[0].shape.sentence
    assert not [note for note in found.report.notes if "whether" in note]


def test_tokens_of_the_cache_inside_metadata_are_offered(tmp_path: Path) -> None:
    row = EVENT | {"model": "gpt-4o", "input_tokens": 100, "output_tokens": 5, "metadata": {"u": {"cached_tokens": 40}}}
    found = usage(tmp_path, row)
    said = "`metadata.u.cached_tokens` may be `cache_read_tokens`, and is not read"
    assert any(said in note for note in found.report.notes)
    chosen = usage(tmp_path, row, mapping="{cache: included, columns: {cache_read_tokens: metadata.u.cached_tokens}}")
    assert not [note for note in chosen.report.notes if "is not read" in note]

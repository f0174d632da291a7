"""What columns might be whose names say nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import read
from commet_core.usage.ingest.recognise.column_mapping import ColumnMapping
from commet_core.usage.ingest.recognise.proposals import in_words, proposals
from commet_core.usage.ingest.recognise.sample import Sample

ROWS = [
    {
        "Wer": f"K-{row % 4}",
        "Wann": f"{row + 1}.03.2026",
        "Was": ("Bild", "Film")[row % 2],
        "Menge": str(row * 1.5),
        "Ort": "HH",
    }
    for row in range(12)
]
SAMPLE = Sample(tuple(ROWS[0]), ROWS)


def test_values_say_what_names_do_not() -> None:
    found = proposals(SAMPLE, ColumnMapping())
    assert [(each.ours, each.name) for each in found] == [
        ("customer_id", "Wer"),
        ("timestamp", "Wann"),
        ("feature", "Was"),
        ("value", "Menge"),
    ]
    assert in_words(found).startswith(
        "`Wer` may be `customer_id` (it holds 4 different ids, most of them again and again), `Wann`"
    )


def test_a_refusal_names_them(tmp_path: Path) -> None:
    lines = [",".join(ROWS[0]), *(",".join(row.values()) for row in ROWS)]
    (tmp_path / "usage.csv").write_text("\n".join(lines), "utf-8")
    with pytest.raises(InputError) as caught:
        read(tmp_path / "usage.csv")
    assert "By its values `Wer` may be `customer_id` (it holds 4 different ids" in str(caught.value)


def test_what_is_read_already_is_neither_asked_for_nor_offered() -> None:
    found = proposals(SAMPLE, ColumnMapping(customer_id="Wer", value="Menge"))
    assert [(each.ours, each.name) for each in found] == [("timestamp", "Wann"), ("feature", "Was")]


def test_nothing_is_proposed_where_values_say_nothing() -> None:
    rows = [{"a": f"note number {row}, and more", "b": "", "status": str(row)} for row in range(12)]
    assert proposals(Sample(("a", "b", "status"), rows), ColumnMapping()) == ()
    assert proposals(Sample(("Wer",), ROWS[:2]), ColumnMapping()) == ()

"""Rows that repeat others are told by what is written, not by the spaces around it."""

import json
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from commet_core.usage.ingest import read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping

HEADER = "customer_id,timestamp,feature,value,event_id"


@pytest.mark.parametrize(("written", "again"), [("acme", "acme"), ("acme", " acme "), ("  acme", "acme ")])
@pytest.mark.parametrize(("feature", "feature_again"), [("call", "call"), ("call", " call")])
class TestSpacesAroundNames:
    def test_the_last_row_of_an_event_id_counts(
        self, tmp_path: Path, written: str, again: str, feature: str, feature_again: str
    ) -> None:
        path = tmp_path / "usage.csv"
        rows = [f"{written},2026-01-01,{feature},1,x", f"{again},2026-01-01,{feature_again},5,x"]
        path.write_text("\n".join([HEADER, *rows]), "utf-8")
        ingested = read([path], parse_mapping("duplicates: last", "mapping.yaml"))
        assert ingested.usage.values.tolist() == [5_000_000]
        assert ingested.report.duplicates == 1
        first = read([path])
        assert first.usage.values.tolist() == [1_000_000]
        assert any(note.startswith("1 duplicate has another time, feature or value") for note in first.report.notes)

    def test_a_duplicate_that_is_the_same_row_is_not_said_to_differ(
        self, tmp_path: Path, written: str, again: str, feature: str, feature_again: str
    ) -> None:
        path = tmp_path / "usage.csv"
        rows = [f"{written},2026-01-01,{feature},1,x", f"{again},2026-01-01,{feature_again},1,x"]
        path.write_text("\n".join([HEADER, *rows]), "utf-8")
        report = read([path]).report
        assert report.duplicates == 1
        assert not any("another time" in note for note in report.notes)

    def test_rows_without_ids_that_stand_in_two_files_are_said(
        self, tmp_path: Path, written: str, again: str, feature: str, feature_again: str
    ) -> None:
        paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
        for path, customer, code in zip(paths, (written, again), (feature, feature_again), strict=True):
            path.write_text(f"customer_id,timestamp,feature,value\n{customer},2026-01-01,{code},1\n", "utf-8")
        ingested = read(paths)
        assert sum(map(Decimal, ingested.usage.values.tolist())) == 2_000_000
        assert "1 row is the same in two files and counted in both" in " ".join(ingested.report.notes)


@pytest.mark.parametrize("nothing", ["NULL", r"\N", "None", " nan ", "N/A", "-", "(null)", "<NULL>", "undefined"])
@pytest.mark.parametrize("kind", ["csv", "wide", "json", "parquet", "parquet of texts", "two columns"])
def test_a_word_for_nothing_is_no_event_id(tmp_path: Path, nothing: str, kind: str) -> None:
    """Of three rows without an id and two with the same, one is a duplicate."""
    rows = [
        {"customer_id": "a", "timestamp": "2026-01-01", "feature": "api", "value": 1, "event_id": nothing} for _ in range(3)
    ]
    rows += [{**rows[0], "event_id": "Nullable"} for _ in range(2)]
    path, mapping = tmp_path / f"usage.{kind[:4].strip()}", None
    if kind == "json":
        path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    elif kind.startswith("parquet"):
        table = pa.Table.from_pylist(rows)
        times = table["timestamp"].cast(pa.timestamp("us")) if kind == "parquet" else table["timestamp"]
        path = tmp_path / "usage.parquet"
        pyarrow.parquet.write_table(table.set_column(1, "timestamp", times), path)
    else:
        pa.csv.write_csv(pa.Table.from_pylist([{**row, "source": nothing} for row in rows]), path)
        said = {"wide": "{features: [value]}", "two columns": "{columns: {event_id: [source, event_id]}}"}
        mapping = parse_mapping(said[kind], "mapping") if kind in said else None
    report = read(path, mapping).report
    assert (report.rows_used, report.duplicates) == (4, 1)


def test_names_that_stand_for_nothing_are_said(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(f"{HEADER}\n\\N,2026-01-01,NULL,1,x\nacme,2026-01-01,call,1,x\n", "utf-8")
    said = "; ".join(read(path).report.notes)
    assert r"`\N` is read as a customer, and mostly stands for none" in said
    assert "`NULL` is read as a feature, and mostly stands for none" in said

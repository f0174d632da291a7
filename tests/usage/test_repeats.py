"""Rows that repeat others are told by what is written, not by the spaces around it."""

from decimal import Decimal
from pathlib import Path

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

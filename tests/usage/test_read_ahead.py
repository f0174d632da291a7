"""Groups of rows that are decoded before somebody asks for them are those that reading decodes itself."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage import read_ahead
from commet_core.usage.ingest import Ingested, read
from commet_core.usage.read_ahead import COLUMNS_MAX, SHARE, decoded_ahead, is_ahead, reading_ahead

DAY = 86_400 * 10**6
GROUPS = 6


def table(rows: int = 600, **more: object) -> pa.Table:
    draws = np.random.default_rng(5)
    customers = [f"customer {place}" for place in range(40)]
    columns = {
        "customer_id": pa.array([customers[place] for place in draws.integers(0, 40, rows)]),
        "timestamp": pa.array(draws.integers(1, 300 * DAY, rows), pa.timestamp("us", "UTC")),
        "feature": pa.array([["call", "image"][place] for place in draws.integers(0, 2, rows)]),
        "value": pa.array(draws.integers(0, 50, rows)),
    }
    return pa.table({**columns, **more})


def written(path: Path, rows: pa.Table) -> Path:
    pq.write_table(rows, path, row_group_size=rows.num_rows // GROUPS)
    return path


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows came decoded, group by group."""
    counts: list[int] = []
    take = read_ahead._ReadAhead.take

    def counted(self: read_ahead._ReadAhead, path: Path, metadata: object, group: int) -> pa.Table | None:
        table = take(self, path, metadata, group)  # type: ignore[arg-type]
        counts.append(0 if table is None else table.num_rows)
        return table

    monkeypatch.setattr(read_ahead._ReadAhead, "take", counted)
    return counts


def ahead(paths: list[Path], memory_limit: int | None = None, read_: Callable[[], Ingested] | None = None) -> Ingested:
    """What is read once all that is decoded ahead is."""
    with reading_ahead([str(path) for path in paths], memory_limit):
        (reader,) = read_ahead._AT_WORK
        reader._thread.join(60)
        return (read_ or (lambda: read(paths)))()


def same(one: Ingested, other: Ingested) -> bool:
    columns = ("offsets", "times", "feature_indexes", "values")
    equal = all(np.array_equal(getattr(one.usage, name), getattr(other.usage, name)) for name in columns)
    return equal and one.usage.customers == other.usage.customers and one.report == other.report


def test_what_is_read_is_the_same(tmp_path: Path, taken: list[int]) -> None:
    paths = [written(tmp_path / f"{place}.parquet", table(600 + 60 * place)) for place in range(2)]
    plain = read(paths)
    assert taken == []
    assert same(ahead(paths), plain)
    assert sorted(taken) == [100] * GROUPS + [110] * GROUPS


def test_texts_that_are_not_in_a_dictionary(tmp_path: Path, taken: list[int]) -> None:
    rows = table(event_id=pa.array([f"event {place}" for place in range(600)]))
    path = tmp_path / "usage.parquet"
    pq.write_table(rows, path, row_group_size=100, use_dictionary=["feature", "event_id"])
    assert same(ahead([path]), read([path]))
    assert sum(taken) == 600


def test_rows_that_need_a_second_look(tmp_path: Path, taken: list[int]) -> None:
    values = np.r_[np.ones(450), np.full(150, -2.5)]
    path = written(tmp_path / "usage.parquet", table(value=pa.array(values)))
    found = ahead([path])
    assert sum(taken) == 600
    assert (found.report.rows_used, found.report.rows_rejected) == (450, 150)
    netted = ahead([path], read_=lambda: read([path], corrections=True))
    assert netted.report.rows_used == 600
    assert sorted(set(netted.usage.values.tolist())) == [-2_500_000, 1_000_000]


def test_groups_that_are_asked_for_are_not_decoded_twice(tmp_path: Path) -> None:
    path = written(tmp_path / "usage.parquet", table())
    metadata = pq.read_metadata(path)
    with reading_ahead([str(path)]):
        (reader,) = read_ahead._AT_WORK
        reader._thread.join(60)
        assert is_ahead()
        found = [decoded_ahead(path, metadata, group) for group in range(GROUPS)]
        assert pa.concat_tables(table_ for table_ in found if table_).num_rows == 600
        assert not is_ahead()
        assert decoded_ahead(path, metadata, 0) is None
    assert decoded_ahead(path, metadata, 0) is None


def test_another_file_in_its_place_is_read_anew(tmp_path: Path) -> None:
    path = written(tmp_path / "usage.parquet", table())

    def replaced() -> Ingested:
        written(path, table(1200))
        return read([path])

    assert ahead([path], read_=replaced).report.rows_read == 1200


@pytest.mark.parametrize("limit", [None, SHARE * 2_000])
def test_memory_is_limited(tmp_path: Path, taken: list[int], limit: int | None) -> None:
    path = written(tmp_path / "usage.parquet", table())
    assert ahead([path], limit).report.rows_used == 600
    assert sum(taken) == 600 if limit is None else 0 < sum(taken) < 600


def test_files_that_are_not_for_it(tmp_path: Path, taken: list[int]) -> None:
    wide = table(**{f"more {place}": pa.array(np.zeros(600)) for place in range(COLUMNS_MAX - 3)})
    path = written(tmp_path / "wide.parquet", wide)
    (tmp_path / "usage.csv").write_text("customer_id,timestamp,feature\na,2026-01-01,call\n", "utf-8")
    os.mkfifo(tmp_path / "pipe.parquet")
    paths = [str(tmp_path / name) for name in ("usage.csv", "pipe.parquet", "not there.parquet", "wide.parquet")]
    with reading_ahead(paths):
        assert read([path]).report.rows_used == 600
    assert sum(taken) == 0


def test_a_damaged_file_is_told_by_who_reads_it(tmp_path: Path) -> None:
    path = written(tmp_path / "usage.parquet", table())
    content = bytearray(path.read_bytes())
    content[len(content) // 4 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 4)
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"usage\.parquet"):
        ahead([path])

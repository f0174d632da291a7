"""Parquet files of texts, integers and times are looked at without DuckDB, and look as they do to DuckDB."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commet_core.usage.ingest import inspect
from commet_core.usage.ingest.recognise import typed_shape
from commet_core.usage.ingest.recognise.plain_parquet import first_rows

MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31)) | st.sampled_from(  # noqa: DTZ001  # columns say which zone
    [datetime(2026, 1, 1), datetime(2026, 1, 1, 0, 0, 0, 500_000), datetime(1969, 12, 31, 23, 59, 59, 999_990)]  # noqa: DTZ001
)
KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (
        pa.string(),
        st.text('aZä€ {}":1,\n\t\0😀') | st.sampled_from(["", " ", "1", "{}", '{"a": {"b": 2}}', "{", "null", "Zoë"]),
    ),
    "pandas": (pa.large_string(), st.text("ab ")),
    "long": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "short": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "at": (pa.timestamp("us"), MOMENTS),
    "utc": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
    "in Paris": (pa.timestamp("us", "Europe/Paris"), MOMENTS.map(lambda moment: moment.replace(tzinfo=UTC))),
}


def as_duckdb_sees_it(path: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typed_shape, "first_rows", lambda _path: None)
        return inspect(path)


@settings(deadline=None)
@given(st.data())
def test_a_plain_file_looks_as_it_does_to_duckdb(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, unique=True))
    rows = data.draw(st.integers(0, 5))
    columns = [pa.array([data.draw(KINDS[name][1] | st.none()) for _ in range(rows)], KINDS[name][0]) for name in names]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "usage.parquet"
        pq.write_table(pa.table(dict(zip(names, columns, strict=True))), path)
        assert first_rows(path) is not None
        assert inspect(path) == as_duckdb_sees_it(path)


def test_of_a_long_file_the_first_rows_of_its_first_groups_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "usage.parquet"
    pq.write_table(pa.table({"value": list(range(1000)), "name": ["a", "b"] * 500}), path, row_group_size=150)
    found = first_rows(path)
    assert found is not None
    assert [row[0] for row in found.rows] == [str(number) for number in range(200)]
    assert found.count == 1000
    assert inspect(path) == as_duckdb_sees_it(path)


OTHERS: dict[str, Callable[[], pa.Table]] = {
    "a double": lambda: pa.table({"value": [0.1]}),
    "an unsigned integer": lambda: pa.table({"value": pa.array([1], pa.uint32())}),
    "a decimal": lambda: pa.table({"value": [Decimal("1.5")]}),
    "milliseconds": lambda: pa.table({"at": pa.array([1], pa.timestamp("ms"))}),
    "a day": lambda: pa.table({"at": pa.array([1], pa.date32())}),
    "bytes": lambda: pa.table({"name": [b"a"]}),
    "a dictionary": lambda: pa.table({"name": pa.array(["a"]).dictionary_encode()}),
    "an object": lambda: pa.table({"data": [{"tokens": 1}]}),
    "a list": lambda: pa.table({"data": [[1]]}),
    "two columns of one name": lambda: pa.table([[1], [2]], names=["value", "Value"]),
    "a time before the year 1000": lambda: pa.table({"at": pa.array([-(2**55)], pa.timestamp("us"))}),
    "a time that has no date": lambda: pa.table({"at": pa.array([2**62], pa.timestamp("us"))}),
}


@pytest.mark.parametrize("made", OTHERS.values(), ids=OTHERS.keys())
def test_others_are_left_to_duckdb(tmp_path: Path, made: Callable[[], pa.Table]) -> None:
    path = tmp_path / "usage.parquet"
    pq.write_table(made(), path)
    assert first_rows(path) is None
    assert inspect(path) == as_duckdb_sees_it(path)


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_damaged_file_is_left_to_duckdb(tmp_path: Path, keep: float) -> None:
    path = tmp_path / "usage.parquet"
    pq.write_table(pa.table({"value": list(range(1000))}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole))])
    assert first_rows(path) is None


def test_a_command_reads_a_plain_file_without_importing_duckdb(tmp_path: Path) -> None:
    path = tmp_path / "usage.parquet"
    moments = pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 11)], pa.timestamp("us", "UTC"))
    pq.write_table(
        pa.table({"customer_id": ["a"] * 10, "timestamp": moments, "feature": ["call"] * 10, "value": [1] * 10}), path
    )
    program = "from commet_core.cli import main; import sys; main(['check', '--usage', sys.argv[1]], alone=True)"
    program += "; print([name for name in ('_duckdb', 'numba') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "[]"

"""DuckDBs that are handed on: whoever has one finds nothing of those before."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from commet_core.foundation.duckdbs import lent_duckdb

SETTINGS = "temp_directory", "memory_limit", "threads"


def setting(connection: duckdb.DuckDBPyConnection, name: str) -> object:
    return connection.sql("SELECT current_setting($name)", params={"name": name}).fetchall()[0][0]


def database(connection: duckdb.DuckDBPyConnection) -> object:
    """Tells one from another: a table that is nobody's own stays in it."""
    connection.execute("CREATE TABLE IF NOT EXISTS tests_mark AS SELECT uuid() AS mark")
    return connection.sql("FROM tests_mark").fetchall()[0][0]


def test_nothing_is_fetched_and_nothing_of_python_is_seen() -> None:
    with lent_duckdb() as connection:
        options = "autoinstall_known_extensions", "autoload_known_extensions", "TimeZone"
        assert [connection.sql("SELECT current_setting($name)", params={"name": name}).fetchall()[0] for name in options] == [
            (False,), (False,), ("UTC",),
        ]  # fmt: skip
        local = pa.table({"x": [1]})
        with pytest.raises(duckdb.CatalogException):
            connection.sql("FROM local").fetchall()
        assert local.num_rows == 1


def test_the_next_one_is_given_the_same_without_what_was_made_and_set_in_it(tmp_path: Path) -> None:
    with lent_duckdb() as connection:
        usual = [setting(connection, name) for name in SETTINGS]
    with lent_duckdb(temp_directory=str(tmp_path), memory_limit="300 MB", threads=1) as connection:
        first = database(connection)
        assert [setting(connection, name) for name in SETTINGS] == [str(tmp_path), "286.1 MiB", 1]
        connection.register("arrow_rows", pa.table({"a": [1]}))
        connection.execute("CREATE TEMP TABLE rows AS SELECT 1")
    with lent_duckdb() as connection:
        assert database(connection) == first
        assert [setting(connection, name) for name in SETTINGS] == usual
        for name in ("arrow_rows", "rows"):
            with pytest.raises(duckdb.CatalogException):
                connection.sql(f"FROM {name}")


def test_two_at_once_have_one_each() -> None:
    with lent_duckdb() as one, lent_duckdb() as other:
        assert database(one) != database(other)


def test_one_in_which_something_went_wrong_is_not_handed_on() -> None:
    seen = []

    def asks_wrongly() -> None:
        with lent_duckdb() as connection:
            seen.append(database(connection))
            connection.sql("SELECT no_column")

    with pytest.raises(duckdb.BinderException):
        asks_wrongly()
    with lent_duckdb() as connection:
        assert database(connection) not in seen


def test_one_that_spilled_is_not_handed_on_and_leaves_no_file(tmp_path: Path) -> None:
    with lent_duckdb(temp_directory=str(tmp_path), memory_limit="64 MB") as connection:
        first = database(connection)
        connection.execute("CREATE TEMP TABLE rows AS SELECT range, repeat('x', 50) || range AS text FROM range(2_000_000)")
        assert any(tmp_path.iterdir())
    assert not any(tmp_path.iterdir())
    with lent_duckdb() as connection:
        assert database(connection) != first

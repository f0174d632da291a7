"""Copies of a workspace's database: a zip with a file of JSON lines per table, the same of SQLite and Postgres."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any, Final

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, func, select

from commet_core.foundation.errors import InputError
from commet_core.foundation.whole_files import file_written_whole

VERSIONS: Final = "alembic_version"
HEAD: Final = "workspace.json"
FIRST: Final = "workspaces.jsonl"
"""Of the table in which a new database has a row already."""


def write_copy(connection: Connection, path: Path) -> None:
    """Everything in the database as it stands in this transaction, whatever its schema."""
    found = MetaData()
    found.reflect(connection)
    schema = MigrationContext.configure(connection).get_current_revision()
    with file_written_whole(path) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(part_of_zip(HEAD), json.dumps({"schema": schema}))
        for table in found.sorted_tables:
            if table.name == VERSIONS:
                continue
            order = list(table.primary_key.columns)
            with archive.open(part_of_zip(f"{table.name}.jsonl"), "w") as part:
                for row in connection.execute(select(table).order_by(*order)).mappings():
                    part.write(json.dumps(dict(row)).encode() + b"\n")


def part_of_zip(name: str) -> zipfile.ZipInfo:
    """An entry without the time of day, so that copies of the same content are the same."""
    part = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    part.compress_type = zipfile.ZIP_DEFLATED
    return part


def schema_of_copy(path: Path) -> str:
    """The schema of the database that a copy is of. Raises InputError where the file is no copy."""
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            schema = json.loads(archive.read(HEAD))["schema"]
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile):
        damaged, schema = HEAD, None
    if damaged is not None or not isinstance(schema, str):
        raise InputError.of(str(path), "this is no copy of a workspace, or it is damaged", "Name a file that backup wrote")
    return schema


def read_copy(connection: Connection, path: Path) -> None:
    """Writes the rows of a copy into an empty database of the copy's own schema, in the connection's transaction."""
    found = MetaData()
    found.reflect(connection)
    with zipfile.ZipFile(path) as archive:
        for table in found.sorted_tables:
            name = f"{table.name}.jsonl"
            if name not in archive.namelist():
                continue
            with archive.open(name) as part:
                rows: list[dict[str, Any]] = [json.loads(line) for line in part]
            if name == FIRST:
                connection.execute(table.delete())
            if rows:
                connection.execute(table.insert(), rows)
    if connection.dialect.name == "postgresql":
        _continue_numbers(connection, found)


def _continue_numbers(connection: Connection, found: MetaData) -> None:
    """New rows get numbers after those that came with the copy."""
    for table in found.sorted_tables:
        [column, *others] = table.primary_key.columns
        if not others and column.name in ("id", "number"):
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            highest = func.max(column)
            connection.execute(select(func.setval(sequence, highest)).having(highest.is_not(None)))

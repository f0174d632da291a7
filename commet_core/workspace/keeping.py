"""Backup, restore and check of a whole database."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select

from commet_core.foundation.errors import InputError, Problem
from commet_core.workspace import opening
from commet_core.workspace.copies import read_copy, schema_of_copy, write_copy
from commet_core.workspace.schema import QUOTE_REVISIONS, QUOTES, STUDIES, STUDY_REVISIONS


def backup(engine: Engine, path: Path) -> None:
    """A copy of everything, as it stands at one moment."""
    with opening.in_words(engine), _everything(engine).connect() as connection, connection.begin():
        write_copy(connection, path)


def restore(place: Path | str, path: Path) -> Engine:
    """An empty database filled from a copy, and brought up to this version's schema; all of it or nothing.

    Raises InputError where the database is not empty, or the copy is damaged or of a later version.
    """
    schema = schema_of_copy(path)
    if schema not in opening.revisions_known():
        raise InputError.of(str(path), f"the copy is of a later version (schema {schema})", "Update commet-sim")
    engine = opening.blank_database(place)
    try:
        with (
            opening.in_words(engine),
            engine.execution_options(**{opening.WRITES: True, opening.NAMED: opening.EVERYTHING}).begin() as connection,
        ):
            _fill(connection, engine.url.render_as_string(hide_password=True), schema, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _everything(engine: Engine) -> Engine:
    return engine.execution_options(**{opening.NAMED: opening.EVERYTHING})


def _fill(connection: Connection, name: str, schema: str, path: Path) -> None:
    if inspect(connection).get_table_names():
        raise InputError.of(name, "the database is not empty", "Name a new file, or an empty database")
    opening.migrate(connection, schema)
    read_copy(connection, path)
    opening.migrate(connection, opening.newest_revision())
    opening.allow_rows(connection)


def problems(engine: Engine) -> list[Problem]:
    """What is wrong with a database; empty where all is well."""
    with opening.in_words(engine), _everything(engine).connect() as connection, connection.begin():
        return [*_damage(connection), *_broken_chains(connection)]


def _damage(connection: Connection) -> list[Problem]:
    if opening.revision_of(connection) != opening.newest_revision():
        return [Problem("schema", "it is not that of this version", "Open the workspace once")]
    if connection.dialect.name != "sqlite":
        return []
    said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check").all()]
    broken = [Problem("file", line, "Restore a backup") for line in said if line != "ok"]
    strays = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    return broken + [Problem(str(row[0]), f"row {row[1]} refers to nothing", "Restore a backup") for row in strays]


def _broken_chains(connection: Connection) -> list[Problem]:
    """Revisions are numbered from 1 without a gap up to the latest, and every document can be read."""
    found = []
    for heads, revisions, of in ((STUDIES, STUDY_REVISIONS, "study"), (QUOTES, QUOTE_REVISIONS, "quote")):
        numbers: dict[tuple[str, int], list[int]] = defaultdict(list)
        for row in connection.execute(select(revisions).order_by(revisions.c.revision)).mappings():
            numbers[row["workspace"], row[of]].append(row["revision"])
            if not _readable(row["document"]):
                found.append(Problem(f"{of} {row[of]}", f"revision {row['revision']} cannot be read", "Restore a backup"))
        found += [
            Problem(f"{of} {head['id']}", "a revision is missing", "Restore a backup")
            for head in connection.execute(select(heads)).mappings()
            if numbers[head["workspace"], head["id"]] != list(range(1, head["revision"] + 1))
        ]
    return found


def _readable(document: str) -> bool:
    try:
        return isinstance(json.loads(document), dict)
    except ValueError:
        return False

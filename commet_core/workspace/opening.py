"""Opens a workspace's database: SQLite in a file, or Postgres by URL. An earlier schema is migrated after a copy was made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError

from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_output
from commet_core.workspace.copies import write_copy

MIGRATIONS: Final = Path(__file__).with_name("migrations")
WRITES: Final = "writes"
"""The execution option of a connection that will write."""

NAMED: Final = "workspace"
EVERYTHING: Final = "*"
"""The execution option with the workspace whose rows a connection sees on Postgres; all of them, for what is no workspace's own."""

ROWS_ROLE: Final = "commet_sim_rows"
"""The role in which a user of Postgres reads and writes rows who would bypass row-level security otherwise."""

BUSY_SECONDS_MAX: Final = 30
"""How long a writer waits for another before it gives up."""


def database_url(place: Path | str) -> str:
    """The URL of a database: of Postgres as it is given, of SQLite from its file's path."""
    text = str(place)
    if text.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    return text if "://" in text else f"sqlite:///{Path(text).absolute()}"


def open_database(place: Path | str, copies: Path) -> Engine:
    """The database, of the schema that this version knows. copies: the folder for a copy of one that is migrated.

    Raises InputError in words where it cannot be reached, is of a later version, or is no workspace.
    """
    engine = _engine(database_url(place))
    try:
        with in_words(engine):
            _bring_up(engine, copies)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up(engine: Engine, copies: Path) -> None:
    """Checks whose database it is and of which schema, and migrates it where that is earlier."""
    name = engine.url.render_as_string(hide_password=True)
    with engine.connect() as connection:
        found, newest = revision_of(connection), newest_revision()
        foreign = found is None and bool(inspect(connection).get_table_names())
    if foreign:
        raise InputError.of(name, "this database holds other tables, and no workspace", "Name an empty database, or a new file")
    if found is not None and found not in revisions_known():
        what = f"the workspace is of a later version (schema {found}; this version knows {newest})"
        raise InputError.of(name, what, "Update commet-sim; nothing was changed")
    if found != newest:
        _migrate(engine, copies)
    elif engine.dialect.name == "postgresql" and not _rows_are_allowed(engine):
        with engine.begin() as connection:
            allow_rows(connection)


def blank_database(place: Path | str) -> Engine:
    """A database as it is, without a look at what is in it. Raises InputError where there can be none."""
    return _engine(database_url(place))


def _engine(url: str) -> Engine:
    try:
        made = make_url(url)
    except ArgumentError:
        raise InputError.of(
            "COMMET_WORKSPACE_URL", "this is no address of a database", "Give postgresql://user@host/name"
        ) from None
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        what = f"{made.get_backend_name()} is not a database that a workspace can be kept in"
        raise InputError.of("COMMET_WORKSPACE_URL", what, "Use SQLite, or postgresql://")
    if made.get_backend_name() == "postgresql":
        try:
            engine = create_engine(made, pool_pre_ping=True)
        except ModuleNotFoundError:
            fix = "Install commet-simulator[postgres]"
            raise InputError.of("COMMET_WORKSPACE_URL", "the driver of Postgres is not installed", fix) from None
        event.listen(engine, "connect", _note_rights)
        event.listen(engine, "begin", _name_workspace)
        return engine
    check_output(Path(made.database or ""))
    Path(made.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(made, connect_args={"timeout": BUSY_SECONDS_MAX, "isolation_level": None})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_at_once)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    """A write-ahead log that is on disk before a write is done; references are checked."""
    for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_at_once(connection: Connection) -> None:
    """One that writes takes its place among the writers when it begins, and not in its midst, where SQLite would refuse it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


def _note_rights(connection: Any, record: Any) -> None:
    """Whether this user sees all rows whatever their policies say."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        record.info[ROWS_ROLE] = cursor.fetchone()[0]
    connection.rollback()


def _name_workspace(connection: Connection) -> None:
    """Row-level security knows which workspace a transaction is of, until its end."""
    named = connection.get_execution_options().get(NAMED)
    if named is None:
        return
    if named != EVERYTHING and connection.info[ROWS_ROLE]:
        connection.exec_driver_sql(f"SET LOCAL ROLE {ROWS_ROLE}")
    connection.exec_driver_sql("SELECT set_config('commet.workspace', %s, true)", (named,))


def allow_rows(connection: Connection) -> None:
    """Makes the role in which rows are read and written, where this user would see those of every workspace.

    Raises InputError where the user may not make it.
    """
    if connection.dialect.name != "postgresql" or not connection.info[ROWS_ROLE]:
        return
    schema = connection.exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    try:
        connection.exec_driver_sql(
            f"DO $$ BEGIN CREATE ROLE {ROWS_ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
        connection.exec_driver_sql(f"GRANT {ROWS_ROLE} TO CURRENT_USER")
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {ROWS_ROLE}")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {ROWS_ROLE}")
        connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {ROWS_ROLE}")
    except ProgrammingError:
        what = "this user of Postgres sees the rows of every workspace, and may not make a role that does not"
        fix = "Give the dashboard a user of its own, without SUPERUSER and BYPASSRLS, that owns its database"
        raise InputError.of(connection.engine.url.render_as_string(hide_password=True), what, fix) from None


def _rows_are_allowed(engine: Engine) -> bool:
    """Whether the role for rows is there; it is not where the database came here from another server."""
    with engine.connect() as connection:
        there = connection.exec_driver_sql(
            "SELECT coalesce(has_table_privilege(to_regrole(%s), 'audit', 'INSERT'), false)", (ROWS_ROLE,)
        )
        return bool(there.scalar_one()) or not connection.info[ROWS_ROLE]


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def revisions_known() -> set[str]:
    """Every schema that was ever released."""
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def newest_revision() -> str:
    """The schema that this version knows."""
    return str(_scripts().get_current_head())


def revision_of(connection: Connection) -> str | None:
    """The schema of a database; None of an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(connection: Connection, revision: str) -> None:
    """Brings a database up to a schema, in the transaction that the connection is in."""
    command.upgrade(_config(connection), revision)


def _migrate(engine: Engine, copies: Path) -> None:
    """In one transaction: whoever else opens it now waits, and finds it done."""
    with engine.execution_options(**{WRITES: True, NAMED: EVERYTHING}).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(727265)")
        found = revision_of(connection)
        if found == newest_revision():
            return
        if found is not None:
            copies.mkdir(parents=True, exist_ok=True)
            write_copy(connection, copies / f"before-{newest_revision()}-from-{found}.zip")
        migrate(connection, newest_revision())
        allow_rows(connection)


@contextmanager
def in_words(engine: Engine) -> Iterator[None]:
    """Turns what a database refuses into words; what was begun and not finished did not happen.

    A key that is there already (IntegrityError) is the caller's to say.
    """
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        name = engine.url.render_as_string(hide_password=True)
        first = (str(error.orig).strip().splitlines() or ["it did not say why"])[0]
        fix = "Nothing was saved. Check that the database is there, that its disk has room, and try again"
        raise InputError.of(name, f"the database refused: {first}", fix) from error

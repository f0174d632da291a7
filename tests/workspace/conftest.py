"""Where a workspace is kept: every test of this room runs on SQLite and on a real Postgres."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from support.postgres_server import required_binaries, running_server

from commet_core.workspace.opening import open_database
from commet_core.workspace.workspace import Workspace

NUMBERS = count()


@pytest.fixture(scope="session")
def workspace_server() -> Iterator[str]:
    with running_server(required_binaries()) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database's place: a file's path, or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "workspace.db")
    server = request.getfixturevalue("workspace_server")
    name = f"workspace_{next(NUMBERS)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def engine(place: str, tmp_path: Path) -> Iterator[Engine]:
    made = open_database(place, tmp_path / "copies")
    yield made
    made.dispose()


@pytest.fixture
def ours(engine: Engine) -> Workspace:
    return Workspace(engine, "ours", "ann")


@pytest.fixture
def theirs(engine: Engine) -> Workspace:
    """Another workspace of the same database."""
    return Workspace(engine, "theirs", "eve")

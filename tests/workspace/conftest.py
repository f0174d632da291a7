"""Where a workspace is kept: every test of this room runs on SQLite and on a real Postgres."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine
from support.postgres_server import required_binaries, running_server

from commet_core.workspace.opening import open_database
from commet_core.workspace.schema import MEMBERS
from commet_core.workspace.workspace import Workspace

NUMBERS = count()


def add_members(engine: Engine, *members: tuple[str, str, str]) -> None:
    """Workspace, person and role of each."""
    with engine.begin() as connection:
        for workspace, person, role in members:
            row = {"workspace": workspace, "person": person, "role": role, "shown": person, "joined_at": "2026"}
            connection.execute(MEMBERS.insert(), row)


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
    """A database with two workspaces: Ann and Bob edit the one, Eve the other."""
    made = open_database(place, tmp_path / "copies")
    add_members(made, ("ours", "ann", "owner"), ("ours", "bob", "editor"), ("theirs", "eve", "owner"))
    yield made
    made.dispose()


@pytest.fixture
def ours(engine: Engine) -> Workspace:
    return Workspace(engine, "ours", "ann")


@pytest.fixture
def theirs(engine: Engine) -> Workspace:
    """Another workspace of the same database."""
    return Workspace(engine, "theirs", "eve")

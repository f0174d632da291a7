"""Where a workspace is kept: every test of this room runs on SQLite and on a real Postgres."""

import shutil
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


@pytest.fixture(scope="session")
def new_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which nothing is saved, made once to be copied."""
    folder = tmp_path_factory.mktemp("new")
    open_database(folder / "workspace.db", folder).dispose()
    return folder / "workspace.db"


@pytest.fixture(scope="session")
def new_database(workspace_server: str) -> str:
    """The name of the same on Postgres."""
    open_database(made_database(workspace_server, "new"), Path("unused")).dispose()
    return "new"


def made_database(server: str, name: str, like: str = "template1") -> str:
    """The URL of a database that is made, as a copy of another."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return server.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database's place: a file's path, or a URL. It is empty, where the test does not ask for `engine` too."""
    is_new = "engine" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "workspace.db"
        return str(shutil.copy(request.getfixturevalue("new_file"), file) if is_new else file)
    like = request.getfixturevalue("new_database") if is_new else "template1"
    return made_database(request.getfixturevalue("workspace_server"), f"workspace_{next(NUMBERS)}", like)


@pytest.fixture
def engine(place: str, tmp_path: Path) -> Iterator[Engine]:
    """A database, opened, with two workspaces: Ann and Bob edit the one, Eve the other."""
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

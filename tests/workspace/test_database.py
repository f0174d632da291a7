"""The database: migrated after a copy, refused where it is of a later version, whole after a kill, copied and restored."""

import os
import signal
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.workspace import keeping, studies
from commet_core.workspace.audit import deeds
from commet_core.workspace.opening import (
    WRITES,
    blank_database,
    migrate,
    newest_revision,
    open_database,
    revision_of,
    revisions_known,
)
from commet_core.workspace.schema import METADATA
from commet_core.workspace.studies import Content
from commet_core.workspace.workspace import Workspace

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
EARLIER = sorted(revisions_known() - {newest_revision()})


def test_the_migrations_make_the_tables_that_the_code_knows(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_open_database_is_left_alone(place: str, engine: Engine, tmp_path: Path) -> None:
    studies.create(Workspace(engine), "Spring", Content({}), NOON)
    again = open_database(place, tmp_path / "copies")
    assert len(studies.studies(Workspace(again))) == 1
    assert not (tmp_path / "copies").exists()
    again.dispose()


@pytest.mark.parametrize("schema", EARLIER)
def test_an_earlier_schema_is_migrated_after_a_copy_was_made(place: str, schema: str, tmp_path: Path) -> None:
    old = blank_database(place)
    with old.execution_options(**{WRITES: True}).begin() as connection:
        migrate(connection, schema)
        connection.execute(text("INSERT INTO studies VALUES (1, 'alone', 'Old', false, 1, 1)"))
        revision = "('alone', 1, 1, 'ann', '2026', '0.1.0', '{\"a\": 1}', NULL, '', '{}')"
        connection.execute(text(f"INSERT INTO study_revisions VALUES {revision}"))
    old.dispose()
    engine = open_database(place, tmp_path / "copies")
    with engine.connect() as connection:
        assert revision_of(connection) == newest_revision()
    assert studies.open_study(Workspace(engine), 1).content.document == {"a": 1}
    engine.dispose()
    [copy] = (tmp_path / "copies").iterdir()
    with zipfile.ZipFile(copy) as archive:
        assert b'"Old"' in archive.read("studies.jsonl")


def test_a_later_schema_is_refused_in_words(place: str, engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match=r"of a later version \(schema 9999; this version knows") as refused:
        open_database(place, tmp_path)
    assert "Kaf3ka" not in str(refused.value), "the password"


def test_other_tables_are_left_alone(place: str, tmp_path: Path) -> None:
    other = blank_database(place)
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE customers (id INTEGER)"))
    with pytest.raises(InputError, match="holds other tables"):
        open_database(place, tmp_path)
    other.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://x/y", "not a database that a workspace can be kept in"),
        ("://", "no address of a database"),
        ("postgresql://nobody:s3cret@127.0.0.1:1/x", "the database refused"),
    ],
)
def test_a_place_that_is_none_is_said(url: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as refused:
        open_database(url, tmp_path)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_a_server_that_goes_away_in_a_save_is_said_and_nothing_is_half_saved(engine: Engine) -> None:
    ours = Workspace(engine)
    made = studies.create(ours, "Spring", Content({}), NOON)

    def cut_off() -> None:
        with ours.writing() as connection:
            connection.execute(text("UPDATE studies SET name = 'Half'"))
            process = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.connect() as other:
                other.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
            connection.execute(text("SELECT 1"))

    with pytest.raises(InputError, match=r"the database refused: .*Nothing was saved"):
        cut_off()
    assert studies.open_study(ours, made.id) == made


class TestCopies:
    def test_a_backup_restores_into_an_empty_database(self, engine: Engine, place: str, tmp_path: Path) -> None:
        ours = Workspace(engine, "ours", "ann")
        made = studies.create(ours, "Spring", Content({"price": "49.00"}), NOON)
        studies.save(ours, made.id, 1, Content({"price": "59.00"}), NOON)
        keeping.backup(engine, tmp_path / "copy.zip")
        back = keeping.restore(tmp_path / "back.db", tmp_path / "copy.zip")
        there = Workspace(back, "ours", "ann")
        assert studies.revisions(there, made.id) == studies.revisions(ours, made.id)
        assert deeds(there) == deeds(ours)
        assert keeping.problems(back) == []
        keeping.backup(back, tmp_path / "again.zip")
        assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "copy.zip").read_bytes()
        assert studies.create(there, "New", Content({}), NOON).id > made.id
        with pytest.raises(InputError, match="the database is not empty"):
            keeping.restore(place, tmp_path / "copy.zip")
        back.dispose()

    def test_a_copy_of_either_is_restored_on_either(self, place: str, tmp_path: Path) -> None:
        other = open_database(tmp_path / "other.db", tmp_path)
        made = studies.create(Workspace(other), "Spring", Content({"a": 1}), NOON)
        keeping.backup(other, tmp_path / "copy.zip")
        back = keeping.restore(place, tmp_path / "copy.zip")
        assert studies.open_study(Workspace(back), made.id) == made
        assert studies.create(Workspace(back), "Next", Content({}), NOON).id == made.id + 1
        other.dispose()
        back.dispose()

    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken"])
    def test_a_damaged_copy_is_said(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "copy.zip").write_bytes(content)
        with pytest.raises(InputError, match="no copy of a workspace, or it is damaged"):
            keeping.restore(tmp_path / "back.db", tmp_path / "copy.zip")
        assert not (tmp_path / "back.db").exists()


class TestCheck:
    def test_a_missing_revision_and_a_broken_document_are_found(self, engine: Engine) -> None:
        ours = Workspace(engine)
        made = studies.create(ours, "Spring", Content({}), NOON)
        studies.save(ours, made.id, 1, Content({}), NOON)
        assert keeping.problems(engine) == []
        with engine.begin() as connection:
            connection.execute(text("UPDATE study_revisions SET document = '{' WHERE revision = 2"))
            connection.execute(text("DELETE FROM study_revisions WHERE revision = 1"))
        assert [problem.what for problem in keeping.problems(engine)] == ["revision 2 cannot be read", "a revision is missing"]


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from commet_core.workspace import studies
from commet_core.workspace.opening import open_database
from commet_core.workspace.studies import Content
from commet_core.workspace.workspace import Workspace
ours = Workspace(open_database(sys.argv[1], Path(sys.argv[2])))
study = studies.create(ours, "Spring", Content({"n": 1, "padding": "x" * 200_000}), datetime(2026, 1, 1, tzinfo=UTC))
while True:
    print(study.revision, flush=True)
    content = Content({"n": study.revision + 1, "padding": "x" * 200_000})
    study = studies.save(ours, study.id, study.version, content, datetime(2026, 1, 1, tzinfo=UTC))
"""


def test_a_kill_in_the_midst_of_writing_leaves_the_last_whole_revision(place: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, place, tmp_path / "copies"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(5)]
        time.sleep(0.02)
        writer.send_signal(signal.SIGKILL)
        told += map(int, writer.stdout.read().split())
    engine = open_database(place, tmp_path / "copies")
    last = studies.open_study(Workspace(engine), 1)
    assert last.revision in (max(told), max(told) + 1)
    assert last.content.document["n"] == last.revision
    assert keeping.problems(engine) == []
    engine.dispose()


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def _at_home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        monkeypatch.delenv("COMMET_WORKSPACE_URL", raising=False)

    def test_backup_check_and_restore(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
        engine = open_database(tmp_path / "data" / "commet-simulator" / "workspace.db", tmp_path)
        made = studies.create(Workspace(engine), "Spring", Content({}), NOON)
        engine.dispose()
        assert main(["workspace", "check"]) == 0
        assert main(["workspace", "backup", str(tmp_path / "copy.zip")]) == 0
        monkeypatch.setenv("COMMET_WORKSPACE_URL", f"sqlite:///{tmp_path}/new.db")
        assert main(["workspace", "restore", str(tmp_path / "copy.zip")]) == 0
        back = open_database(tmp_path / "new.db", tmp_path)
        assert studies.open_study(Workspace(back), made.id) == made
        back.dispose()
        assert "The workspace is whole" in capsys.readouterr().out

    def test_what_is_not_there_is_said_and_not_made(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["workspace", "check"]) == 2
        assert main(["workspace", "backup"]) == 2
        said = capsys.readouterr().err
        assert "there is no workspace yet" in said
        assert "backup needs a file" in said
        assert not (tmp_path / "data").exists()

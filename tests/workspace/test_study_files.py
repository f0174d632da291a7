"""A study as one file: what is written is what is read, and what is hostile in one is refused in words."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import Ingested, read
from commet_core.usage.store import write_store
from commet_core.workspace import studies, study_files, usages
from commet_core.workspace.audit import deeds
from commet_core.workspace.opening import open_database
from commet_core.workspace.studies import Content, Study
from commet_core.workspace.study_files import study_file, write_study_file
from commet_core.workspace.workspace import Workspace

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
DOCUMENT = {
    "catalog": {
        "currency": "usd",
        "features": {"call": {"name": "1.10"}},
        "plans": {
            "pro": {"consumption_model": "metered", "prices": {"monthly": "49.95"}, "features": {"call": {"included": "10"}}}
        },
    },
    "candidates": [{"name": "2026-01-01", "plan": "pro"}],
    "source": {"kind": "uploaded", "mapping": {"columns": {"customer_id": "who"}}},
    "seed": 7,
    "baseline": "",
}


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Ingested:
    path = tmp_path_factory.mktemp("usage") / "march.csv"
    rows = "".join(f"c{number % 3},2026-03-{number + 1:02},call,{number}\n" for number in range(20))
    path.write_text(f"customer_id,timestamp,feature,value\n{rows}", "utf-8")
    return read([path])


@pytest.fixture
def store(brought: Ingested, tmp_path: Path) -> Path:
    write_store(brought, tmp_path / "store")
    return tmp_path / "store"


@pytest.fixture
def study(brought: Ingested) -> Study:
    content = Content(DOCUMENT, brought.usage.digest, "a note: *x*\n日本", {"2026-01-01: billed": "$1,234.56"})
    return Study(1, "Spring: é", False, 3, 2, "ann", "2026-11-29T12:00:00+00:00", "0.1.0", content)


def written(study: Study, store: Path | None = None) -> bytes:
    sink = io.BytesIO()
    write_study_file(study, sink, store)
    return sink.getvalue()


def test_what_is_written_is_what_is_read(study: Study, store: Path, brought: Ingested) -> None:
    assert written(study) == written(study)
    with study_file(written(study, store), "spring.zip") as found:
        assert (found.name, found.content, found.engine_version) == (study.name, study.content, study.engine_version)
        ingested = found.ingested()
        assert ingested is not None
        assert ingested.usage.digest == brought.usage.digest
        assert found.usage is not None
        place = found.usage
    assert not place.exists()
    with study_file(written(study), "spring.zip") as found:
        assert found.ingested() is None


def test_its_scenario_is_replayed_by_the_command_line(study: Study, store: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(written(study, store))) as archive:
        archive.extractall(tmp_path / "out")
    out = tmp_path / "out"
    assert main(["replay", str(out / "scenario.yaml"), "--usage", str(out / "usage"), "--out", str(tmp_path / "result")]) == 0
    assert (out / "mapping.yaml").read_text("utf-8") == "columns:\n  customer_id: who\n"


def test_its_scenario_has_nothing_of_a_candidate_that_is_compared_no_more() -> None:
    started = {"customer_id": "c1", "at": "2026-03-01", "action": "start", "plan": "pro"}
    actions = [{**started, "candidate": name} for name in ("2026-01-01", "Dropped", "")]
    found = study_files.scenario_of({**DOCUMENT, "actions": actions, "baseline": "Dropped"})
    assert found is not None
    assert [row.get("candidate", "") for row in found["subscriptions"]] == ["2026-01-01", ""]
    assert "baseline" not in found or found["baseline"] == "2026-01-01"


def with_parts(change: Callable[[zipfile.ZipFile], None]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        sink = io.BytesIO(content)
        with zipfile.ZipFile(sink, "a", zipfile.ZIP_DEFLATED) as archive:
            change(archive)
        return sink.getvalue()

    return changed


def only(name: str, text: bytes) -> Callable[[bytes], bytes]:
    def made(_content: bytes) -> bytes:
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, text)
        return sink.getvalue()

    return made


ALIASES = b"a: &a [1,1,1,1,1,1,1,1,1,1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + level, 98 + level, b",".join([b"*%c" % (97 + level)] * 10)) for level in range(9)
)
WHOLE = b"format: commet-study\nformat_version: 1\nname: x\nnotes: n\nengine_version: '1'\nusage_digest: null\nfigures: {}\nstudy: %s"
HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a path that climbs": (
        with_parts(lambda archive: archive.writestr("../../evil.py", b"x")),
        "'../../evil.py', which is no part",
    ),
    "a path from the root": (
        with_parts(lambda archive: archive.writestr("/etc/cron.d/x", b"x")),
        "which is no part of a study",
    ),
    "a file beside the store's": (
        with_parts(lambda archive: archive.writestr("usage/x.arrow", b"x")),
        "which is no part of a study",
    ),
    "a bomb": (with_parts(lambda archive: archive.writestr("usage/events.arrow", bytes(300 << 20))), "which no study's do"),
    "a large document": (only("study.yaml", b" " * (33 << 20)), "more than 33,554,432 bytes"),
    "aliases that multiply": (only("study.yaml", ALIASES), "holds more than|no file of a study"),
    "another program's tags": (
        only("study.yaml", b"!!python/object/apply:os.system ['id']"),
        "could not determine a constructor|YAML",
    ),
    "no study in it": (only("scenario.yaml", b"{}"), "it holds no study.yaml"),
    "another document": (only("study.yaml", b"format: something else"), "this is no file of a study"),
    "a later version": (only("study.yaml", b"format: commet-study\nformat_version: 9"), "it is of version 9 of the format"),
    "half a study": (only("study.yaml", b"format: commet-study\nformat_version: 1\nname: x"), "is not whole"),
    "no plans": (only("study.yaml", WHOLE % b"{candidates: [], catalog: 3}"), "is not whole"),
    "candidates that are none": (only("study.yaml", WHOLE % b"{candidates: [1], catalog: {}}"), "is not whole"),
    "a part changed on the way": (
        lambda content: content[: (at := content.index(b"scenario.yaml") + 40)] + bytes(8) + content[at + 8 :],
        "no file of a study, or it is damaged",
    ),
    "letters that are none": (only("study.yaml", b"\xff\xfe\x00"), "no file of a study, or it is damaged"),
    "cut off": (lambda content: content[: len(content) // 2], "no file of a study, or it is damaged"),
    "no zip": (lambda _content: b"MZ" * 100, "no file of a study, or it is damaged"),
    "empty": (lambda _content: b"", "no file of a study, or it is damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_in_words(name: str, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change, said = HOSTILE[name]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=said), study_file(change(written(study)), "x.zip"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_says_it_is_small_and_is_not_ends_where_it_grows(
    study: Study, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_files, "USAGE_BYTES_MAX", 1000)
    with pytest.raises(InputError, match="more than 1,000 bytes"), study_file(written(study, store), "x.zip"):
        pass


def test_usage_that_is_not_the_studys_is_refused(study: Study, store: Path) -> None:
    other = Study(**{**vars(study), "content": Content(DOCUMENT, "f" * 64)})
    with study_file(written(other, store), "x.zip") as found, pytest.raises(InputError, match="not that of the study"):
        found.ingested()


def test_usage_that_is_no_store_is_said_without_the_folder_it_was_unpacked_to(study: Study) -> None:
    content = with_parts(lambda archive: archive.writestr("usage/store.json", b"{}"))(written(study))
    with (
        study_file(content, "spring.zip") as found,
        pytest.raises(InputError, match="usage/: the usage in the file is not whole"),
    ):
        found.ingested()


def test_a_note_has_no_letter_that_a_database_refuses() -> None:
    content = only("study.yaml", WHOLE.replace(b"notes: n", b'notes: "a\\0b"') % b"{candidates: [], catalog: {}}")(b"")
    with study_file(content, "spring.zip") as found:
        assert found.content.notes == "ab"


def test_usage_is_kept_once_and_deleted_and_another_workspace_has_it_not(
    ours: Workspace, theirs: Workspace, brought: Ingested, tmp_path: Path
) -> None:
    for name in ("march.csv", "again.csv"):
        kept = usages.keep(ours, tmp_path / "kept", brought, name, NOON)
    assert (kept.name, kept.rows) == ("march.csv", 20)
    place = usages.store_place(tmp_path / "kept", ours, brought.usage.digest)
    assert place.exists()
    assert usages.store_place(tmp_path / "kept", theirs, brought.usage.digest) != place
    with pytest.raises(InputError, match="is not in this workspace"):
        usages.forget(theirs, tmp_path / "kept", brought.usage.digest, NOON)
    usages.forget(ours, tmp_path / "kept", brought.usage.digest, NOON)
    assert not place.exists()
    assert [deed.what for deed in deeds(ours)] == ["deleted", "brought"]
    with pytest.raises(InputError, match="no digest of a usage"):
        usages.store_place(tmp_path, ours, "../../etc")


class TestTheCommand:
    def test_a_study_goes_from_one_machine_to_another(
        self, brought: Ingested, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv("COMMET_WORKSPACE_URL", raising=False)
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "one"))
        data = tmp_path / "one" / "commet-simulator"
        engine = open_database(data / "workspace.db", tmp_path)
        ours = Workspace(engine)
        usages.keep(ours, data / "usage", brought, "march.csv", NOON)
        made = studies.create(ours, "Spring", Content(DOCUMENT, brought.usage.digest, "", {"Pro: billed": "$1.00"}), NOON)
        engine.dispose()
        file = str(tmp_path / "spring.zip")
        assert main(["workspace", "export-study", file, "--study", "Spring", "--with-usage"]) == 0
        assert main(["workspace", "export-study", file, "--study", "Autumn"]) == 2
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "two"))
        assert main(["workspace", "import-study", file, "--study", "From afar"]) == 0
        assert main(["workspace", "import-study", str(tmp_path / "none.zip")]) == 2
        there = open_database(tmp_path / "two" / "commet-simulator" / "workspace.db", tmp_path)
        [found] = studies.studies(Workspace(there))
        assert (found.name, found.content) == ("From afar", made.content)
        assert [usage.rows for usage in usages.brought(Workspace(there))] == [20]
        assert main(["workspace", "new", "--name", "Beta", "--owner", "eve@beta.example"]) == 0
        assert "Whoever signs in with eve@beta.example" in capsys.readouterr().out
        for command in (["import-study", file], ["export-study", file, "--study", "From afar"]):
            for nowhere in ("nowhere", "*", ""):
                assert main(["workspace", *command, "--workspace", nowhere]) == 2
                said = capsys.readouterr().err
                assert f"there is none with the id {nowhere!r}. Give one of these: " in said
                assert "alone (First workspace)" in said
        assert len(studies.studies(Workspace(there))) == 1
        there.dispose()

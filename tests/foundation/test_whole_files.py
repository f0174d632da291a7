"""Folders that are written whole or not at all: what an error, a crash and a second writer leave."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commet_core.foundation import durable, whole_files
from commet_core.foundation.errors import InputError
from commet_core.foundation.whole_files import file_written_whole, written_whole

MARKER = "marker.json"


def write(folder: Path, content: str, raises: type[BaseException] | None = None) -> None:
    with written_whole(folder, MARKER, "an earlier result") as unfinished:
        (unfinished / MARKER).write_text(content)
        if raises is not None:
            raise raises


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def content(folder: Path) -> str:
    return (folder / MARKER).read_text()


@pytest.fixture
def result(tmp_path: Path) -> Path:
    write(tmp_path / "result", "first")
    return tmp_path / "result"


def without_exchange(_one: Path, _other: Path) -> bool:
    """A system that cannot exchange two names in one step."""
    return False


class Crash(BaseException):
    """Nothing that the code could foresee."""


def test_an_earlier_folder_is_replaced_as_a_whole(result: Path) -> None:
    (result / "more.csv").write_text("of the first")
    write(result, "second")
    assert (names(result.parent), names(result), content(result)) == (["result"], [MARKER], "second")


def test_an_error_while_writing_leaves_the_earlier_folder(result: Path) -> None:
    with pytest.raises(Crash):
        write(result, "second", raises=Crash)
    assert (names(result.parent), content(result)) == (["result"], "first")


@pytest.mark.parametrize("error", [Crash(), OSError(28, "No space left on device")])
def test_an_error_between_the_two_moves_leaves_the_earlier_folder(
    result: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    move = Path.rename

    def fail(path: Path, target: Path) -> Path:
        if (path / MARKER).read_text() == "second":
            raise error
        return move(path, target)

    monkeypatch.setattr(Path, "rename", fail)
    monkeypatch.setattr(whole_files, "exchange", without_exchange)
    with pytest.raises(Crash if isinstance(error, Crash) else InputError):
        write(result, "second")
    assert (names(result.parent), content(result)) == (["result"], "first")


KILLED = """
import os, signal, sys
from pathlib import Path
from commet_core.foundation import whole_files
from commet_core.foundation.whole_files import written_whole
die, move, exchange = sys.argv[2], Path.rename, whole_files.exchange
def exchanged(one, other):
    if die == "between the moves":
        return False
    done = exchange(one, other)
    if die == "after the exchange":
        os.kill(os.getpid(), signal.SIGKILL)
    return done
whole_files.exchange = exchanged
def rename(path, target):
    if die == "between the moves" and target == Path(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
    return move(path, target)
Path.rename = rename
with written_whole(Path(sys.argv[1]), "marker.json", "an earlier result") as unfinished:
    (unfinished / "marker.json").write_text("second")
    if die == "while writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def killed(folder: Path, when: str) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, folder, when], cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -signal.SIGKILL


def test_what_a_killed_writer_leaves_is_gone_after_the_next_success(result: Path) -> None:
    killed(result, "while writing")
    assert (len(names(result.parent)), content(result)) == (2, "first")
    write(result, "third")
    assert (names(result.parent), content(result)) == (["result"], "third")


def test_a_folder_that_a_killed_writer_left_without_its_name_gets_it_back(result: Path) -> None:
    killed(result, "between the moves")
    assert not result.exists()
    with pytest.raises(Crash):
        write(result, "third", raises=Crash)
    assert (names(result.parent), content(result)) == (["result"], "first")


def test_what_somebody_is_writing_is_left_alone(result: Path) -> None:
    with written_whole(result, MARKER, "an earlier result") as one:
        (one / MARKER).write_text("one")
        with written_whole(result, MARKER, "an earlier result") as other:
            (other / MARKER).write_text("other")
            assert one.is_dir()
        assert content(result) == "other"
    assert (names(result.parent), content(result)) == (["result"], "one")


def test_folders_of_other_names_are_not_taken_for_litter(result: Path) -> None:
    others = [".result-20260101", ".result.unfinished-notes", ".results.unfinished-abcdefgh", "result.unfinished-abcdefgh"]
    for name in others:
        (result.parent / name).mkdir()
    write(result, "second")
    assert names(result.parent) == sorted([*others, "result"])


def test_a_folder_that_holds_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="the folder holds files that are not an earlier result"):
        write(tmp_path / "result", "first")
    assert names(tmp_path / "result") == ["thesis.txt"]
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="this is a file, not a folder"):
        write(tmp_path / "file", "first")
    with pytest.raises(InputError, match="the folder cannot be made: "):
        write(tmp_path / "file" / "below", "first")
    assert names(tmp_path) == ["file", "result"]


@pytest.mark.skipif(os.name != "posix", reason="there are no such rights")
def test_others_may_read_what_is_written(result: Path) -> None:
    assert result.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux exchanges two names in one step")
def test_a_writer_killed_while_it_puts_a_folder_in_place_leaves_the_old_or_the_new_under_the_name(result: Path) -> None:
    killed(result, "after the exchange")
    assert content(result) == "second"
    assert len(names(result.parent)) == 2
    write(result, "third")
    assert (names(result.parent), content(result)) == (["result"], "third")


def test_everything_is_on_the_disk_before_it_gets_its_name(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    sync, exchange = os.fsync, durable.exchange
    monkeypatch.setattr(os, "fsync", lambda file: told.append(Path(f"/proc/self/fd/{file}").readlink().name) or sync(file))
    monkeypatch.setattr(whole_files, "exchange", lambda *both: told.append("exchange") or exchange(*both))
    write(result, "second")
    assert told.index(MARKER) < told.index("exchange") < told.index(result.parent.name)
    told.clear()
    move = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, target: told.append("replace") or move(path, target))
    with file_written_whole(result.parent / "rejects.csv") as unfinished:
        unfinished.write_text("one")
    assert told == [unfinished.name, "replace", result.parent.name]


def write_file(place: Path) -> None:
    with file_written_whole(place) as unfinished:
        unfinished.write_text("new")


@pytest.mark.parametrize("write_to", [lambda place: write(place, "new"), write_file])
def test_nothing_is_written_over_a_link_or_a_pipe(tmp_path: Path, write_to) -> None:
    write(tmp_path / "there", "old")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    for name, what in (("link", "a link"), ("nowhere", "a link"), ("pipe", "a device or a pipe")):
        with pytest.raises(InputError, match=f"this is {what}, which would be replaced"):
            write_to(tmp_path / name)
    with pytest.raises(InputError, match="this is a device or a pipe"):
        write_to(Path("/dev/null"))
    assert names(tmp_path) == before
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "there") == "old"

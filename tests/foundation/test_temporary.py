"""Temporary folders: they go with the work, those of a killed process with the next one, those of a living one stay."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from commet_core.foundation import temporary
from commet_core.foundation.errors import InputError
from commet_core.foundation.temporary import clear_abandoned, room_on_disk, temporary_folder

ROOT = Path(__file__).parents[2]
MAKES_ONE = """
import sys
from pathlib import Path
from commet_core.foundation.temporary import TemporaryFolder
folder = TemporaryFolder(Path(sys.argv[1]))
(folder.path / "large").write_bytes(bytes(1000))
print(folder.path.name, flush=True)
sys.stdin.read()
"""


def test_a_folder_goes_with_its_work(tmp_path: Path) -> None:
    with temporary_folder(tmp_path) as folder:
        (folder / "rows").write_text("x")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    foreign = [tmp_path / "commet-work-notes", tmp_path / "mine"]
    for path in foreign:
        path.mkdir()
    one, other = (
        subprocess.Popen([sys.executable, "-c", MAKES_ONE, tmp_path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    )
    with one, other:
        left, used = (tmp_path / process.stdout.readline().decode().strip() for process in (one, other))
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert left.is_dir()
        clear_abandoned(tmp_path)
        assert sorted(tmp_path.iterdir()) == sorted([used, *foreign])


def test_the_first_folder_of_a_process_clears_what_is_left(tmp_path: Path) -> None:
    left = tmp_path / "commet-work-abcdefgh"
    left.mkdir()
    with temporary_folder(tmp_path):
        assert not left.exists()


def test_a_process_that_ends_removes_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporary, "_LIVE", set())
    with temporary_folder(tmp_path) as folder:
        temporary.remove_own()
        assert not folder.exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, None])
def test_a_full_disk_is_said_in_words(tmp_path: Path, number: int | None) -> None:
    with pytest.raises(InputError, match="the disk has no room for temporary files"), room_on_disk(tmp_path):
        raise OSError(number, os.strerror(number or 0))
    with pytest.raises(PermissionError), room_on_disk(tmp_path):
        raise PermissionError(errno.EACCES, "no")

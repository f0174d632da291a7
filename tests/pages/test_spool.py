"""Uploads on the server's disk: one copy of each content, removed when nobody wants it any more."""

import io
import os
from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from pages.shared import spool as spool_module
from pages.shared.spool import path_of, spool, unspool


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(spool_module, "SPOOL", tmp_path / "spool")
    return tmp_path / "spool"


def test_two_uploads_of_the_same_content_share_a_file_whatever_their_names(folder):
    first, _ = spool("mine.csv", io.BytesIO(b"the same"))
    second, _ = spool("yours.csv", io.BytesIO(b"the same"))
    again, _ = spool("mine.csv", io.BytesIO(b"the same"))
    assert first == again
    assert path_of(first).samefile(path_of(second))
    assert path_of(second).read_bytes() == b"the same"
    assert len(list(folder.iterdir())) == 1


def test_a_disk_without_links_holds_the_content_twice(monkeypatch):
    def refuse(*_paths: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    spool("mine.csv", io.BytesIO(b"the same"))
    second, _ = spool("yours.csv", io.BytesIO(b"the same"))
    assert path_of(second).read_bytes() == b"the same"


def test_an_upload_that_came_to_nothing_leaves_nothing(folder):
    uploaded, arrived = spool("mine.csv", io.BytesIO(b"content"))
    unspool(uploaded, arrived)
    assert list(folder.iterdir()) == []
    with pytest.raises(InputError, match="no longer on this server"):
        path_of(uploaded)


def test_an_upload_that_somebody_else_has_brought_too_stays(folder):
    uploaded, arrived = spool("mine.csv", io.BytesIO(b"content"))
    os.utime(folder / uploaded.digest, (1e9, arrived - 60))
    theirs, known = spool("mine.csv", io.BytesIO(b"content"))
    unspool(uploaded, arrived - 60)
    assert known is None
    assert path_of(theirs).read_bytes() == b"content"


def test_an_upload_that_breaks_off_leaves_nothing(folder):
    class Broken(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        spool("mine.csv", Broken())
    assert list(folder.iterdir()) == []


def test_old_uploads_are_removed_and_so_are_the_oldest_of_too_many(folder, monkeypatch):
    old, _ = spool("old.csv", io.BytesIO(b"old"))
    os.utime(folder / old.digest, (1e9, 1e9))
    middle, _ = spool("middle.csv", io.BytesIO(b"0123456789"))
    moment = (folder / middle.digest).stat().st_mtime - 60
    os.utime(folder / middle.digest, (moment, moment))
    spool("new.csv", io.BytesIO(b"0123456789!"))
    assert not (folder / old.digest).exists()
    assert (folder / middle.digest).exists()
    monkeypatch.setattr(spool_module, "SPOOL_BYTES_MAX", 20)
    newest, _ = spool("newest.csv", io.BytesIO(b"x"))
    assert not (folder / middle.digest).exists()
    assert path_of(newest).read_bytes() == b"x"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\usage\\mine.csv", "mine.csv"),
        ("", "upload"),
        ("/", "upload"),
        ("..", "upload"),
        ("a/..", "upload"),
        ("a\0b.csv", "ab.csv"),
        ("half\ud800.csv", "half.csv"),
        (" x.csv\n", "x.csv"),
    ],
)
def test_a_name_stays_in_its_folder(name, kept):
    uploaded, _ = spool(name, io.BytesIO(b"content"))
    assert uploaded.name == kept


def test_a_name_that_is_too_long_for_a_file_system_keeps_its_end():
    uploaded, _ = spool("é" * 300 + ".csv", io.BytesIO(b"content"))
    assert path_of(uploaded).read_bytes() == b"content"
    assert uploaded.name.endswith("é.csv")


def open_to_others(folder):
    folder.mkdir(mode=0o755)


def of_somebody_else(folder):
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)


def a_link(folder):
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.parent / "elsewhere")


def a_file(folder):
    folder.write_text("x")


@pytest.mark.parametrize("make", [open_to_others, of_somebody_else, a_link, a_file])
def test_a_folder_that_is_not_the_server_s_alone_is_refused(folder, make):
    if make is of_somebody_else and os.geteuid() != 0:
        pytest.skip("only root makes folders of others")
    uploaded, _ = spool("mine.csv", io.BytesIO(b"content"))
    folder.rename(folder.parent / "before")
    make(folder)
    for work in (lambda: spool("mine.csv", io.BytesIO(b"content")), lambda: path_of(uploaded), lambda: spool_module.place("x")):
        with pytest.raises(InputError, match="is not this server's alone"):
            work()


def test_the_folder_of_uploads_is_private(folder):
    spool("mine.csv", io.BytesIO(b"content"))
    assert folder.stat().st_mode & 0o777 == 0o700


def test_an_upload_makes_no_room_where_others_work_with_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "SPOOL", tmp_path / "spool")
    monkeypatch.setattr(spool_module, "SPOOL_BYTES_MAX", 25)
    used, _ = spool_module.spool("used.csv", io.BytesIO(b"in use: 10"))
    os.utime(spool_module.SPOOL / used.digest, (1_800_000_000, 1_800_000_000))
    left, _ = spool_module.spool("left.csv", io.BytesIO(b"nobody uses"))
    spool_module.path_of(used)
    spool_module.spool("new.csv", io.BytesIO(b"0123456789"))
    assert spool_module.path_of(used).read_bytes() == b"in use: 10"
    with pytest.raises(InputError, match="no longer on this server"):
        spool_module.path_of(left)
    with pytest.raises(InputError, match="leave no room"):
        spool_module.spool("large.csv", io.BytesIO(b"0123456789abcdef"))

"""Files, folders and patterns: nothing that is there is left out in silence, and nothing that is no file is opened."""

import os
import socket
from pathlib import Path

import pytest

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import read
from commet_core.usage.ingest.reading import folders

ROWS = "customer_id,timestamp,feature\na,2026-01-01,call\n"


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    folder = tmp_path / "usage"
    (folder / "2026" / "01").mkdir(parents=True)
    (folder / "a.csv").write_text(ROWS)
    (folder / "2026" / "01" / "b.csv").write_text(ROWS.replace("a,", "b,"))
    return folder


def refusal(*paths: object) -> str:
    with pytest.raises(InputError) as caught:
        read(list(paths))
    return str(caught.value)


def test_a_folder_that_may_not_be_looked_into_is_named(usage: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    closed, look, access = usage / "2026", Path.iterdir, os.access

    def iterdir(path: Path):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return look(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    monkeypatch.setattr(folders.os, "access", lambda path, mode: Path(path) != closed and access(path, mode))
    said = f"{closed}: the folder cannot be looked into: Permission denied."
    for named in (usage, usage / "*" / "*" / "*.csv", usage / "**" / "*.csv"):
        assert said in refusal(named)
    assert main(["check", "--usage", str(usage)]) == 2
    assert said in capsys.readouterr().err


def test_links_are_followed_once_and_a_loop_ends(usage: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "c.csv").write_text(ROWS.replace("a,", "c,"))
    (usage / "linked").symlink_to(tmp_path / "other")
    (usage / "2026" / "back").symlink_to(usage)
    assert read([usage]).usage.customers.to_pylist() == ["a", "b", "c"]


@pytest.mark.parametrize("place", ["alone", "in a folder", "by a pattern"])
def test_what_is_no_file_is_refused_and_not_waited_for(usage: Path, place: str) -> None:
    os.mkfifo(usage / "pipe.csv")
    (usage / "loop.csv").symlink_to(usage / "loop.csv")
    (usage / "gone.csv").symlink_to(usage / "nothing.csv")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(os.path.relpath(usage / "s.csv"))
        named = {"alone": [usage / name for name in ("pipe.csv", "loop.csv", "gone.csv", "s.csv")], "in a folder": [usage]}
        said = refusal(*named.get(place, [usage / "*.csv"]))
    assert "pipe.csv: this is a pipe, not a file" in said
    assert "loop.csv: it cannot be opened: Too many levels of symbolic links" in said
    assert "s.csv: this is a socket, not a file" in said
    assert "gone.csv" in said


def test_devices_and_impossible_names(capsys) -> None:
    assert "this is a device, not a file" in refusal("/dev/zero")
    assert "the name holds a NUL character" in refusal("a\0b")
    assert "the name is not UTF-8" in refusal(os.fsdecode(b"\xff.csv"))
    with pytest.raises(SystemExit):
        main(["check", "--usage", ""])
    assert "the name is empty" in capsys.readouterr().err


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("name", "end"), [("usage.csv", "\n"), ("usage.csv", ""), ("usage.jsonl", "")])
def test_a_last_line_longer_than_any_buffer_is_a_row(name: str, end: str, quoted: bool, tmp_path: Path) -> None:
    """DuckDB leaves it out without a word: 4 rows were 3 read."""
    long = ("x" * 99 + "\n" if quoted and name.endswith("csv") else "x" * 100) * (330 << 10)
    row = '{"customer_id":"a","timestamp":"2026-01-01","feature":"call","note":%s}\n'
    if name.endswith(".csv"):
        quote = '"' if quoted else ""
        text = (
            "customer_id,timestamp,feature,note\n" + "a,2026-01-01,call,\n" * 3 + f"a,2026-01-01,call,{quote}{long}{quote}{end}"
        )
    else:
        text = row % '""' * 3 + (row % f'"{long}"').rstrip()
    (tmp_path / name).write_text(text)
    report = read([tmp_path / name]).report
    assert (report.rows_used, report.rows_read > 3) == (3, True)
    assert report.rows_read == report.rows_used + report.rows_rejected


@pytest.mark.parametrize("text", ['[{"customer_id":"a","timestamp":"2026-01-01","feature":"call"}]', "[\n%s\n]", "[%s,\n%s]"])
def test_an_array_under_the_name_of_json_lines_is_read_as_one(text: str, tmp_path: Path) -> None:
    row = '{"customer_id":"a","timestamp":"2026-01-01","feature":"call"}'
    (tmp_path / "usage.jsonl").write_text(text.replace("%s", row))
    assert read([tmp_path / "usage.jsonl"]).report.rows_used == max(1, text.count("%s"))


def test_a_first_line_that_is_no_object_is_a_rejected_line(tmp_path: Path) -> None:
    (tmp_path / "usage.jsonl").write_text('[]\n{"customer_id":"a","timestamp":"2026-01-01","feature":"call"}\n')
    report = read([tmp_path / "usage.jsonl"]).report
    assert (report.rows_used, report.rows_rejected) == (1, 1)

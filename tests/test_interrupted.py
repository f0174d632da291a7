"""Long work that is stopped: by what its progress raises, and by Ctrl+C on the command line. Nothing half-made stays."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from commet_core.engine.replay import replay
from commet_core.foundation import stopping, whole_files
from commet_core.scenario.scenario import Scenario
from commet_core.usage.synthetic import generate
from commet_core.usage.usage import Usage

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
PATIENCE = 60


class Stopped(Exception):
    pass


@pytest.fixture(scope="module")
def usage() -> Usage:
    return Usage.from_table(generate("ai_images", 100, 2, 7, events=300_000))


def test_a_replay_tells_how_many_events_are_done(usage):
    told: list[tuple[float, str]] = []
    replay(Scenario.load(SAMPLE / "scenario.yaml"), usage, lambda share, sentence: told.append((share, sentence)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] < 1
    assert told[-1][1] == f"Replaying: {usage.event_count:,} of {usage.event_count:,} events"


def test_a_replay_stops_where_its_progress_raises(usage):
    told = []

    def stop(share: float, _sentence: str) -> None:
        told.append(share)
        raise Stopped

    with pytest.raises(Stopped):
        replay(Scenario.load(SAMPLE / "scenario.yaml"), usage, stop)
    assert len(told) == 1


def interrupted(command: list[str], until: bytes, folder: Path, number: int = signal.SIGINT) -> tuple[int, str]:
    """Runs the command line on a terminal of its own, and sends Ctrl+C, or another signal, when it has written `until`."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TMPDIR": str(folder), "TERM": "xterm-256color", "COLUMNS": "160"}
    running = subprocess.Popen(
        [sys.executable, "-m", "commet_core", *command], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    said = b""
    while until not in said:
        said += os.read(ours, 4096)
    running.send_signal(number)
    try:
        while more := os.read(ours, 4096):
            said += more
    except OSError:  # the terminal is gone with the last who wrote on it
        pass
    os.close(ours)
    return running.wait(PATIENCE), said.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "temporary"
    made.mkdir()
    return made


def test_ctrl_c_while_usage_is_generated_leaves_nothing(tmp_path, folder):
    out = tmp_path / "usage.parquet"
    command = ["synth", "email_api", "--customers", "20000", "--months", "12", "--seed", "1", "--out", str(out)]
    status, said = interrupted(command, b"Generating: ", folder)
    assert (status, sorted(tmp_path.iterdir()), list(folder.iterdir())) == (130, [folder], [])
    assert "nothing was written" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_usage_is_read_leaves_nothing(tmp_path, folder, number, expected):
    file = tmp_path / "usage.csv"
    rows = "customer_id,timestamp,feature\n" + "ada,2026-01-05T10:00:00.000000Z,image\n" * 2_000_000
    file.write_text(rows)
    command = ["replay", str(SAMPLE / "scenario.yaml"), "--usage", str(file), "--out", str(tmp_path / "out")]
    status, said = interrupted(command, b"Reading usage.csv: ", folder, number)
    assert (status, sorted(tmp_path.iterdir()), list(folder.iterdir())) == (expected, [folder, file], [])
    assert "nothing was written" in said
    assert "Traceback" not in said


STUCK = """
import hashlib, sys
from pathlib import Path
from commet_core.foundation.stopping import stoppable
from commet_core.foundation.temporary import temporary_folder
from commet_core.foundation.whole_files import file_written_whole
with stoppable(), temporary_folder() as folder, file_written_whole(Path(sys.argv[1])) as unfinished:
    (folder / "rows").write_text("x")
    unfinished.write_text("x")
    print("busy", flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2_000_000_000)  # minutes in which Python hears nothing
"""


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_deep_in_a_library_stops_within_two_seconds_and_leaves_nothing(tmp_path, folder, number, expected):
    command = [sys.executable, "-c", STUCK, str(tmp_path / "out.csv")]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"busy\n"
        time.sleep(0.5)  # so that the library is at work, and not Python
        running.send_signal(number)
        began = time.monotonic()
        assert running.wait(PATIENCE) == expected
        assert time.monotonic() - began < 2
        assert running.stderr.read() == b"\rStopped; nothing was written.\n"
    assert (sorted(tmp_path.iterdir()), list(folder.iterdir())) == ([folder], [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_before_it_has_begun_it_ends_without_a_word(number):
    beginning = "import commet_core.__main__ as begun, builtins, os, signal\nmeant = builtins.__import__\n"
    beginning += "def load(name, *rest):\n"
    beginning += f"    if name == 'commet_core.cli': os.kill(os.getpid(), {int(number)})\n"
    beginning += "    return meant(name, *rest)\nbuiltins.__import__ = load\nbegun.run()\n"
    ended = subprocess.run([sys.executable, "-c", beginning], cwd=ROOT, capture_output=True, check=False, timeout=PATIENCE)
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + number, b"", b"")


def test_what_was_written_before_the_end_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(whole_files, "PUT_IN_PLACE", placed := [])
    monkeypatch.setattr(stopping, "PUT_IN_PLACE", placed)
    assert stopping.sentence() == "Stopped; nothing was written."
    with whole_files.file_written_whole(tmp_path / "a.csv") as unfinished:
        unfinished.write_text("x")
    assert stopping.sentence() == f"Stopped; {tmp_path / 'a.csv'} is written."

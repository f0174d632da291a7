"""A Postgres server of the tests' own: in a folder of its own, on 127.0.0.1, ended with whoever started it."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

SUPERUSER = "owner"
USER = "analyst"
PASSWORD = "Kaf3ka-pa55"
START_SECONDS_MAX = 30


def binaries() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).resolve().parent if on_path else None


def required_binaries() -> Path:
    """As `binaries`; without them the test is skipped, and in CI it fails."""
    programs = binaries()
    if programs is None:
        message = "No Postgres server found: install it (Debian: apt-get install postgresql) to run these tests."
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return programs


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """The URL of a new server, whose user is its superuser; on leaving it is gone, with its folder."""
    folder = Path(tempfile.mkdtemp(prefix="simulator-postgres-"))
    try:
        server, port = _started(programs, folder)
        try:
            yield f"postgresql://{SUPERUSER}:{PASSWORD}@127.0.0.1:{port}/postgres"
        finally:
            _end(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(programs: Path, folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    (folder / "password").write_text(PASSWORD, "utf-8")
    account = _account()
    if account:
        for path in (folder, folder / "password"):
            shutil.chown(path, account["user"], account["group"])
    cluster, log = folder / "cluster", folder / "log"
    initdb = [programs / "initdb", "-D", cluster, "-U", SUPERUSER, "--pwfile", folder / "password", "--auth=scram-sha-256"]
    options: dict[str, Any] = {**account, "cwd": folder, "env": {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}}
    made = subprocess.run([*initdb, "--encoding=UTF8", "--no-sync"], capture_output=True, text=True, check=False, **options)
    assert made.returncode == 0, made.stderr
    port = _free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",
        "shared_buffers": "32MB",
        "timezone": "Asia/Tokyo",
        "lc_messages": "C",
    }
    written = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        command = [*_ended_with_its_parent(), programs / "postgres", "-D", cluster, *written]
        server = subprocess.Popen(command, stdout=output, stderr=output, **options)
    try:
        _await(server, cluster, log)
    except BaseException:
        _end(server)
        raise
    return server, port


def _account() -> dict[str, Any]:
    """Whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _ended_with_its_parent() -> list[str]:
    """Postgres shuts down on SIGINT, and gets it even where the tests are killed."""
    return ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(server: subprocess.Popen[bytes], cluster: Path, log: Path) -> None:
    """Waits until the server says that it is ready, in the last line of its lock file."""
    deadline = time.monotonic() + START_SECONDS_MAX
    lock = cluster / "postmaster.pid"
    while not (lock.exists() and lock.read_text("utf-8").rstrip().endswith("ready")):
        assert server.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < deadline, log.read_text("utf-8")
        time.sleep(0.02)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()

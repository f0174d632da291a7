"""The dashboard as a server of the tests' own."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 180


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def held_port() -> Iterator[int]:
    """A port that nobody else is given meanwhile, for servers one after the other: a browser has the code that came from it."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def start_server(*options: str, port: int | None = None, data: Path | None = None) -> tuple[subprocess.Popen[bytes], str]:
    """A server of its own on a free port, with saved work of its own unless it is said where, ready to answer."""
    port = port or free_port()
    usual = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *usual, *options]
    environment = {**os.environ, "XDG_DATA_HOME": str(data or tempfile.mkdtemp(prefix="simulator-data-"))}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return server, address
        except OSError:
            time.sleep(0.2)
    server.terminate()
    raise TimeoutError(f"the server did not answer within {START_SECONDS_MAX} s")

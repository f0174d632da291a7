"""A server of the dashboard on 127.0.0.1, and sessions on it as a browser has them: pages are asked for, and what comes is read."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from benchmarks.processes import ROOT, environment

START_SECONDS_MAX: Final = 180
PATIENCE_SECONDS: Final = 300


@dataclass(frozen=True)
class Server:
    """A dashboard. host: with its port."""

    process: subprocess.Popen[bytes]
    host: str

    def cpu_seconds(self) -> float:
        """What the process has had of the processor until now."""
        after_name = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")

    def memory_bytes(self) -> int:
        """What the process holds in memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024


@contextmanager
def served(times: Path | None = None) -> Iterator[Server]:
    """A dashboard with a temporary folder of its own, ready to answer. times: where it writes how long scripts take."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ("--server.port", host.rpartition(":")[2], "--server.address", "127.0.0.1", "--server.headless", "true")
    program = ("streamlit",) if times is None else ("benchmarks.timed_dashboard", str(times))
    command = [sys.executable, "-m", *program, "run", str(ROOT / "app.py"), *options]
    with tempfile.TemporaryDirectory() as folder:
        surroundings = environment() | {"TMPDIR": folder}
        process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, env=surroundings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _await_ready(host)
            yield Server(process, host)
        finally:
            process.kill()
            process.wait()


def _await_ready(host: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{host}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"the server did not answer within {START_SECONDS_MAX} s")


class Session:
    """A tab of a browser, without the browser."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._connection: Any = None
        self._page, self._query, self._script = "", "", ""
        self._widgets: dict[str, str] = {}
        self.first_figure: float | None = None

    async def __aenter__(self) -> Self:
        address = f"ws://{self._host}/_stcore/stream"
        self._connection = await connect(address, max_size=None, compression=None, open_timeout=PATIENCE_SECONDS).__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    async def open(self, page: str, query: str = "") -> None:
        """Asks for a page, and reads all that comes of it. Raises RuntimeError where the page ends in an error."""
        self._widgets.clear()
        await self.ask(page, query)
        await self._drawn()

    async def ask(self, page: str, query: str = "") -> None:
        """Asks for a page. page: as in its address, empty for the first; query: what stands behind the question mark."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        self._page, self._query = page, query
        await self._connection.send(message.SerializeToString())

    async def change(self, label: str, **value: object) -> None:
        """Changes the widget with this label, and reads all that comes of it. value: by its name in Streamlit's `WidgetState`.

        Raises RuntimeError where the page ends in an error, or another one is shown.
        """
        message = BackMsg()
        run = message.rerun_script
        run.page_name, run.query_string, run.page_script_hash = self._page, self._query, self._script
        run.widget_states.widgets.add(id=self._widgets[label], **value)
        await self._connection.send(message.SerializeToString())
        shown = self._script
        await self._drawn()
        if self._script != shown:
            raise RuntimeError(f"after a change of {label} another page is shown")

    async def _drawn(self) -> None:
        while not self._is_last(await self._next()):
            pass

    async def _next(self) -> ForwardMsg:
        message = ForwardMsg()
        message.ParseFromString(await self._connection.recv())
        return message

    def _is_last(self, message: ForwardMsg) -> bool:
        kind = message.WhichOneof("type")
        if kind == "navigation":
            self._script = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "delta":
            element = message.delta.new_element.WhichOneof("type")
            widget = getattr(message.delta.new_element, element) if element is not None else None
            if label := getattr(widget, "label", ""):
                self._widgets.setdefault(label, getattr(widget, "id", ""))
            if element == "exception":
                raise RuntimeError(message.delta.new_element.exception.message)
            if element == "plotly_chart" and self.first_figure is None:
                self.first_figure = time.monotonic()
        return kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY

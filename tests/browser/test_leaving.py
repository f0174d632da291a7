"""The dashboard ends soon after it is told to, with 0 or 143 and never by a crash, also while its pages work."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import BrowserContext

from .conftest import start_server

PYTHONS = 10
"""What ends is given as long as so many starts of Python take besides: on a machine with nothing else to do they take 0.2 seconds."""
SCRIPTS = Path(streamlit.__file__).parent / "static/static/js"


def python_starts_in() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    return time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_dashboard_at_work_ends_within_two_seconds(visitors: Callable[..., BrowserContext], number: int) -> None:
    server, address = start_server()
    try:
        page = visitors().new_page()
        page.goto(address)
        page.get_by_text("Pricing simulator").first.wait_for()  # the kernels are loaded, and the sample is replayed
        server.send_signal(number)
        began = time.monotonic()
        assert server.wait(20) in (0, 143)
        assert time.monotonic() - began < 2 + PYTHONS * python_starts_in()
    finally:
        server.kill()
        server.wait()


def test_a_browser_that_does_not_go_on_reading_holds_nobody_up(visitors: Callable[..., BrowserContext]) -> None:
    server, address = start_server()
    host, port = address.removeprefix("http://").split(":")
    largest = max(SCRIPTS.iterdir(), key=lambda script: script.stat().st_size)
    with socket.socket() as reader:
        try:
            page = visitors().new_page()
            page.goto(address)
            page.get_by_text("Pricing simulator").first.wait_for()
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            reader.connect((host, int(port)))
            reader.sendall(f"GET /static/js/{largest.name} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
            assert reader.recv(12) == b"HTTP/1.1 200"
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) in (0, 143)
        finally:
            server.kill()
            server.wait()

"""Makes the pictures of the manual from the dashboard as it is: `.venv/bin/python docs/make_pictures.py`.

It starts the dashboard on a free port of this machine, opens its pages in Chromium, which must be on the PATH, and ends both.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, expect, sync_playwright

ROOT: Final = Path(__file__).parents[1]
WIDE: Final = 1200
PHONE: Final = 390
PICTURES: Final[dict[str, tuple[str, str, int, int, Literal["light", "dark"]]]] = {
    "answer": ("", "Then leads", WIDE, 960, "light"),
    "answer-dark": ("", "Then leads", WIDE, 960, "dark"),
    "answer-phone": ("", "Then leads", PHONE, 844, "light"),
    "plans": ("plans", "Price curve", WIDE, 900, "light"),
    "compare": ("compare", "Baseline, window, and what customers do", WIDE, 900, "light"),
}
"""File → the page, what it shows when it is there, width and height in pixels, and the theme."""

PATIENCE: Final = 120_000
"""Milliseconds that a page is given."""

START_SECONDS_MAX: Final = 60
BYTES_MAX: Final = 200_000


@contextmanager
def dashboard() -> Iterator[str]:
    """The address of a dashboard, which ends with the context."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    data = tempfile.mkdtemp(prefix="simulator-pictures-")  # nothing of anybody's is offered
    environment = {**os.environ, "XDG_DATA_HOME": data}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(data, ignore_errors=True)


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def take(page: Page, address: str, name: str) -> None:
    """Writes one picture. Raises ValueError where it is too large for the manual."""
    path, sight, width, height, theme = PICTURES[name]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=theme)
    page.goto(f"{address}/{path}")
    expect(page.get_by_text(sight).first).to_be_attached(timeout=PATIENCE)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENCE)
    for _ in range(2):  # between two runs of the script there is a moment without one
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
        page.wait_for_timeout(1_000)
    picture = ROOT / "docs" / "pictures" / f"{name}.png"
    picture.parent.mkdir(exist_ok=True)
    page.screenshot(path=picture)
    size = picture.stat().st_size
    if size > BYTES_MAX:
        raise ValueError(f"{picture.name} has {size:,} bytes, more than {BYTES_MAX:,}: take a smaller part of the page")
    print(f"{picture.relative_to(ROOT)}: {size:,} bytes")


def main() -> None:
    with dashboard() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        for name in PICTURES:
            context = browser.new_context(color_scheme="light")  # a new visitor, who has left nothing
            take(context.new_page(), address, name)
            context.close()
        browser.close()


if __name__ == "__main__":
    main()

"""Makes the pictures of the manual from the dashboard as it is: `.venv/bin/python docs/make_pictures.py`.

It starts the dashboard on a free port of this machine, opens its pages in Chromium, which must be on the PATH, and ends both.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect, sync_playwright

ROOT: Final = Path(__file__).parents[1]
PICTURES: Final = {
    "answer": ("", "Then leads", 960),
    "plans": ("plans", "Price curve", 900),
    "compare": ("compare", "Baseline, window, and what customers do", 900),
}
"""File → the page, what it shows when it is there, and the height in pixels."""

WIDTH: Final = 1200
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
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(30)


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
    path, sight, height = PICTURES[name]
    page.set_viewport_size({"width": WIDTH, "height": height})
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
        page = browser.new_context(color_scheme="light").new_page()
        for name in PICTURES:
            take(page, address, name)
        browser.close()


if __name__ == "__main__":
    main()

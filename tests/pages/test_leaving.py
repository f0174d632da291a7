"""A process that tests pages ends with the exit code it asks for; only a server ends by its own rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OVERVIEW_THEN_3 = """
import sys, threading
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("app.py", default_timeout=180).run()
assert page.title[0].value
for thread in threading.enumerate():
    if thread.name == "warm-up":
        thread.join()
sys.exit(3)
"""


def test_a_test_of_pages_keeps_its_exit_code() -> None:
    """Else a run of tests that fail ends with 0, and nobody sees it."""
    done = subprocess.run([sys.executable, "-c", OVERVIEW_THEN_3], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, "Runtime hasn't been created" in done.stderr) == (3, False), done.stderr

"""What holds for all tests, alone or on several workers (pytest-xdist): who shares a server, and what is compiled before."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from support.npm_packages import NotInstalled, installed

ROOT = Path(__file__).parents[1]

SERVED_BY = {
    "browser": "browser",
    "fresh_server": "browser",
    "spark": "spark",
    "database": "postgres",
    "npm": "npm",
    "place": "postgres",
}
"""Fixtures that start something large, and the group whose tests one worker runs, so that it is started once."""

BEGUN_BY_PAGES = ("warm-up", "work")
"""Names of threads."""


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl+C is heard even where a shell that started the tests in the background leaves it ignored, and so in what they start.

    Kernels are compiled before there are workers, as each of them would compile its own.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    has_workers = bool(getattr(config.option, "numprocesses", None))
    if has_workers and not config.option.collectonly:
        subprocess.run([sys.executable, "-m", "commet_core.warmup"], cwd=ROOT, check=True)


def pytest_sessionfinish() -> None:
    """Work that pages began in the background comes to its end first: Python ends with a crash where a thread compiles."""
    for thread in threading.enumerate():
        if thread.name in BEGUN_BY_PAGES:
            thread.join(60)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Before the workers look at the groups."""
    for item in items:
        if group := _group(item):
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder of the packages from npm. Without a network it is a failure in CI, elsewhere a skipped test."""
    try:
        return installed()
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"npm cannot install what this test needs: {error}")


def _group(item: pytest.Item) -> str | None:
    """Whose tests stay together: those of a large fixture, and those of a file that share something made for the file."""
    for fixture in getattr(item, "fixturenames", ()):
        if fixture in SERVED_BY:
            return SERVED_BY[fixture]
    definitions = getattr(item, "_fixtureinfo", None)
    made = [found[-1].scope for found in definitions.name2fixturedefs.values()] if definitions else []
    return item.path.stem if "module" in made else None

"""What holds for all tests, alone or on several workers (pytest-xdist): who shares a server, and what is compiled before."""

import compileall
import gc
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path, PurePosixPath

import pytest
from hypothesis.internal.conjecture import providers
from support.npm_packages import NotInstalled, installed
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parents[1]

SHARING = ("cluster", "workspace")
"""Folders whose tests share a Spark session or a database server. Those in a browser share theirs by file."""

BEGUN_BY_PAGES = ("warm-up", "work")
"""Names of threads."""


providers._get_local_constants = lambda: providers._local_constants
"""Random tests draw the same alone and among all: not also from the numbers in whatever modules happen to be imported."""


def pytest_configure(config: pytest.Config) -> None:
    """Ctrl+C is heard even where a shell that started the tests in the background leaves it ignored, and so in what they start.

    Kernels are compiled before there are workers, as each of them would compile its own.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    has_workers = bool(getattr(config.option, "numprocesses", None))
    if not has_workers:
        gc.disable()
    if has_workers and not config.option.collectonly:
        subprocess.run([sys.executable, "-m", "commet_core.warmup"], cwd=ROOT, check=True)
        compileall.compile_dir(ROOT / "pages", quiet=2)  # for dozens of servers, where Python is told to keep no bytecode


def pytest_collection_finish() -> None:
    """Modules and thousands of tests stay until the end: Python looks for garbage neither while they come nor among them."""
    gc.enable()
    gc.freeze()


def pytest_sessionfinish() -> None:
    """Work that pages began in the background comes to its end first: Python ends with a crash where a thread compiles.

    What stayed may go: libraries complain of what is left when Python ends.
    """
    gc.unfreeze()
    for thread in threading.enumerate():
        if thread.name in BEGUN_BY_PAGES:
            thread.join(60)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What one worker does alone and takes long begins first, so that no worker waits for it in the end."""
    items.sort(key=lambda item: not {"browser", *SHARING}.intersection(item.path.parts))


class BySharing(LoadScopeScheduling):
    """Tests that share something large stay on one worker, so that it is started once; those of a file always do."""

    def _split_scope(self, nodeid: str) -> str:
        path = PurePosixPath(nodeid.partition("::")[0])
        return next((folder for folder in SHARING if folder in path.parts), str(path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """In the order of the tests."""
    config.option.loadscopereorder = False
    return BySharing(config, log)


@pytest.fixture(scope="session")
def npm() -> Path:
    """The folder of the packages from npm. Without a network it is a failure in CI, elsewhere a skipped test."""
    try:
        return installed()
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"npm cannot install what this test needs: {error}")

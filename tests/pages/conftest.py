"""What holds for all tests of pages."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner
from support.work_beside import end_work

from commet_core.workspace.opening import open_database


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_searched_once() -> Iterator[None]:
    """Every app of a test would look in all of them for components: longer than most pages take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(scope="session", autouse=True)
def _scripts_compiled_once() -> Iterator[None]:
    """As on a server, where they are for every run; an app of a test would compile both of its scripts anew each time."""
    compiled = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "ScriptCache", lambda: compiled)
        patch.setattr(app_test, "ScriptCache", lambda: compiled)
        yield


@pytest.fixture(scope="session", autouse=True)
def _runs_awaited_and_not_asked_for() -> Iterator[None]:
    """Whether a run has ended is asked a thousand times a second otherwise, which takes Python's lock from the run."""
    asked = local_script_runner.require_widgets_deltas

    def awaited(runner: LocalScriptRunner, timeout: float = 3) -> None:
        assert runner._script_thread is not None
        runner._script_thread.join(timeout)
        asked(runner, timeout=0 if runner._script_thread.is_alive() else timeout)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", awaited)
        yield


@pytest.fixture(scope="session")
def _new_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which nothing is saved, made once."""
    folder = tmp_path_factory.mktemp("workspace")
    open_database(folder / "workspace.db", folder).dispose()
    return folder / "workspace.db"


@pytest.fixture(autouse=True)
def _own_data_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, _new_workspace: Path) -> None:
    """Saved work of a test is the test's own."""
    data = tmp_path_factory.mktemp("data")
    (data / "commet-simulator").mkdir()
    shutil.copy(_new_workspace, data / "commet-simulator" / "workspace.db")
    monkeypatch.setenv("XDG_DATA_HOME", str(data))
    monkeypatch.delenv("COMMET_WORKSPACE_URL", raising=False)


@pytest.fixture(autouse=True)
def _own_work() -> Iterator[None]:
    """Nobody waits any more for what pages of a test began beside them: it ends, and takes no time from the tests after it."""
    yield
    end_work()

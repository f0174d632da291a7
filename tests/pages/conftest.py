"""What holds for all tests of pages."""

import shutil
from pathlib import Path

import pytest

from commet_core.workspace.opening import open_database


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

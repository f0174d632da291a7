"""What holds for all tests of pages."""

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner

from commet_core.workspace.opening import open_database


@pytest.fixture(scope="session", autouse=True)
def _installed_packages_searched_once() -> Iterator[None]:
    """Every app of a test would look in all of them for components: longer than most pages take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
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

"""What belongs to a workspace cannot be come by from another: every file of the pages is read, and the joints are tried."""

import ast
import io
from pathlib import Path

import pytest

from commet_core.foundation.errors import InputError
from pages.shared import long_links, settings, spool, whose
from pages.shared.kept import Kept
from pages.shared.work import Works

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").rglob("*.py"))]

SHARED_BY_ALL = {
    "app.py": {"_example"},
    "pages/shared/drawing.py": {"_drawings"},
    "pages/shared/kept.py": {"kept", "kept_figures"},
    "pages/shared/loading.py": {"warm_up"},
    "pages/shared/work.py": {"works"},
    "pages/shared/workspaces.py": {"_opened"},
}
"""What Streamlit keeps for every visitor: the examples of the first page, and what keeps by `whose.key` itself."""


def kept_by_streamlit(source: str) -> set[str]:
    """Functions under st.cache_data or st.cache_resource."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if "cache_data" in ast.unparse(decorator) or "cache_resource" in ast.unparse(decorator)
    }


def process_wide(source: str) -> set[str]:
    """Functions that Python itself keeps for every visitor."""
    return {
        node.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).split("(")[0] in {"lru_cache", "cache", "functools.cache", "functools.lru_cache"}
    }


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_keeps_anything_for_all_by_itself(path: Path) -> None:
    source, name = path.read_text("utf-8"), str(path.relative_to(ROOT))
    assert kept_by_streamlit(source) <= SHARED_BY_ALL.get(name, set())
    assert process_wide(source) <= ({"_document"} if name == "pages/shared/serving.py" else set())
    made = {ast.unparse(node.func) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)}
    if name != "pages/shared/workspaces.py":
        assert "Workspace" not in made, "a workspace is asked for, `workspaces.current()`, which knows who is there"
    assert "st.user" not in source or name == "pages/shared/login.py"


def test_this_reading_can_fail() -> None:
    assert kept_by_streamlit("@st.cache_data(max_entries=3)\ndef figures(): ...") == {"figures"}
    assert process_wide("@lru_cache\ndef figures(): ...") == {"figures"}


GOES_ON = 'st.switch_page("pages/customers.py", query_params=st.query_params.to_dict())'
"""All that a page does to which old links lead."""


def test_every_page_begins_with_the_frame_and_so_with_the_gate() -> None:
    for path in [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]:
        source = path.read_text("utf-8")
        assert "frame.page(" in source or source.rstrip().endswith(GOES_ON), path.name


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch):
    """Puts whoever asks into a workspace."""
    return lambda workspace: monkeypatch.setattr(whose, "workspace_id", lambda: workspace)


def test_what_is_computed_in_one_workspace_is_not_there_for_another(enter) -> None:
    kept = Kept(1 << 20, 10)
    enter("ours")
    kept.put("replay of secret.csv", "figures")
    enter("theirs")
    assert kept.get("replay of secret.csv") is None
    enter("ours")
    assert kept.get("replay of secret.csv") == "figures"


def test_work_that_goes_on_in_one_workspace_is_not_joined_from_another(enter) -> None:
    works = Works()
    enter("ours")
    ours = works.wanted_by("ann", "key", lambda _tell: whose._OF_THREAD.get())
    enter("theirs")
    theirs = works.wanted_by("eve", "key", lambda _tell: whose._OF_THREAD.get())
    assert ours.done.wait(10)
    assert theirs.done.wait(10)
    assert (ours.result(), theirs.result()) == ("ours", "theirs")


def test_an_upload_and_a_long_link_are_not_there_for_another(enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "SPOOL", tmp_path / "spool")
    enter("ours")
    uploaded, _ = spool.spool("secret.csv", io.BytesIO(b"customer_id,timestamp,feature\n"))
    link = long_links.shortened("x" * 7000)
    enter("theirs")
    with pytest.raises(InputError, match="no longer on this server"):
        spool.path_of(uploaded)
    with pytest.raises(ValueError, match="does not have this part"):
        long_links.whole(link)
    enter("ours")
    assert spool.path_of(uploaded).read_bytes().startswith(b"customer_id")
    assert long_links.whole(link) == "x" * 7000


def test_folders_and_databases_with_usage_are_a_workspaces_own(enter, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {
        "usage_folders": ["/srv/all"],
        "workspaces": {"ours": {"usage_folders": ["/srv/ours"], "usage_database_url": "postgresql://ours"}},
    }
    monkeypatch.setattr(settings.st, "secrets", secrets)
    monkeypatch.setenv("COMMET_USAGE_DATABASE_URL", "postgresql://all")
    monkeypatch.setattr(settings.login, "configured", lambda: True)
    enter("ours")
    assert (settings.usage_folders(), settings.usage_database_url()) == ((Path("/srv/ours"),), "postgresql://ours")
    enter("theirs")
    assert (settings.usage_folders(), settings.usage_database_url()) == ((), None)
    monkeypatch.setattr(settings.login, "configured", lambda: False)
    assert settings.usage_folders() == (Path("/srv/all"),)

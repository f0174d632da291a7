"""Every example of README, CONTRIBUTING and the manual runs as it stands.

A block with a file's name behind its language (```` ```yaml scenario.yaml ````) becomes that file. Commands in `sh` blocks and
code in `python` blocks run in a folder with these files and the sample data; `console` blocks need a machine of the reader's
own (a cluster, a database) and are only shown.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import yaml

from commet_core.cli import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "python", "yaml", "csv", "json", "console", "text"}


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Language, file name or nothing, and content of each block."""
    return BLOCK.findall(text)


def commands(block: str) -> list[list[str]]:
    """The words of each command of ours in a shell block; comments and continued lines as the shell has them."""
    lines = block.replace("\\\n", " ").splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line and line[0].endswith("commet-sim")]


@pytest.fixture
def beside_the_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "sample_data", tmp_path / "sample_data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("COMMET_WORKSPACE_URL", raising=False)
    return tmp_path


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_examples_run(document: Path, beside_the_samples: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for language, file, content in blocks(document.read_text("utf-8")):
        assert language in LANGUAGES, language
        if file:
            (beside_the_samples / file).write_text(content, "utf-8")
        if language == "yaml":
            assert yaml.safe_load(content) is not None
        if language == "sh":
            for arguments in commands(content):
                assert main(arguments) == 0, f"{arguments}: {capsys.readouterr().err}"
        if language == "python":
            exec(compile(content, document.name, "exec"), names)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.stem)
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


OURS = re.compile(r"(?<![\w./])(?:commet_core|pages|tests|docs|benchmarks|sample_data|\.ci|\.streamlit)/[\w./*-]*[\w*]")
MODULE = re.compile(r"python -m ((?:commet_core|benchmarks)[\w.]*)")
MADE = re.compile(r"(?:`|^)make (\w+)", re.MULTILINE)
MADE_BY_THE_READER = {".streamlit/secrets.toml"}


def missing(text: str) -> list[str]:
    """The paths of ours, modules to run and commands of make that a text names and that are not there."""
    paths = [path for path in OURS.findall(text) if path not in MADE_BY_THE_READER and not any(ROOT.glob(path))]
    places = {name: ROOT / name.replace(".", "/") for name in MODULE.findall(text)}
    modules = [name for name, place in places.items() if not (place.is_dir() or place.with_suffix(".py").exists())]
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    return [*paths, *modules, *(target for target in MADE.findall(text) if target not in targets)]


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "sample_data/README.md"], ids=lambda path: path.stem)
def test_what_it_names_is_there(document: Path) -> None:
    assert not missing(document.read_text("utf-8"))


class TestTheseTestsCanFail:
    def test_a_path_a_module_and_a_command_that_are_not_there_are_found(self) -> None:
        text = "`tests/none.py`, `tests/cases/*.yaml`\n`python -m benchmarks.none`, `python -m benchmarks.speed`\n`make none`\nmake run\n"
        assert missing(text) == ["tests/none.py", "benchmarks.none", "none"]

    def test_a_block_is_found_with_its_file(self) -> None:
        assert blocks("x\n```yaml a.yaml\nk: 1\n```\ny") == [("yaml", "a.yaml", "k: 1\n")]

    def test_a_command_is_found_over_two_lines_and_without_its_comment(self) -> None:
        assert commands("cd x\n.venv/bin/commet-sim check \\\n  --usage u.csv  # all\n") == [["check", "--usage", "u.csv"]]

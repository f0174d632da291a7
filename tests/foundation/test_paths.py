"""Outputs never take the place of an input; see test_whole_files for devices and links."""

import os
from pathlib import Path

import pytest

from commet_core.cli import main
from commet_core.foundation.errors import InputError
from commet_core.foundation.paths import check_outputs, printable

ROWS = "customer_id,timestamp,feature\na,2026-01-01,call\n,2026-01-01,call\n"
SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture
def usage(tmp_path: Path) -> Path:
    path = tmp_path / "usage.csv"
    path.write_text(ROWS)
    return path


def outputs(usage: Path, work: Path) -> dict[str, list[object]]:
    """Commands that would replace what they read."""
    (work / "also.csv").hardlink_to(usage)
    (work / "pointer.csv").symlink_to(usage)
    result = work / "result"
    result.mkdir()
    (result / "summary.json").write_text("{}")
    (result / "usage.csv").write_text(ROWS)
    (result / "mapping.yaml").write_text("columns: {}")
    (result / "scenario.yaml").write_bytes((SAMPLE / "scenario.yaml").read_bytes())
    return {
        "itself": ["check", "--usage", usage, "--rejects", usage],
        "by a roundabout way": ["check", "--usage", usage, "--rejects", work / "result" / ".." / "usage.csv"],
        "of a link": ["check", "--usage", work / "pointer.csv", "--rejects", usage],
        "of a pattern": ["check", "--usage", work / "*.csv", "--rejects", usage],
        "of a folder": ["check", "--usage", result, "--rejects", result / "usage.csv"],
        "a mapping": ["check", "--usage", usage, "--mapping", result / "mapping.yaml", "--rejects", result / "mapping.yaml"],
        "usage in a result": ["replay", SAMPLE / "scenario.yaml", "--usage", result / "usage.csv", "--out", result],
        "a scenario in a result": ["replay", result / "scenario.yaml", "--usage", usage, "--out", result],
        "the folder itself": ["prepare", "--usage", result, "--out", result],
    }


REPLACED = (
    "itself",
    "by a roundabout way",
    "of a link",
    "of a pattern",
    "of a folder",
    "a mapping",
    "usage in a result",
    "a scenario in a result",
    "the folder itself",
)


@pytest.mark.parametrize("name", REPLACED)
def test_what_is_read_is_never_replaced(name: str, usage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = outputs(usage, tmp_path)[name]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main([str(part) for part in command]) == 2
    assert "and would be replaced. Choose another place to write to; nothing was written." in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_new_name_beside_what_is_read_is_free(usage: Path, tmp_path: Path) -> None:
    check_outputs([tmp_path / "rejects.csv", None], [usage, tmp_path, str(tmp_path / "*.csv"), "s3://bucket/usage", None])
    assert main(["check", "--usage", str(usage), "--rejects", str(tmp_path / "rejects.csv")]) == 0


@pytest.mark.parametrize(
    ("name", "said"), [(b"\xff.store", "the name is not UTF-8"), (b"a\0b", "the name holds a NUL character")]
)
def test_a_name_that_nothing_can_write_is_refused(name: bytes, said: str, usage: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / os.fsdecode(name)
    with pytest.raises(InputError, match=said):
        check_outputs([out], [])
    for command in (["prepare", "--out"], ["check", "--rejects"], ["replay", str(SAMPLE / "scenario.yaml"), "--out"]):
        assert main([*command, str(out), "--usage", str(usage)]) == 2
        assert said in capsys.readouterr().err
    assert printable(out).encode()
    assert list(tmp_path.iterdir()) == [usage]

"""Lines of a CSV file that begin with #: comments are left out and said, names that begin so stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from commet_core.usage.ingest import Ingested, parse_mapping, read
from commet_core.usage.ingest.recognise.questions import Undecided

HEADER = "customer,date,feature,quantity\n"
GOOD = "acme,2026-03-01,calls,5\ngamma,2026-03-03,calls,3\ndelta,2026-03-03,calls,3\n"


def written(folder: Path, content: str, name: str = "usage.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def customers(ingested: Ingested) -> set[str]:
    return set(ingested.usage.customers.to_pylist()) - {"acme", "gamma", "delta"}


@pytest.mark.parametrize(
    "line",
    [
        "# old rows",
        "#beta,2026-03-02,calls,7",
        "# beta,2026-03-02,calls,7",
        "// beta,2026-03-02,calls,7",
        "#acme,2026-03-02,calls,7",
    ],
)
@pytest.mark.parametrize("alike", [False, True])
def test_comments_are_left_out_and_said(tmp_path: Path, line: str, alike: bool) -> None:
    paths = [written(tmp_path, HEADER + GOOD, "first.csv")] if alike else []
    found = read([*paths, written(tmp_path, f"{HEADER}{GOOD}{line}\nlate,bad,calls,1\n")])
    assert not customers(found)
    assert any("1 row is left out: each is a comment" in note for note in found.report.notes)
    assert found.report.rejects.column("line").to_pylist() == [6]


@pytest.mark.parametrize("name", ["#1 Plumbing", "#12", '"#general"', '"# odd"'])
def test_names_stay(tmp_path: Path, name: str) -> None:
    found = read(written(tmp_path, f"{HEADER}{GOOD}{name},2026-03-02,calls,7\n"))
    assert customers(found) == {name.strip('"')}
    assert found.report.rows_left_out == 0


def test_names_that_are_usual_in_their_column_stay(tmp_path: Path) -> None:
    rows = "".join(f"#team{number},2026-03-02,calls,7\n" for number in range(5))
    assert len(customers(read(written(tmp_path, HEADER + GOOD + rows)))) == 5


def test_rows_that_come_again_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + GOOD + "#general,2026-03-02,calls,7\n#general,2026-03-03,calls,7\n")
    with pytest.raises(Undecided, match="`comments: leave_out`"):
        read(path)
    assert customers(read(path, parse_mapping("comments: keep", "m.yaml"))) == {"#general"}
    assert not customers(read(path, parse_mapping("comments: leave_out", "m.yaml")))


def test_before_a_time_every_such_line_is_a_comment(tmp_path: Path) -> None:
    found = read(written(tmp_path, "date,customer,quantity,feature\n2026-03-01,acme,1,calls\n#2026-03-02,beta,2,calls\n"))
    assert not customers(found)
    assert (found.report.rows_left_out, found.report.rows_rejected) == (1, 0)

"""Documents: whatever a text holds, what comes out is its content, exactly, or an error with the place."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from commet_core.cli import main
from commet_core.foundation import documents
from commet_core.foundation.documents import check_content, parse_document, read_document
from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import load_mapping, parse_mapping

REFUSED = {
    "impossible date": ("start: 2026-02-30", "line 1, column 8: '2026-02-30' is not a date or a time"),
    "impossible time": ("\nat: 2026-01-01T25:00:00Z", "line 2, column 5: '2026-01-01T25:00:00Z' is not a date or a time"),
    "tagged int": ("a: !!int x", "line 1, column 4: 'x' is not a whole number"),
    "tagged bool": ("a: !!bool x", "line 1, column 4: 'x' is not true or false"),
    "tagged timestamp": ("a: !!timestamp x", "line 1, column 4: 'x' is not a date or a time"),
    "long number": (f"a: {'9' * 5000}", "line 1, column 4: '999999999999999999999999999999999999999… is not a whole number"),
    "long hexadecimal": (f"a: 0x{'F' * 20_000}", "is too long a number"),
    "long number in JSON": (f'{{"a": {"9" * 5000}}}', "the number 9999999999… has 5,000 digits"),
    "list in itself": ("a: &a [1, *a]", "line 1, column 11: the anchor 'a' holds itself"),
    "group in itself": ("a: &a {b: {c: *a}}", "line 1, column 15: the anchor 'a' holds itself"),
    "deep list": (f"a: {'[' * 5000}", "line 1, column 103: this is nested more than 100 deep"),
    "deep JSON": ('{"a":' * 5000, "this is neither YAML nor JSON"),
    "deep but whole JSON": ('{"a":' * 200 + "1" + "}" * 200, "this is nested more than 100 deep"),
    "merged groups": ("a: &a {x: 1}\nb: {<<: *a}", "line 2, column 5: `<<` is not read here: write the keys out"),
    "half a character": ('a: "\\ud800"', "holds half a character"),
    "half a character in a key": ('{"\\udfff": 1}', "holds half a character"),
    "key twice in JSON": ('{"a": 1, "a": 2}', "the key 'a' is given twice"),
    "unknown tag": ("a: !!python/object:os.system x", "line 1, column 4: could not determine a constructor"),
    "references that multiply": (
        "a0: &a0 [0,0,0,0,0,0,0,0,0,0]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)),
        "this holds more than 200,000 values",
    ),
}


def refusal(work) -> str:
    with pytest.raises(InputError) as caught:
        work()
    return str(caught.value)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_a_document_is_refused_with_its_place(name: str) -> None:
    text, said = REFUSED[name]
    assert said in refusal(lambda: parse_document(text, "plans.yaml"))


@pytest.mark.parametrize("name", REFUSED)
def test_from_the_command_line_from_a_mapping_and_from_the_page_s_upload(name: str, tmp_path: Path, capsys) -> None:
    text, said = REFUSED[name]
    file, usage = tmp_path / "document.yaml", tmp_path / "usage.csv"
    file.write_text(text)
    usage.write_text("customer_id,timestamp,feature\na,2026-01-01,call\n")
    assert main(["replay", str(file), "--usage", str(usage), "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert main(["check", "--usage", str(usage), "--mapping", str(file)]) == 2
    assert said in capsys.readouterr().err
    assert said in refusal(lambda: load_mapping(file))
    assert said in refusal(lambda: parse_mapping(text, "document.yaml"))


def test_a_catalog_is_read_as_the_scenario_is(tmp_path: Path, capsys) -> None:
    (tmp_path / "catalog.yaml").write_text("plans: {a: 2026-02-30}")
    (tmp_path / "scenario.yaml").write_text("catalog: catalog.yaml")
    assert main(["replay", str(tmp_path / "scenario.yaml"), "--usage", "x.csv", "--out", str(tmp_path / "out")]) == 2
    assert "catalog.yaml, line 1, column 12: '2026-02-30' is not a date or a time" in capsys.readouterr().err


def test_what_is_meant_is_read_exactly() -> None:
    text = "a: 0.10\nb: 1_000\nc: &c [x]\nd: *c\ne: 2026-01-31\n"
    found = parse_document(text, "plans.yaml")
    assert (found["a"], found["b"], found["c"] == found["d"], str(found["e"])) == (Decimal("0.10"), 1000, True, "2026-01-31")
    assert parse_document('{"a": 0.10, "b": [1e2]}', "plans.json") == {"a": Decimal("0.10"), "b": [Decimal("1e2")]}
    assert parse_document("{a: 1, b: x}", "plans.yaml") == {"a": 1, "b": "x"}


@pytest.mark.parametrize("name", ["pipe", "device", "folder", "missing", "loop", "n\0l", "large", "latin", "b\udcff"])
def test_what_is_no_file_is_not_opened(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "large").write_text("a: 1\n" * 10)
    (tmp_path / "latin").write_bytes(b"a: \xff")
    monkeypatch.setattr(documents, "DOCUMENT_BYTES_MAX", 40)
    said = {
        "pipe": "this is a pipe, not a file. Save what it holds to a file",
        "device": "this is a device, not a file",
        "folder": "this is a folder. Name a file in it.",
        "missing": "there is no such file. Check the path",
        "loop": "it cannot be opened: Too many levels of symbolic links",
        "n\0l": "n\\0l: the name holds a NUL character",
        "large": "the file has 50 bytes, and a document at most 40",
        "latin": "this is not a text file in UTF-8",
        "b\udcff": "the name is not UTF-8",
    }
    assert said[name] in refusal(lambda: read_document(tmp_path / name))


def test_a_wrong_value_is_shown_in_part() -> None:
    with pytest.raises(ValueError, match="more than 200,000 values"):
        check_content(list(range(200_001)))
    check_content([["x"] * 1000] * 100)
    long = "x" * 100_000
    for written, words in (
        (f"shape: {long}", "there is no shape `xxx"),
        (f"time_zone: {long}", "xxx…"),
        (f"columns: {{value: {{column: a, divide: {long}}}}}", "cannot scale a column"),
    ):
        said = refusal(lambda written=written: parse_mapping(written, "mapping.yaml"))
        assert words in said
        assert "xxx…" in said
        assert len(said) < 1000

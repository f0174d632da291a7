"""Whatever is given, the answer is a result or a sentence: every value of a document, every cell of a table, every byte of a store.

The kinds are made, not written down: each place in turn with each thing that it should not hold. A run tries a part of them, a
different one for each place; `KINDS=all` in the environment tries every one.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from support.bad_inputs import CELLS, DOCUMENT, VALUES, paths, with_key, with_value

from commet_core.cli import main
from commet_core.engine.replay import replay
from commet_core.foundation.errors import InputError
from commet_core.scenario.scenario import Scenario
from commet_core.scenario.subscriptions.files import read_rows
from commet_core.usage.ingest import parse_mapping, read
from commet_core.usage.store import open_store, prepare
from commet_core.usage.usage import Usage

EVERY = 1 if os.environ.get("KINDS") == "all" else 23
COLUMNS = ("customer_id", "timestamp", "feature", "value", "event_id", "model", "input_tokens", "output_tokens")
ROW = ("ann", "2026-01-05T10:00:00Z", "call", "7", "e1", "house/own", "10", "5")
ROW_COLUMNS = ("customer_id", "at", "action", "plan", "interval", "item", "amount", "when")
ACTIONS = ("start", "change_plan", "cancel", "pause", "resume", "reactivate", "buy_pack", "top_up", "x")
MAPPING = {
    "columns": {
        "customer_id": "a",
        "timestamp": {"column": "b", "format": "%Y"},
        "feature": {"constant": "call"},
        "value": {"column": "c", "divide": 10},
    },
    "rows": "event",
    "time_zone": "UTC",
}
MENDED = (
    (with_value, ("catalog", "plans", "free", "consumption_model"), ["metered"]),
    (with_value, ("catalog", "offers", "launch", "cycles"), 10**30),
    (with_value, ("candidates", 1, "purchases", "max_packs_per_period"), 10**30),
    (with_value, ("candidates", 2, "top_up", "max_per_period"), 2**63),
)
"""Places and values that ended in a traceback."""

DAMAGES_OF_FILE = 25


def some(kinds: Iterator[Any]) -> Iterator[Any]:
    """A part of the kinds."""
    return (kind for number, kind in enumerate(kinds) if number % EVERY == 0)


def failures(kinds: Iterator[Any], attempt: Callable[[Any], object]) -> list[str]:
    """What was neither done nor refused in words, of all kinds; at least eighty have to be tried."""
    wrong, count = [], 0
    for kind in kinds:
        count += 1
        try:
            attempt(kind)
        except InputError as error:
            if not str(error).strip():
                wrong.append(f"{kind!r:.200}: refused without a word")
        except Exception as error:  # noqa: BLE001  (that is what is looked for)
            wrong.append(f"{kind!r:.200}: {type(error).__name__}: {error!s:.200}")
    assert count >= 80
    return wrong


@pytest.fixture(scope="module")
def usage(tmp_path_factory: pytest.TempPathFactory) -> Usage:
    path = tmp_path_factory.mktemp("usage") / "usage.csv"
    rows = (
        ROW,
        ("ann", "2026-02-05", "call", "70", "e2", "", "", ""),
        ("bob", "2026-01-09", "chat", "1", "e3", "house/own", "9", "9"),
    )
    path.write_text("\n".join(",".join(row) for row in (COLUMNS, *rows)))
    return read([path]).usage


def test_a_scenario_with_anything_anywhere(usage: Usage) -> None:
    def documents() -> Iterator[tuple[Any, ...]]:
        for path in paths(DOCUMENT):
            yield from ((with_value, path, value) for value in VALUES)
            yield from ((with_key, path, key) for key in ("", "x", "n\0l", None, 5, True))

    replay(Scenario.model_validate(deepcopy(DOCUMENT)), usage)
    assert not failures(
        chain(MENDED, some(documents())),
        lambda kind: replay(Scenario.model_validate(kind[0](DOCUMENT, kind[1], kind[2])), usage),
    )


def test_subscriptions_with_anything_in_a_cell(tmp_path: Path, usage: Usage) -> None:
    usual = ("ann", "2026-01-15", "", "pro", "monthly", "small", "5", "now")
    cells = (*CELLS, "free", "credits", "2025-01-01", "0001-01-01", "9999-12-31", "2026-01-15T12:00:00")
    path = tmp_path / "subscriptions.csv"

    def attempt(kind: tuple[str, int, str]) -> None:
        action, place, cell = kind
        row = [*usual]
        row[2] = action
        row[place] = cell
        path.write_text(",".join(ROW_COLUMNS) + "\n" + ",".join(row) + "\n", "utf-8", newline="")
        replay(Scenario.model_validate({**deepcopy(DOCUMENT), "subscriptions": read_rows(path)}), usage)

    kinds = ((action, place, cell) for action in ACTIONS for place in range(len(usual)) for cell in cells)
    assert not failures(some(kinds), attempt)


def test_usage_with_anything_in_a_cell_or_a_title(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"

    def attempt(kind: tuple[int, int, str]) -> None:
        line, place, cell = kind
        lines = [[*COLUMNS], [*ROW]]
        lines[line][place] = cell
        path.write_text("\n".join(map(",".join, [*lines, [*ROW]])), "utf-8", newline="")
        read([path])

    kinds = ((line, place, cell) for line in (0, 1) for place in range(len(ROW)) for cell in CELLS)
    assert not failures((kind for number, kind in enumerate(kinds) if number % 4 == 0 or EVERY == 1), attempt)


def test_a_mapping_with_anything_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    path.write_text("a,b,c\nx,2026,1\n")
    kinds = ((place, value) for place in paths(MAPPING) for value in VALUES)

    def attempt(kind: tuple[tuple[Any, ...], Any]) -> None:
        read([path], mapping=parse_mapping(json.dumps(with_value(MAPPING, *kind), default=str), "mapping.json"))

    assert not failures((kind for number, kind in enumerate(kinds) if number % 3 == 0 or EVERY == 1), attempt)


def test_a_store_with_any_byte_changed_is_refused_or_unchanged(tmp_path: Path) -> None:
    """Of every file of a store: bits turned, words zeroed or filled, the end cut off, at places that are drawn."""
    path, store = tmp_path / "usage.csv", tmp_path / "usage.store"
    rows = "".join(
        f"c{number % 7},2026-01-{1 + number % 28:02d}T10:00:00Z,{'call' if number % 3 else 'x'},{number}\n"
        for number in range(99)
    )
    path.write_text(f"customer_id,timestamp,feature,value\n{rows}bad,row\n")
    prepare([path], store)
    document = {key: value for key, value in DOCUMENT.items() if key != "subscriptions"}
    scenario = Scenario.model_validate({**deepcopy(document), "candidates": DOCUMENT["candidates"][:2]})
    whole = replay(scenario, open_store(store).usage).table("invoice_lines")
    drawn = random.Random(20261129)

    def damages() -> Iterator[tuple[Path, bytes]]:
        for file in sorted(part for part in store.rglob("*") if part.is_file()):
            content = file.read_bytes()
            for number in range(DAMAGES_OF_FILE):
                at = drawn.randrange(len(content))
                bit = bytes([content[at] ^ 1 << drawn.randrange(8)])
                changed = (content[:at] + bit + content[at + 1 :], content[:at] + bytes(8) + content[at + 8 :])
                changed += (content[:at] + b"\xff" * 8 + content[at + 8 :], content[:at])
                yield file, changed[number % 4]
            file.write_bytes(content)

    def attempt(kind: tuple[Path, bytes]) -> None:
        file, content = kind
        file.write_bytes(content)
        assert replay(scenario, open_store(store).usage).table("invoice_lines").equals(whole), (
            "it is read, and says something else"
        )

    assert not failures(damages(), attempt)


def test_a_command_with_anything_as_an_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No input is touched, no link replaced, nothing hangs, and the status is 0 or 2."""
    usage, folder = tmp_path / "usage.csv", tmp_path / "folder"
    usage.write_text(",".join(COLUMNS[:4]) + "\n" + ",".join(ROW[:4]) + "\n")
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "nowhere").symlink_to(tmp_path / "not" / "there")
    (tmp_path / "empty").touch()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names = ("pipe", "link", "loop", "nowhere", "empty", "folder", "usage.csv", "a/b/c")
    given = [str(tmp_path / name) for name in names]
    given += [
        "",
        ".",
        "/dev/zero",
        "/dev/full",
        "/dev/null",
        "/proc/self/mem",
        "x" * 5000,
        "a\0b",
        "b\udcff",
        "-",
        "*",
        "[",
        "~",
    ]
    given += ["http://127.0.0.1:1/x", "0", "-1", "9" * 30, "NaN", "1e9", "٣", "1_0"]
    commands = (
        ["check", "--usage", str(usage), "--rejects", str(tmp_path / "rejects.csv")],
        ["prepare", "--usage", str(usage), "--out", str(tmp_path / "out.store")],
        ["synth", "ai_images", "--customers", "2", "--months", "1", "--out", str(tmp_path / "synth.csv")],
    )
    more = ("--mapping", "--shapes", "--memory-limit", "--column", "--sql-timeout")

    def kinds() -> Iterator[list[str]]:
        for command in commands:
            places = [place for place in range(1, len(command)) if not command[place].startswith("--")]
            yield from ([*command[:place], text, *command[place + 1 :]] for place in places for text in given)
        yield from ([*commands[0], option, text] for option in more for text in given)

    def attempt(arguments: list[str]) -> None:
        before = usage.read_bytes()
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
        said = capsys.readouterr()
        assert status in (0, 2), status
        assert status == 0 or said.err.strip()
        assert usage.read_bytes() == before
        assert (tmp_path / "link").is_symlink()
        assert list(folder.iterdir()) == []

    chosen = (kind for number, kind in enumerate(kinds()) if number % 3 == 0 or EVERY == 1)
    assert not failures(chosen, attempt)

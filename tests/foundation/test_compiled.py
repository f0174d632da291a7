"""Kernels are compiled when they are first called, kept on disk, and made anew where what is there cannot be used.

What was kept is run without numba, and by numba where it is there already.
"""

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from commet_core.foundation import kept_code
from commet_core.foundation.kept_code import KeptCode, keep

ROOT = Path(__file__).parents[2]

MODULE = """
from commet_core.foundation.compiled import compiled


@compiled
def doubled(number):
    return 2 * number


@compiled
def doubled_twice(number):
    return doubled(doubled(number))
"""

CALL = """
import json, sys
if len(sys.argv) > 1:
    import numba
from rules import doubled_twice
result = doubled_twice(21)
needed = "numba" in sys.modules
stats = doubled_twice.dispatcher.stats
print(json.dumps([needed, result, sum(stats.cache_hits.values()), sum(stats.cache_misses.values())]))
"""

KEPT = [False, 84, 0, 0]
BY_NUMBA = [True, 84, 1, 0]
COMPILED = [True, 84, 0, 1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.py").write_text(MODULE, "utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def once_called(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once_called")
    (folder / "rules.py").write_text(MODULE, "utf-8")
    assert called(folder) == COMPILED
    return folder


@pytest.fixture
def kept(once_called: Path, tmp_path: Path) -> Path:
    """A folder of the same, where the machine code of a first call is kept."""
    return shutil.copytree(once_called, tmp_path / "kept")


def called(folder: Path, *imported: str, **variables: str) -> list[object]:
    """Whether numba was there after the call; what it returned; what numba loaded from disk, and compiled."""
    path = os.pathsep.join([str(ROOT), str(folder)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}  # files are changed within a second
    done = subprocess.run(
        [sys.executable, "-c", CALL, *imported],
        cwd=folder,
        env={**environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: list[object] = json.loads(done.stdout)
    return found


def test_a_kernel_is_compiled_at_its_first_call_and_loaded_from_disk_the_next_time(folder: Path) -> None:
    assert called(folder) == COMPILED
    assert called(folder) == KEPT
    assert called(folder, "numba") == BY_NUMBA


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("content", [b"", b"not machine code", b"cno_such_module\nName\n."])
def test_damaged_machine_code_is_made_anew(kept: Path, suffix: str, content: bytes) -> None:
    """The last content names a module that is gone, as after an update that moved it."""
    for path in kept_as(kept, suffix):
        begins = path.read_bytes() if suffix == ".nbi" and content.startswith(b"c") else b""
        path.write_bytes(begins[: begins.find(b".") + 1] + content)
    assert called(kept, "numba") == COMPILED
    assert called(kept, "numba") == BY_NUMBA


def kept_as(folder: Path, suffix: str) -> list[Path]:
    files = [path for path in (folder / "__pycache__").iterdir() if path.suffix == suffix]
    assert files
    return files


@pytest.mark.parametrize("content", [b"", b"not machine code", b"cno_such_module\nName\n.", None])
def test_what_is_run_without_numba_is_kept_anew_where_it_is_damaged(kept: Path, content: bytes | None) -> None:
    """The last is all there but for a few bytes in the midst of it."""
    for path in kept_as(kept, ".code"):
        whole = path.read_bytes()
        path.write_bytes(whole[:5000] + bytes(64) + whole[5064:] if content is None else content)
    assert called(kept) == BY_NUMBA
    assert called(kept) == KEPT


@pytest.mark.parametrize("change", [{"stamp": "of another processor"}, {"entry": "no_such_function"}])
def test_machine_code_of_another_numba_or_processor_is_not_run(
    kept: Path, change: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_code, "_stamp", lambda _function: own.stamp)
    for path in kept_as(kept, ".code"):
        own: KeptCode = pickle.loads(path.read_bytes()[16:])
        monkeypatch.setattr(kept_code, "_path", lambda *_, path=path: path)
        own = own._replace(**change)
        keep(called, (), own.entry, own.names, own.machine_code)
    assert called(kept) == BY_NUMBA


def test_who_has_numba_do_otherwise_gets_what_numba_does(kept: Path) -> None:
    assert called(kept, NUMBA_BOUNDSCHECK="1")[0] is True
    assert called(kept) == KEPT


OFTEN = """
import sys
from commet_core.foundation import compiled
from rules import doubled_twice

compiled.OFTEN = 5
found = [doubled_twice(21) for _ in range(5)]
compiled._KEPT_CALLS._import.join()
found += [doubled_twice(21) for _ in range(5)]
print(found == [84] * 10, sum(doubled_twice.dispatcher.stats.cache_hits.values()))
"""


def test_who_calls_a_kernel_often_has_numba_call_it(kept: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(kept)])}
    done = subprocess.run([sys.executable, "-c", OFTEN], cwd=kept, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True 1\n", "")


KINDS = """
from typing import NamedTuple

import numpy as np

from commet_core.foundation.compiled import compiled


class Columns(NamedTuple):
    ones: np.ndarray
    others: np.ndarray


@compiled
def everything(columns, pair, table, shares, flags, narrow, number, share, flag, nothing, apart):
    ones = columns.ones * number + pair[0] + narrow + len(apart)
    shared = shares * share if flag and nothing is None else shares
    return ones, (columns.others.sum(), table[1, 2] + table.shape[1], float(pair[1])), Columns(ones, columns.others), flags, shared


@compiled
def divided(number, by):
    return number // by
"""

CALL_KINDS = """
import json
import sys

import numpy as np

from commet_core.foundation.compiled import read_only
from kinds import Columns, divided, everything

if len(sys.argv) > 1:
    import numba


def plain(found):
    return [plain(each) for each in found] if isinstance(found, tuple) else np.asarray(found).tolist()


columns = Columns(np.arange(4), read_only(np.arange(3, dtype=np.uint16)))
arguments = (3, 2.5), np.arange(6).reshape(2, 3), np.array([0.5, 2.0]), np.array([True, False]), np.int16(7), 2, 0.25, True, None
found = [
    plain(everything(columns, *arguments, apart))
    for apart in (np.arange(9), np.arange(9)[::2], np.arange(9, dtype=np.int8), np.asfortranarray(np.ones((2, 2))), np.arange(0))
]
whole = everything(columns, *arguments, np.arange(9))
found += [type(whole[2]).__name__, whole[0].dtype.name, whole[0] is whole[2].ones, whole[3] is arguments[3]]
found += [divided(number, by) for number, by in ((7, 2), (-7, 2), (2**62, 3), (7.5, 2.0), (np.uint8(7), 2))]
needed = "numba" in sys.modules
try:
    divided(7, 0)
except ZeroDivisionError as error:
    found.append(str(error))
print(json.dumps([found, needed]))
"""


def test_what_is_run_without_numba_takes_and_returns_what_numba_does(tmp_path: Path) -> None:
    (tmp_path / "kinds.py").write_text(KINDS, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}

    def run(*imported: str) -> Any:
        program = [sys.executable, "-c", CALL_KINDS, *imported]
        done = subprocess.run(program, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    compiled, _ = run("numba")
    assert compiled[-6:] == [3, -4, 2**62 // 3, 3.0, 3, "integer division by zero"]
    assert run() == [compiled, False]
    assert run("numba") == [compiled, True]


PARTS = """
from typing import NamedTuple

from commet_core.foundation.compiled import step

TIMES = 2


class Pair(NamedTuple):
    first: int
    second: int


@step
def times(number):
    return number * 1
"""

WHOLE = """
from commet_core.foundation.compiled import compiled
from parts import TIMES, Pair, times


@compiled
def doubled_twice(number):
    pair = Pair(number, 0)
    return times(TIMES * TIMES * pair[0])
"""


@pytest.fixture(scope="module")
def once_called_whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("once_called_whole")
    (folder / "rules.py").write_text(WHOLE, "utf-8")
    (folder / "parts.py").write_text(PARTS, "utf-8")
    assert called(folder) == COMPILED
    assert called(folder) == KEPT
    assert called(folder, "numba") == BY_NUMBA
    return folder


@pytest.mark.parametrize(
    ("before", "now", "result"),
    [("TIMES = 2", "TIMES = 3", 189), ("number * 1", "number * 5", 420), ("    first: int\n", "    other: int\n", 84)],
    ids=["constant", "step", "field"],
)
def test_machine_code_is_made_anew_where_what_it_uses_of_another_file_has_changed(
    once_called_whole: Path, tmp_path: Path, before: str, now: str, result: int
) -> None:
    folder = shutil.copytree(once_called_whole, tmp_path / "kept")
    (folder / "parts.py").write_text(PARTS.replace(before, now), "utf-8")
    assert called(folder) == [True, result, 0, 1]
    assert called(folder) == [False, result, 0, 0]
    (folder / "parts.py").write_text(PARTS, "utf-8")
    assert called(folder, "numba") == COMPILED


def test_machine_code_stays_where_only_words_have_changed(kept: Path) -> None:
    (kept / "rules.py").write_text(MODULE + "\n\n# a remark\n", "utf-8")
    assert called(kept) == KEPT
    assert called(kept, "numba") == BY_NUMBA


def test_without_a_place_for_it_machine_code_is_made_in_every_process(folder: Path) -> None:
    source = (folder / "rules.py").read_text("utf-8")
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    program = f"import sys\nsource = {source!r}\nexec(compile(source, '<nowhere>', 'exec'))\nprint(doubled_twice(21))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("84\n", "")


SEARCHING = """
import numpy as np
from commet_core.foundation.compiled import compiled


@compiled
def place_of(numbers, number):
    return np.searchsorted(numbers, number)


@compiled
def places_of(numbers, number):
    return np.array([place_of(numbers, number), place_of(numbers, number + 1)])
"""

SEARCH = """
import sys
import numba
import numpy as np
from searching import place_of, places_of

print([int(place_of(np.arange(0, 50, 5), number)) for number in (10, 11)], "scipy.linalg" in sys.modules)
print(*(sum(kept.values()) for kept in (place_of.dispatcher.stats.cache_hits, place_of.dispatcher.stats.cache_misses)))
if len(sys.argv) > 1:
    print(places_of(np.arange(0, 50, 5), 10).tolist())
    print(*(sum(kept.values()) for kept in (places_of.dispatcher.stats.cache_hits, places_of.dispatcher.stats.cache_misses)))
"""


def searched(folder: Path, *how: str) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)])}
    done = subprocess.run(
        [sys.executable, "-c", SEARCH, *how], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_machine_code_is_loaded_without_what_it_takes_to_compile_and_others_can_be_linked_with_it(tmp_path: Path) -> None:
    """A kernel that calls a function of numba's, whose module imports SciPy; then one that is compiled and calls that kernel."""
    (tmp_path / "searching.py").write_text(SEARCHING, "utf-8")
    assert searched(tmp_path) == ["[2, 3] True", "0 1"]
    assert searched(tmp_path) == ["[2, 3] False", "1 0"]
    assert searched(tmp_path, "both") == ["[2, 3] False", "1 0", "[2, 3]", "0 1"]
    assert searched(tmp_path, "both") == ["[2, 3] False", "1 0", "[2, 3]", "1 0"]


ADDING = """
from commet_core.foundation.compiled import compiled


@compiled
def added(number, more):
    return number + more


@compiled
def total(number, narrow):
    return added(number, 1) + added(number, 2) + added(narrow, number) + added(narrow, 0)
"""


def test_a_kernel_is_compiled_once_for_constants_and_narrow_integers_that_others_hand_to_it(tmp_path: Path) -> None:
    (tmp_path / "rules.py").write_text(ADDING, "utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    program = "import numpy as np; from rules import total; print(total(1000, np.int16(32767)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("68537\n", "")
    assert len([*(tmp_path / "__pycache__").glob("rules.added-*.nbc")]) == 1


FEW_ROWS = """
import sys
import numpy as np
import pyarrow as pa
from commet_core.foundation import compiled
from commet_core.usage.grouping import EventKeys, Rows, count_runs, group_by_customer
from commet_core.usage.ingest.reading.names import Names, text_hashes


def everything():
    texts = pa.array(["ana", "Null", "", "a name longer than eight letters", "  ", "zoë", "ana", "x" * 40], pa.string())
    names = Names()
    codes = names.codes_of(texts)
    keys = EventKeys(*text_hashes(texts))
    times = np.array([5, 3, 9, 1, 7, 2, 5, 0])
    rows = Rows(codes, np.zeros(8, np.int16), times, times * 10)
    ranks = np.arange(len(names), dtype=np.int32), np.zeros(1, np.int16)
    grouped = group_by_customer([rows], count_runs([rows], len(names), 1), ranks, len(names), [keys])
    return [column.tolist() for column in (codes, *keys, *grouped)]


by_python = everything()
assert "numba" not in sys.modules
compiled.FEW = -1
compiled_functions = everything()
assert "commet_core.foundation.kept_code" in sys.modules
assert by_python == compiled_functions, (by_python, compiled_functions)
assert by_python[-1] == [1]
"""


def test_few_rows_are_read_by_python_as_many_are_by_machine_code() -> None:
    """Hashes that wrap around 64 bits, blank names, a repeated event id: the same to the last bit."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", FEW_ROWS], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


STEPS = """
import numpy as np
from commet_core.foundation.compiled import compiled, step


@step
def raised(numbers, at, by):
    numbers[at] += by
    return numbers[at], at + 1


@step
def made(number):
    return np.zeros(number)[0]


@compiled
def raised_each(numbers):
    at = 0
    while at < len(numbers):
        _, at = raised(numbers, at, 10)
    return numbers


@compiled
def made_twice(number):
    return made(number) + made(number)
"""


def said(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """A script that imports what stands in STEPS, run to its end."""
    (folder / "steps.py").write_text(STEPS, "utf-8")
    path = os.pathsep.join([str(ROOT), str(folder)])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}  # files are changed within a second
    begun = f"import sys\nfrom steps import *\n{script}"
    return subprocess.run(
        [sys.executable, "-c", begun], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_a_step_is_part_of_the_kernel_that_calls_it(tmp_path: Path) -> None:
    assert said(tmp_path, "print(raised_each(np.array([1, 2, 3])).tolist())").stdout == "[11, 12, 13]\n"


def test_a_step_that_python_calls_is_run_by_python(tmp_path: Path) -> None:
    called_by_python = 'print(raised([1, 2], 1, 5), "numba" in sys.modules)'
    assert said(tmp_path, called_by_python).stdout == "(7, 2) False\n"


def test_a_step_cannot_make_an_array(tmp_path: Path) -> None:
    """Who holds it would not be counted."""
    done = said(tmp_path, "made_twice(3)")
    assert done.returncode != 0
    assert "Failed in nopython mode pipeline" in done.stderr

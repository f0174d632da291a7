"""The usage store: what comes out is what went in, memory-mapped; what is not whole is refused; a crash costs nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.cli import main
from commet_core.engine.replay import Replay, replay
from commet_core.engine.tables import TABLES
from commet_core.foundation import checksums
from commet_core.foundation.errors import InputError
from commet_core.foundation.whole_files import written_whole
from commet_core.scenario.scenario import Scenario
from commet_core.usage import store as usage_store
from commet_core.usage.ingest import Ingested, UnusableFiles, read
from commet_core.usage.ingest.recognise.saved_mapping import parse_mapping
from commet_core.usage.ingest.rejects.reasons import REJECTS_KEPT
from commet_core.usage.store import CUSTOMERS, EVENTS, FILES, REJECTS, load, open_store, prepare, write_store
from commet_core.usage.usage import Usage

SCENARIO = {
    "catalog": {
        "features": {"call": {}, "image": {}},
        "plans": {
            "metered": {
                "consumption_model": "metered",
                "prices": {"monthly": 10},
                "features": {"call": {"included": 5, "overage": {"unit_price": "0.01"}}, "image": {"included": 90}},
            },
            "credits": {
                "consumption_model": "credits",
                "prices": {"monthly": 10},
                "included_credits": 20,
                "features": {"call": {"credits_per_unit": 3}, "image": {"credits_per_unit": 7}},
            },
            "balance": {
                "consumption_model": "balance",
                "prices": {"monthly": 10},
                "features": {"call": {"unit_price": "0.7"}},
            },
        },
        "credit_packs": {"small": {"credits": 10, "price": 4}},
    },
    "window": {"start": "2026-01-01", "end": "2026-03-01"},
    "candidates": [
        {"name": "Metered", "plan": "metered"},
        {"name": "Credits", "plan": "credits", "purchases": {"pack": "small", "probability": "0.5"}},
        {"name": "Balance", "plan": "balance"},
    ],
}
HEADER = "customer_id,timestamp,feature,value,event_id\n"
PARTS = 3
"""Into how many files the rows are split; each has its own rejects, and event ids of the one before."""
MEMORY_MIN = 1
"""Bytes: everything that may go to disk goes there."""


def rows(part: int, count: int = 400) -> list[str]:
    numbers = range(part * count * 3 // 4, part * count * 3 // 4 + count)  # a quarter of the rows is in the file before, too
    return [
        f"c{number * 7 % 61},2026-0{1 + number % 2}-{1 + number % 28:02}T{number * 5 % 24:02}:00:00Z,"
        f"{('call', 'image')[number % 3 % 2]},{number % 13}.{number % 10}00001,e{number}\n"
        for number in numbers
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    paths = [folder / f"part-{part}.csv" for part in range(PARTS)]
    for part, path in enumerate(paths):
        wrong = [f"c{part},2026-01-{day:02},call,-{day},\n" for day in range(1, 8)] + [",2026-01-01,call,1,\n"]
        broken = ["late;as a whole\n"] * part
        rounded = "c0,2026-01-01,call,0.1234565,\n"
        path.write_text(HEADER + "".join([*rows(part), *broken, *wrong, rounded, *broken]), "utf-8")
    return paths


@pytest.fixture(scope="module")
def ingested(files: list[Path]) -> Ingested:
    return read(files)


@pytest.fixture(scope="module")
def kept(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that no test may change."""
    folder = tmp_path_factory.mktemp("stores") / "kept"
    prepare(files, folder)
    return folder


@pytest.fixture
def store(kept: Path, tmp_path: Path) -> Path:
    """A store to be changed."""
    folder = tmp_path / "usage.store"
    folder.mkdir()
    for path in kept.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def columns(usage: Usage) -> dict[str, object]:
    arrays = {name: getattr(usage, name) for name in ("offsets", "times", "feature_indexes", "values")}
    return {
        "customers": usage.customers.to_pylist(),
        "features": usage.features,
        **{name: (column.dtype, column.tobytes()) for name, column in arrays.items()},
    }


def tables(usage: Usage) -> dict[str, pa.Table]:
    replayed: Replay = replay(Scenario.model_validate(SCENARIO), usage)
    return {name: replayed.table(name) for name in TABLES}


def refusal(work: Callable[[], object]) -> str:
    with pytest.raises(InputError) as caught:
        work()
    return str(caught.value)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class TestRoundTrip:
    def test_the_usage_is_the_one_that_was_read(self, kept: Path, ingested: Ingested) -> None:
        stored = open_store(kept, check_content=True)
        assert columns(stored.usage) == columns(ingested.usage)
        assert stored.usage.digest == ingested.usage.digest == replace(stored.usage).digest
        assert ingested.report.duplicates == 200

    def test_the_replay_of_three_models_is_the_same(self, kept: Path, ingested: Ingested) -> None:
        from_store, from_files = tables(open_store(kept).usage), tables(ingested.usage)
        for name in TABLES:
            assert from_store[name].equals(from_files[name]), name
            assert from_store[name].num_rows

    def test_the_report_is_kept_with_its_rejects(self, kept: Path, ingested: Ingested) -> None:
        stored = open_store(kept).report
        assert stored.files == ingested.report.files
        assert (stored.notes, stored.reasons) == (ingested.report.notes, ingested.report.reasons)
        assert stored.rejects.equals(ingested.report.rejects)
        assert stored.rejects.num_rows == 8 * PARTS + 2 * sum(range(PARTS))
        assert len(stored.notes) == 1

    def test_the_report_is_kept_with_how_the_file_was_read(self, tmp_path: Path) -> None:
        """Totals that were left out, dates, a decimal comma, a filter and a scaled column."""
        path = tmp_path / "usage.csv"
        rows = ["acme;31/01/2026;call;1,5;paid", "acme;31/01/2026;call;1,5;free", "Total;31/01/2026;call;3;paid"]
        path.write_text("\n".join(["customer_id;timestamp;feature;value;state", *rows]), "utf-8")
        said = "where: {state: [paid]}\ncolumns: {value: {column: value, divide: 3}}"
        report = prepare([path], tmp_path / "usage.store", parse_mapping(said, "mapping.yaml")).report
        assert report.files[0].rows_left_out == 2
        assert replace(report, rejects=None) == replace(read([path], parse_mapping(said, "mapping.yaml")).report, rejects=None)

    def test_preparing_returns_what_opening_does(self, files: list[Path], tmp_path: Path) -> None:
        prepared, opened = prepare(files, tmp_path / "store"), open_store(tmp_path / "store")
        assert prepared.usage.digest == opened.usage.digest
        assert prepared.report.files == opened.report.files

    def test_every_reject_is_kept_and_the_first_are_opened(self, tmp_path: Path) -> None:
        wrong = "".join(f"c,2026-01-01,call,-{number},\n" for number in range(1, REJECTS_KEPT + 501))
        (tmp_path / "usage.csv").write_text(HEADER + "c,2026-01-01,call,1,\n" + wrong)
        report = prepare(tmp_path / "usage.csv", tmp_path / "store").report
        assert (report.rows_rejected, report.rejects.num_rows) == (REJECTS_KEPT + 500, REJECTS_KEPT)
        listed = pq.read_table(tmp_path / "store" / REJECTS)
        assert listed["value"].to_pylist() == [f"-{number}" for number in range(1, REJECTS_KEPT + 501)]
        assert listed["line"].to_pylist() == list(range(3, REJECTS_KEPT + 503))
        assert report.rejects.equals(listed.slice(0, REJECTS_KEPT))

    def test_usage_from_memory_is_written_too(self, tmp_path: Path, ingested: Ingested) -> None:
        write_store(ingested, tmp_path / "store")
        stored = open_store(tmp_path / "store", check_content=True)
        assert columns(stored.usage) == columns(ingested.usage)
        assert stored.report.files == ingested.report.files

    def test_usage_that_was_opened_is_written_as_it_was(self, kept: Path, tmp_path: Path) -> None:
        write_store(open_store(kept), tmp_path / "store")
        assert contents(tmp_path / "store")[EVENTS] == contents(kept)[EVENTS]
        assert contents(tmp_path / "store")[CUSTOMERS] == contents(kept)[CUSTOMERS]

    def test_an_earlier_store_is_replaced(self, store: Path, files: list[Path]) -> None:
        alone = prepare(files[0], store)
        assert open_store(store, check_content=True).usage.digest == alone.usage.digest
        assert alone.usage.event_count == 401
        assert [path.name for path in store.parent.iterdir()] == [store.name]

    def test_other_software_can_read_it(self, kept: Path, ingested: Ingested) -> None:
        events = pa.ipc.open_file(kept / EVENTS).read_all()
        customers = pa.ipc.open_file(kept / CUSTOMERS).read_all()
        usage = ingested.usage
        assert events["feature"].cast(pa.string()).to_pylist() == [usage.features[code] for code in usage.feature_indexes]
        assert events["value_micros"].to_pylist() == usage.values.tolist()
        assert [int(time.timestamp() * 10**6) for time in events["time"].to_pylist()] == usage.times.tolist()
        assert customers.to_pylist() == [
            {"customer_id": customer, "first_event": int(first)}
            for customer, first in zip(usage.customers.to_pylist(), usage.offsets[:-1], strict=True)
        ]


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not say what is mapped")
def test_columns_are_views_of_the_mapped_files(kept: Path) -> None:
    before = pa.total_allocated_bytes()
    usage = open_store(kept).usage
    mapped: dict[str, list[range]] = {}
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, *_, path = line.split(maxsplit=5) if line.count(" ") > 5 else (line, "")
        if path.strip().startswith(str(kept)):
            mapped.setdefault(Path(path.strip()).name, []).append(
                range(*(int(edge, 16) for edge in span.split()[0].split("-")))
            )
    for column in (usage.times, usage.feature_indexes, usage.values):
        address = column.__array_interface__["data"][0]
        assert any(address in span and address + column.nbytes - 1 in span for span in mapped[EVENTS])
        assert not column.flags.owndata
        assert not column.flags.writeable
    letters = usage.customers.buffers()[2]
    assert any(letters.address in span for span in mapped[CUSTOMERS])
    assert pa.total_allocated_bytes() - before < usage.times.nbytes


class TestMoreThanMemory:
    def test_from_disk_to_the_last_byte_what_it_is_in_memory(self, files: list[Path], kept: Path, tmp_path: Path) -> None:
        prepare(files, tmp_path / "store", memory_limit=MEMORY_MIN)
        assert contents(tmp_path / "store") == contents(kept)

    def test_reading_without_a_store(self, files: list[Path], ingested: Ingested) -> None:
        spilled = read(files, memory_limit=MEMORY_MIN)
        assert columns(spilled.usage) == columns(ingested.usage)
        assert spilled.report.files == ingested.report.files
        assert spilled.report.rejects.equals(ingested.report.rejects)

    def test_what_lies_on_disk_goes_with_the_usage(self, files: list[Path], temporary: Path) -> None:
        spilled = read(files, memory_limit=MEMORY_MIN).usage
        assert [path.name.startswith("commet-work-") for path in temporary.iterdir()] == [True]
        del spilled
        assert list(temporary.iterdir()) == []

    def test_files_without_any_usage_leave_nothing(self, tmp_path: Path, temporary: Path) -> None:
        good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
        good.write_text(HEADER + "c,2026-01-01,call,1,\n" * 2)
        bad.write_text(HEADER + "c,never,call,1,\n")
        with pytest.raises(UnusableFiles):
            read([good, bad], memory_limit=MEMORY_MIN)
        assert list(temporary.iterdir()) == []


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


DAMAGED = "the usage store is damaged: {}. Copy it again, or make it with commet-sim prepare."


class TestDamage:
    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_is_cut_off(self, store: Path, name: str) -> None:
        path = store / name
        size = path.stat().st_size
        os.truncate(path, size - 1)
        said = f"{name} has {size - 1:,} bytes, and was written with {size:,}"
        assert refusal(lambda: open_store(store)) == f"{store}: {DAMAGED.format(said)}"

    @pytest.mark.parametrize("name", FILES)
    def test_a_file_that_is_missing(self, store: Path, name: str) -> None:
        (store / name).unlink()
        assert refusal(lambda: open_store(store)) == f"{store}: {DAMAGED.format(f'{name} is missing')}"

    @pytest.mark.parametrize("name", [*FILES, usage_store.DESCRIPTION])
    def test_any_byte_that_was_changed(self, store: Path, name: str) -> None:
        written = (store / name).read_bytes()
        for place in range(0, len(written), 61):
            changed = bytearray(written)
            changed[place] ^= 0x41
            (store / name).write_bytes(changed)
            said = refusal(lambda: open_store(store))
            assert said.startswith(f"{store}: ")
            assert said.endswith("commet-sim prepare.")
        (store / name).write_bytes(written)
        open_store(store)

    @pytest.mark.parametrize("column", ["times", "feature_indexes", "values"])
    def test_a_value_that_was_changed_and_its_checksum_too(
        self, store: Path, column: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = open_store(store).usage
        content = bytearray((store / EVENTS).read_bytes())
        written = getattr(usage, column)
        content[bytes(content).index(written.tobytes()) + written.nbytes - written.itemsize] ^= 1  # of the last event
        (store / EVENTS).write_bytes(content)
        monkeypatch.setattr(checksums, "of_content", lambda path: json.loads(_text(store))["contents"][path.name])
        said = DAMAGED.format("its content is not what its digest says")
        assert refusal(lambda: open_store(store, check_content=True)) == f"{store}: {said}"
        open_store(store)

    @pytest.mark.parametrize(
        ("column", "wrong"),
        [
            ("feature_indexes", 2),
            ("feature_indexes", -1),
            ("feature_indexes", 2**15 - 1),
            ("times", -(2**63)),
            ("times", 2**62),
            ("values", -(2**62)),
            ("values", 2**62),
        ],
    )
    @pytest.mark.parametrize("place", [0, 500, 1002])
    def test_no_kernel_is_given_what_was_not_checked(
        self, store: Path, column: str, wrong: int, place: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whatever the checksums say: a feature beyond the features made the replay write beyond its arrays."""
        written = getattr(open_store(store).usage, column)
        changed = written.copy()
        changed[place] = wrong
        content = (store / EVENTS).read_bytes()
        assert content.count(written.tobytes()) == 1
        (store / EVENTS).write_bytes(content.replace(written.tobytes(), changed.tobytes()))
        assert f"{EVENTS} is not as it was written" in refusal(lambda: open_store(store))
        monkeypatch.setattr(checksums, "of_content", lambda path: json.loads(_text(store))["contents"][path.name])
        said = DAMAGED.format("an event has a feature, a time or a value that cannot be")
        assert refusal(lambda: open_store(store)) == f"{store}: {said}"
        assert refusal(lambda: usage_store.customers_of(store, lambda usage: usage)) == f"{store}: {said}"

    def test_a_description_that_is_nested_deep_or_that_nobody_may_read(
        self, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (store / "store.json").write_text("[" * 100_000)
        assert main(["check", "--usage", str(store)]) == 2
        assert capsys.readouterr().err == f"{store}: this folder is not a usage store. Make one with commet-sim prepare.\n"

        def refuse(path: Path, *_: object) -> str:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "read_text", refuse)
        assert main(["check", "--usage", str(store)]) == 2
        said = f"{store / 'store.json'}: it cannot be read: Permission denied. Ask for the right to read it"
        assert capsys.readouterr().err.startswith(said)

    def test_customers_whose_events_do_not_follow_one_another(self, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        firsts = open_store(store).usage.offsets[:-1].tobytes()
        content = (store / CUSTOMERS).read_bytes()
        turned = np.frombuffer(firsts, np.int64)[::-1].tobytes()
        (store / CUSTOMERS).write_bytes(content.replace(firsts, turned))
        monkeypatch.setattr(checksums, "of_content", lambda path: json.loads(_text(store))["contents"][path.name])
        said = DAMAGED.format("the events of its customers do not follow one another")
        assert refusal(lambda: open_store(store)) == f"{store}: {said}"

    def test_files_of_another_store(self, store: Path, files: list[Path], tmp_path: Path) -> None:
        prepare(files[0], tmp_path / "other")
        for name in (EVENTS, CUSTOMERS):
            (store / name).write_bytes((tmp_path / "other" / name).read_bytes())
        assert refusal(lambda: open_store(store)).startswith(f"{store}: the usage store is damaged: ")

    @pytest.mark.parametrize("version", [1, 1000, "2", None])
    def test_a_store_of_another_version(self, store: Path, version: object) -> None:
        changed = json.loads(_text(store)) | {"format_version": version}
        (store / "store.json").write_text(json.dumps(changed))
        assert refusal(lambda: open_store(store)) == (
            f"{store}: the store has format version {version}, and this program reads version 3."
            " Make it again with commet-sim prepare."
        )

    @pytest.mark.parametrize("text", ["", "{}", "[]", "3", '{"format": "other", "format_version": 1}', "\xff"])
    def test_a_folder_that_is_something_else(self, store: Path, text: str) -> None:
        (store / "store.json").write_bytes(text.encode("latin-1"))
        foreign = f"{store}: this folder is not a usage store. Make one with commet-sim prepare."
        assert refusal(lambda: open_store(store)) == foreign
        (store / "rejects.parquet").unlink()
        assert refusal(lambda: load(store, rejects_to=store / "all.parquet")) == foreign

    def test_no_folder_or_one_without_a_description(self, tmp_path: Path) -> None:
        assert refusal(lambda: open_store(tmp_path)) == (
            f"{tmp_path}: this folder is not a usage store. Make one with commet-sim prepare."
        )
        assert refusal(lambda: open_store(tmp_path / "none")) == (
            f"{tmp_path / 'none'}: there is no such folder. Check the path, or make it with commet-sim prepare."
        )

    def test_a_folder_with_other_files_is_not_replaced(self, tmp_path: Path, files: list[Path]) -> None:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "thesis.txt").write_text("mine")
        said = refusal(lambda: prepare(files, folder))
        assert said.startswith(f"{folder}: the folder holds files that are not an earlier usage store.")
        assert contents(folder) == {"thesis.txt": b"mine"}


def _text(store: Path) -> str:
    return (store / "store.json").read_text("utf-8")


class Stopped(Exception):
    pass


class TestInterruption:
    def test_whatever_progress_raises_leaves_the_earlier_store(self, store: Path, files: list[Path], temporary: Path) -> None:
        told: list[str] = []
        prepare(files, store, progress=lambda _share, sentence: told.append(sentence))
        assert told[0] == "Looking at the files"
        assert {"Grouping by customer", "Writing the store"} < set(told)
        before = contents(store)
        for place in range(len(told) - 1):
            heard: Iterator[int] = iter(range(place))

            def stop(_share: float, _sentence: str, heard: Iterator[int] = heard) -> None:
                if next(heard, None) is None:
                    raise Stopped

            with pytest.raises(Stopped):
                prepare(files, store, progress=stop, memory_limit=MEMORY_MIN)
        assert contents(store) == before
        assert sorted(path.name for path in store.parent.iterdir()) == [temporary.name, store.name]
        assert list(temporary.iterdir()) == []

    def test_a_full_disk_while_writing(self, store: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
        before, write = contents(store), usage_store._write_arrow

        def fail(path: Path, *arguments: object) -> None:
            if path.name == CUSTOMERS:
                raise OSError(28, "No space left on device")
            write(path, *arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(usage_store, "_write_arrow", fail)
        assert refusal(lambda: prepare(files, store)) == (
            f"{store}: the folder cannot be written: No space left on device. Choose another folder."
        )
        assert contents(store) == before
        assert [path.name for path in store.parent.iterdir()] == [store.name]

    def test_files_that_cannot_be_used_leave_the_earlier_store(self, store: Path, tmp_path: Path) -> None:
        before = contents(store)
        (tmp_path / "bad.csv").write_text(HEADER + "c,never,call,1,\n")
        with pytest.raises(UnusableFiles):
            prepare(tmp_path / "bad.csv", store)
        assert contents(store) == before
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.csv", store.name]

    def test_a_killed_process_leaves_the_earlier_store_and_no_litter_after_the_next_success(
        self, store: Path, files: list[Path], tmp_path: Path
    ) -> None:
        before = contents(store)
        for until in ("Reading", "Grouping by customer", "Writing the store"):
            killed_while_preparing(files, store, until, tmp_path / "temporary")
            assert contents(store) == before
        assert len([path for path in tmp_path.iterdir() if path.name.startswith(".")]) == 1
        prepare(files[0], store)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["temporary", store.name]


KILLED = """
import os, signal, sys
from commet_core.usage import store as usage_store
until, store, *files = sys.argv[1:]
write = usage_store._write_arrow

def die_half_way(path, *arguments):
    write(path, *arguments)
    os.truncate(path, path.stat().st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)

def tell(share, sentence):
    if sentence.startswith(until):
        if until == "Writing the store":
            usage_store._write_arrow = die_half_way
        else:
            os.kill(os.getpid(), signal.SIGKILL)

usage_store.prepare(files, store, progress=tell, memory_limit=1)
"""


def killed_while_preparing(files: list[Path], store: Path, until: str, temporary: Path) -> None:
    temporary.mkdir(exist_ok=True)
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, until, store, *files],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "TMPDIR": str(temporary)},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


class TestLoading:
    def test_a_store_is_opened_and_files_are_read(self, kept: Path, files: list[Path], ingested: Ingested) -> None:
        for sources in (kept, str(kept), [kept], files):
            assert load(sources).usage.digest == ingested.usage.digest

    def test_every_reject_of_a_store_is_listed(self, kept: Path, ingested: Ingested, tmp_path: Path) -> None:
        load(kept, rejects_to=tmp_path / "rejects.parquet")
        assert pq.read_table(tmp_path / "rejects.parquet").equals(ingested.report.rejects)

    def test_a_store_beside_anything_else_is_refused(self, kept: Path, files: list[Path]) -> None:
        alone = f"{kept}: a usage store is read alone, and other usage is named beside it. Prepare one store of all files."
        assert refusal(lambda: load([*files, kept])) == alone
        assert refusal(lambda: load([kept, kept])) == alone

    def test_a_store_is_not_read_through_another_mapping(self, kept: Path) -> None:
        assert refusal(lambda: load(kept, {"value": None})) == (
            f"{kept}: a usage store was read through a mapping already, and another one is given."
            " Leave it out, or prepare the store again through it."
        )

    def test_a_store_is_not_prepared_again(self, kept: Path, files: list[Path], tmp_path: Path) -> None:
        ready = f"{kept}: this is a usage store already. Give it to --usage as it is, or name its files."
        assert refusal(lambda: prepare(kept, tmp_path / "again")) == ready
        assert refusal(lambda: prepare([*files, kept], tmp_path / "again")) == ready
        assert list(tmp_path.iterdir()) == []


class TestCommandLine:
    @pytest.fixture
    def scenario(self, tmp_path: Path) -> Path:
        path = tmp_path / "scenario.json"
        path.write_text(json.dumps(SCENARIO))
        return path

    def run(self, *arguments: object) -> int:
        return main([str(argument) for argument in arguments])

    def test_the_results_of_a_store_are_those_of_its_files(
        self, scenario: Path, files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        store, (one, other) = tmp_path / "usage.store", (tmp_path / "one", tmp_path / "other")
        assert self.run("prepare", "--usage", *files, "--out", store) == 0
        assert f"1,003 events of 61 customers are in {store}\n" in capsys.readouterr().out
        assert self.run("replay", scenario, "--usage", *files, "--out", one) == 0
        from_files = capsys.readouterr().out
        assert self.run("replay", scenario, "--usage", store, "--out", other) == 0
        assert capsys.readouterr().out == from_files.replace(str(one), str(other))
        for name in (*TABLES, "rejects"):
            assert pq.read_table(one / f"{name}.parquet").equals(pq.read_table(other / f"{name}.parquet")), name
        assert (one / "summary.json").read_text() == (other / "summary.json").read_text()

    def test_check_reads_all_of_a_store(
        self, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run("check", "--usage", store) == 0
        assert "61 customers, from 2026-01-01" in capsys.readouterr().out
        content = (store / EVENTS).read_bytes()
        values = open_store(store).usage.values
        (store / EVENTS).write_bytes(content.replace(values.tobytes(), values[::-1].tobytes()))
        monkeypatch.setattr(checksums, "of_content", lambda path: json.loads(_text(store))["contents"][path.name])
        assert self.run("check", "--usage", store) == 2
        assert capsys.readouterr().err == f"{store}: {DAMAGED.format('its content is not what its digest says')}\n"

    def test_a_store_beside_files(
        self, scenario: Path, kept: Path, files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert self.run("replay", scenario, "--usage", kept, files[0], "--out", tmp_path / "out") == 2
        assert capsys.readouterr().err.startswith(f"{kept}: a usage store is read alone")
        assert not (tmp_path / "out").exists()

    def test_a_small_memory_limit(self, files: list[Path], kept: Path, tmp_path: Path) -> None:
        assert self.run("prepare", "--usage", *files, "--memory-limit", "1MB", "--out", tmp_path / "store") == 0
        assert contents(tmp_path / "store") == contents(kept)


def test_a_store_is_marked_as_one(kept: Path, tmp_path: Path) -> None:
    assert usage_store.is_store(kept)
    with pytest.raises(Stopped), written_whole(tmp_path / "store", "store.json", "an earlier usage store"):
        raise Stopped
    assert not usage_store.is_store(tmp_path / "store")

"""A server for several people: what one visitor and all together may ask for, and what is given back when they leave."""

import gc
import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue
from weakref import WeakSet

import numpy as np
import pytest

from commet_core.foundation.errors import InputError
from pages.shared.kept import Kept, Visit, give_back
from pages.shared.limits import Allowance, Room
from pages.shared.memory import memory_of
from pages.shared.work import OF_VISITOR_MAX, Works

MEGABYTE = 1 << 20


class TestAllowance:
    def test_one_visitor_cannot_take_everything(self) -> None:
        events = Allowance("generated events", 10, 100)
        events.spend("ann", 8)
        with pytest.raises(InputError, match="One visitor gets at most 10 generated events an hour; this would be 3 more"):
            events.spend("ann", 3)
        events.spend("ann", 2)  # what was refused was not taken
        events.spend("bob", 10)

    def test_all_together_have_a_limit_too(self) -> None:
        events = Allowance("generated events", 10, 15)
        events.spend("ann", 10)
        with pytest.raises(InputError, match="for everybody"):
            events.spend("bob", 6)

    def test_it_says_when_there_will_be_enough(self) -> None:
        events = Allowance("generated events", 10, 100)
        events.spend("ann", 10)
        with pytest.raises(InputError, match="try again in 60 minutes"):
            events.spend("ann", 1)
        with pytest.raises(InputError, match=r"Ask for less\.$"):
            events.spend("ann", 11)

    def test_an_hour_later_there_is_room_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        events, now = Allowance("generated events", 10, 100), time.monotonic()
        events.spend("ann", 10)
        monkeypatch.setattr(time, "monotonic", lambda: now + 3601)
        events.spend("ann", 10)


def test_who_comes_later_waits_and_says_so() -> None:
    room, said = Room(1, "Waiting for others"), threading.Event()
    first, done = threading.Event(), threading.Event()

    def long() -> None:
        with room.entered(lambda _share, _sentence: None):
            first.set()
            done.wait(10)

    def later(_share: float, sentence: str) -> None:
        assert sentence == "Waiting for others"
        said.set()
        done.set()

    threading.Thread(target=long, daemon=True).start()
    assert first.wait(10)
    with room.entered(later):
        assert said.is_set()


def test_a_visitor_has_few_pieces_of_work_at_once() -> None:
    works, done = Works(), threading.Event()
    for number in range(OF_VISITOR_MAX):
        works.wanted_by("ann", f"work {number}", lambda _tell: done.wait(10))
    with pytest.raises(InputError, match="3 pieces of work that you have asked for still go on"):
        works.wanted_by("ann", "one more", lambda _tell: None)
    assert works.wanted_by("ann", "work 0", lambda _tell: None) is not None  # the same again is no more
    works.wanted_by("bob", "one more", lambda _tell: None)
    done.set()


def test_of_work_beside_pages_the_one_asked_for_longest_ago_makes_room() -> None:
    works, done = Works(), threading.Event()
    begun = [
        works.wanted_by("ann", f"work {number}", lambda _tell: done.wait(10), beside=True) for number in range(OF_VISITOR_MAX)
    ]
    begun[0].want("ann")
    works.wanted_by("ann", "one more", lambda _tell: None, beside=True)
    assert [work.wanted for work in begun] == [True, False, True]
    works.wanted_by("ann", "awaited", lambda _tell: None)  # what a page waits for is counted apart
    done.set()


def test_where_an_error_came_from_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_tell: object) -> None:
        raise RuntimeError("on this line")

    work = Works().wanted_by("ann", "fails", fails)
    assert work.done.wait(10)
    assert "in fails" in caplog.text
    with pytest.raises(RuntimeError, match="on this line"):
        work.result()


class TestMemory:
    def kept(self) -> Kept:
        return Kept(100 * MEGABYTE, 100, unheld_bytes_max=2 * MEGABYTE)

    def test_it_is_given_back_when_visitors_have_left(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pages.shared.kept.SECONDS_BEFORE_GIVING_BACK", 0)
        kept, visits = self.kept(), [Visit() for _ in range(10)]
        for number, visit in enumerate(visits):
            kept.put(str(number), np.zeros(MEGABYTE, np.int8))
            kept.get(str(number), visit)
        assert len(kept) == 10
        del visit
        visits.clear()
        gc.collect()
        kept.give_back()
        assert len(kept) == 3  # the newest, and as much as may stay of the others

    def test_what_somebody_uses_stays(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pages.shared.kept.SECONDS_BEFORE_GIVING_BACK", 0)
        kept, stays, leaves = self.kept(), Visit(), Visit()
        for number in range(10):
            kept.put(str(number), np.zeros(MEGABYTE, np.int8))
            kept.get(str(number), stays if number < 5 else leaves)
        del leaves
        gc.collect()
        kept.give_back()
        assert [str(number) for number in range(10) if kept.get(str(number)) is not None] == [
            "0",
            "1",
            "2",
            "3",
            "4",
            "7",
            "8",
            "9",
        ]

    def test_who_leaves_has_it_given_back(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pages.shared.kept.SECONDS_BEFORE_GIVING_BACK", 0)
        monkeypatch.setattr("pages.shared.kept._LEFT", SimpleQueue())
        some, others, visit = self.kept(), self.kept(), Visit()
        monkeypatch.setattr("pages.shared.kept._GIVING", WeakSet([some, others]))
        for number in range(10):
            for values in (some, others):
                values.put(str(number), np.zeros(MEGABYTE, np.int8))
                values.get(str(number), visit)
        giving = threading.Thread(target=give_back, daemon=True)
        giving.start()
        giving.join(0.1)
        assert giving.is_alive()
        assert len(some) == 10
        del visit
        gc.collect()
        giving.join(10)
        assert (len(some), len(others)) == (3, 3)

    def test_it_is_measured_until_nobody_can_add_to_it_any_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        kept, visit, measured = self.kept(), Visit(), []
        kept.put("value", "of whom somebody is there")
        kept.get("value", visit)
        monkeypatch.setattr("pages.shared.kept.memory_of", lambda value: measured.append(value) or {})

        def times() -> int:
            before = len(measured)
            kept.give_back()
            return len(measured) - before

        assert [times(), times()] == [1, 1]
        del visit
        gc.collect()
        assert [times(), times()] == [1, 0]
        kept.get("value")
        assert [times(), times()] == [1, 0]

    def test_one_visitors_usage_goes_before_anothers_that_is_in_use(self) -> None:
        kept, here = Kept(3 * MEGABYTE, 100, unheld_bytes_max=100 * MEGABYTE), Visit()
        kept.put("in use", np.zeros(MEGABYTE, np.int8))
        kept.get("in use", here)
        for number in range(5):
            kept.put(f"left {number}", np.zeros(MEGABYTE, np.int8))
        assert kept.get("in use") is not None
        assert kept.get("left 0") is None


def test_a_value_is_measured_while_pages_add_to_it() -> None:
    """A replay's cached properties come while another page measures it."""

    @dataclass
    class Replayed:
        amounts: list[np.ndarray] = field(default_factory=lambda: [np.zeros(10) for _ in range(200)])

    replayed, stop = Replayed(), threading.Event()

    def add() -> None:
        number = 0
        while not stop.is_set():
            setattr(replayed, f"part {number % 500}", np.zeros(1))
            if number % 500 == 499:
                for name in list(vars(replayed)):
                    if name != "amounts":
                        delattr(replayed, name)
            number += 1

    thread = threading.Thread(target=add, daemon=True)
    thread.start()
    try:
        for _ in range(300):
            assert len(memory_of(replayed)) >= 200
    finally:
        stop.set()
        thread.join()

"""Long work: visitors share it, and it ends, and leaves nothing, when the last of them has canceled it."""

import threading

import pytest

from commet_core.foundation.progress import Counted
from pages.shared import work as work_module
from pages.shared.work import Canceled, Works, awaited

PATIENCE = 30.0
"""Seconds until a test that hangs fails; no test waits for it to pass."""


class Endless:
    """Work that goes on until somebody ends it."""

    def __init__(self) -> None:
        self.began, self.ended = threading.Event(), threading.Event()
        self.finish = threading.Event()

    def __call__(self, tell) -> str:
        try:
            while not self.finish.wait(0.001):
                tell(0.5, Counted("Reading: 12 rows", 12))
                self.began.set()
            tell(1.0, "Done")
        finally:
            self.ended.set()
        return "done"


def test_work_ends_when_the_only_visitor_cancels():
    works, task = Works(), Endless()
    work = works.wanted_by("ada", "key", task)
    assert task.began.wait(PATIENCE)
    works.leave("ada", "key")
    assert work.done.wait(PATIENCE)
    assert task.ended.is_set()
    assert len(works) == 0
    with pytest.raises(work_module._Unwanted):
        work.result()


def test_work_that_two_want_goes_on_when_one_cancels():
    works, task = Works(), Endless()
    work = works.wanted_by("ada", "key", task)
    assert works.wanted_by("bob", "key", task) is work
    works.leave("ada", "key")
    task.finish.set()
    assert work.done.wait(PATIENCE)
    assert work.result() == "done"


def test_canceled_work_that_is_wanted_again_begins_anew():
    works, first, second = Works(), Endless(), Endless()
    canceled = works.wanted_by("ada", "key", first)
    works.leave("ada", "key")
    again = works.wanted_by("ada", "key", second)
    assert again is not canceled
    second.finish.set()
    assert again.done.wait(PATIENCE)
    assert again.result() == "done"
    assert canceled.done.wait(PATIENCE)


def test_work_without_a_page_ends(monkeypatch):
    monkeypatch.setattr(work_module, "SECONDS_WITHOUT_PAGE_MAX", -1.0)
    work = Works().wanted_by("ada", "key", task := Endless())
    assert work.done.wait(PATIENCE)
    assert task.ended.is_set()


def test_work_tells_how_far_it_is():
    works, task = Works(), Endless()
    work = works.wanted_by("ada", "key", task)
    assert task.began.wait(PATIENCE)
    assert (work.sentence, work.pace.share, work.pace.rows) == ("Reading: 12 rows", 0.5, 12)
    works.leave("ada", "key")
    assert work.done.wait(PATIENCE)


def test_what_work_raises_is_raised_where_it_is_awaited(monkeypatch):
    monkeypatch.setattr(work_module.st, "session_state", {})

    def fail(_tell) -> None:
        raise ValueError("a cause")

    with pytest.raises(ValueError, match="a cause"):
        awaited("fails", fail, "Reading mine.csv")


def test_what_a_visitor_has_canceled_does_not_begin_again_by_itself(monkeypatch):
    monkeypatch.setattr(work_module.st, "session_state", {work_module._CANCELED: "key"})
    began = []
    with pytest.raises(Canceled, match=r"Reading mine\.csv was canceled"):
        awaited("key", began.append, "Reading mine.csv")
    assert not began

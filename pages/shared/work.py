"""Long work off the page's thread: its page shows how far it is and can stop it, and no other page waits for it.

    usage = awaited("usage …", lambda tell: read(paths, progress=tell).usage)

Visitors who want the same work share it. It goes on while a page waits for it: when the last one has canceled it or has been
gone for a while, the next call of `tell` ends it, and nothing of it is kept.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

import streamlit as st

from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.progress import Pace, Progress, seconds_in_words
from pages.shared import whose
from pages.shared.limits import Room
from pages.shared.tables import escaped

_LOG = logging.getLogger(__name__)

T = TypeVar("T")

SECONDS_UNSHOWN: Final = 0.4
"""Shorter work shows nothing of itself."""

SECONDS_BETWEEN_LOOKS: Final = 0.25
SECONDS_WITHOUT_PAGE_MAX: Final = 20.0
"""A visitor who moves on to another page, or whose connection breaks for a moment, finds the work where it is."""

HEAVY_AT_ONCE: Final = max(2, os.cpu_count() or 1)
"""Reading and generating, for all visitors; the rest is short and goes on beside it."""

LIGHT_AT_ONCE: Final = 2 * HEAVY_AT_ONCE
OF_VISITOR_MAX: Final = 3
WAITING_MAX: Final = 60
"""Pieces of work: of one visitor, and of all, that go on or wait."""

_VISITOR = "work_visitor"
_CANCELED = "work_canceled"
"""Session keys: a name for the session; the work that its visitor has canceled."""


class Held(InputError):
    """Work that does not begin until the visitor says so. `button` is the word for it, `begin` what a click on it does."""

    def __init__(self, problem: Problem, button: str, begin: Callable[[], None], code: str = "") -> None:
        super().__init__([problem])
        self.button, self.begin, self.code = button, begin, code


class Canceled(Held):
    """The visitor has canceled some work, and nothing of it was kept. what: `Reading mine.csv`."""

    def __init__(self, what: str) -> None:
        self.what = f"{what} was canceled"
        super().__init__(Problem("", self.what, "Start it again, or choose other usage"), "Start again", start_again)


class _Unwanted(Exception):
    """Nobody waits for this work any more."""


class Work:
    """Some work in a thread of its own."""

    def __init__(self, task: Callable[[Progress], Any], room: Room, *, is_beside: bool = False) -> None:
        self.sentence = ""
        self.is_beside = is_beside
        self.pace = Pace()
        self.done = threading.Event()
        self._task = task
        self._began = time.monotonic()
        self._wanted: dict[str, float] = {}
        self._room = room
        self._result: Any = None
        self._error: Exception | None = None

    def want(self, visitor: str) -> None:
        """A page of this visitor waits for it."""
        self._wanted[visitor] = time.monotonic()

    def leave(self, visitor: str) -> None:
        """The visitor does not want it any more."""
        self._wanted.pop(visitor, None)

    def last_wanted(self, visitor: str) -> float:
        """When a page of this visitor has asked for it last."""
        return self._wanted.get(visitor, 0.0)

    def wanted_by(self, visitor: str) -> bool:
        """Whether a page of this visitor waits for it, or has until a moment ago."""
        return self._wanted.get(visitor, 0.0) >= time.monotonic() - SECONDS_WITHOUT_PAGE_MAX

    @property
    def wanted(self) -> bool:
        """Whether a page waits for it, or has until a moment ago."""
        oldest = time.monotonic() - SECONDS_WITHOUT_PAGE_MAX
        return any(moment >= oldest for moment in list(self._wanted.values()))

    def tell(self, share: float, sentence: str) -> None:
        """What the work says of itself; ends it where it is not wanted."""
        if not self.wanted:
            raise _Unwanted
        self.sentence = sentence
        self.pace.observe(time.monotonic() - self._began, share, sentence)

    def in_words(self) -> str:
        """Its rate and the time left; of work that does not say how far it is, how long it has taken."""
        return self.pace.in_words() or f"{seconds_in_words(time.monotonic() - self._began)} so far"

    def run(self) -> None:
        """Does the work."""
        try:
            with self._room.entered(self.tell):
                self._began = time.monotonic()
                self._result = self._task(self.tell)
        except (InputError, _Unwanted) as error:
            self._error = error.with_traceback(None)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is raised again where the result is awaited)
            _LOG.exception("Work of a page failed")  # here, for only here is it known where
            self._error = error.with_traceback(None)  # where it is raised again, for every visitor who waits

    def result(self) -> Any:
        """What came of it. Raises what it raised; where that came from is in the log."""
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._result


class Works:
    """The work that goes on in this server, by its key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._heavy = Room(HEAVY_AT_ONCE, "Waiting for other visitors' work on this server")
        self._light = Room(LIGHT_AT_ONCE, "Waiting for other visitors' work on this server")

    def wanted_by(
        self, visitor: str, key: str, task: Callable[[Progress], Any], *, heavy: bool = False, beside: bool = False
    ) -> Work:
        """The work of this key, begun if it does not go on already. Raises InputError where too much goes on.

        It goes on for the workspace of whoever asks, whose name keeps it apart from the same work of another.
        beside: the page does not wait for it; of as many as a visitor may have the one that was asked for longest ago ends.
        """
        workspace = whose.workspace_id()
        key = whose.key(key)
        with self._lock:
            work = self._works.get(key)
            if work is None or not work.wanted:
                self._check(visitor, beside=beside)
                work = self._works[key] = Work(task, self._heavy if heavy else self._light, is_beside=beside)
                work.want(visitor)
                threading.Thread(target=self._run, args=(workspace, key, work), name="work", daemon=True).start()
            work.want(visitor)
            return work

    def _check(self, visitor: str, *, beside: bool) -> None:
        """Raises InputError where the visitor, or all together, have enough work going on."""
        wanted = [work for work in self._works.values() if work.wanted]
        own = [work for work in wanted if work.wanted_by(visitor) and work.is_beside == beside]
        if beside and len(own) >= OF_VISITOR_MAX:
            min(own, key=lambda work: work.last_wanted(visitor)).leave(visitor)
        elif len(own) >= OF_VISITOR_MAX:
            what = f"{OF_VISITOR_MAX} pieces of work that you have asked for still go on"
            raise InputError.of("", what, "Wait until one of them is done, or cancel one")
        if len(wanted) >= WAITING_MAX:
            what = f"{len(wanted)} pieces of work go on or wait on this server, as many as it takes"
            raise InputError.of("", what, "Try again in some minutes")

    def leave(self, visitor: str, key: str) -> None:
        """A visitor cancels."""
        key = whose.key(key)
        with self._lock:
            if key in self._works:
                self._works[key].leave(visitor)

    def _run(self, workspace: str, key: str, work: Work) -> None:
        whose.enter_thread(workspace)
        work.run()
        with self._lock:
            if self._works.get(key) is work:
                del self._works[key]
        work.done.set()

    def __len__(self) -> int:
        return len(self._works)


@st.cache_resource(show_spinner=False)
def works() -> Works:
    return Works()


def visitor() -> str:
    """A name for the session."""
    if _VISITOR not in st.session_state:
        st.session_state[_VISITOR] = secrets.token_hex(8)
    name: str = st.session_state[_VISITOR]
    return name


def awaited(
    key: str,
    task: Callable[[Progress], T],
    what: str,
    *,
    heavy: bool = False,
    meanwhile: Callable[[], None] | None = None,
) -> T:
    """What the task returns; while it takes its time, how far it is and a button to cancel it.

    key: names the work and all that it depends on. what: says so in words, such as `Reading mine.csv`. heavy: it may take
    minutes, and waits for others of this kind. meanwhile: shows what there is of it so far. Raises `Canceled` where the visitor has canceled it, InputError where too much
    goes on, and what the task raises.
    """
    if st.session_state.get(_CANCELED) == key:
        raise Canceled(what)
    who = visitor()
    work = works().wanted_by(who, key, task, heavy=heavy)
    if not work.done.wait(SECONDS_UNSHOWN):
        _watch(work, who, key, what, meanwhile)
    try:
        result: T = work.result()
    except _Unwanted:
        raise Canceled(what) from None
    return result


def _watch(work: Work, visitor: str, key: str, what: str, meanwhile: Callable[[], None] | None) -> None:
    """Draws the work's progress until it is done. Every drawing lets a click take effect, also the one on Cancel."""
    place = st.empty()
    with place.container(horizontal=True, vertical_alignment="bottom"):
        bar = st.progress(work.pace.share, escaped(what))
        st.button(
            "Cancel", key=f"work_cancel_{hashlib.sha256(key.encode()).hexdigest()}", on_click=_cancel, args=(visitor, key)
        )
    while not work.done.wait(SECONDS_BETWEEN_LOOKS):
        work.want(visitor)
        bar.progress(work.pace.share, escaped(f"{work.sentence or what} · {work.in_words()}"))
        if meanwhile is not None:
            meanwhile()
    place.empty()


def _cancel(visitor: str, key: str) -> None:
    works().leave(visitor, key)
    st.session_state[_CANCELED] = key


def start_again() -> None:
    """Lets canceled work begin again."""
    st.session_state.pop(_CANCELED, None)

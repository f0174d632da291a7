"""What was computed from content, kept for every visitor while there is room: by bytes, what was not used longest goes first.

A key names the content (a digest, a study's source, a scenario) and the workspace, never a visitor: who brings the same content
into the same workspace gets the same answer, and nobody can come by another's without bringing it.
"""

from __future__ import annotations

import ctypes
import gc
import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from queue import SimpleQueue
from typing import Any, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, WeakSet, finalize, ref

import pyarrow as pa
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from commet_core.engine.replay import Replay
from commet_core.foundation.documents import Document
from commet_core.usage.usage import Usage
from pages.shared import whose
from pages.shared.held import Held
from pages.shared.memory import memory_of
from pages.shared.work import awaited

P = ParamSpec("P")
T = TypeVar("T")

KEPT_BYTES_MAX: Final = 2 << 30
KEPT_COUNT_MAX: Final = 64
FIGURES_BYTES_MAX: Final = 1 << 29
FIGURES_COUNT_MAX: Final = 512
SECONDS_BEFORE_GIVING_BACK: Final = 10.0
"""After a visitor has left: looking through all of Python's memory holds up everybody for a moment, so others may leave meanwhile."""

UNHELD_BYTES_MAX: Final = 1 << 28
UNHELD_FIGURES_BYTES_MAX: Final = 1 << 26
"""Of what no visitor who is there has used: the samples, and what the last visitors left."""

_VISIT: Final = "kept_visit"
_LEFT: Final[SimpleQueue[None]] = SimpleQueue()
"""One entry per visitor who has left. It may be told in the midst of being told, as Python frees memory at any moment."""


class Visit:
    """A session holds one as long as it lasts, and with it what it has used."""

    def __init__(self) -> None:
        finalize(self, _LEFT.put, None).atexit = False


def visit() -> Visit | None:
    """Of the session whose page this is; None where this is no page."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    if _VISIT not in st.session_state:
        st.session_state[_VISIT] = Visit()
    mine: Visit = st.session_state[_VISIT]
    return mine


class Kept:
    """Values by key, in order of use; those of one workspace are not there for another. Safe to use from several threads.

    What visitors who are there have used goes last; of what nobody uses only so much stays, and the rest is given back as soon
    as the visitors have left.
    """

    def __init__(self, bytes_max: int, count_max: int, unheld_bytes_max: int = UNHELD_BYTES_MAX) -> None:
        self.bytes_max, self.count_max, self.unheld_bytes_max = bytes_max, count_max, unheld_bytes_max
        self._visits: dict[str, WeakSet[Visit]] = {}
        self._lock = threading.RLock()
        self._values: dict[str, Any] = {}
        self._held = Held()
        self._settled: set[str] = set()  # keys of what was measured after its last visitor had left: nobody adds to it
        self._newest = ""

    def get(self, key: str, visit: Visit | None = None) -> Any | None:
        """The value, which counts as used now, by this visit; None where there is none."""
        key = whose.key(key)
        with self._lock:
            if key not in self._values:
                return None
            if visit is not None:
                self._visits[key].add(visit)
            self._settled.discard(key)
            self._values[key] = self._values.pop(key)
            return self._values[key]

    def put(self, key: str, value: Any, mapped: Any = None) -> None:
        """Keeps a value, and forgets others while they are too many or take up too much. The newest stays, however large.

        mapped: what of it lies on disk, and takes no memory in what rests on it either.
        """
        key = whose.key(key)
        with self._lock:
            self._held.put_mapped(key, memory_of(mapped))
            self._values.pop(key, None)
            self._values[key] = value
            self._visits.setdefault(key, WeakSet())
            self._settled.discard(key)
            for measured in {
                self._newest,
                key,
            } & self._values.keys():  # the one before has grown since, by what pages took from it
                self._held.put(measured, memory_of(self._values[measured]))
            self._newest = key
            while len(self._values) > self.count_max:
                self._forget(min(self._values, key=self._is_held))
            while self._held.bytes > self.bytes_max and (unneeded := self._first_that_frees()) is not None:
                self._forget(unneeded)
            self._forget_unheld()

    def give_back(self) -> None:
        """Frees what only visitors who have left have used."""
        with self._lock:
            for key in self._values.keys() - self._settled:
                self._held.put(key, memory_of(self._values[key]))
            self._settled = {key for key in self._values if not self._is_held(key)}
            self._forget_unheld()

    def _forget_unheld(self) -> None:
        """Frees what nobody holds, the least used first, until little enough of it is left; not the newest."""
        if self._held.bytes <= self.unheld_bytes_max:
            return
        held = {key for key in self._values if self._is_held(key) or key == self._newest}
        needed = self._held.bytes_of(held)
        for key in [key for key in self._values if key not in held]:
            if self._held.bytes - needed <= self.unheld_bytes_max:
                return
            self._forget(key)

    def _is_held(self, key: str) -> bool:
        return len(self._visits[key]) > 0

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()
            self._held = Held()
            self._visits.clear()
            self._settled.clear()

    def __len__(self) -> int:
        return len(self._values)

    def _forget(self, key: str) -> None:
        del self._values[key], self._visits[key]
        self._held.drop(key)
        self._settled.discard(key)

    def _first_that_frees(self) -> str | None:
        """The least used value without which less memory is held; not the newest."""
        older = sorted((key for key in self._values if key != self._newest), key=self._is_held)
        return next(filter(self._held.frees, older), None)


@st.cache_resource(show_spinner=False)
def kept() -> Kept:
    """Usage and replays that this server keeps."""
    return _giving_back(Kept(KEPT_BYTES_MAX, KEPT_COUNT_MAX))


@st.cache_resource(show_spinner=False)
def kept_figures() -> Kept:
    """What pages have drawn from usage and replays."""
    return _giving_back(Kept(FIGURES_BYTES_MAX, FIGURES_COUNT_MAX, UNHELD_FIGURES_BYTES_MAX))


_GIVING: Final[WeakSet[Kept]] = WeakSet()
_BEGINNING: Final = threading.Lock()


def _giving_back(values: Kept) -> Kept:
    def ever() -> None:
        while True:
            give_back()

    with _BEGINNING:
        if not _GIVING:
            threading.Thread(target=ever, name="give-back", daemon=True).start()
        _GIVING.add(values)
    return values


def give_back() -> None:
    """Waits until a visitor has left, and gives back what only those who have left have used."""
    _LEFT.get()
    time.sleep(SECONDS_BEFORE_GIVING_BACK)  # many may leave together
    while not _LEFT.empty():
        _LEFT.get()
    for values in tuple(_GIVING):
        values.give_back()
    pa.default_memory_pool().release_unused()
    _trim()


def _trim() -> None:
    """Gives memory that is free to the system, where the C library keeps it and can be told to."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def by_content(what: str = "") -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keeps what a function returns. Its arguments are usages, replays, documents, or plain values, and all that it depends on.

    what: where it may take long, says so in words, such as `Counting the usage`; the page shows that it goes on.
    """

    def of(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def remembered(*arguments: P.args, **named: P.kwargs) -> T:
            parts = (*map(_content, arguments), *(f"{name}={_content(value)}" for name, value in named.items()))
            key = "\0".join((function.__module__, function.__qualname__, *parts))
            return figure(key, lambda: function(*arguments, **named), what)

        return remembered

    return of


def figure(key: str, compute: Callable[[], T], what: str = "") -> T:
    """What pages show, kept under a key that names all that it depends on. what: as `by_content` takes it."""
    found: tuple[T] | None = kept_figures().get(key, visit())
    if found is None:
        found = (awaited(key, lambda _tell: compute(), what) if what else compute(),)
        kept_figures().put(key, found)
        kept_figures().get(key, visit())
    return found[0]


def _content(value: Any) -> str:
    """A text that is the same for the same content alone."""
    if isinstance(value, Replay):
        return _content_of_replay(value)
    if isinstance(value, Usage):
        return value.digest
    return text_of(value) if isinstance(value, Document) else repr(value)


_TEXTS: Final[dict[int, tuple[ref[Document], str]]] = {}
"""What `text_of` said of documents that are there, by their ids: a page asks many times for the same study."""


def text_of(document: Document) -> str:
    """A document as text, written once: nobody changes it."""
    number = id(document)
    known = _TEXTS.get(number)
    if known is None or known[0]() is not document:
        known = _TEXTS[number] = (ref(document, lambda gone: _forget_text(number, gone)), document.model_dump_json())
    return known[1]


def _forget_text(number: int, gone: ref[Document]) -> None:
    """Not where another document has got the number meanwhile."""
    if (known := _TEXTS.get(number)) is not None and known[0] is gone:
        _TEXTS.pop(number, None)


_CONTENTS: WeakKeyDictionary[Replay, str] = WeakKeyDictionary()
"""What `_content_of_replay` said of replays that are there: a scenario may hold very many rows."""


def _content_of_replay(replayed: Replay) -> str:
    found = _CONTENTS.get(replayed)
    if found is None:
        scenario = hashlib.sha256(text_of(replayed.scenario).encode()).hexdigest()
        found = _CONTENTS[replayed] = f"{replayed.usage.digest} {scenario}"
    return found

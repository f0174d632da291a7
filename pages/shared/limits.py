"""How much one visitor, and all of them together, may ask of this server within an hour; and how much goes on at once.

A visitor is a session: a tab of a browser.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from commet_core.foundation.errors import InputError
from commet_core.foundation.progress import Progress

HOUR_SECONDS: Final = 3600.0


class Allowance:
    """So much of something within an hour. Safe to use from several threads.

    what: `events generated`, as it stands in a sentence.
    """

    def __init__(self, what: str, of_visitor_max: int, of_all_max: int) -> None:
        self.what, self.of_visitor_max, self.of_all_max = what, of_visitor_max, of_all_max
        self._lock = threading.Lock()
        self._spent: deque[tuple[float, str, int]] = deque()

    def spend(self, visitor: str, amount: int) -> None:
        """Takes so much. Raises InputError, and takes nothing, where that is more than is left for the visitor or for all."""
        with self._lock:
            now = time.monotonic()
            while self._spent and self._spent[0][0] < now - HOUR_SECONDS:
                self._spent.popleft()
            own = [(moment, spent) for moment, who, spent in self._spent if who == visitor]
            everyone = [(moment, spent) for moment, _, spent in self._spent]
            self._check(
                own, amount, self.of_visitor_max, f"One visitor gets at most {self.of_visitor_max:,} {self.what} an hour"
            )
            self._check(
                everyone, amount, self.of_all_max, f"This server allows {self.of_all_max:,} {self.what} an hour for everybody"
            )
            self._spent.append((now, visitor, amount))

    def _check(self, spent: list[tuple[float, int]], amount: int, most: int, rule: str) -> None:
        """Raises InputError with how much is left, and when there will be enough."""
        left = most - sum(each for _, each in spent)
        if amount <= left:
            return
        fix = "Ask for less"
        for moment, each in spent:
            left_then = (left := left + each)
            if amount <= left_then:
                minutes = int((moment + HOUR_SECONDS - time.monotonic()) // 60) + 1
                fix = f"Ask for less, or try again in {minutes} minute{'' if minutes == 1 else 's'}"
                break
        raise InputError.of("", f"{rule}; this would be {amount:,} more", fix)


class Room:
    """So many at once, for all visitors; who comes later waits."""

    def __init__(self, at_once: int, sentence: str) -> None:
        self.sentence = sentence
        self._free = threading.Semaphore(at_once)

    @contextmanager
    def entered(self, tell: Progress) -> Iterator[None]:
        """Waits for room, and says so; `tell` ends the waiting where nobody wants it any more."""
        while not self._free.acquire(timeout=0.25):
            tell(0.0, self.sentence)
        try:
            yield
        finally:
            self._free.release()


EVENTS: Final = Allowance("generated events", 50_000_000, 300_000_000)
UPLOADED_BYTES: Final = Allowance("uploaded bytes", 20 << 30, 100 << 30)
QUERIES: Final = Allowance("database queries", 60, 600)
QUERIES_AT_ONCE: Final = Room(2, "Waiting for other queries of the database to end")

"""Several ranges of customers at once: compiled kernels give up Python's lock, so a pool of threads is enough."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np

from commet_core.foundation.ranges import Range, ranges_alike

T = TypeVar("T")

EVENTS_PER_TASK = 100_000
"""Fewer events than this are not worth a task of their own."""

ROWS_FEW = 50_000
"""Fewer rows than this are done before threads have begun."""

TASKS_PER_WORKER = 4
"""More tasks than threads: who is done early takes another."""


def worker_count() -> int:
    """How many tasks run at once."""
    return os.cpu_count() or 1


_THREAD = threading.local()


@contextmanager
def worker_pool(rows: int = ROWS_FEW) -> Iterator[Executor]:
    """A thread per core; within such a thread, and for few rows, no more of them: each task is done at once when it is given.

    rows: how many there are to do in all, where that is known.
    """
    if getattr(_THREAD, "works", False) or rows < ROWS_FEW:
        yield _InPlace()
        return
    with ThreadPoolExecutor(worker_count(), initializer=lambda: setattr(_THREAD, "works", True)) as pool:
        yield pool


class _InPlace(Executor):
    """Does each task when it is given, in the thread that gives it."""

    def submit(self, task: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(task(*arguments, **named))
        except Exception as error:  # noqa: BLE001  # whoever asks for the result gets it
            done.set_exception(error)
        return done


def customer_ranges(first_events: np.ndarray, end_event: int) -> list[Range]:
    """Ranges of customers that are worth a task each, with about equally many events.

    first_events: int64, one per customer, ascending: its first event; the last customer's events end before `end_event`.
    """
    if len(first_events) == 0:
        return [(0, 0)]
    events = end_event - int(first_events[0])
    count = max(1, min(TASKS_PER_WORKER * worker_count(), events // EVENTS_PER_TASK))
    return ranges_alike(np.append(first_events, end_event), count)


def in_ranges(task: Callable[[int, int], T], ranges: list[Range]) -> list[T]:
    """What the task returns for each range, in their order."""
    if len(ranges) == 1:
        return [task(*ranges[0])]
    with worker_pool() as pool:
        return list(pool.map(lambda part: task(*part), ranges))

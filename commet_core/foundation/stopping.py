"""A command that is told to stop does so within two seconds, wherever it is, and leaves nothing half-made.

SIGTERM stops it as Ctrl+C does: KeyboardInterrupt, which ends what is written and removes what is temporary. Where Python does
not come to that, because a library works on, a thread that the system wakes removes both and ends the process.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from commet_core.foundation.temporary import remove_own
from commet_core.foundation.whole_files import PUT_IN_PLACE, remove_unfinished

SECONDS_TO_END: Final = 1.2
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def sentence() -> str:
    """What a command that was stopped has done."""
    return f"Stopped; {PUT_IN_PLACE[-1]} is written." if PUT_IN_PLACE else "Stopped; nothing was written."


def status_of(stop: KeyboardInterrupt) -> int:
    """The exit status, as shells have it: 143 after SIGTERM, 130 after Ctrl+C."""
    return 128 + int(stop.args[0]) if stop.args else 128 + signal.SIGINT


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it both signals end the work, in the main thread of a program of its own."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    told, tells = os.pipe()
    os.set_blocking(tells, False)
    ended = threading.Event()
    watch = threading.Thread(target=_end_at_last, args=(told, ended), name="stopping", daemon=True)
    earlier = {number: signal.signal(number, _stop) for number in SIGNALS}
    wakes = signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        signal.set_wakeup_fd(wakes)
        for number, handler in earlier.items():
            signal.signal(number, handler)
        os.close(tells)
        watch.join()
        os.close(told)


def _stop(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(number)


def _end_at_last(told: int, ended: threading.Event) -> None:
    """Waits for a signal, then for the work to end by itself, and ends the process where it does not."""
    received = os.read(told, 1)
    if not received or ended.wait(SECONDS_TO_END):
        return
    remove_unfinished()
    remove_own()
    sys.stderr.write(f"\r{sentence()}\n")
    sys.stderr.flush()
    os._exit(128 + received[0])

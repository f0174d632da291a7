"""How the dashboard ends: soon after its server is told to, whatever work goes on, and without a trace on the disk.

The server would wait for every browser that has not fetched all of a file yet, and Python for threads of libraries that are in
the midst of something, or abort because of them.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from typing import Any, Final

import uvicorn
from streamlit import config
from streamlit.runtime.runtime import Runtime, RuntimeState

from commet_core.foundation.temporary import clear_abandoned, remove_own
from commet_core.foundation.whole_files import remove_unfinished

SECONDS_BETWEEN_LOOKS: Final = 0.25
SECONDS_TO_END: Final = 0.5
"""What a server that is stopping is given to end by itself."""

_TOLD: Final = threading.Event()
"""Set as soon as the server is told to stop."""


def watch() -> None:
    """Removes what dashboards left that were killed; and waits in a thread of its own for the end of this one."""
    clear_abandoned()
    if Runtime.exists() and not _in_test():
        atexit.register(leave)
        _hear()
        threading.Thread(target=_leave_when_stopped, name="leaving", daemon=True).start()


def _in_test() -> bool:
    """Whether a test of pages runs this, for which Streamlit makes a runtime up: its process ends with the code that it wants."""
    return bool(config.get_option("global.appTest"))


def _hear() -> None:
    """Learns when the server is told to stop, which is before it waits for those whom it serves.

    When it has waited all the process ends, before the server raises the signal again that it was stopped with.
    """
    stop = uvicorn.Server.shutdown

    async def shutdown(self: uvicorn.Server, sockets: Any = None) -> None:
        _TOLD.set()
        await stop(self, sockets)
        leave()

    uvicorn.Server.shutdown = shutdown  # type: ignore[method-assign]


def _leave_when_stopped() -> None:
    stopping = (RuntimeState.STOPPING, RuntimeState.STOPPED)
    while not _TOLD.wait(SECONDS_BETWEEN_LOOKS) and Runtime.instance().state not in stopping:
        pass
    time.sleep(SECONDS_TO_END)
    leave()


def leave() -> None:
    """Ends the process with 0."""
    remove_unfinished()
    remove_own()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # who read it may be gone
            stream.flush()
    os._exit(0)

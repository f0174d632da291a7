"""How the dashboard ends: at once when its server has stopped, whatever work goes on, and without a trace on the disk.

Python would wait for threads of libraries that are in the midst of something, or abort because of them.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import Final

from streamlit import config
from streamlit.runtime.runtime import Runtime, RuntimeState

from commet_core.foundation.temporary import clear_abandoned, remove_own
from commet_core.foundation.whole_files import remove_unfinished

SECONDS_BETWEEN_LOOKS: Final = 0.25
SECONDS_TO_END: Final = 1.0
"""What a server that has stopped is given to end by itself."""


def watch() -> None:
    """Removes what dashboards left that were killed; and waits in a thread of its own for the end of this one."""
    clear_abandoned()
    if Runtime.exists() and not _in_test():
        atexit.register(leave)
        threading.Thread(target=_leave_when_stopped, name="leaving", daemon=True).start()


def _in_test() -> bool:
    """Whether a test of pages runs this, for which Streamlit makes a runtime up: its process ends with the code that it wants."""
    return bool(config.get_option("global.appTest"))


def _leave_when_stopped() -> None:
    while Runtime.instance().state not in (RuntimeState.STOPPING, RuntimeState.STOPPED):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    time.sleep(SECONDS_TO_END)
    leave()


def leave() -> None:
    """Ends the process with 0."""
    remove_unfinished()
    remove_own()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

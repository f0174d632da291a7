"""`python -m commet_core` is the command line, and so is this file for `spark-submit`.

What starts a file puts its folder in front of all others; there `calendar` would be ours and no longer Python's.
"""

import atexit
import gc
import os
import signal
import sys

HERE = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120  # pathlib would import what is in question
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder or os.curdir) != HERE]


def run() -> int:
    """The command line; Ctrl+C and SIGTERM end it before it has begun as they do afterwards, without a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    gc.disable()  # until the command is imported, which leaves nothing to collect
    from commet_core.cli import main  # noqa: PLC0415  (it takes a moment, in which somebody may think better of it)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    status = main(alone=True)
    _end(status)
    return status


def _end(status: int) -> None:
    """Ends the process at once: the system takes its memory back faster than Python gives it up piece by piece.

    What is registered for the end is done before. Returns where something is still to be said that cannot be, or Spark's
    Java goes on beside.
    """
    if "pyspark" in sys.modules:
        return
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return
    atexit._run_exitfuncs()
    os._exit(status)


if __name__ == "__main__":
    sys.exit(run())

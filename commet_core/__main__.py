"""`python -m commet_core` is the command line, and so is this file for `spark-submit`.

What starts a file puts its folder in front of all others; there `calendar` would be ours and no longer Python's.
"""

import os
import signal
import sys

HERE = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120  # pathlib would import what is in question
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder or os.curdir) != HERE]


def run() -> int:
    """The command line; Ctrl+C and SIGTERM end it before it has begun as they do afterwards, without a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: os._exit(128 + number))
    from commet_core.cli import main  # noqa: PLC0415  (it takes a moment, in which somebody may think better of it)

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return main(alone=True)


if __name__ == "__main__":
    sys.exit(run())

"""`python -m commet_core` is the command line, and so is this file for `spark-submit`.

What starts a file puts its folder in front of all others; there `calendar` would be ours and no longer Python's.
"""

import os
import sys

HERE = os.path.realpath(os.path.dirname(__file__))  # noqa: PTH120  # pathlib would import what is in question
sys.path[:] = [folder for folder in sys.path if os.path.realpath(folder or os.curdir) != HERE]

from commet_core.cli import program  # noqa: E402

sys.exit(program())

"""`python -m commet_core` is the command line."""

import sys

from commet_core.cli import main

sys.exit(main())

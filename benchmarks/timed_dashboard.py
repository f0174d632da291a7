"""The dashboard, which writes down what every run of a page's script had of the processor: a line of milliseconds each.

python -m benchmarks.timed_dashboard FILE run app.py [what else `streamlit` takes]
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import thread_time
from typing import Any

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.web.cli import main


def write_times(path: Path) -> None:
    """From now on, in this process."""
    run = ScriptRunner._run_script

    def timed(self: ScriptRunner, rerun_data: Any) -> None:
        began = thread_time()
        run(self, rerun_data)
        with path.open("a") as file:
            file.write(f"{(thread_time() - began) * 1000:.1f}\n")

    ScriptRunner._run_script = timed  # type: ignore[method-assign]


if __name__ == "__main__":
    write_times(Path(sys.argv.pop(1)))
    main(prog_name="streamlit")

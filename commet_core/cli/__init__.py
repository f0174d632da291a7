"""The command line: commet-sim replay, forecast, check, prepare and synth. Thin: it reads arguments and prints what the core returns.

Each command is a module, which is imported when it is asked for: a version, a help text or a mistake in the arguments is there
at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper
from types import ModuleType
from typing import Final

from commet_core.cli.arguments import parser
from commet_core.cli.later import Later
from commet_core.foundation.errors import InputError, Problem
from commet_core.foundation.memory import keep_memory
from commet_core.foundation.paths import printable
from commet_core.foundation.stopping import sentence, status_of, stoppable

BAD_INPUT = 2
"""Exit status for input that a person has to mend."""

COLLECTED_AFTER: Final = 50_000
"""Objects made before Python looks for some that only hold each other: a command reads columns, and makes few such."""

UNUSED: Final = ("pandas", "scipy")
HELD_SECONDS: Final = 0.0005
"""So long a thread holds Python's lock where another waits for it: imports go on beside threads that need it now and then."""

DO_WITHOUT: Final = ("replay", "check", "prepare", "synth")
"""Libraries that others import where they are there, and the commands that have no use for them."""


def main(arguments: Sequence[str] | None = None, *, alone: bool = False) -> int:
    """Runs one command; returns the exit status: 0, 2 for bad input, or what the command says (3: a check failed). alone: the process does nothing else."""
    _print_whatever_comes()
    chosen = parser().parse_args(arguments)
    if alone and chosen.command in DO_WITHOUT and getattr(chosen, "engine", "local") == "local":
        _do_without()
    try:
        with stoppable():
            command = import_module(f"{__name__}.{chosen.command}")
            if alone:
                gc.freeze()  # what was imported is not looked through again
                gc.set_threshold(COLLECTED_AFTER)
                gc.enable()
            status: int | None = command.run(chosen)
    except InputError as error:
        for problem in error.problems:
            _say(str(problem))
        return BAD_INPUT
    except KeyboardInterrupt as stop:
        _say(sentence(), style="")
        return status_of(stop)
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except (OSError, MemoryError) as error:
        _say(str(_refused_by_the_system(error)))
        return BAD_INPUT
    return status or 0


def _do_without() -> None:
    """Has libraries leave what some commands have no use for, before they are imported.

    numpy's threads for linear algebra wait for work busily; the allocator that Arrow brings has the system clear memory that
    is never used, which for 10 million events takes a third of a second.
    """
    sys.meta_path.insert(0, _WithoutUnused())
    sys.modules.setdefault("duckdb", Later("duckdb"))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    keep_memory()
    sys.setswitchinterval(HELD_SECONDS)


class _WithoutUnused:
    """A finder of modules that has Arrow do without pandas, and numba without scipy.

    Arrow imports pandas to ask whether what it is given comes from there, numba scipy to see whether it has linear algebra.
    No kernel has any, and each of the two takes as long as a short command.
    """

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None) -> None:
        if name in UNUSED:
            raise ModuleNotFoundError(f"{name} is not looked for", name=name)


def _refused_by_the_system(error: OSError | MemoryError) -> Problem:
    if isinstance(error, MemoryError):
        return Problem("memory", "there is not enough of it", "Give --memory-limit, or make a usage store with prepare first")
    where, what = printable(error.filename or "the system"), error.strerror or str(error)
    return Problem(where, what, "Check that it is there, that you may read and write it, and that its disk has room")


def _print_whatever_comes() -> None:
    """A terminal that has not every letter, or a name that is not UTF-8, shows codes in their place."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _say(said: str, style: str = "red") -> None:
    from rich.markup import escape

    from commet_core.cli.terminal import ERR

    ERR.print(escape(said), style=style, soft_wrap=True)

"""What is printed to: the terminal's two streams, how far work is, and columns of figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Column

from commet_core.foundation.progress import Pace

OUT = Console(highlight=False, emoji=False)
ERR = Console(stderr=True, highlight=False, emoji=False)
"""What is printed is data for the most part, and `:key:` in it no picture."""


def say(sentence: str) -> None:
    """On a line of its own, however long."""
    OUT.print(escape(sentence), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[float, str], None]]:
    """Draws how far work is, its rate and the time left, on a terminal alone."""
    sentence, rate = (TextColumn(f"{{task.{part}}}", markup=False) for part in ("description", "fields[rate]"))
    with Progress(
        sentence, BarColumn(), rate, TimeElapsedColumn(), console=ERR, transient=True, disable=not ERR.is_terminal
    ) as bar:
        task = bar.add_task("Beginning", total=1.0, rate="")
        pace = Pace()

        def tell(share: float, said: str) -> None:
            pace.observe(bar.tasks[0].elapsed or 0.0, share, said)
            bar.update(task, completed=share, description=said, rate=pace.in_words())

        yield tell


def right(name: str) -> Column:
    return Column(name, justify="right")

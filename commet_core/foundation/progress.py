"""How far long work is: what it says of itself, its rate, and the time that is left.

    read(paths, progress=tell)      calls tell(share, sentence), several times a second; what `tell` raises stops the work

Nothing here reads a clock: who watches the work says how many seconds it has taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

Progress = Callable[[float, str], None]
"""Told the share that is done, from 0 to 1, and a sentence: plain text, or `Counted` where rows are counted."""


def unheard(_share: float, _sentence: str) -> None:
    """What is told of progress where nobody listens."""


def share_of(tell: Progress, start: float, end: float, sentence: str) -> Progress:
    """Progress of a part of some work, from one share of the whole to another, told by one sentence."""
    return lambda share, _: tell(start + (end - start) * share, sentence)


SECONDS_BEFORE_A_GUESS: Final = 1.0
SHARE_BEFORE_A_GUESS: Final = 0.02


class Counted(str):
    """A sentence on work that counts rows. `rows`: how many are done."""

    __slots__ = ("rows",)

    rows: int

    def __new__(cls, sentence: str, rows: int) -> Self:
        counted = super().__new__(cls, sentence)
        counted.rows = rows
        return counted


@dataclass
class Pace:
    """What is known of the speed of some work. `share` from 0 to 1, `rows` so far, `seconds` since it began."""

    share: float = 0.0
    rows: int = 0
    seconds: float = 0.0

    def observe(self, seconds: float, share: float, sentence: str) -> None:
        """Takes in what the work says after some seconds."""
        self.seconds, self.share = seconds, min(1.0, share)
        if isinstance(sentence, Counted):
            self.rows = sentence.rows

    @property
    def rows_per_second(self) -> float | None:
        """On average since the beginning; None where that is too early to say, or no rows are counted."""
        return self.rows / self.seconds if self.rows and self.seconds >= SECONDS_BEFORE_A_GUESS else None

    @property
    def seconds_left(self) -> float | None:
        """If the rest goes as fast as what is done; None where that is too early to say."""
        if self.seconds < SECONDS_BEFORE_A_GUESS or self.share < SHARE_BEFORE_A_GUESS:
            return None
        return self.seconds * (1 - self.share) / self.share

    def in_words(self) -> str:
        """`1.2 million rows a second · about 20 seconds left`; empty where it is too early to say."""
        parts = []
        if self.rows_per_second is not None:
            parts.append(f"{rate_in_words(self.rows_per_second)} rows a second")
        if self.seconds_left is not None:
            parts.append(f"{seconds_in_words(self.seconds_left)} left")
        return " · ".join(parts)


def rate_in_words(rate: float) -> str:
    """A number with two digits that count: `850`, `15,000`, `1.2 million`."""
    rounded = int(float(f"{rate:.1e}"))
    if rounded < 1_000_000:
        return f"{rounded:,}"
    millions = f"{rounded / 1e6:.1f}".removesuffix(".0") if rounded < 10_000_000 else f"{rounded // 1_000_000:,}"
    return f"{millions} million"


def seconds_in_words(seconds: float) -> str:
    """A guess at a time: `a few seconds`, `about 20 seconds`, `about 3 minutes`, `about 2 hours`."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 57:
        return f"about {5 * round(seconds / 5)} seconds"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"about {minutes} minute{'s' if minutes > 1 else ''}"
    return f"about {round(seconds / 3600)} hours"

"""Errors a person can act on: where, what is wrong, and what to do. Problems are values, collected and reported together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

SAID_MAX: Final = 40
"""So many known words are said after an unknown one."""


@dataclass(frozen=True)
class Problem:
    """One mistake in an input.

    `where` is a path (`plans.pro.prices.monthly`) or a place in a file (`usage.csv, line 7`), `what` says what is wrong
    and `fix` what would be right; the last two are sentences without the full stop.
    """

    where: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.what}." if self.where else f"{self.what}."
        return f"{sentence} {self.fix}{'' if self.fix.endswith('?') else '.'}" if self.fix else sentence

    def under(self, path: str) -> Problem:
        """The same problem, seen from an outer document in which this one stands at `path`."""
        return Problem(f"{path}.{self.where}" if self.where else path, self.what, self.fix)


def as_written(given: object) -> str:
    """What was given as a document has it, for a message: 'a text', 12, true, null."""
    if given is None:
        return "null"
    if isinstance(given, Decimal | date):
        return str(given)
    return str(given).lower() if isinstance(given, bool) else repr(given)


class SimulatorError(Exception):
    """Base of every error that the simulator raises on purpose."""


class InputError(SimulatorError):
    """An input that cannot be used. Holds every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(cls, where: str, what: str, fix: str = "") -> InputError:
        """The error of a single problem."""
        return cls([Problem(where, what, fix)])


class LawViolation(SimulatorError):
    """A law of billing-rules 14 does not hold on a finished replay: a fault of the simulator, never of its input."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice after an unknown word: the known one that looks like it, else all of them, or the first of very many."""
    known = list(known)
    close = difflib.get_close_matches(word, known, 1, 0.6)
    if close:
        return f"Did you mean {close[0]}?"
    more = f" and {len(known) - SAID_MAX} more" if len(known) > SAID_MAX else ""
    return f"Known here: {', '.join(known[:SAID_MAX])}{more}" if known else "Remove it"

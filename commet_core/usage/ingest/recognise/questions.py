"""What cannot be told from a file, and is asked: in words, with the choices that decide it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from commet_core.foundation.errors import InputError, Problem

Topic = Literal["numbers", "timestamp", "cache", "value", "units", "time_zone", "encoding", "comments", "reasoning"]


@dataclass(frozen=True)
class Choice:
    """An answer: in words, and what a mapping says then (`{"cache": "additional"}`)."""

    label: str
    said: Mapping[str, Any]


@dataclass(frozen=True)
class Question:
    """A question about a file, which a mapping answers. what: a sentence without the full stop, with an example."""

    file: str
    topic: Topic
    what: str
    choices: tuple[Choice, ...]

    @property
    def problem(self) -> Problem:
        """As an error says it: what is open, and the line of a mapping that decides it."""
        lines = " or ".join(f"`{_line(choice.said)}` ({choice.label})" for choice in self.choices)
        return Problem(self.file, self.what, f"Say in a mapping (--mapping) {lines}")


class Undecided(InputError):
    """Files that can be read only when questions are answered. problems: what else is wrong with the files."""

    def __init__(self, questions: Iterable[Question], problems: Iterable[Problem] = ()) -> None:
        self.questions = tuple(questions)
        super().__init__([*problems, *(question.problem for question in self.questions)])


def _line(said: Mapping[str, Any]) -> str:
    """`numbers: {decimal: ",", thousands: "."}`"""
    return ", ".join(f"{name}: {_written(value)}" for name, value in said.items())


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_written(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_written(part) for part in value) + "]"
    text = str(value)
    return text if re.sub("[-_.]", "", text).isalnum() and text[0] != "-" else f'"{text}"'
